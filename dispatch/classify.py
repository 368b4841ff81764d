"""What an event is about: a category, how urgent, how sure, and why. One reader per vocabulary."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from dispatch.category import Category, Priority, most_urgent, step_up
from dispatch.city import Codes, Source, VideoType
from dispatch.duties import CODES_KEPT
from dispatch.event import Event, Vocabulary
from dispatch.ids import CategoryCode
from dispatch.reasons import Reason
from dispatch.understand import understand

ALARM = 3
"""The severity that makes a case one step more urgent than its category says."""

OPENS_FROM = 2
"""The severity from which a sensor's event opens a case; an advisory is only kept (standards/sensor_types.csv)."""


class Classified(Struct, frozen=True, kw_only=True, gc=False):
    """`opens` is False for an event that may speak of a known case but is not enough to open one (yet).

    `kind` is the video or sensor type that it is, "" where no machine spoke; `clear_after_s` is that type's.
    """

    category: Category
    priority: Priority
    confidence: float | None
    because: tuple[Reason, ...]
    opens: bool = True
    kind: str = ""
    clear_after_s: float = 0.0


class Unclassified(Struct, frozen=True, kw_only=True, gc=False):
    """No category of the city fits; a person must say what it is."""

    because: tuple[Reason, ...]


def classify(event: Event, source: Source | None, codes: Codes) -> Classified | Unclassified:
    """Say which category of the city an event speaks of. `source` is who sent it, None if that is not known."""
    return _READERS[event.vocabulary](event, source, codes)


def _read_category(event: Event, _source: Source | None, codes: Codes) -> Classified | Unclassified:
    category = codes.categories.get(CategoryCode(event.kind))
    if category is None:
        return _read_text(event, None, codes, (Reason("class.unknown_category", {"kind": event.kind}),))
    reason = Reason("class.given", _names(category))
    return _classified(event, category, category.priority, event.confidence, reason)


def _read_video(event: Event, source: Source | None, codes: Codes) -> Classified | Unclassified:
    video = find_video_type(codes, event.kind, source)
    category = codes.categories.get(video.category) if video else None
    if video is None or category is None:
        return _read_text(event, None, codes, (Reason("class.unknown_video", {"kind": event.kind}),))
    reason = Reason(
        "class.video", {"type": video.type, "type_zh": video.name_zh, "type_en": video.name_en} | _names(category)
    )
    found = replace(
        _classified(event, category, Priority(video.priority or category.priority), event.confidence, reason),
        kind=video.type,
        clear_after_s=video.clear_after_s,
    )
    lasted_s = event.attributes.get("lasted_s")
    if not isinstance(lasted_s, int | float) or lasted_s >= video.dwell_s:
        return found
    short = Reason("class.too_short", {"lasted_s": str(round(lasted_s)), "dwell_s": str(round(video.dwell_s))})
    return replace(found, because=(*found.because, short), opens=False)


def _read_sensor(event: Event, _source: Source | None, codes: Codes) -> Classified | Unclassified:
    sensor = codes.sensor_types.get(event.kind)
    category = codes.categories.get(sensor.category) if sensor else None
    if sensor is None or category is None:
        if sensor is not None:  # its reading has no words; what it is called may have some
            event = replace(event, text=f"{sensor.name_zh} {sensor.name_en}")
        return _read_text(event, None, codes, (Reason("class.unknown_sensor", {"kind": event.kind}),))
    names = {"type": sensor.type, "type_zh": sensor.name_zh, "type_en": sensor.name_en}
    reason = Reason("class.sensor", names | _names(category) | {"severity": str(event.severity)})
    found = _classified(event, category, category.priority, event.confidence, reason, *_why(event, codes))
    found = replace(found, kind=sensor.type)
    if event.severity >= OPENS_FROM:
        return found
    return replace(found, because=(*found.because, Reason("class.advisory")), opens=False)


def _why(event: Event, codes: Codes) -> tuple[Reason, ...]:
    """Return by which rule a sensor's event was told, as `dispatch.sensing` notes it in the event; () for one that came
    as an event.
    """
    said = event.attributes
    rule, kind = str(said.get("rule", "")), str(said.get("rule_kind", ""))
    if not rule:
        return ()
    row = next((each for each in codes.sensing if each.id == rule), None)
    sensor = codes.sensor_types.get(rule)
    zh = row.name_zh if row else sensor.name_zh if sensor else rule
    en = row.name_en if row else sensor.name_en if sensor else rule
    values = {"rule": rule, "rule_zh": zh, "rule_en": en, "said": str(said.get("said", ""))}
    for key in ("threshold", "lasted_s"):
        value = said.get(key)
        values[key] = f"{value:g}" if isinstance(value, int | float) else ""
    reasons = [Reason(f"sense.{kind}", values)]
    if when := said.get("when"):
        reasons.append(Reason("sense.when", {"when": str(when)}))
    return tuple(reasons)


def _read_text(
    event: Event, _source: Source | None, codes: Codes, before: tuple[Reason, ...] = ()
) -> Classified | Unclassified:
    found = understand(event.text, codes, limit=1)
    if found.beside_us is not None:
        return Unclassified(because=(*before, Reason("class.beside_us", {"words": ", ".join(found.beside_us)})))
    if not found.suggestions:
        return Unclassified(because=(*before, Reason("class.no_words")))
    best = found.suggestions[0]
    category = codes.categories[best.category]
    values = {"words": ", ".join(best.words), "confidence": f"{best.confidence:.0%}"} | _names(category)
    return _classified(event, category, category.priority, best.confidence, *before, Reason("class.words", values))


_READERS: Mapping[Vocabulary, Callable[[Event, Source | None, Codes], Classified | Unclassified]] = {
    Vocabulary.CATEGORY: _read_category,
    Vocabulary.VIDEO: _read_video,
    Vocabulary.SENSOR: _read_sensor,
    Vocabulary.TEXT: _read_text,
}


def priority_of(category: Category, priority: Priority, severity: int) -> Priority:
    """Return how urgent a happening of a category is: an alarm is one step more urgent than the category says."""
    return most_urgent(priority, step_up(category.priority)) if severity >= ALARM else priority


def _classified(
    event: Event, category: Category, priority: Priority, confidence: float | None, *because: Reason
) -> Classified:
    if event.severity >= ALARM:
        priority = priority_of(category, priority, event.severity)
        because = (*because, Reason("class.alarm", {"priority": priority.value}))
    return Classified(category=category, priority=priority, confidence=confidence, because=because)


def _names(category: Category) -> dict[str, str]:
    return {"category": category.code, "category_zh": category.name_zh, "category_en": category.name_en}


def find_video_type(codes: Codes, kind: str, source: Source | None) -> VideoType | None:
    """Return the video type of a kind or of a detector's label.

    Where a label stands for several types (`car`: parked where it may not, on the footway, in a fire lane), those that
    the camera is set up for (`Source.kinds`) go before; then the order of the table decides.
    """
    video = codes.video_types.get(kind)
    if video is not None:
        return video
    types = _video_labels(codes).get(kind, ())
    wanted = source.kinds if source else ()
    return next((each for each in types if each.type in wanted), types[0] if types else None)


@lru_cache(maxsize=CODES_KEPT)
def _video_labels(codes: Codes) -> Mapping[str, tuple[VideoType, ...]]:
    labels: dict[str, tuple[VideoType, ...]] = {}
    for video in codes.video_types.values():
        for label in video.labels:
            labels[label] = (*labels.get(label, ()), video)
    return labels
