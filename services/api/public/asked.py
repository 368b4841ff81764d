"""What the public may ask for: open cases, or those closed of late, by kind, area and box."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field
from starlette.requests import Request

from dispatch.citymap import City
from services.api.boxes import box_of
from services.api.fields import CommaList, Form, Short, parts_of
from services.api.identity import address_of
from services.api.limits import RateLimit
from services.api.open311.records import hidden_of, rough_of
from services.api.problems import Problem
from services.observe.clock import now
from services.store.public_cases import LEVELS, Place, PublicFilter, Seen
from services.store.types import from_us, to_us

CLOSED_FOR = timedelta(days=30)
"""How long a closed case is shown: long enough to see that something was done, and a map that does not fill up."""
PAGE_MAX = 200


class PublicQuery(Form):
    """Which public cases. All that is given must hold."""

    state: Literal["open", "closed"] = Field("open", description="`closed`: within the last 30 days")
    category: CommaList = Field("", description="Codes of categories; any of them")
    area: Short = Field("", description="The code of a district, street or community")
    bbox: Annotated[str, Field(max_length=120)] = Field("", description="west,south,east,north in degrees")


class PublicListQuery(PublicQuery):
    """A page of them."""

    after: Annotated[str, Field(max_length=80)] = Field("", description="`next` of the page before")
    limit: int = Field(50, ge=1, le=PAGE_MAX)


def check_rate(request: Request, limit: RateLimit) -> None:
    """Take one request of the address.

    :raises Problem: `too-many-requests`.
    """
    if wait_s := limit.wait_s(address_of(request), now()):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})


def filter_of(query: PublicQuery, city: City, at: datetime) -> PublicFilter:
    """Return what is asked for.

    :raises Problem: `invalid` for an area that there is not, and for a box that is none.
    """
    level = ""
    if query.area:
        area = city.codes.areas.get(query.area)  # type: ignore[call-overload]
        level = area.level if area else ""
        if level not in LEVELS:
            raise Problem("invalid", "query.area: no district, street or community has that code.")
    is_open = query.state == "open"
    return PublicFilter(
        is_open=is_open,
        # By the whole minute: what is asked twice in a minute is the same question.
        since=None if is_open else (at - CLOSED_FOR).replace(second=0, microsecond=0),
        categories=parts_of(query.category),
        level=level,
        area=query.area,
        box=box_of(query.bbox),
    )


def seen_of(city: City) -> Seen:
    """Return what the city pack lets the public see."""
    categories = city.codes.categories
    return Seen(hidden=hidden_of(categories), rough=rough_of(categories))


def write_place(place: Place | None) -> str | None:
    return None if place is None else f"{to_us(place.at)}.{place.case_id}"


def read_place(text: str) -> Place | None:
    """Return where the list goes on; None for "".

    :raises Problem: `invalid` for what `next` never gave.
    """
    if not text:
        return None
    digits, _, case_id = text.partition(".")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16 and 0 < len(case_id) <= 32):
        raise Problem("invalid", "query.after is not a cursor of this list.")
    return Place(from_us(int(digits)), case_id)
