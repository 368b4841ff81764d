"""categories.csv, video_types.csv, sensor_types.csv: what can be the matter."""

from collections.abc import Collection
from datetime import date

from dispatch.category import Category, Limit, LimitUnit, Priority, SmartCheck
from dispatch.city import SensorType, VideoType
from dispatch.ids import CategoryCode
from services.city.cells import Row, Rows
from services.city.files import Reader

POLICIES = ("nearest", "least_loaded", "balanced")
KINDS = ("part", "event")
DIRECTIONS = ("above", "below", "equals")
PUBLIC = ("yes", "rough", "no")

CATEGORY_COLUMNS = (
    "scheme", "code", "gb_code", "kind", "major_zh", "major_en", "name_zh", "name_en", "priority", "skill", "trade",
    "urgent_limit", "urgent_unit", "normal_limit", "normal_unit", "same_place_m", "same_time_s", "auto_file_confidence",
    "policy", "file_when", "close_when", "words_zh", "words_en", "valid_from", "valid_to", "basis",
)  # fmt: skip
VIDEO_COLUMNS = ("type", "name_zh", "name_en", "labels", "dwell_s", "priority", "category")
SENSOR_COLUMNS = (
    "type", "name_zh", "name_en", "metric", "unit", "direction", "advisory", "warning", "alarm", "persist_s",
    "category",
)  # fmt: skip

FAR_PAST = date(1900, 1, 1)
LONGEST_S = 400 * 86_400.0
"""Seconds: no span of a table is longer than a year and a bit."""

MOST = 1e9


def read_categories(reader: Reader) -> tuple[Category, ...]:
    """Return all rows, every version of a code."""
    seen: dict[tuple[str, str, date], int] = {}
    found = []
    for row in reader.rows("categories.csv", CATEGORY_COLUMNS):
        category = _category(row)
        key = (category.scheme, category.code, category.valid_from)
        if key in seen:
            row.fault(f"{category.code} of {category.scheme}, valid from {category.valid_from}: as in line {seen[key]}")
        seen.setdefault(key, row.line)
        found.append(category)
    return tuple(found)


def current_categories(categories: tuple[Category, ...], scheme: str, on: date | None) -> dict[CategoryCode, Category]:
    """Return for each code the row in force on a date, or the newest row where no date is given.

    `scheme` "" takes the rows of every scheme.
    """
    current: dict[CategoryCode, Category] = {}
    for category in sorted(categories, key=lambda each: each.valid_from):
        in_force = on is None or (category.valid_from <= on and (category.valid_to is None or on <= category.valid_to))
        if in_force and scheme in ("", category.scheme):
            current[category.code] = category
    return current


def read_video_types(reader: Reader) -> Rows[VideoType]:
    found: dict[str, tuple[Row, VideoType]] = {}
    for row in reader.rows("video_types.csv", VIDEO_COLUMNS):
        kind = _new_type(row, found)
        labels = row.items("labels")
        if not labels:
            row.fault("labels is empty")
        video_type = VideoType(
            type=kind,
            name_zh=row.needed("name_zh"),
            name_en=row.needed("name_en"),
            category=CategoryCode(row.needed("category")),
            priority=row.choice("priority", list(Priority)),
            dwell_s=row.number("dwell_s", 0, LONGEST_S),
            labels=labels,
            clear_after_s=row.number("clear_after_s", 0, LONGEST_S, 0.0),
        )
        found[kind] = (row, video_type)
    return tuple(found.values())


def read_sensor_types(reader: Reader) -> Rows[SensorType]:
    found: dict[str, tuple[Row, SensorType]] = {}
    for row in reader.rows("sensor_types.csv", SENSOR_COLUMNS):
        kind = _new_type(row, found)
        direction = row.choice("direction", DIRECTIONS)
        levels = [row.find_number(name, -MOST, MOST) for name in ("advisory", "warning", "alarm")]
        _check_levels(row, direction, [level for level in levels if level is not None])
        sensor_type = SensorType(
            type=kind,
            name_zh=row.needed("name_zh"),
            name_en=row.needed("name_en"),
            metric=row.needed("metric"),
            unit=row.text("unit"),
            direction=direction,
            advisory=levels[0],
            warning=levels[1],
            alarm=levels[2],
            persist_s=row.number("persist_s", 0, LONGEST_S),
            category=CategoryCode(row.needed("category")),
        )
        found[kind] = (row, sensor_type)
    return tuple(found.values())


def _category(row: Row) -> Category:
    valid_from, valid_to = row.find_date("valid_from"), row.find_date("valid_to")
    if row.is_empty("valid_from"):
        row.fault("valid_from is empty")
    if valid_from and valid_to and valid_to < valid_from:
        row.fault("valid_to is before valid_from")
    public = row.choice("public", PUBLIC, "yes")
    return Category(
        scheme=row.needed("scheme"),
        code=CategoryCode(row.needed("code")),
        gb_code=row.text("gb_code"),
        kind=row.choice("kind", KINDS),
        major_zh=row.needed("major_zh"),
        major_en=row.needed("major_en"),
        name_zh=row.needed("name_zh"),
        name_en=row.needed("name_en"),
        priority=Priority(row.choice("priority", list(Priority))),
        skill=row.needed("skill"),
        trade=row.needed("trade"),
        normal_limit=_limit(row, "normal"),
        urgent_limit=None if row.is_empty("urgent_limit") else _limit(row, "urgent"),
        same_place_m=row.number("same_place_m", 0, 100_000),
        same_time_s=row.number("same_time_s", 0, LONGEST_S),
        auto_file_confidence=row.number("auto_file_confidence", 0, 2),
        policy=row.choice("policy", POLICIES),
        smart_check=SmartCheck(row.choice("smart_check", list(SmartCheck), SmartCheck.OFF)),
        is_public=public != "no",
        is_rough=public == "rough",
        file_when=row.text("file_when"),
        close_when=row.text("close_when"),
        words_zh=row.items("words_zh"),
        words_en=row.items("words_en"),
        basis=row.text("basis"),
        valid_from=valid_from or FAR_PAST,
        valid_to=valid_to,
    )


def _limit(row: Row, which: str) -> Limit:
    """Return the limit of two cells. A limit of nothing would be overdue at once, so it is a fault."""
    amount = row.number(f"{which}_limit", 0.01, 10_000)
    return Limit(amount, LimitUnit(row.choice(f"{which}_unit", list(LimitUnit))))


def _new_type(row: Row, found: Collection[str]) -> str:
    kind = row.needed("type")
    if kind in found:
        row.fault(f"the type {kind} is there already")
    return kind


def _check_levels(row: Row, direction: str, levels: list[float]) -> None:
    if not levels:
        row.fault("advisory, warning and alarm are all empty")
    if levels != sorted(levels, reverse=direction == "below"):
        row.fault(f"the levels must get worse from advisory to alarm (direction {direction})")
