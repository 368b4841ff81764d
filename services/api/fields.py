"""Types of the fields that come in, with their limits: text without NUL, positions on the globe, sane times."""

from datetime import UTC, date, datetime, time, tzinfo
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

SHORT_MAX = 200
TEXT_MAX = 4_000
"""A long report is a page; the intake takes 10,000 characters of a machine."""
MEDIA_MAX = 10
LIST_MAX = 2_000
"""Characters of a comma list in a filter: about a hundred codes."""


class Form(BaseModel):
    """A body or a query that we define: what we do not know in it is a mistake its sender should hear of."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refuse_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character cannot be stored")
    return text


def _in_range(at: datetime) -> datetime:
    if not EARLIEST.year <= at.year < LATEST.year:
        raise ValueError("a time between the years 2000 and 2200 is meant")
    return at.astimezone(UTC)


def _split(text: str) -> str:
    return ",".join(part for part in (part.strip() for part in text.split(",")) if part)


Short = Annotated[str, Field(max_length=SHORT_MAX), AfterValidator(refuse_nul)]
Prose = Annotated[str, Field(max_length=TEXT_MAX), AfterValidator(refuse_nul)]
CommaList = Annotated[str, Field(max_length=LIST_MAX), AfterValidator(refuse_nul), AfterValidator(_split)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date())]
MediaId = Annotated[str, Field(pattern="^(rec-)?[0-9a-f]{40}$")]
"""A picture, or (`rec-`) a recording."""
MediaIds = Annotated[tuple[MediaId, ...], Field(max_length=MEDIA_MAX)]
Id = Annotated[str, Path(min_length=1, max_length=80)]
"""An id in a path."""


def parts_of(text: str) -> tuple[str, ...]:
    """Return the values of a comma list."""
    return tuple(text.split(",")) if text else ()


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the instant at which the local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
