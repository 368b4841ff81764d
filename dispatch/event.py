"""What a feed says, in one shape for all feeds."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from dispatch.blurs import Blur
from dispatch.ids import CaseId, EventId, SourceId
from gis.point import LonLat


class Phase(StrEnum):
    """Where in its episode an event stands."""

    OPEN = "open"  # it has begun
    UPDATE = "update"  # it goes on
    CLOSE = "close"  # it is over
    PULSE = "pulse"  # it has happened; there is no span
    SYNC = "sync"  # the source tells its state, nothing has changed


class Vocabulary(StrEnum):
    """In whose words `Event.kind` is spoken."""

    CATEGORY = "category"  # a category code of the city
    VIDEO = "video"  # `type` of the city pack's video_types.csv
    SENSOR = "sensor"  # `type` of the city pack's sensor_types.csv
    TEXT = "text"  # no kind at all: people's words in `Event.text`


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing a feed says.

    `point` is WGS-84 already: the feed converts from the datum that its source declares.
    `severity` is 1 advisory, 2 warning, 3 alarm. `confidence` is 0..1, None where the source gives none.
    """

    id: EventId
    feed: str
    source_id: SourceId
    vocabulary: Vocabulary
    kind: str = ""
    text: str = ""
    observed_at: datetime
    received_at: datetime
    phase: Phase = Phase.PULSE
    episode: str = ""
    severity: int = 2
    confidence: float | None = None
    point: LonLat | None = None
    accuracy_m: float | None = None
    place_text: str = ""
    component: str = ""
    media: tuple[str, ...] = ()
    blurs: Mapping[str, tuple[Blur, ...]] = {}
    """What of its pictures (by their ids) the source itself says to be a face or a plate."""
    private: tuple[str, ...] | None = None
    """Which kinds of these ("face", "license_plate") it says, by now, to have seen in what the episode is about: with
    pictures those for which `blurs` has the boxes. None where that is nothing to the episode's other pictures.
    """
    attributes: Mapping[str, str | float | int | bool | None] = {}
    reporter: str = ""
    """Id of the row that holds who reported it; the person's data never travels in events or facts."""
    of_case: CaseId = CaseId("")
    """The case that its sender says it speaks of: "this is it, I have seen it too"."""


class Reading(Struct, frozen=True, kw_only=True, gc=False):
    """One measured value. Rules turn readings into events (`dispatch.sensing`)."""

    id: EventId
    feed: str
    source_id: SourceId
    metric: str
    value: float
    observed_at: datetime
    received_at: datetime


class Record(Struct, frozen=True, kw_only=True, gc=False):
    """A happening of the past with what became of it: history brought in from another system.

    Times that are not known are None. It opens a case that has its own times and is sent to nobody.
    """

    event: Event
    filed_at: datetime | None = None
    dispatched_at: datetime | None = None
    accepted_at: datetime | None = None
    arrived_at: datetime | None = None
    handled_at: datetime | None = None
    checked_at: datetime | None = None
    closed_at: datetime | None = None
    worker: str = ""
