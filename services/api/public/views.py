"""How a case looks to the public: what, about where, how far, and nothing of persons."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil, floor, log2

from msgspec import Struct

from dispatch.citymap import City
from services.api.open311.records import REFUSED
from services.api.timeline import TimelineItem, make_timeline, public_stage, stage_outside
from services.live.views import CategoryName, category_name
from services.store.public_cases import Box, PublicCase, PublicFile, Spot

TOLD = (
    "CaseAccepted",
    "VerificationAsked",
    "CaseDeclined",
    "CaseMerged",
    "CaseSelfHandled",
    "CaseSuspended",
    "CaseResumed",
    "CoordinationBegun",
    "CaseForceClosed",
    "CaseReopened",
    "CaseFiled",
    "CaseQueued",
    "TaskDispatched",
    "TaskAccepted",
    "WorkerArrived",
    "CaseHandled",
    "CheckPassed",
    "CaseReworked",
    "CaseClosed",
    "CaseVoided",
    "VerificationFailed",
    "MasterEnded",
    "MoveUndone",
)
"""Kinds of facts that everybody may read, by name: what is told by a private link alone is not here by being told."""
DECIMALS = 5
"""Of a public place: a metre."""

POINTS_MAX = 2_000
"""Cases that a map shows one by one."""
NEAR_DEG = 0.02
"""A box that is less wide than this (2 km) shows each case; a wider one gathers those that lie together."""
CELLS_ACROSS = 10
"""Gatherings beside each other: on a phone each is then as wide as a thumb."""


class PublicPlace(Struct, frozen=True, kw_only=True):
    """`rough` tells that it is rounded to about 100 m."""

    lon: float | None
    lat: float | None
    street: str
    community: str
    rough: bool


class PublicRow(Struct, frozen=True, kw_only=True):
    """A case in a list. `stage` is as the citizen's page has it: "received" until somebody has taken it up."""

    number: str
    category: CategoryName
    state: str
    stage: str
    place: PublicPlace
    opened_at: datetime
    closed_at: datetime | None


class PublicWords(Struct, frozen=True, kw_only=True):
    """What a partner has filed of it for the public to read."""

    number: str
    at: datetime
    text: str


class PublicView(PublicRow, frozen=True, kw_only=True):
    """One case's page. `photos` are addresses of pictures that were filed for the public to see."""

    due_at: datetime | None
    department: str
    timeline: Sequence[TimelineItem]
    words: Sequence[PublicWords]
    photos: Sequence[str]


class MapPoint(Struct, frozen=True, kw_only=True):
    number: str
    category: str
    lon: float
    lat: float


class MapCell(Struct, frozen=True, kw_only=True):
    """Cases that lie together: their middle, and how many they are."""

    lon: float
    lat: float
    count: int


class PublicMap(Struct, frozen=True, kw_only=True):
    """`count` is of all; `is_cut` tells that there are more than could be counted."""

    points: Sequence[MapPoint]
    cells: Sequence[MapCell]
    count: int
    is_cut: bool


def row_of(found: PublicCase, city: City) -> PublicRow:
    category = city.codes.categories.get(found.category)
    return PublicRow(
        number=found.number,
        category=category_name(found.category, city.codes),
        state="closed" if found.closed_at else "open",
        stage=stage_outside(found.stage),
        place=PublicPlace(
            lon=_round(found.lon),
            lat=_round(found.lat),
            street=found.street,
            community="" if category and category.is_rough else found.community,
            rough=category is not None and category.is_rough,
        ),
        opened_at=found.opened_at,
        closed_at=found.closed_at,
    )


def view_of(found: PublicFile, city: City) -> PublicView:
    """Return all that the public reads of a case."""
    case = found.case
    category = city.codes.categories.get(case.category)
    is_rough = category is not None and category.is_rough
    timeline = make_timeline(case.opened_at, found.told)
    shown = () if is_rough else found.words
    pictures = () if case.stage in REFUSED else shown
    return PublicView(
        number=case.number,
        category=category_name(case.category, city.codes),
        state="open" if case.is_open else "closed",
        stage=public_stage(case, timeline),
        place=PublicPlace(
            lon=_round(found.lon),
            lat=_round(found.lat),
            street=case.place.street,
            community="" if is_rough else case.place.community,
            rough=is_rough,
        ),
        opened_at=case.opened_at,
        closed_at=case.closed_at or case.voided_at,
        due_at=case.due_at if case.is_open else None,
        department=case.department,
        timeline=timeline,
        words=[PublicWords(number=each.number, at=each.at, text=each.text) for each in shown if each.text],
        photos=[f"/open311/v2/media/{each.number}/{media_id}.jpg" for each in pictures for media_id in each.media],
    )


def _round(degrees: float | None) -> float | None:
    return None if degrees is None else round(degrees, DECIMALS)


def map_of(spots: Sequence[Spot], box: Box | None, limit: int) -> PublicMap:
    """Return what a map of that box shows: cases, and where many lie together their number."""
    is_cut, spots = len(spots) > limit, spots[:limit]
    span = box[2] - box[0] if box else _span(spots)
    gathered: Mapping[tuple[int, int], list[Spot]]
    if span <= NEAR_DEG:
        singles, gathered = list(spots), {}
        if len(spots) > POINTS_MAX:
            singles, gathered = [], _gather(spots, span)
    else:
        singles, gathered = [], _gather(spots, span)
    singles += [group[0] for group in gathered.values() if len(group) == 1]
    return PublicMap(
        points=[_point(each) for each in singles],
        cells=[_cell(group) for group in gathered.values() if len(group) > 1],
        count=len(spots),
        is_cut=is_cut,
    )


def _span(spots: Sequence[Spot]) -> float:
    return max((each.lon for each in spots), default=0.0) - min((each.lon for each in spots), default=0.0)


def _gather(spots: Sequence[Spot], span: float) -> Mapping[tuple[int, int], list[Spot]]:
    """Sort the spots into cells of a grid that stays while the map is moved: its steps are powers of two."""
    step = 2.0 ** ceil(log2(max(span, 1e-6) / CELLS_ACROSS))
    cells: defaultdict[tuple[int, int], list[Spot]] = defaultdict(list)
    for spot in spots:
        cells[floor(spot.lon / step), floor(spot.lat / step)].append(spot)
    return cells


def _point(spot: Spot) -> MapPoint:
    return MapPoint(
        number=spot.number, category=spot.category, lon=round(spot.lon, DECIMALS), lat=round(spot.lat, DECIMALS)
    )


def _cell(group: Sequence[Spot]) -> MapCell:
    count = len(group)
    lon, lat = sum(each.lon for each in group) / count, sum(each.lat for each in group) / count
    return MapCell(lon=round(lon, DECIMALS), lat=round(lat, DECIMALS), count=count)
