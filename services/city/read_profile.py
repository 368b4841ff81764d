"""city.toml: who the city is."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS

from dispatch.city import Flow, Hotline, Names
from gis.datum import DATUMS, to_wgs84
from gis.point import LonLat
from services.city.files import Reader
from services.city.pack import Profile
from services.city.read_health import read_flood, read_health
from services.city.toml import TomlTable

AREA_CODES = ("gb30428", "own")
GRANTING_ROLES = ("leader", "supervisor", "dispatcher", "admin")
"""Roles that a city may let answer to what handlers ask for."""
AREA_DIGITS = re.compile(r"[0-9]{0,6}")
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_profile(reader: Reader) -> Profile | None:
    """Return city.toml, None where it is no TOML at all."""
    table = reader.table("city.toml")
    if table is None:
        return None
    city_id = table.text("id")
    if city_id and not IDENTIFIER.fullmatch(city_id):
        table.fault("id", "id may hold letters, digits, and . _ -")
    datum = _one_of(table, "datum", DATUMS, "wgs84")
    return Profile(
        id=city_id,
        name=Names(table.text("name_zh"), table.text("name_en")),
        notice=Names(table.text("notice_zh", ""), table.text("notice_en", "")),
        timezone=_timezone(table),
        scheme=table.text("scheme", ""),
        area_codes=_one_of(table, "area_codes", AREA_CODES, "gb30428"),
        datum=datum,
        center=to_wgs84(_center(table), datum),
        emergency=table.texts("emergency"),
        flow=_flow(table.table("flow")),
        hotline=_hotline(table.table("hotline")),
        flood=read_flood(table.table("flood")),
        health=read_health(table.table("health")),
    )


LONGEST_MIN = 100_000.0
"""Working minutes: no stage of the desk's may last longer than a year of work."""


def _flow(flow: TomlTable) -> Flow:
    usual, limits = Flow(), flow.table("limits")
    return Flow(
        max_open_tasks=int(flow.number("max_open_tasks", 1, 10_000, usual.max_open_tasks)),
        auto_file_people=flow.flag("auto_file_people", usual.auto_file_people),
        auto_close=flow.flag("auto_close", usual.auto_close),
        extension_max=int(flow.number("extension_max", 0, 100, usual.extension_max)),
        extension_before_due=flow.flag("extension_before_due", usual.extension_before_due),
        extension_by=_one_of(flow, "extension_by", GRANTING_ROLES, usual.extension_by),
        return_by=_one_of(flow, "return_by", GRANTING_ROLES, usual.return_by),
        suspension_by=_one_of(flow, "suspension_by", GRANTING_ROLES, usual.suspension_by),
        return_within_h=flow.number("return_within_h", 0, 10_000, usual.return_within_h),
        returns_max=int(flow.number("returns_max", 0, 100, usual.returns_max)),
        coordinating_stops_clock=flow.flag("coordinating_stops_clock", usual.coordinating_stops_clock),
        reopen_days=flow.number("reopen_days", 0, 10_000, usual.reopen_days),
        reporter_reopens=int(flow.number("reporter_reopens", 0, 100, usual.reporter_reopens)),
        rate_days=flow.number("rate_days", 0, 10_000, usual.rate_days),
        rework_h=flow.number("rework_h", 0, 10_000, usual.rework_h),
        undo_s=flow.number("undo_s", 0, 86_400, usual.undo_s),
        claim_grace_s=flow.number("claim_grace_s", 0, 3_600, usual.claim_grace_s),
        claim_stale_s=flow.number("claim_stale_s", 1, 86_400, usual.claim_stale_s),
        answer_min=flow.number("answer_min", 0.1, 1_440, usual.answer_min),
        limits={name: limits.number(name, 0, LONGEST_MIN, usual.limits[name]) for name in usual.limits},
    )


def _hotline(hotline: TomlTable) -> Hotline:
    usual = Hotline()
    region = hotline.text("region", usual.region)
    if region not in SUPPORTED_REGIONS:
        hotline.fault("region", f"region is not known: {region!r} (a country's two letters, such as CN)")
    area_code = hotline.text("area_code", usual.area_code)
    if not AREA_DIGITS.fullmatch(area_code):
        hotline.fault("area_code", "area_code may hold up to 6 digits")
    return Hotline(
        region=region,
        area_code=area_code,
        file_at_once=hotline.flag("file_at_once", usual.file_at_once),
        callback_share=hotline.number("callback_share", 0, 1, usual.callback_share),
        callback_tries=int(hotline.number("callback_tries", 1, 20, usual.callback_tries)),
        callback_days=hotline.number("callback_days", 1, 365, usual.callback_days),
    )


def _one_of(table: TomlTable, name: str, allowed: tuple[str, ...], default: str) -> str:
    value = table.text(name, default)
    if value not in allowed:
        table.fault(name, f"{name} must be one of {', '.join(allowed)}")
        return default
    return value


def _timezone(table: TomlTable) -> str:
    name = table.text("timezone")
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.fault("timezone", f"timezone is not known: {name!r} (such as Asia/Shanghai)")
        return "UTC"


def _center(table: TomlTable) -> LonLat:
    value = table.values.get("center")
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(each, int | float) and not isinstance(each, bool) for each in value)
        and abs(value[0]) <= 180
        and abs(value[1]) <= 90
    ):
        return LonLat(float(value[0]), float(value[1]))
    table.fault("center", "center must be [lon, lat]")
    return LonLat(0.0, 0.0)
