"""Requests of partner systems by Open311 GeoReport v2. The interface at `/open311/v2` reads their forms and puts what
they say into these messages; a partner may as well post one itself.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from dispatch.event import Event, Vocabulary
from dispatch.ids import EventId
from services.feeds import MEDIA_MAX, Feed, Origin, Said, Unreadable
from services.feeds._common import (
    Answer,
    check_name,
    check_text,
    decode,
    join_answers,
    own_key,
    position,
    split_array,
)

CODE_MAX = 24
"""Characters of a category's code, as the tables keep it."""
NAME_MAX = 200


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """The format is ours: a field that we do not know is a mistake that its sender should hear of."""

    service_code: str
    description: str = ""
    answers: tuple[Answer, ...] = ()
    lat: float | None = None
    long: float | None = None
    accuracy_m: Annotated[float, msgspec.Meta(ge=0)] | None = None
    address: str = ""
    component: str = ""
    media: tuple[str, ...] = ()
    reporter: str = ""
    key: str = ""
    """What tells this request from another that says the same."""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the one event that a request is. Its category is sure; whether it is so, only the public has seen."""
    request = decode(body, Request)
    code = check_name(request.service_code, CODE_MAX).strip()
    if not code:
        raise Unreadable("empty", "a request needs a service_code")
    if len(request.media) > MEDIA_MAX:
        raise Unreadable("size", f"{len(request.media)} pictures; at most {MEDIA_MAX}")
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=origin.source.id,
            vocabulary=Vocabulary.CATEGORY,
            kind=code,
            text=check_text(join_answers(request.description, request.answers)),
            observed_at=origin.received_at,
            received_at=origin.received_at,
            point=position(request.long, request.lat, "wgs84"),
            accuracy_m=request.accuracy_m,
            place_text=check_text(request.address),
            component=check_name(request.component, NAME_MAX),
            media=tuple(check_name(each, NAME_MAX) for each in request.media),
            attributes={"channel": "partner"},
            reporter=check_name(request.reporter, NAME_MAX),
        ),
    )


FEED = Feed(
    name="open311",
    translate=translate,
    split=split_array,
    key=own_key,
    summary="Requests of partner systems and apps by Open311 GeoReport v2",
    pointing="Give the partner the key as its api_key, and the address https://.../open311/v2 of this server.",
)
