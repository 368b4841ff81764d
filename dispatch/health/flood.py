"""A source that says more than it may: what is set aside, and what passes whatever it costs."""

from collections.abc import Callable, Mapping
from datetime import datetime

from msgspec import Struct

from dispatch.category import Priority
from dispatch.city import Codes, Source
from dispatch.classify import ALARM, find_video_type
from dispatch.event import Event, Vocabulary
from dispatch.ids import CategoryCode


class Flood(Struct, frozen=True, omit_defaults=True, gc=False):
    """`since` when a flood runs (None for none) and `last_at` when last a message was set aside; `set_aside` in this
    flood, `told` of them its case knows; `total` of all floods.
    """

    since: datetime | None = None
    last_at: datetime | None = None
    set_aside: int = 0
    told: int = 0
    total: int = 0


def swell(flood: Flood, at: datetime) -> Flood:
    """Return the flood with one message more set aside."""
    return Flood(flood.since or at, at, flood.set_aside + 1, flood.told, flood.total + 1)


def ebb(flood: Flood) -> Flood:
    """Return what is left of a flood that is over."""
    return Flood(total=flood.total)


def is_news(flood: Flood) -> bool:
    """Return whether the flood's case should be told how many there are: at the first, and whenever they have doubled.

    A flood of a million is then twenty facts.
    """
    return flood.set_aside >= max(1, 2 * flood.told)


def is_critical(event: Event, source: Source | None, codes: Codes) -> bool:
    """Return whether the event passes whatever its source has said before: an alarm, or a type of the top priority."""
    return event.severity >= ALARM or _PRIORITIES[event.vocabulary](event, source, codes) == Priority.CRITICAL


def _of_category(event: Event, _source: Source | None, codes: Codes) -> str:
    return _priority(codes, event.kind)


def _of_video(event: Event, source: Source | None, codes: Codes) -> str:
    video = find_video_type(codes, event.kind, source)
    return (video.priority or _priority(codes, video.category)) if video else ""


def _of_sensor(event: Event, _source: Source | None, codes: Codes) -> str:
    sensor = codes.sensor_types.get(event.kind)
    return _priority(codes, sensor.category) if sensor else ""


def _of_text(_event: Event, _source: Source | None, _codes: Codes) -> str:
    """Words are not read for it: that takes a millisecond, which is what a flood must not cost."""
    return ""


def _priority(codes: Codes, category: str) -> str:
    found = codes.categories.get(CategoryCode(category))
    return found.priority if found else ""


_PRIORITIES: Mapping[Vocabulary, Callable[[Event, Source | None, Codes], str]] = {
    Vocabulary.CATEGORY: _of_category,
    Vocabulary.VIDEO: _of_video,
    Vocabulary.SENSOR: _of_sensor,
    Vocabulary.TEXT: _of_text,
}
