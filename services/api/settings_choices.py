"""What a column that names other rows may name: departments, areas, categories, and the words of the taxonomy."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from dispatch.city import Names
from dispatch.wording import FEEDS, SKILLS
from services.city.drafting import Files, rows_of
from services.city.rows import Cells, Unreadable
from services.city.sections import SECTIONS
from services.feeds import load_feeds

LEVELS = ("district", "street", "community", "grid")


class Choice(Struct, frozen=True):
    """A value that may be named, and what it is called. `of` is what it belongs to: a level, a trade."""

    value: str
    name: Names
    of: str = ""


class Choices(Struct, frozen=True, kw_only=True):
    """What may be named, by what a column refers to."""

    departments: Sequence[Choice]
    areas: Sequence[Choice]
    categories: Sequence[Choice]
    trades: Sequence[Choice]
    skills: Sequence[Choice]
    shifts: Sequence[Choice]
    feeds: Sequence[Choice]
    gateways: Sequence[Choice]
    types: Sequence[Choice]
    sensors: Sequence[Choice]
    calendars: Sequence[Choice]
    workers: Sequence[Choice]
    sources: Sequence[Choice]


def list_choices(files: Files) -> Choices:
    """Return the choices of a pack's files, whatever faults it has."""
    categories = _rows(files, "categories")
    workers = _rows(files, "workers")
    sources = _rows(files, "sources")
    sensors = _rows(files, "sensor-types")
    types = [*_rows(files, "video-types"), *sensors]
    return Choices(
        departments=_named(_rows(files, "departments"), "id", of="trade"),
        areas=[choice for level in LEVELS for choice in _named(_rows(files, f"areas-{level}"), "code", level=level)],
        categories=_named(categories, "code", of="trade"),
        trades=_words(row.get("trade", "") for row in categories),
        skills=_words(
            word
            for row in (*categories, *workers)
            for word in (row.get("skill", "") + "|" + row.get("skills", "")).split("|")
        ),
        shifts=[
            Choice(row["id"], Names(f"{row['id']} {_span(row)}", f"{row['id']} {_span(row)}"))
            for row in _rows(files, "shifts")
        ],
        feeds=[Choice(name, FEEDS.get(name, Names(name, name))) for name in sorted(load_feeds())],
        gateways=_named([row for row in sources if row.get("kind") == "gateway"], "id"),
        types=_named(types, "type"),
        sensors=_named(sensors, "type"),
        calendars=[Choice("default", Names("城市日历", "the city's own")), *_named(_rows(files, "calendars"), "id")],
        workers=_named(workers, "id", of="department"),
        sources=_named(sources, "id", of="kind"),
    )


def _rows(files: Files, section: str) -> list[Cells]:
    try:
        return [row.cells for row in rows_of(files, SECTIONS[section])]
    except Unreadable:
        return []


def _span(row: Mapping[str, str]) -> str:
    return f"{row.get('start', '')}–{row.get('end', '')}"


def _named(rows: Iterable[Cells], key: str, *, of: str = "", level: str = "") -> list[Choice]:
    """Return a choice for each value of the key, the last row of one counting."""
    found: dict[str, Choice] = {}
    for row in rows:
        value = row.get(key, "")
        zh, en = row.get("name_zh", ""), row.get("name_en", "")
        if value:
            found[value] = Choice(value, Names(zh or en or value, en or zh or value), level or row.get(of, ""))
    return list(found.values())


def _words(words: Iterable[str]) -> list[Choice]:
    kept = sorted({word.strip() for word in words if word.strip()})
    return [Choice(word, SKILLS.get(word, Names(word, word))) for word in kept]
