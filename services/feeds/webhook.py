"""Any JSON, read as the city pack's webhooks.csv says: a JMESPath expression for each field of ours.

The mapping of a source is the one that bears its external id, else `default`. With `items` a body tells many things,
and the other expressions are asked of each. An item with a value or readings measures; one with a category, a kind or
words tells of a happening; it may be both.

Language: jmespath.org, specification of 2022.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from dispatch.city import Source
from dispatch.event import Event, Phase, Reading, Vocabulary
from dispatch.ids import EventId
from dispatch.webhooks import WEBHOOK_USUAL, WebhookMapping
from services.feeds import Feed, Origin, Said, Unreadable
from services.feeds._common import check_name, check_text, decode, from_epoch, position, share, span_episode
from services.feeds._measured import as_number, find_time, make_readings, numbers_in

ITEMS_MAX = 1_000
"""Things that one body tells."""
EPOCH_MS_FROM = 1e11
"""Larger numbers are milliseconds: as seconds this is the year 5138."""
NAME_MAX = 200


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> ParsedResult:
    return jmespath.compile(expression)


def _ask(expression: str, value: Any) -> Any:
    try:
        return _compiled(expression).search(value)
    except (JMESPathError, RecursionError, ArithmeticError, TypeError, ValueError, KeyError, IndexError) as error:
        raise Unreadable("mapping", f"{expression}: {type(error).__name__}: {str(error)[:200]}") from None


class Found(msgspec.Struct, forbid_unknown_fields=True):
    """What the expressions have found, read as our fields."""

    items: Any = None
    skip: Any = None
    source: str | int = ""
    at: str | float | None = None
    category: str = ""
    kind: str = ""
    text: str = ""
    phase: Phase = Phase.PULSE
    episode: str | int = ""
    severity: int = 2
    confidence: float | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    address: str = ""
    component: str | int = ""
    metric: str = ""
    value: Any = None
    readings: Any = None


def translate(body: bytes, origin: Origin) -> Sequence[Said]:
    """Return what the source's mapping finds; nothing where it skips all."""
    mapping = origin.find_mapping(origin.source.external_id) or origin.find_mapping(WEBHOOK_USUAL)
    if mapping is None:
        raise Unreadable("mapping", f"webhooks.csv has no mapping {origin.source.external_id!r} and no default")
    value = decode(body, Any)
    items = _ask(mapping["items"], value) if "items" in mapping else [value]
    if not isinstance(items, list):
        raise Unreadable("mapping", f"{mapping['items']} finds no list")
    if len(items) > ITEMS_MAX:
        raise Unreadable("size", f"{len(items)} items in one message; at most {ITEMS_MAX}")
    said = [each for item in items for each in _say(item, mapping, origin)]
    return [msgspec.structs.replace(each, id=EventId(f"{origin.message_id}/{n}")) for n, each in enumerate(said)]


def _say(item: Any, mapping: WebhookMapping, origin: Origin) -> Iterator[Event | Reading]:
    answers = {field: _ask(expression, item) for field, expression in mapping.items() if field != "items"}
    try:
        found = msgspec.convert({name: each for name, each in answers.items() if each is not None}, Found, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable("shape", str(error)) from None
    if found.skip:
        return
    source = origin.child(check_name(str(found.source), NAME_MAX))
    at = _time(found.at, origin)
    values = [(metric, number, at) for metric, number in _numbers(found)]
    yield from make_readings(FEED.name, origin, source.id, values)
    if found.category or found.kind or found.text:
        yield _event(found, source, at, origin)
    elif not values:
        raise Unreadable("empty", "the mapping finds neither a category, a kind or words nor a number")


def _time(at: str | float | None, origin: Origin) -> datetime:
    if isinstance(at, str) and (number := _spoken(at)) is not None:
        at = number
    if isinstance(at, str):
        return find_time(at, origin.received_at) or origin.received_at
    if at is None:
        return origin.received_at
    return from_epoch(at / 1000 if at >= EPOCH_MS_FROM else at, origin.received_at)


def _numbers(found: Found) -> Iterator[tuple[str, float]]:
    """Yield the readings; a number may come as text."""
    yield from numbers_in(found.readings)
    if found.metric and found.value is not None:
        number = as_number(found.value) if not isinstance(found.value, str) else _spoken(found.value)
        if number is None:
            raise Unreadable("shape", f"the value {str(found.value)[:80]!r} is no number")
        yield check_name(found.metric, NAME_MAX), number


def _spoken(text: str) -> float | None:
    try:
        return as_number(float(text))
    except ValueError:
        return None


def _event(found: Found, source: Source, at: datetime, origin: Origin) -> Event:
    kind = origin.kind_of_label(found.kind) if found.kind else ""
    if found.category:
        vocabulary, word = Vocabulary.CATEGORY, found.category
    else:
        vocabulary, word = (Vocabulary.VIDEO, kind) if kind else (Vocabulary.TEXT, "")
    confidence = found.confidence
    point = position(found.lon, found.lat, source.datum)
    return Event(
        id=EventId(f"{origin.message_id}/0"),
        feed=FEED.name,
        source_id=source.id,
        vocabulary=vocabulary,
        kind=check_name(word, NAME_MAX),
        text=check_text(found.text or ("" if word else found.kind)),
        observed_at=at,
        received_at=origin.received_at,
        phase=found.phase,
        episode=span_episode(check_name(str(found.episode), NAME_MAX), source, word, found.phase, point),
        severity=min(max(found.severity, 1), 3),
        confidence=share(confidence),
        point=point,
        accuracy_m=None if found.accuracy_m is None else max(found.accuracy_m, 0.0),
        place_text=check_text(found.address),
        component=check_name(str(found.component), NAME_MAX),
    )


FEED = Feed(
    name="webhook",
    translate=translate,
    key_in_query=True,
    mqtt_topics=("wardline/webhook/+",),
    summary="Any JSON, by a mapping of the city pack (webhooks.csv)",
    pointing=(
        "Write a mapping into the pack's webhooks.csv under the source's name, try it with `wardline webhook try "
        "webhooks.csv SAMPLE`, and let the system post its JSON to /api/v1/intake/webhook, the key as a Bearer token "
        "or as ?key=."
    ),
)
