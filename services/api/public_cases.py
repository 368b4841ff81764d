"""Open cases as the public sees them: what kind, about where, how it stands; nothing of persons."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from dispatch.case import Case
from dispatch.category import Category
from dispatch.city import Codes
from dispatch.correlate import categories_sought
from dispatch.retention import PEOPLE_FEEDS
from gis.point import LonLat, distance_m
from services.api.platform import Platform
from services.api.timeline import public_stage
from services.live.views import CategoryName, category_name

ROUNDED = 4
"""Decimals of a place that the public is told: about 10 m."""
ROUGHLY = 3
"""Of one whose category the city shows roughly: about 100 m."""
NEAR_M = 150.0
"""How far off an open case of the same kind is offered: who stands at a broken lamp does not know that it was reported
from the other end of the street. Some kinds reach farther (`same_place_m`)."""
NEAR_MAX = 5
"""Cases offered: nobody reads more before he reports."""
STEP_M = 10
"""Distances are told in steps of what the places are rounded to."""


class RoughPlace(Struct, frozen=True, kw_only=True):
    lon: float | None
    lat: float | None
    street: str
    community: str


class NearCase(Struct, frozen=True, kw_only=True):
    """An open case near by. `told` is how often it has been told of, `distance_m` in steps of 10."""

    number: str
    category: CategoryName
    stage: str
    place: RoughPlace
    opened_at: datetime
    told: int
    distance_m: int


def is_shown(case: Case, codes: Codes) -> bool:
    """Say whether the public may know of a case: its category is public, a person has told of it or filed it, and
    nothing of it is to be looked at first.
    """
    if case.is_flagged:
        return False
    category = codes.categories.get(case.category)
    return category is not None and category.is_public and (case.feed in PEOPLE_FEEDS or case.filed_at is not None)


def rough_place(case: Case, category: Category | None = None) -> RoughPlace:
    """Return about where a case is; of a category that the city shows roughly, rougher still."""
    place, is_rough = case.place, category is not None and category.is_rough
    decimals = ROUGHLY if is_rough else ROUNDED
    return RoughPlace(
        lon=round(place.point.lon, decimals) if place.point else None,
        lat=round(place.point.lat, decimals) if place.point else None,
        street=place.street,
        community="" if is_rough else place.community,
    )


def find_open_near(platform: Platform, category: Category, point: LonLat) -> Sequence[NearCase]:
    """Return the open cases that may be what somebody is about to report there, the nearest first."""
    city, book = platform.city, platform.desk.state.book
    found: dict[str, tuple[float, Case]] = {}
    for code, reach_m in categories_sought(category, city):
        within_m = max(reach_m, NEAR_M)
        for case in book.near(code, point, within_m):
            away_m = distance_m(point, case.place.point) if case.place.point else within_m
            if away_m <= within_m and is_shown(case, city.codes):
                found[case.id] = away_m, case
    nearest = sorted(found.values(), key=lambda pair: (pair[0], pair[1].id))[:NEAR_MAX]
    return [_near_case(case, away_m, city.codes) for away_m, case in nearest]


def _near_case(case: Case, away_m: float, codes: Codes) -> NearCase:
    return NearCase(
        number=case.number,
        category=category_name(case.category, codes),
        stage=public_stage(case, ()),
        place=rough_place(case, codes.categories.get(case.category)),
        opened_at=case.opened_at,
        told=case.events,
        distance_m=round(away_m / STEP_M) * STEP_M,
    )
