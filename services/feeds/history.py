"""Cases of the past, from another system, with their own times (`wardline import events`)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dispatch.event import Event, Record, Vocabulary
from dispatch.ids import EventId
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_name, check_past, check_text, decode, position, split_array

NAME_MAX = 40
"""Characters of the name of a feed or a worker of the other system."""


class Past(msgspec.Struct):
    """One record. `category` is a code of the city, `kind` a word of its video types, else `text` is read."""

    id: str
    opened_at: datetime
    lon: float | None = None
    lat: float | None = None
    datum: str = ""
    address: str = ""
    area: str = ""
    """The area that the other system recorded, by code or name; kept to compare ours with."""
    text: str = ""
    category: str = ""
    kind: str = ""
    feed: str = ""
    source: str = ""
    worker: str = ""
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None


class Keyed(msgspec.Struct):
    id: str


def key(part: bytes) -> bytes | None:
    """A record's own id: the same file may be imported again."""
    try:
        return decode(part, Keyed).id.encode("utf-8", "surrogatepass") or None
    except Unreadable:
        return None


STAGE_TIMES = ("filed_at", "dispatched_at", "accepted_at", "arrived_at", "handled_at", "checked_at", "closed_at")


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the record. Stage times before the one that precedes them are taken up to it: real files hold such."""
    past = decode(body, Past)
    opened_at = check_past(past.opened_at, origin.received_at)
    times: dict[str, datetime] = {}
    latest = opened_at
    for name in STAGE_TIMES:
        at: datetime | None = getattr(past, name)
        if at is not None:
            latest = max(latest, check_past(at, origin.received_at))
            times[name] = latest
    vocabulary, kind = _kind(past, origin)
    event = Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=check_name(past.feed, NAME_MAX) or FEED.name,
        source_id=origin.child(past.source).id if past.source else origin.source.id,
        vocabulary=vocabulary,
        kind=kind,
        text=check_text(past.text),
        observed_at=opened_at,
        received_at=origin.received_at,
        point=position(past.lon, past.lat, past.datum or origin.source.datum),
        place_text=check_text(past.address),
        attributes={"record": past.id, "area": past.area} if past.area else {"record": past.id},
    )
    return (Record(event=event, worker=check_name(past.worker, NAME_MAX), **times),)


def _kind(past: Past, origin: Origin) -> tuple[Vocabulary, str]:
    if past.category:
        return Vocabulary.CATEGORY, past.category
    if past.kind and (kind := origin.kind_of_label(past.kind)):
        return Vocabulary.VIDEO, kind
    return Vocabulary.TEXT, ""


FEED = Feed(
    name="history",
    translate=translate,
    split=split_array,
    key=key,
    summary="Past cases with their own times, from another system",
    pointing="Bring a file in with `wardline import events FILE --feed history`.",
)
