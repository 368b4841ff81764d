"""One row of the city's taxonomy. Rows are data of the city pack (`categories.csv`), versioned by scheme and date."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from dispatch.ids import CategoryCode


class Priority(StrEnum):
    """How soon. The order of the members is the order of urgency."""

    CRITICAL = "critical"
    URGENT = "urgent"
    GENERAL = "general"


_URGENCY = {priority: rank for rank, priority in enumerate(Priority)}


def most_urgent(*priorities: Priority) -> Priority:
    """Return the most urgent of some priorities."""
    return min(priorities, key=_URGENCY.__getitem__)


def step_up(priority: Priority) -> Priority:
    """Return the next more urgent priority, or the most urgent one itself."""
    return list(Priority)[max(0, _URGENCY[priority] - 1)]


class LimitUnit(StrEnum):
    """Units of a handling limit (GB/T 30428.8; see docs/dictionary.md)."""

    URGENT_HOURS = "UH"  # clock hours, 24 x 7
    WORKING_HOURS = "WH"  # hours inside the working calendar
    WORKING_DAYS = "WD"  # working days after the day of the start


class Limit(Struct, frozen=True, gc=False):
    amount: float
    unit: LimitUnit


class SmartCheck(StrEnum):
    """Whether the source of a case is asked if it is over when it is reported handled (智能核查)."""

    OFF = "off"
    SUGGEST = "suggest"  # it is asked; a person decides on its answer
    CLOSE = "close"  # its answer decides


class Category(Struct, frozen=True, kw_only=True):
    """A kind of case, with all that sets it apart.

    Two events of one category are the same happening when they are within `same_place_m` metres and
    `same_time_s` seconds of each other. `auto_file_confidence` is the confidence from which a machine's
    event is filed and dispatched without a person; above 1 never.
    """

    scheme: str
    code: CategoryCode
    gb_code: str
    kind: str  # "part" or "event" (GB/T 30428.2: 部件, 事件)
    major_zh: str
    major_en: str
    name_zh: str
    name_en: str
    priority: Priority
    skill: str
    trade: str
    normal_limit: Limit
    urgent_limit: Limit | None
    same_place_m: float
    same_time_s: float
    auto_file_confidence: float
    policy: str
    file_when: str
    close_when: str
    words_zh: tuple[str, ...] = ()
    words_en: tuple[str, ...] = ()
    basis: str = ""
    smart_check: SmartCheck = SmartCheck.OFF
    is_public: bool = True
    """Whether the public may see that there are cases of this kind, without anything of persons."""
    is_rough: bool = False
    """Whether the public sees the places of such cases only rounded to about 100 m."""
    valid_from: date
    valid_to: date | None = None
