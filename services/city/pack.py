"""A city pack as values: what the files of one folder say, checked. docs/city-pack.md describes every file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

from shapely import Geometry

from dispatch.asked import Question
from dispatch.calendars import SpecialDay
from dispatch.category import Category
from dispatch.city import (
    Area,
    AutoFile,
    Department,
    Duty,
    Flow,
    Hotline,
    Names,
    Same,
    SensingRule,
    SensorType,
    Shift,
    Source,
    Template,
    VideoType,
    Worker,
)
from dispatch.escalations import Escalation, NoticeRule
from dispatch.flags import FlagWord
from dispatch.health.rules import FloodRules, HealthRules
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.meaning import Model
from dispatch.partners import ForwardRule, Partner
from dispatch.retention import Keeping
from dispatch.webhooks import WebhookMapping
from gis.areas import AreaShape
from gis.components import Component
from gis.gazetteer import Entry
from gis.point import LonLat
from gis.travel import Road

STANDARD_DIR = Path(__file__).resolve().parents[2] / "cities" / "standard"
"""The tables of every pack that does not bring its own."""

STANDARD_FILES = ("categories.csv", "video_types.csv", "sensor_types.csv")

SENSING_FILE = "sensing.csv"

AREA_FILES: Mapping[str, str] = {
    level: f"areas/{level}.geojson" for level in ("district", "street", "community", "grid")
}

NEEDED_FILES = (
    "city.toml",
    "calendar.toml",
    "departments.csv",
    "workers.csv",
    "duties.csv",
    "sources.csv",
    "components.csv",
    "gazetteer.csv",
    "roads.geojson",
    *STANDARD_FILES,
)
BASEMAP_FILE = "basemap.pmtiles"
"""Vector tiles of the city, made from its pack. Carried with it; nothing in it is read here but its first bytes."""

SAME_FILE = "same_happening.csv"
CLASSIFIER_FILE = "classifier.model"
"""What reads people's words, made by `wardline classifier train`; its labels are codes of the categories."""

SPEAK_OF: Mapping[str, str] = {
    SENSING_FILE: "sensor_types.csv",
    SAME_FILE: "categories.csv",
    CLASSIFIER_FILE: "categories.csv",
}
"""Files that come with the product and speak of its own tables: a pack that has such a table of its own lacks them."""

OPTIONAL_FILES = (
    "holidays.csv",
    "escalations.csv",
    "notices.csv",
    "templates.csv",
    "webhooks.csv",
    "questions.csv",
    "partners.csv",
    "forwarding.csv",
    "moderation.csv",
    SENSING_FILE,
    "autofile.csv",
    "retention.csv",
    SAME_FILE,
    CLASSIFIER_FILE,
    "water.geojson",
    "green.geojson",
    *AREA_FILES.values(),
    BASEMAP_FILE,
)
"""Of the areas, at least one file must be there."""


@dataclass(frozen=True)
class Profile:
    """city.toml."""

    id: str
    name: Names
    notice: Names
    timezone: str
    scheme: str
    area_codes: str
    """ "gb30428": codes nest by digits; "own": any codes, nested by `parent` alone."""
    datum: str
    center: LonLat
    emergency: tuple[str, ...]
    flow: Flow
    hotline: Hotline
    flood: FloodRules
    health: HealthRules


@dataclass(frozen=True)
class Served:
    """Whom a calendar serves: what is given must all fit; () is "any"."""

    categories: tuple[CategoryCode, ...]
    departments: tuple[DepartmentId, ...]
    areas: tuple[AreaCode, ...]


@dataclass(frozen=True)
class WorkingTime:
    """One calendar of calendar.toml; the city's own has the id "default"."""

    id: str
    name: Names
    spans: tuple[tuple[time, time], ...]
    weekend: frozenset[int]
    keeps_holidays: bool = True
    serves: tuple[Served, ...] = ()


@dataclass(frozen=True)
class WorkingTimes:
    """calendar.toml without its shifts, and holidays.csv. `desk` is the id of the operations room's calendar."""

    default: WorkingTime
    others: tuple[WorkingTime, ...]
    desk: str
    days: tuple[SpecialDay, ...]


@dataclass(frozen=True)
class Ground:
    """A stretch of water or green, for the base map."""

    name_zh: str
    name_en: str
    shape: Geometry


@dataclass(frozen=True)
class CityPack:
    """Everything of a pack. All positions are WGS-84, whatever the files were given in.

    `levels` are the levels of areas that the pack has, the largest first. `shapes` has every area.
    """

    profile: Profile
    working_times: WorkingTimes
    shifts: tuple[Shift, ...]
    levels: tuple[str, ...]
    areas: Mapping[AreaCode, Area]
    shapes: Mapping[AreaCode, AreaShape]
    places: tuple[Entry, ...]
    roads: tuple[Road, ...]
    water: tuple[Ground, ...]
    green: tuple[Ground, ...]
    components: tuple[Component, ...]
    escalations: tuple[Escalation, ...]
    notice_rules: tuple[NoticeRule, ...]
    departments: tuple[Department, ...]
    workers: tuple[Worker, ...]
    duties: tuple[Duty, ...]
    sources: tuple[Source, ...]
    categories: tuple[Category, ...]
    video_types: tuple[VideoType, ...]
    sensor_types: tuple[SensorType, ...]
    sensing: tuple[SensingRule, ...] = ()
    templates: tuple[Template, ...] = ()
    webhooks: Mapping[str, WebhookMapping] = field(default_factory=dict)
    questions: Mapping[CategoryCode, tuple[Question, ...]] = field(default_factory=dict)
    partners: tuple[Partner, ...] = ()
    forwarding: tuple[ForwardRule, ...] = ()
    moderation: tuple[FlagWord, ...] = ()
    reader: Model | None = None
    same: tuple[Same, ...] = ()
    autofile: tuple[AutoFile, ...] = ()
    retention: tuple[Keeping, ...] = ()


def collect_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a pack's folder that are part of the format, with the standard tables for those it lacks.

    The standard's same_happening.csv speaks of its categories, and goes to a pack that has none of its own.

    What it returns is whole: stored and read again elsewhere, it makes the same city.
    """
    files: dict[str, bytes] = {}
    own = {name for name, table in SPEAK_OF.items() if (folder / table).is_file()}
    for name in (*NEEDED_FILES, *OPTIONAL_FILES):
        for path in (folder / name,) if name in own else (folder / name, STANDARD_DIR / name):
            if path.is_file():
                files[name] = path.read_bytes()
                break
    return files
