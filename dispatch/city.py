"""The city that the desk works for: everything of a city pack that decisions need, as frozen values."""

from collections.abc import Mapping
from datetime import time
from types import MappingProxyType

from msgspec import Struct

from dispatch.asked import Question
from dispatch.category import Category
from dispatch.flags import FlagWord
from dispatch.ids import AreaCode, CategoryCode, DepartmentId, SourceId, WorkerId
from dispatch.meaning import Model
from dispatch.partners import ForwardRule, Partner
from dispatch.retention import Retention
from dispatch.webhooks import WebhookMapping
from gis.point import LonLat


class Area(Struct, frozen=True, kw_only=True):
    """One administrative area. `level` is district, street, community or grid.

    One that is not `active` keeps its name for what lies in it already; nothing new is placed there.
    """

    code: AreaCode
    level: str
    name_zh: str
    name_en: str
    parent: AreaCode
    active: bool = True


class Department(Struct, frozen=True, kw_only=True):
    """`lead` is who leads it, a worker's id or a user's name; "" where nobody is named."""

    id: DepartmentId
    name_zh: str
    name_en: str
    trade: str
    lead: str = ""


class Duty(Struct, frozen=True, kw_only=True):
    """A row of the responsibility matrix: who answers for what, where.

    `trade`, `category` and `area` are "" for "any"; the most particular row wins (category before
    trade, a small area before a large one).
    """

    department: DepartmentId
    category: CategoryCode = CategoryCode("")
    trade: str = ""
    area: AreaCode = AreaCode("")


class Shift(Struct, frozen=True, kw_only=True):
    """Local wall-clock hours; `end` before `start` runs past midnight."""

    id: str
    start: time
    end: time


class Worker(Struct, frozen=True, kw_only=True):
    """One who can be sent. `areas` are area codes of any level; () is the whole city."""

    id: WorkerId
    name_zh: str
    name_en: str
    department: DepartmentId
    skills: frozenset[str]
    areas: tuple[AreaCode, ...]
    shift: str
    home: LonLat


class Source(Struct, frozen=True, kw_only=True):
    """One sender. `external_id` is what its own messages call it; `gateway` the source whose key speaks for it.

    `datum` is the frame of the coordinates that its messages carry: wgs84, gcj02 or bd09.
    `kinds` are the video or sensor types that it can tell of. `heading_deg`, `view_deg` and `range_m`
    are a camera's field of view: the wedge that it looks at.
    """

    id: SourceId
    feed: str
    kind: str  # "camera", "sensor", "gateway", "desk"
    external_id: str
    name_zh: str
    name_en: str
    point: LonLat | None = None
    gateway: SourceId = SourceId("")
    datum: str = "wgs84"
    kinds: tuple[str, ...] = ()
    component: str = ""
    silent_after_s: float = 0.0
    """How long it may be silent before it counts as lost; 0 for sources that speak only when something happens."""
    heading_deg: float | None = None
    view_deg: float | None = None
    range_m: float | None = None
    timezone: str = ""
    """The zone of times in its messages that name none, such as Asia/Shanghai; "" for the city's."""
    pull: str = ""
    """Address (http or https, no password in it) at which Wardline itself asks: for the messages of a device that does
    not send them (hikvision, dahua, onvif), for the pictures that messages only name (frigate). "" for none."""


class VideoType(Struct, frozen=True, kw_only=True):
    """What a camera can detect. `labels` are the words detectors use for it; `dwell_s` how long it must last;
    `clear_after_s` how long an episode of it may be silent before it is over (0: only its source ends it).
    """

    type: str
    name_zh: str
    name_en: str
    category: CategoryCode
    priority: str
    dwell_s: float
    labels: tuple[str, ...]
    clear_after_s: float = 0.0


class SensorType(Struct, frozen=True, kw_only=True):
    """What a sensor measures, and from which level on it is an event (three levels; None = no such level)."""

    type: str
    name_zh: str
    name_en: str
    metric: str
    unit: str
    direction: str  # "above", "below", "equals"
    advisory: float | None
    warning: float | None
    alarm: float | None
    persist_s: float
    category: CategoryCode


class SensingRule(Struct, frozen=True, kw_only=True):
    """A row of sensing.csv, with what it leaves to the sensor table filled in (docs/city-pack.md, sensing.csv).

    `type` gives the category; `sensors` is the type of the sensors that it watches. Levels and their `clear` levels
    are advisory, warning, alarm; None for no such level, and for the usual dead band. What they are levels of is the
    `kind`'s business (dispatch.sensing.kinds). `source` and `area` make it an exception; "" is everywhere.
    """

    id: str
    type: str
    kind: str
    sensors: str
    metric: str
    unit: str
    direction: str
    levels: tuple[float | None, float | None, float | None]
    clear: tuple[float | None, float | None, float | None] = (None, None, None)
    persist_s: float = 0.0
    clear_s: float | None = None
    """How long it must be over; None for as long as it must last."""
    span_s: float = 0.0
    hit: float | None = None
    """The value that counts as one time (kind `repeat`)."""
    when: str = ""
    """What must be so besides, of other metrics of the same source (dispatch.sensing.conditions)."""
    fresh_s: float | None = None
    lateness_s: float | None = None
    hours: tuple[time, time] | None = None
    days: frozenset[int] = frozenset(range(7))
    working: str = ""
    """ "in" or "out": only inside, or outside, the working time of the city's calendar; "" at any time."""
    source: SourceId = SourceId("")
    area: AreaCode = AreaCode("")
    is_on: bool = True
    name_zh: str = ""
    name_en: str = ""


STAGE_LIMITS_MIN: Mapping[str, float] = MappingProxyType(
    {"accept": 10, "verify": 60, "file": 15, "dispatch": 15, "check": 120, "close": 30}
)
"""Working minutes that the desk's own stages may last (cn_standards 2.4)."""


class Flow(Struct, frozen=True, kw_only=True):
    """The city's settings for the flow of a case (`[flow]` of city.toml). Values proposed in cn_standards 2.3, 2.4."""

    max_open_tasks: int = 5
    auto_file_people: bool = False
    """Whether a citizen's report with a sure category and place is filed without a person."""
    auto_close: bool = True
    """Whether a case whose check passed is closed without a person."""
    extension_max: int = 1
    """How often a case may be given more time."""
    extension_before_due: bool = True
    """Whether more time may be asked for only before the case is due."""
    extension_by: str = "leader"
    """The role that answers to a request for more time; so for the two below. An administrator may too."""
    return_by: str = "leader"
    suspension_by: str = "leader"
    return_within_h: float = 1.0
    """Clock hours after the sending in which a case may be returned."""
    returns_max: int = 2
    """Returns that are granted; the next goes to coordination."""
    coordinating_stops_clock: bool = True
    reopen_days: float = 15
    """Days after its end in which a case may be reopened."""
    reporter_reopens: int = 2
    """How often a case may be reopened before who reported it cannot have it reopened once more."""
    rate_days: float = 15
    """Days after the closing in which who reported it may rate it, and change that."""
    rework_h: float = 0.0
    """Working hours that a rework gets; 0 for what was left of the limit."""
    undo_s: float = 120
    """Seconds in which the desk's last move may be undone."""
    claim_grace_s: float = 20
    """Seconds after a claim in which another may take it over without a reason."""
    claim_stale_s: float = 600
    """Seconds after which a claim binds nobody."""
    answer_min: float = 5
    """Minutes that a source has to say whether a happening is over."""
    limits: Mapping[str, float] = STAGE_LIMITS_MIN


class Hotline(Struct, frozen=True, kw_only=True):
    """The city's settings for its hotline (`[hotline]` of city.toml)."""

    region: str = "CN"
    """Whose telephone numbers are written without a country code (ISO 3166-1)."""
    area_code: str = ""
    """What stands before a number that is dialled without one, its trunk zero included: 023."""
    file_at_once: bool = True
    """Whether the operator files the case with the report, where category and place are sure."""
    callback_share: float = 0.0
    """Share (0..1) of callers who did not ask for it and are called back too."""
    callback_tries: int = 3
    """Calls after which who is not reached is not called again."""
    callback_days: float = 30
    """Days after the end of a case in which its callers are called back."""


class Same(Struct, frozen=True, kw_only=True):
    """Two categories that may be one happening (`dispatch.kin`). `leads` names the case, "" for the first to come."""

    category: CategoryCode
    other: CategoryCode
    relation: str
    leads: CategoryCode = CategoryCode("")


class AutoFile(Struct, frozen=True, kw_only=True):
    """From which confidence a machine's word is filed without a person, and whether ever (`dispatch.autofile`).

    What is "" fits anything. `kind` is that of the source, `type` a video or sensor type. A `threshold` of None is the
    category's own.
    """

    category: CategoryCode = CategoryCode("")
    feed: str = ""
    kind: str = ""
    type: str = ""
    source: SourceId = SourceId("")
    threshold: float | None = None
    enabled: bool = True


class Template(Struct, frozen=True, kw_only=True):
    """A phrase that is offered where people write. `kind` says where; `category` "" is every category."""

    id: str
    kind: str
    zh: str
    en: str
    category: CategoryCode = CategoryCode("")


class Names(Struct, frozen=True):
    zh: str
    en: str


class Codes(Struct, frozen=True, kw_only=True, eq=False):
    """The tables of the pack that are looked up by code. Compared by identity: a reloaded pack is another one."""

    areas: Mapping[AreaCode, Area]
    categories: Mapping[CategoryCode, Category]
    departments: Mapping[DepartmentId, Department]
    shifts: Mapping[str, Shift]
    workers: Mapping[WorkerId, Worker]
    sources: Mapping[SourceId, Source]
    video_types: Mapping[str, VideoType]
    sensor_types: Mapping[str, SensorType]
    duties: tuple[Duty, ...]
    templates: tuple[Template, ...] = ()
    same: tuple[Same, ...] = ()
    autofile: tuple[AutoFile, ...] = ()
    webhooks: Mapping[str, WebhookMapping] = MappingProxyType({})
    """External id of a source of the feed `webhook`, or `default` -> how its JSON is read."""
    questions: Mapping[CategoryCode, tuple[Question, ...]] = MappingProxyType({})
    """What is asked of who reports a thing of that category."""
    reader: Model | None = None
    """Reads what people write; None in a city without a trained model, which has the words of its categories."""
    retention: Retention = Retention()
    """How long what belongs to persons is kept."""
    moderation: tuple[FlagWord, ...] = ()
    """Words after which a citizen's report is looked at first."""
    partners: Mapping[str, Partner] = MappingProxyType({})
    forwarding: Mapping[CategoryCode, tuple[ForwardRule, ...]] = MappingProxyType({})
    """Category -> to which partners its cases are given, and as what."""
    sensing: tuple[SensingRule, ...] = ()
    """The rows of sensing.csv; the levels of the sensor types are rules beside them."""
