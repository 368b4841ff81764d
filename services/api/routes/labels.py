"""Labels with codes for the parts of the register and for places: who scans one reports with the place filled in."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response
from msgspec import Struct
from pydantic import AfterValidator, Field

from dispatch.city import Names
from dispatch.citymap import City
from gis.components import Component
from services.api.fields import CommaList, Form, Short, parts_of, refuse_nul
from services.api.identity import permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.sheet.values import FORMATS, Label
from services.api.wire import Reply, reply, router
from services.engine.people import actor_of
from services.store.accounts import Account

routes = router("labels")

LABELS_MAX = 105
"""Of one file: five sheets of small ones, in about two seconds. A register of thousands is printed by the street."""
PLACES_MAX = 50
NAME_MAX = 60
PLACES_CHARS = 5_000
"""All places in the address: each character may take twelve bytes there, and the server reads 64 kB of one."""

Printer = Annotated[Account, Depends(permission("labels.print"))]


class LabelQuery(Form):
    """Which parts: by id, or all of a kind and an area."""

    category: Short = Field("", description="Code of the parts' category")
    area: Short = Field("", description="Code of a district, street, community or grid")
    ids: CommaList = Field("", description="Ids of parts; then the kind and the area do not count")
    offset: int = Field(0, ge=0, le=1_000_000)


class LabelSheetQuery(LabelQuery):
    """A file of labels."""

    places: Annotated[str, Field(max_length=PLACES_CHARS), AfterValidator(refuse_nul)] = Field(
        "", description="Places without a part, one a line: lon,lat,name"
    )
    size: Literal["small", "large"] = Field("small", description="21 labels on a sheet, or 8")


class LabelRow(Struct, frozen=True, kw_only=True):
    """A part that a label can be printed for."""

    id: str
    name: Names
    category: str
    lon: float
    lat: float


class LabelPage(Struct, frozen=True, kw_only=True):
    """What one file would hold (`items`), and how many parts there are in all."""

    items: Sequence[LabelRow]
    total: int
    limit: int


@routes.get("/labels", operation_id="listLabels")
async def list_labels(request: Request, printer: Printer, query: Annotated[LabelQuery, Query()]) -> Reply[LabelPage]:
    """The parts that labels can be printed for: those of the printer's own department and area."""
    city = platform_of(request).city
    found = await asyncio.to_thread(_choose, city, printer, query)
    page = found[query.offset : query.offset + LABELS_MAX]
    items = [
        LabelRow(id=each.id, name=_name(city, each), category=each.category, lon=each.point.lon, lat=each.point.lat)
        for each in page
    ]
    return reply(LabelPage(items=items, total=len(found), limit=LABELS_MAX))


@routes.get(
    "/labels/sheet",
    operation_id="printLabels",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "Labels on A4 sheets"}},
)
async def print_labels(request: Request, printer: Printer, query: Annotated[LabelSheetQuery, Query()]) -> Response:
    """Labels as a PDF for sheets of stickers: a code, the name in both languages, and the part's id."""
    platform = platform_of(request)
    city = platform.city
    base = platform.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    places = _read_places(query.places)

    def make() -> bytes:
        """Write it in a thread: a hundred codes take two seconds."""
        from services.api.sheet.labels import write_labels  # noqa: PLC0415 - few servers ever draw one

        has_parts = bool(query.ids or query.category or query.area) or not places
        parts = _choose(city, printer, query) if has_parts else []
        chosen = [_label(city, base, each) for each in parts[query.offset : query.offset + LABELS_MAX]]
        labels = [*(Label(url=f"{base}/report/?place={at}", zh=name, en="") for at, name in places), *chosen]
        return write_labels(labels, FORMATS[query.size], city.name.zh) if labels else b""

    body = await asyncio.to_thread(make)
    if not body:
        raise Problem("not-found", "There is no such part.", zh="没有符合条件的部件。")
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"', "Cache-Control": "private, no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


def _choose(city: City, account: Account, query: LabelQuery) -> list[Component]:
    """Return the parts that are asked for, of those that are the account's business, by id."""
    ids = parts_of(query.ids)
    parts = [city.components.find(each) for each in ids] if ids else list(city.components.by_id.values())
    actor = actor_of(account, city)
    found = []
    for part in parts:
        if part is None or (account.department and part.department != account.department):
            continue
        if not ids and query.category and part.category != query.category:
            continue
        if actor.area or (query.area and not ids):
            codes = _path(city, part)
            if query.area and not ids and query.area not in codes:
                continue
            if actor.area and actor.area not in codes:
                continue
        found.append(part)
    return sorted(found, key=lambda part: part.id)


def _path(city: City, part: Component) -> Sequence[str]:
    place = city.locate(part.point)
    return place.district, place.street, place.community, place.grid


def _name(city: City, part: Component) -> Names:
    kind = next((row for code, row in city.codes.categories.items() if code == part.category), None)
    return Names(part.name_zh, kind.name_en if kind else "")


def _label(city: City, base: str, part: Component) -> Label:
    name = _name(city, part)
    return Label(url=f"{base}/report/?component={quote(part.id)}", zh=name.zh, en=name.en, code=part.id)


def _read_places(text: str) -> list[tuple[str, str]]:
    """Return (lon,lat as an address has them, name) of each line.

    :raises Problem: `invalid` for a line that is no place.
    """
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        lon, lat, name = (*(part.strip() for part in line.split(",", 2)), "", "", "")[:3]
        try:
            point = float(lon), float(lat)
        except ValueError:
            raise _no_place(line) from None
        if not (-180 <= point[0] <= 180 and -90 <= point[1] <= 90):
            raise _no_place(line)
        found.append((f"{point[0]:.6f},{point[1]:.6f}", name[:NAME_MAX]))
    if len(found) > PLACES_MAX:
        raise Problem("invalid", f"query.places: at most {PLACES_MAX} lines.", zh=f"地点至多 {PLACES_MAX} 行。")
    return found


def _no_place(line: str) -> Problem:
    shown = line[:40]
    return Problem(
        "invalid",
        f"query.places: {shown!r} is no place; a line is lon,lat,name.",
        zh=f"“{shown}”不是地点，每行应为“经度,纬度,名称”。",
    )
