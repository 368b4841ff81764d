"""People's reports: citizens, patrols, the hotline. Words, a place if they have one, pictures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from dispatch.event import Event, Vocabulary
from dispatch.ids import CaseId, EventId
from dispatch.moderation import FLAGS_FIELD
from services.feeds import MEDIA_MAX, Feed, Origin, Said, Unreadable
from services.feeds._common import (
    Answer,
    check_name,
    check_text,
    check_time,
    decode,
    join_answers,
    own_key,
    position,
    split_array,
)

CASE_ID_MAX = 40


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """The format is ours, so a field that we do not know is a mistake that its sender should hear of."""

    text: str = ""
    channel: Literal["citizen", "patrol", "hotline"] = "citizen"
    category: str = ""
    lon: float | None = None
    lat: float | None = None
    datum: str = ""
    accuracy_m: Annotated[float, msgspec.Meta(ge=0)] | None = None
    address: str = ""
    component: str = ""
    answers: tuple[Answer, ...] = ()
    same_as: str = ""
    """Id of the open case that this is, as its sender says."""
    media: tuple[str, ...] = ()
    reporter: str = ""
    observed_at: datetime | None = None
    flags: str = ""
    """Why its words or pictures should be looked at first (`dispatch.moderation`)."""
    key: str = ""
    """What tells this report from another with the same words; the sender's own id."""


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return the one event that a report is."""
    report = decode(body, Report)
    text, address = check_text(join_answers(report.text, report.answers)), check_text(report.address)
    if not text and not report.category and not report.media:
        raise Unreadable("empty", "a report needs words, a category or a picture")
    if len(report.media) > MEDIA_MAX:
        raise Unreadable("size", f"{len(report.media)} pictures; at most {MEDIA_MAX}")
    return (
        Event(
            id=EventId(f"{origin.message_id}/0"),
            feed=FEED.name,
            source_id=origin.child(report.channel).id,
            vocabulary=Vocabulary.CATEGORY if report.category else Vocabulary.TEXT,
            kind=report.category,
            text=text,
            observed_at=check_time(report.observed_at, origin.received_at)
            if report.observed_at
            else origin.received_at,
            received_at=origin.received_at,
            point=position(report.lon, report.lat, report.datum or origin.source.datum),
            accuracy_m=report.accuracy_m,
            place_text=address,
            component=report.component,
            media=report.media,
            attributes={"channel": report.channel, **({FLAGS_FIELD: report.flags} if report.flags else {})},
            reporter=report.reporter,
            of_case=CaseId(check_name(report.same_as, CASE_ID_MAX)),
        ),
    )


FEED = Feed(
    name="report",
    translate=translate,
    split=split_array,
    key=own_key,
    mqtt_topics=("wardline/report/+",),
    summary="Reports of citizens, patrols and the hotline",
    pointing='Post {"channel": "hotline", "text": "...", "lon": ..., "lat": ...} to /api/v1/intake/report.',
)
