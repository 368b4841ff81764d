"""Which requests are asked for: the standard's filters and those that others have added to it, read and bounded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.api.open311.errors import BadRequest311, Fault
from services.api.values import read_number, read_time
from services.store.requests import Circle, Wanted

SPAN_MAX = timedelta(days=90)
"""The standard: a list spans 90 days, or the first 1000, whichever is less."""
ROWS_MAX = 1_000
PAGE_MAX = 10_000
"""Pages that may be leafed through: each is read from the newest request on."""
LIST_MAX = 1_000
"""Members of a comma list."""
RADIUS_MAX_M = 50_000.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted, which page of it, and whether with what the standard does not have."""

    wanted: Wanted
    page: int
    page_size: int
    extensions: bool


Query = Mapping[str, str]
"""The parameters that are there and not empty."""


def query_of(pairs: Iterable[tuple[str, str]]) -> Query:
    """Return the parameters; an empty one is none, and of a repeated one the values are joined as a comma list."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        value = value.encode("utf-8", "replace").decode().replace("\x00", "").strip()
        if value:
            found.setdefault(name, []).append(value)
    return {name: ",".join(values) for name, values in found.items()}


def read_query(query: Query, hidden: Sequence[str], rough: Sequence[str], at: datetime) -> Asked:
    """Return what is asked for.

    :raises BadRequest311: 400 with all that is wrong.
    """
    faults: list[Fault] = []
    ids = _list(query, "service_request_id", faults)
    since, until = _span(query, at, faults)
    wanted = Wanted(
        hidden=hidden,
        rough=rough,
        ids=ids,
        categories=_list(query, "service_code", faults),
        is_open=_status(query, faults),
        since=since,
        until=until,
        updated_after=_time(query, "updated_after", faults),
        updated_before=_time(query, "updated_before", faults),
        box=_box(query, faults),
        circle=_circle(query, faults),
    )
    page = _whole(query, "page", 1, PAGE_MAX, faults)
    size = min(_whole(query, name, ROWS_MAX, 10**9, faults) for name in ("page_size", "max_requests"))
    extensions = query.get("extensions", "").lower() in ("true", "1", "yes")
    if faults:
        raise BadRequest311(400, *faults)
    return Asked(wanted, page, min(size, ROWS_MAX), extensions)


def _list(query: Query, name: str, faults: list[Fault]) -> Sequence[str]:
    found = [part.strip() for part in query.get(name, "").split(",") if part.strip()]
    if len(found) > LIST_MAX:
        faults.append(Fault(400, f"{name} 至多 {LIST_MAX} 项", f"{name} has at most {LIST_MAX} members"))
        return ()
    return tuple(dict.fromkeys(found))


def _status(query: Query, faults: list[Fault]) -> bool | None:
    found = set(_list(query, "status", faults))
    if not found <= {"open", "closed"}:
        faults.append(Fault(400, "status 只能是 open 或 closed", "status is open or closed"))
    return None if len(found) != 1 else found == {"open"}


def _span(query: Query, at: datetime, faults: list[Fault]) -> tuple[datetime | None, datetime | None]:
    """Return the span of the times of request: 90 days at most, the last ones where none is given.

    Who asks for what has changed, by its time, is not bound to requests of the last 90 days.
    """
    start, end = _time(query, "start_date", faults), _time(query, "end_date", faults)
    if start is not None and end is not None:
        if end < start:
            faults.append(Fault(400, "end_date 早于 start_date", "end_date is before start_date"))
        return start, min(end, start + SPAN_MAX)
    if start is not None:
        return start, start + SPAN_MAX
    if end is not None:
        return end - SPAN_MAX, end
    if "updated_after" in query or "updated_before" in query:
        return None, None
    return at - SPAN_MAX, None


def _time(query: Query, name: str, faults: list[Fault]) -> datetime | None:
    text = query.get(name, "")
    if not text:
        return None
    found = read_time(text)
    if found is None:
        faults.append(
            Fault(
                400,
                f"{name} 须为带时区的时间，如 2026-03-01T08:00:00Z",
                f"{name} must be a time with a zone such as 2026-03-01T08:00:00Z",
            )
        )
    return found


def read_period(query: Query) -> tuple[datetime | None, datetime | None, Sequence[str]]:
    """Return the span and the categories of a file, which the standard's 90 days do not bound.

    :raises BadRequest311: 400 with all that is wrong.
    """
    faults: list[Fault] = []
    start, end = _time(query, "start_date", faults), _time(query, "end_date", faults)
    if start is not None and end is not None and end < start:
        faults.append(Fault(400, "end_date 早于 start_date", "end_date is before start_date"))
    categories = _list(query, "service_code", faults)
    if faults:
        raise BadRequest311(400, *faults)
    return start, end, categories


def _box(query: Query, faults: list[Fault]) -> tuple[float, float, float, float] | None:
    text = query.get("bbox", "")
    if not text:
        return None
    sides = [read_number(part.strip(), -180, 180) for part in text.split(",", 4)]
    if len(sides) == 4 and None not in sides:
        west, south, east, north = (side for side in sides if side is not None)
        if west <= east and -90 <= south <= north <= 90:
            return west, south, east, north
    faults.append(Fault(400, "bbox 须为 西,南,东,北（度）", "bbox must be west,south,east,north in degrees"))
    return None


def _circle(query: Query, faults: list[Fault]) -> Circle | None:
    names = ("lat", "long", "radius")
    given = [query.get(name) or query.get("lon" if name == "long" else name, "") for name in names]
    if not any(given):
        return None
    lat, lon, radius_m = (
        read_number(text, *span) for text, span in zip(given, ((-90, 90), (-180, 180), (0, RADIUS_MAX_M)), strict=True)
    )
    if lat is None or lon is None or radius_m is None:
        faults.append(
            Fault(
                400,
                f"lat、long、radius（米，至多 {RADIUS_MAX_M:g}）须一并给出",
                f"lat, long and radius (metres, at most {RADIUS_MAX_M:g}) belong together",
            )
        )
        return None
    return Circle(lon, lat, radius_m)


def _whole(query: Query, name: str, usual: int, most: int, faults: list[Fault]) -> int:
    """Return a whole number from 1 on; 0 counts as 1, as others have it."""
    text = query.get(name, "")
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > most:
        faults.append(Fault(400, f"{name} 须为 1 至 {most} 的整数", f"{name} must be a whole number from 1 to {most}"))
        return usual
    return max(int(text), 1)


def read_updates_span(query: Query, at: datetime) -> tuple[datetime, datetime]:
    """Return the span of times that updates are asked of: 90 days at most, the last ones where none is given.

    :raises BadRequest311: 400 for what is no time.
    """
    faults: list[Fault] = []
    start, end = _span(query, at, faults)
    if faults:
        raise BadRequest311(400, *faults)
    return start or at - SPAN_MAX, end or at


def read_ids(query: Query) -> Sequence[str]:
    """Return the ids of requests that are asked for.

    :raises BadRequest311: 400 for too many.
    """
    faults: list[Fault] = []
    found = _list(query, "service_request_id", faults)
    if faults:
        raise BadRequest311(400, *faults)
    return found


def check_jurisdiction(given: str, known: Sequence[str]) -> None:
    """Refuse a jurisdiction that this server does not serve; where none is configured, any name means this city.

    :raises BadRequest311: 404.
    """
    if given and known and given not in known:
        raise BadRequest311(404, Fault(404, "没有这个 jurisdiction_id", "No such jurisdiction_id is served here"))
