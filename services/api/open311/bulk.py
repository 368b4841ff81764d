"""Open data: all public requests of a period as one file, row by row while it is read.

CSV has the columns of Open311's proposed bulk specification (open311.org/GeoReport/bulk); GeoJSON is RFC 7946. Both say
what `requests.json` says of each request: the same words taken out, the same places rounded.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.api.identity import address_of
from services.api.open311.errors import BadRequest311, Fault, not_found
from services.api.open311.formats import format_time
from services.api.open311.keys import too_many
from services.api.open311.listing import Query, query_of, read_period
from services.api.open311.records import KINDS, Reader, detailed_status, hidden_of, is_open, rough_of
from services.api.platform import platform_of, tools_of
from services.api.spreadsheet import MARK, harmless, write_lines
from services.observe.clock import now
from services.store.requests import PublicRequest, Wanted, list_requests

PAGE = 1_000
"""Requests read at a time: some 30 ms of a reading thread, and a megabyte."""
ROWS_MAX = 1_000_000
"""Of one file: what a spreadsheet opens; more is asked for by the year."""
AT_ONCE_MAX = 4
"""Files written at the same time: each keeps one of the reading threads busy."""

COLUMNS = (
    "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description", "status_notes",
    "source", "service_name", "service_subtype", "description", "agency_responsible", "address", "lat", "long",
)  # fmt: skip
SOURCES = {"open311": "Open311", "citizen": "Website", "sensor": "Sensor"}
STATUSES = {"RECEIVED": "Open", "IN_PROCESS": "Processing", "PROCESSED": "Closed", "REJECTED": "Closed"}

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Writing:
    """How many files are being written."""

    count: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One request as a file has it."""

    columns: Mapping[str, str | float | None]
    service_code: str
    number: str


def read_bulk(query: Query, reader: Reader, at: datetime) -> Wanted:
    """Return what a file holds: requests of a period (by default all that there are) and of some categories.

    :raises BadRequest311: 400 with all that is wrong.
    """
    since, until, categories = read_period(query)
    known = reader.city.codes.categories
    return Wanted(
        hidden=hidden_of(known), rough=rough_of(known), categories=categories, since=since, until=min(until or at, at)
    )


async def answer_bulk(request: Request, reader: Reader, writing: Writing) -> Response:
    """Answer with the file that is asked for.

    :raises BadRequest311: 404 for another format, 429 for too many files, 503 while too many are being written.
    """
    suffix = request.path_params["suffix"]
    if suffix not in ("csv", "geojson"):
        raise not_found("有 csv 与 geojson 两种格式", "There are two formats: csv and geojson")
    at = now()
    if wait_s := tools_of(request).exports.wait_s(address_of(request), at):
        raise too_many(wait_s)
    query = query_of(request.query_params.multi_items())
    wanted = read_bulk(query, reader, at)
    if writing.count >= AT_ONCE_MAX:
        fault = Fault(503, "正在生成的文件过多，请稍后再试", "Too many files are being written; try again shortly")
        raise BadRequest311(503, fault, headers={"Retry-After": "20"})
    rows = _read(request, reader, wanted, writing)
    content_type = "text/csv; charset=utf-8" if suffix == "csv" else "application/geo+json"
    headers = {
        "Content-Disposition": f'attachment; filename="requests.{suffix}"',
        "Content-Type": content_type,
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "public, max-age=60",
    }
    has_mark = query.get("bom", "").lower() in ("true", "1", "yes")
    body = _csv(rows, has_mark=has_mark) if suffix == "csv" else _geojson(rows, reader, at)
    return StreamingResponse(body, headers=headers)


async def _read(request: Request, reader: Reader, wanted: Wanted, writing: Writing) -> AsyncIterator[list[Row]]:
    """Yield the requests in pages, the newest first.

    A page goes on from the last one's time, so that the thousandth costs as much as the first.
    """
    db, written = platform_of(request).db, 0
    given: list[PublicRequest] = []  # those of the very instant at which the page before ended
    writing.count += 1
    try:
        while written < ROWS_MAX:
            skipped, limit = {each.number for each in given}, PAGE + len(given)
            page = await db.read(lambda c, w=wanted, n=limit: list_requests(c, w, KINDS, offset=0, limit=n))  # type: ignore[misc]
            fresh = [each for each in page if each.number not in skipped]
            if not fresh:
                return
            yield [row_of(each, reader) for each in fresh]
            written += len(fresh)
            end = fresh[-1].requested_at
            given = [each for each in [*given, *fresh] if each.requested_at == end]
            wanted = replace(wanted, until=end)
            if len(page) < limit:
                return
    finally:
        writing.count -= 1


def row_of(found: PublicRequest, reader: Reader) -> Row:
    """Return a request as the bulk specification has it."""
    record, case = reader.record(found), found.case
    ended = None if case is None or is_open(case) else case.closed_at or case.voided_at or case.stage_since
    status = "Hold" if case is not None and case.stage == "suspended" else STATUSES[detailed_status(case)]
    attributes = reader.extended(found, None, {})["extended_attributes"]
    assert isinstance(attributes, Mapping)
    columns: dict[str, str | float | None] = {
        "service_request_id": found.number,
        "requested_datetime": format_time(found.requested_at),
        "updated_datetime": format_time(max(found.updated_at, ended) if ended else found.updated_at),
        "closed_date": format_time(ended) if ended else None,
        "status_description": status,
        "status_notes": _text(record["status_notes"]),
        "source": SOURCES[str(attributes["channel"])],
        "service_name": _text(record["service_name"]),
        "service_subtype": None,
        "description": _text(record["description"]),
        "agency_responsible": _text(record["agency_responsible"]),
        "address": _text(record["address"]),
        "lat": _number(record["lat"]),
        "long": _number(record["long"]),
    }
    return Row(columns, found.category, found.number)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None


async def _csv(pages: AsyncIterator[list[Row]], *, has_mark: bool) -> AsyncIterator[str]:
    yield (MARK if has_mark else "") + write_lines([COLUMNS])
    async for rows in pages:
        yield write_lines([_cell(row.columns[name]) for name in COLUMNS] for row in rows)


def _cell(value: str | float | None) -> str | float:
    """Return what stands in a cell; a position is a number and may begin with a minus."""
    return harmless(value) if isinstance(value, str) else "" if value is None else value


async def _geojson(pages: AsyncIterator[list[Row]], reader: Reader, at: datetime) -> AsyncIterator[bytes]:
    """Yield a FeatureCollection; how many there were is known, and said, at its end (as OGC API Features has it)."""
    written = 0
    yield b'{"type":"FeatureCollection","features":['
    async for rows in pages:
        features = [_encode(_feature(row, reader)) for row in rows]
        yield (b"," if written else b"") + b",\n".join(features)
        written += len(rows)
    yield b'],"numberReturned":%d,"timeStamp":"%s"}\n' % (written, format_time(at).encode())


def _feature(row: Row, reader: Reader) -> Mapping[str, object]:
    lon, lat = row.columns["long"], row.columns["lat"]
    names: Sequence[str] = [name for name in COLUMNS if name not in ("lat", "long", "service_subtype")]
    return {
        "type": "Feature",
        "id": row.number,
        "geometry": None if lon is None or lat is None else {"type": "Point", "coordinates": [lon, lat]},
        "properties": {
            **{name: row.columns[name] for name in names},
            "service_code": row.service_code,
            "url": f"{reader.base_url}/report/case/{row.number}",
        },
    }
