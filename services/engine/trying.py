"""A rule of sensors on what the city's own sensors have told: the kept messages are read once more.

Readings are kept nowhere but in the messages that brought them (docs/adr/0038). So a trial looks back as far as
messages are kept, and reads them by the feeds as they are now.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace as replace_city
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from dispatch.citymap import City
from dispatch.event import Reading
from dispatch.ids import SourceId
from dispatch.sensing import Opening, Rule, SensingTable, replay
from services.engine.senders import Senders
from services.feeds import Feed, Unreadable
from services.observe import clock
from services.store import inbox
from services.store.database import Database
from services.store.inbox import Message

READINGS_MAX = 300_000
"""Readings of one trial: a hundred sensors that tell every two minutes, for four days; some 100 MB while it runs."""
SECONDS_MAX = 20.0
"""How long somebody who waits at a screen is kept waiting; what was looked at by then is told."""
ROWS_PER_PAGE = 10_000
"""Rows of the inbox in one look: a few tens of milliseconds of the database."""
PAUSE_S = 0.005
"""Between two pages, so that a trial takes no more than its share from what comes in meanwhile."""


class UnknownRule(Exception):
    """No sensor has a rule of that name."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"no rule is called {rule!r}")


class Tried(Struct, frozen=True, kw_only=True):
    """What a rule would have told between two times. `is_cut`: not all that was asked for could be looked at.

    `sensors` are those that the rule looks at and that have told something; `was` what the rule as it is at work now
    would have told, None where none of that name is.
    """

    rule: str
    start: datetime
    end: datetime
    is_cut: bool
    messages: int
    readings: int
    sensors: int
    openings: Sequence[Opening]
    was: Sequence[Opening] | None


Watched = Mapping[SourceId, Mapping[str, tuple[Rule, ...]]]


def rules_named(city: City, senders: Iterable[SourceId], find: Senders, rule: str) -> Watched:
    """Return the rules of that name by source and metric. One that is off is looked at as if it were on."""
    rows = city.codes.sensing
    is_off = any(row.id == rule and not row.source and not row.area and not row.is_on for row in rows)
    if is_off:
        rows = tuple(replace(row, is_on=True) if row.id == rule else row for row in rows)
    table = SensingTable(replace_city(city, codes=replace(city.codes, sensing=rows)))
    found: dict[SourceId, Mapping[str, tuple[Rule, ...]]] = {}
    for source_id in senders:
        by_metric = {
            metric: named
            for metric, rules in table.of(find.get(source_id)).items()
            if (named := tuple(each for each in rules if each.id == rule))
        }
        if by_metric:
            found[source_id] = by_metric
    return found


class Question(Struct, frozen=True, kw_only=True):
    """Which rule, over the last how many days, for how many seconds at most; `only` for one sensor alone."""

    rule: str
    days: float
    only: SourceId | None = None
    seconds: float = SECONDS_MAX


async def try_rule(
    db: Database, feeds: Mapping[str, Feed], senders: Senders, city: City, asked: Question, before: City | None = None
) -> Tried:
    """Return what a rule of the city would have told in the last days; `before` is the city as it is at work.

    :raises UnknownRule: if no sensor of the city has it.
    """
    ids = [source.id for source in senders if asked.only is None or source.id == asked.only]
    watched = rules_named(city, ids, senders, asked.rule)
    if not watched:
        raise UnknownRule(asked.rule)
    end = clock.now()
    read = await _read_back(db, feeds, senders, frozenset(watched), end - timedelta(days=asked.days), asked.seconds)
    worked = _worked_by(before, ids, senders, asked.rule)
    return await asyncio.to_thread(_judge, asked.rule, watched, worked, read, end)


def _worked_by(before: City | None, ids: Iterable[SourceId], senders: Senders, rule: str) -> Watched | None:
    """Return the rule as it is at work, None where it is not."""
    if before is None:
        return None
    table = SensingTable(before)
    found = {
        source_id: {
            metric: tuple(each for each in rules if each.id == rule)
            for metric, rules in table.of(senders.get(source_id)).items()
        }
        for source_id in ids
    }
    return found if any(rules for each in found.values() for rules in each.values()) else None


class _Read(Struct, frozen=True):
    """What was read of the past: since when, whether it is less than was asked for, and the readings as they came."""

    start: datetime
    is_cut: bool
    messages: int
    readings: Sequence[Reading]


def _judge(rule: str, watched: Watched, worked: Watched | None, read: _Read, end: datetime) -> Tried:
    return Tried(
        rule=rule,
        start=read.start,
        end=end,
        is_cut=read.is_cut,
        messages=read.messages,
        readings=len(read.readings),
        sensors=len({reading.source_id for reading in read.readings}),
        openings=replay(_finder(watched), read.readings, end),
        was=None if worked is None else replay(_finder(worked), read.readings, end),
    )


def _finder(watched: Watched) -> Callable[[SourceId, str], tuple[Rule, ...]]:
    nothing: Mapping[str, tuple[Rule, ...]] = {}
    return lambda source_id, metric: watched.get(source_id, nothing).get(metric, ())


# --- the messages ----------------------------------------------------------------------------------------


async def _read_back(
    db: Database,
    feeds: Mapping[str, Feed],
    senders: Senders,
    watched: frozenset[SourceId],
    start: datetime,
    seconds: float,
) -> _Read:
    """Read the messages from the newest back to `start`, or until it is enough."""
    speakers = _speakers_of(senders, watched)
    deadline = clock.now() + timedelta(seconds=seconds)
    span = await db.read(lambda connection: inbox.span_since(connection, start))
    first, before = span or (0, 0)
    pages: list[list[Reading]] = []
    messages = count = 0
    oldest = clock.now()
    while first < before:
        low, high = max(first, before - ROWS_PER_PAGE), before
        page = await db.read(lambda c, low=low, high=high: inbox.list_past(c, low, high, speakers, start))  # type: ignore[misc]
        oldest = page[0].received_at if page else oldest
        found = await asyncio.to_thread(_translate, page, feeds, senders, watched)
        pages.append(found)
        before, messages, count = low, messages + len(page), count + len(found)
        if first < before and (count >= READINGS_MAX or clock.now() >= deadline):
            return _Read(oldest, True, messages, _join(pages))
        await asyncio.sleep(PAUSE_S)
    return _Read(start, False, messages, _join(pages))


def _join(pages: list[list[Reading]]) -> list[Reading]:
    return [reading for page in reversed(pages) for reading in page]


def _speakers_of(senders: Senders, watched: frozenset[SourceId]) -> frozenset[SourceId]:
    """Return whose messages may hold readings of the watched: their own, and those of gateways that speak for them."""
    feeds = {senders.get(each).feed for each in watched}
    return watched | {each.id for each in senders if each.kind == "gateway" and each.feed in feeds}


def _translate(
    messages: Iterable[Message], feeds: Mapping[str, Feed], senders: Senders, watched: frozenset[SourceId]
) -> list[Reading]:
    readings: list[Reading] = []
    for message in messages:
        feed = feeds.get(message.feed)
        if feed is None:
            continue
        try:
            said = feed.translate(message.body, senders.origin(message.id, message.source_id, message.received_at))
            readings += [each for each in said if isinstance(each, Reading) and each.source_id in watched]
        except Unreadable:
            continue
    return readings
