"""A small city and what happens in it, for tests: every argument has a default, and a test names what it is about.

    north street (S1)      grid G1 | grid G2      0.02 degrees wide, 0.01 high; about 2 km by 1 km
    -------------------------------------------
    south street (S2)      grid G3 | grid G4

The lower left corner is (106.50, 29.50). Departments: MUN (municipal), SAN (sanitation), GRE (greening). Work is from
9:00 to 18:00 with an hour off at 12:00, Monday to Friday, in Asia/Shanghai.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from shapely import Polygon, box, unary_union

from dispatch.access import OF_A_DEPARTMENT, Actor
from dispatch.assign import Roster
from dispatch.calendars import Calendar, Calendars
from dispatch.case import Case, Fact, FactData, apply
from dispatch.category import Category
from dispatch.city import (
    Area,
    Codes,
    Department,
    Duty,
    Flow,
    Names,
    Shift,
    Source,
    VideoType,
    Worker,
)
from dispatch.citymap import City
from dispatch.decide import decide, triage
from dispatch.escalations import Escalation, Escalations, NoticeRule
from dispatch.event import Event, Reading, Vocabulary
from dispatch.ids import AreaCode, CaseId, DepartmentId, EventId, SourceId, TaskId, WorkerId
from dispatch.situation import Situation
from gis.areas import AreaIndex
from gis.components import Component, ComponentIndex
from gis.gazetteer import Entry, Gazetteer
from gis.point import LonLat
from gis.travel import RoadGraph
from tests.taxonomy import CATEGORIES, GAS, LAMP, SENSOR_TYPES, VIDEO_TYPES

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEST, SOUTH, STEP = 106.50, 29.50, 0.01

TUESDAY_10 = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""10:00 in the city, on a Tuesday."""

IN_G1 = LonLat(106.505, 29.515)
IN_G4 = LonLat(106.515, 29.505)
OUTSIDE = LonLat(107.0, 30.0)

MUN, SAN, GRE = (DepartmentId(each) for each in ("MUN", "SAN", "GRE"))

CALENDAR = Calendar(
    timezone=SHANGHAI,
    spans=((time(9), time(12)), (time(13), time(18))),
    holidays=frozenset({date(2026, 5, 1)}),
    workdays=frozenset({date(2026, 5, 9)}),
)


def local(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """Return a moment of the city's March 2026 (the 2nd is a Monday), in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


COMPONENT = Component(id="5001030010000001", category=LAMP, name_zh="路灯", point=LonLat(106.5051, 29.5151))

SOURCES = (
    Source(
        id=SourceId("cam1"),
        feed="frigate",
        kind="camera",
        external_id="cam_1",
        name_zh="解放碑摄像头",
        name_en="Monument camera",
        point=IN_G1,
        kinds=("exposed_litter", "crowd"),
        heading_deg=90.0,
        range_m=40.0,
    ),
    Source(
        id=SourceId("gas1"),
        feed="telemetry",
        kind="sensor",
        external_id="g-1",
        name_zh="化粪池1号",
        name_en="Septic tank 1",
        point=IN_G4,
        kinds=("septic_gas", "cover_open", "nothing"),
    ),
    Source(
        id=SourceId("lamp1"),
        feed="telemetry",
        kind="sensor",
        external_id="l-1",
        name_zh="路灯1号",
        name_en="Lamp 1",
        component=COMPONENT.id,
        kinds=("lamp_current",),
    ),
    Source(id=SourceId("desk"), feed="report", kind="desk", external_id="desk", name_zh="受理台", name_en="Desk"),
)

DUTIES = (
    Duty(department=MUN, trade="municipal"),
    Duty(department=SAN, trade="sanitation"),
)


def make_worker(name: str, department: str = MUN, **changes: Any) -> Worker:
    values: dict[str, Any] = {
        "id": WorkerId(name),
        "name_zh": name,
        "name_en": name,
        "department": DepartmentId(department),
        "skills": frozenset({"gas", "lighting"}),
        "areas": (),
        "shift": "day",
        "home": IN_G1,
    }
    return Worker(**(values | changes))


WORKERS = (
    make_worker("ann", home=IN_G1),
    make_worker("bob", home=IN_G4),
    make_worker("cai", SAN, skills=frozenset({"sanitation"})),
)


def _areas() -> tuple[dict[AreaCode, Area], dict[AreaCode, Polygon]]:
    grids = {"S1G1": (0, 1), "S1G2": (1, 1), "S2G3": (0, 0), "S2G4": (1, 0)}
    shapes: dict[AreaCode, Any] = {}
    areas = [("D1", "district", ""), ("S1", "street", "D1"), ("S2", "street", "D1")]
    areas += [("S1C", "community", "S1"), ("S2C", "community", "S2")]
    for code, (x, y) in grids.items():
        west, south = WEST + x * STEP, SOUTH + y * STEP
        shapes[AreaCode(code)] = box(west, south, west + STEP, south + STEP)
        areas.append((code, "grid", code[:2] + "C"))
    for street in ("S1", "S2"):
        whole = unary_union([shape for code, shape in shapes.items() if code.startswith(street) and "G" in code])
        shapes[AreaCode(street)] = shapes[AreaCode(street + "C")] = whole
    shapes[AreaCode("D1")] = unary_union([shapes[AreaCode("S1")], shapes[AreaCode("S2")]])
    rows = {
        AreaCode(code): Area(code=AreaCode(code), level=level, name_zh=code, name_en=code, parent=AreaCode(parent))
        for code, level, parent in areas
    }
    return rows, shapes


AREAS, SHAPES = _areas()

GAZETTEER = (
    Entry(id="1", name_zh="解放碑", name_en="Liberation Monument", kind="landmark", point=IN_G1),
    Entry(id="2", name_zh="人民公园", name_en="People's Park", kind="park", point=IN_G1),
    Entry(id="3", name_zh="人民公园", name_en="People's Park", kind="park", point=IN_G4),
)


def make_codes(
    *,
    categories: Iterable[Category] = CATEGORIES,
    workers: Iterable[Worker] = WORKERS,
    duties: Sequence[Duty] = DUTIES,
    sources: Iterable[Source] = SOURCES,
    video_types: Iterable[VideoType] = VIDEO_TYPES,
) -> Codes:
    departments = {
        MUN: Department(id=MUN, name_zh="市政", name_en="Municipal works", trade="municipal"),
        SAN: Department(id=SAN, name_zh="环卫", name_en="Sanitation", trade="sanitation"),
        GRE: Department(id=GRE, name_zh="园林", name_en="Greening", trade="greening"),
    }
    return Codes(
        areas=AREAS,
        categories={each.code: each for each in categories},
        departments=departments,
        shifts={"day": Shift(id="day", start=time(8), end=time(20))},
        workers={each.id: each for each in workers},
        sources={each.id: each for each in sources},
        video_types={each.type: each for each in video_types},
        sensor_types={each.type: each for each in SENSOR_TYPES},
        duties=tuple(duties),
    )


def make_city(
    *,
    flow: Flow | None = None,
    codes: Codes | None = None,
    calendars: Calendars | None = None,
    escalations: Sequence[Escalation] = (),
    notice_rules: Sequence[NoticeRule] = (),
) -> City:
    grids = {str(code): shape for code, shape in SHAPES.items() if AREAS[code].level == "grid"}
    return City(
        id="test",
        name=Names("测试市", "Testville"),
        notice=Names("", ""),
        timezone=SHANGHAI,
        center=IN_G1,
        emergency=(),
        flow=flow or Flow(),
        codes=codes or make_codes(),
        calendars=calendars or Calendars(CALENDAR),
        shapes=SHAPES,
        centers={code: LonLat(shape.centroid.x, shape.centroid.y) for code, shape in SHAPES.items()},
        indexes=(AreaIndex(grids),),
        components=ComponentIndex([COMPONENT]),
        gazetteer=Gazetteer(GAZETTEER),
        roads=RoadGraph([]),
        escalations=Escalations(tuple(escalations)),
        notice_rules=tuple(notice_rules),
    )


CITY = make_city()


def make_roster(city: City = CITY, *, on_duty: Iterable[str] | None = None) -> Roster:
    """Return a roster with these workers on duty; with all, if none are named."""
    roster = Roster(city.codes)
    for worker in city.codes.workers if on_duty is None else on_duty:
        roster.set_duty(WorkerId(worker), on_duty=True)
    return roster


def make_situation(city: City = CITY, *, roster: Roster | None = None, cases: Sequence[Case] = ()) -> Situation:
    return Situation(city=city, roster=roster or make_roster(city), cases=cases)


def make_event(**changes: Any) -> Event:
    """Return a sure word of gas in grid G1, at 10:00 on a Tuesday."""
    at = changes.get("observed_at", TUESDAY_10)
    values: dict[str, Any] = {
        "id": EventId("e1"),
        "feed": "cloudevents",
        "source_id": SourceId("partner"),
        "vocabulary": Vocabulary.CATEGORY,
        "kind": GAS,
        "observed_at": at,
        "received_at": at,
        "point": IN_G1,
    }
    return Event(**(values | changes))


def make_reading(value: float, at_s: float = 0.0, **changes: Any) -> Reading:
    """Return a reading of septic tank 1, so many seconds after 10:00 on a Tuesday."""
    at = TUESDAY_10 + timedelta(seconds=at_s)
    values: dict[str, Any] = {
        "id": EventId(f"r{at_s:g}"),
        "feed": "telemetry",
        "source_id": SourceId("gas1"),
        "metric": "CH4",
        "value": value,
        "observed_at": at,
        "received_at": at,
    }
    return Reading(**(values | changes))


def make_actor(role: str = "dispatcher", **changes: Any) -> Actor:
    """Return somebody of that role; of MUN, where the role is of a department."""
    bounds = {"department": MUN} if role in OF_A_DEPARTMENT else {}
    return Actor(**({"user": role, "role": role} | bounds | changes))


def decide_event(
    event: Event, situation: Situation | None = None, *, at: datetime | None = None, new_id: str = "c1"
) -> list[Fact]:
    """Triage and decide an event when it is received."""
    situation = situation or make_situation()
    return decide(
        triage(event, situation.city),
        situation,
        new_id=CaseId(new_id),
        number="260303-00001",
        task_id=TaskId("t1"),
        at=at or event.received_at,
    )


def fold(facts: Iterable[Fact], case: Case | None = None) -> Case:
    """Return the case as facts make it; its version counts them."""
    for fact in facts:
        case = apply(case, fact, (case.version if case else 0) + 1)
    assert case is not None
    return case


def kinds(facts: Iterable[Fact]) -> list[str]:
    return [fact.kind for fact in facts]


def make_case(*then: FactData, event: Event | None = None, **changes: Any) -> Case:
    """Return a case opened, filed and dispatched at 10:00 to ann; then the facts, each a minute later.

    `changes` replace fields of the case at the end.
    """
    case = fold(decide_event(event or make_event()))
    for minute, data in enumerate(then, start=1):
        case = fold([Fact(case.id, TUESDAY_10 + timedelta(minutes=minute), data)], case)
    return replace(case, **changes)
