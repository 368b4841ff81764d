"""departments.csv, workers.csv, duties.csv, sources.csv, components.csv, gazetteer.csv: who and what there is.

What a row refers to (an area, a category, another row) is checked in `services/city/references.py`, when all is read.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dispatch.city import Department, Duty, Source, Template, Worker
from dispatch.ids import AreaCode, CategoryCode, DepartmentId, SourceId, WorkerId
from gis.components import Component
from gis.datum import DATUMS
from gis.gazetteer import Entry
from services.city.addresses import find_address_fault
from services.city.cells import Row, Rows
from services.city.files import Reader
from services.city.read_profile import IDENTIFIER
from services.city.sections import matters

TEMPLATE_KINDS = tuple(option.value for option in matters.TEMPLATE_KINDS)
SOURCE_KINDS = ("camera", "sensor", "gateway", "desk")

LONGEST_SILENCE_S = 400 * 86_400.0
FARTHEST_VIEW_M = 20_000.0

T = TypeVar("T")


def read_departments(reader: Reader) -> Rows[Department]:
    return _read(reader, "departments.csv", ("id", "name_zh", "name_en", "trade"), _department)


def read_workers(reader: Reader) -> Rows[Worker]:
    columns = ("id", "name_zh", "name_en", "department", "skills", "areas", "shift", "lon", "lat")
    return _read(reader, "workers.csv", columns, _worker)


def read_sources(reader: Reader) -> Rows[Source]:
    columns = (
        "id", "feed", "kind", "external_id", "name_zh", "name_en", "lon", "lat", "datum", "gateway", "kinds",
        "component", "silent_after_s", "heading_deg", "view_deg", "range_m",
    )  # fmt: skip
    return _read(reader, "sources.csv", columns, _source)


def read_components(reader: Reader) -> Rows[Component]:
    return _read(reader, "components.csv", ("id", "category", "name_zh", "lon", "lat", "department"), _component)


def read_places(reader: Reader) -> tuple[Entry, ...]:
    columns = ("id", "name_zh", "name_en", "aliases", "kind", "lon", "lat")
    return tuple(place for _, place in _read(reader, "gazetteer.csv", columns, _place))


def read_templates(reader: Reader) -> Rows[Template]:
    """Return the phrases of an optional file; none where it is missing."""
    if not reader.has("templates.csv"):
        return ()
    return _read(reader, "templates.csv", ("id", "kind", "zh", "en", "category"), _template)


def read_duties(reader: Reader) -> Rows[Duty]:
    seen: dict[tuple[str, str, str], int] = {}
    found = []
    for row in reader.rows("duties.csv", ("department", "category", "trade", "area")):
        duty = Duty(
            department=DepartmentId(row.needed("department")),
            category=CategoryCode(row.text("category")),
            trade=row.text("trade"),
            area=AreaCode(row.text("area")),
        )
        key = (duty.category, duty.trade, duty.area)
        if key in seen:
            row.fault(f"category, trade and area are those of line {seen[key]}")
        seen.setdefault(key, row.line)
        found.append((row, duty))
    return tuple(found)


def _read(reader: Reader, file: str, columns: tuple[str, ...], make: Callable[[Row], T]) -> Rows[T]:
    """Read a table whose rows have an `id` each, no two the same."""
    return tuple((row, make(row)) for row in _new_ids(reader.rows(file, columns)))


def _new_ids(rows: Iterator[Row]) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for row in rows:
        row_id = row.needed("id")
        if row_id and not IDENTIFIER.fullmatch(row_id):
            row.fault(f"id may hold letters, digits, and . _ -: {row_id!r}")
        if row_id in seen:
            row.fault(f"the id {row_id} stands in line {seen[row_id]} already")
        seen.setdefault(row_id, row.line)
        yield row


def _names(row: Row) -> dict[str, str]:
    """Return both names; one of them may stand for both."""
    name_zh, name_en = row.text("name_zh"), row.text("name_en")
    if not name_zh and not name_en:
        row.fault("name_zh and name_en are both empty")
    return {"name_zh": name_zh or name_en, "name_en": name_en or name_zh}


def _department(row: Row) -> Department:
    lead = row.text("lead")
    if lead and not IDENTIFIER.fullmatch(lead):
        row.fault(f"lead may hold letters, digits, and . _ -: {lead!r}")
    return Department(id=DepartmentId(row.text("id")), trade=row.text("trade"), lead=lead, **_names(row))


def _worker(row: Row) -> Worker:
    skills = row.items("skills")
    if not skills:
        row.fault("skills is empty")
    return Worker(
        id=WorkerId(row.text("id")),
        department=DepartmentId(row.needed("department")),
        skills=frozenset(skills),
        areas=tuple(AreaCode(code) for code in row.items("areas")),
        shift=row.needed("shift"),
        home=row.point(),
        **_names(row),
    )


def _source(row: Row) -> Source:
    return Source(
        id=SourceId(row.text("id")),
        feed=row.needed("feed"),
        kind=row.choice("kind", SOURCE_KINDS),
        external_id=row.needed("external_id"),
        point=row.find_point(),
        gateway=SourceId(row.text("gateway")),
        datum=row.choice("datum", DATUMS, "wgs84"),
        kinds=row.items("kinds"),
        component=row.text("component"),
        silent_after_s=row.number("silent_after_s", 0, LONGEST_SILENCE_S, 0.0),
        heading_deg=row.find_number("heading_deg", 0, 360),
        view_deg=row.find_number("view_deg", 0, 360),
        range_m=row.find_number("range_m", 0, FARTHEST_VIEW_M),
        timezone=_timezone(row),
        pull=_pull(row),
        **_names(row),
    )


def _pull(row: Row) -> str:
    address = row.text("pull")
    fault = find_address_fault(address) if address else ""
    if fault:
        row.fault(f"pull {fault}")
        return ""
    return address


def _timezone(row: Row) -> str:
    name = row.text("timezone")
    try:
        return name and ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        row.fault(f"timezone is not known: {name!r} (such as Asia/Shanghai)")
        return ""


def _template(row: Row) -> Template:
    zh, en = row.text("zh"), row.text("en")
    if not zh and not en:
        row.fault("zh and en are both empty")
    return Template(
        id=row.text("id"),
        kind=row.choice("kind", TEMPLATE_KINDS),
        zh=zh or en,
        en=en or zh,
        category=CategoryCode(row.text("category")),
    )


def _component(row: Row) -> Component:
    return Component(
        id=row.text("id"),
        category=row.needed("category"),
        name_zh=row.text("name_zh"),
        point=row.point(),
        department=row.text("department"),
    )


def _place(row: Row) -> Entry:
    names = _names(row)
    return Entry(
        id=row.text("id"),
        name_zh=names["name_zh"],
        name_en=names["name_en"],
        kind=row.needed("kind"),
        point=row.point(),
        aliases=row.items("aliases"),
    )
