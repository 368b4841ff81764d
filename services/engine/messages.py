"""From one stored message to what it changes: translate, triage, look, decide, record."""

import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import structlog
from msgspec.structs import replace
from prometheus_client import Counter

from dispatch.case import Case, CaseOpened
from dispatch.correlate import MERGES_MAX, categories_sought
from dispatch.decide import Triaged, decide, triage
from dispatch.event import Event, Reading, Record
from dispatch.facts import Fact, SourceRestored
from dispatch.health.flap import Verdict
from dispatch.history import recall
from dispatch.ids import CaseId, CategoryCode, EventId, MessageId, SourceId, TaskId
from dispatch.kin import kin_table
from services.engine import episodes, sensing, upkeep
from services.engine.orders import ancestors_of, new_id, situation_of
from services.engine.questions import take_reading
from services.engine.senders import shared_sender
from services.engine.turn import Turn
from services.feeds import LEARNED_BYTES_MAX, LEARNED_KEY_MAX, LEARNED_MAX, Ask, Feed, Learned, Unreadable
from services.observe import counters
from services.store.inbox import Message, Outcome

DETAIL_MAX = 2_000
"""Characters of what was wrong with a message; an error can quote all of it."""

log = structlog.get_logger(__name__)


@lru_cache(maxsize=256)
def _counter_of(feed: str, state: str) -> Counter:
    """Return the counter of such messages; looking it up anew costs more than counting."""
    return counters.MESSAGES.labels(feed, state)


class Reader:
    """Reads messages by their feeds."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        self.feeds = feeds

    def read(self, turn: Turn, message: Message, *, is_wanted: bool = False) -> None:
        """Do what the message asks for. One that cannot be read goes to quarantine and disturbs no other.

        `is_wanted`: a person has asked for it to be read again, so it passes whatever its source has said before.
        """
        outcome = self._read(turn, message, is_wanted=is_wanted)
        turn.settle(outcome)
        _counter_of(message.feed, outcome.state).inc()
        if outcome.state == "quarantined":
            counters.QUARANTINED.labels(message.feed, outcome.reason).inc()
            turn.state.senders.ward.add_fault(message.source_id, outcome.reason, turn.at)

    def _read(self, turn: Turn, message: Message, *, is_wanted: bool) -> Outcome:
        if turn.state.senders.find(message.source_id) is None:
            return quarantine(message.id, turn.at, "source", f"the city knows no source {message.source_id}")
        _hear(turn, message.source_id)
        feed = self.feeds.get(message.feed)
        if feed is None:
            return quarantine(message.id, turn.at, "feed", f"no feed is called {message.feed}")
        aside: Outcome | None = None
        try:
            said = feed.translate(
                message.body, turn.state.senders.origin(message.id, message.source_id, message.received_at)
            )
            if not is_wanted and upkeep.is_over_the_brim(turn, said):
                said = upkeep.leave_aside(turn, said)
                aside = Outcome(message_id=message.id, at=turn.at, state="set_aside", reason="flood")
            for each in said:
                if isinstance(each, Learned):
                    _learn(turn, shared_sender(message.feed) if each.is_shared else message.source_id, each)
                elif isinstance(each, Ask):
                    turn.asks.append((message.source_id, each))
                else:
                    _take(turn, each)
        except Unreadable as unreadable:
            turn.asks.extend((message.source_id, each) for each in unreadable.asks)
            return quarantine(message.id, turn.at, unreadable.reason, unreadable.detail)
        except Exception as error:  # noqa: BLE001 - a message that we fail on must not stop the city's others
            log.error("message not handled", message=message.id, trace=traceback.format_exc())
            return quarantine(message.id, turn.at, "failed", f"{type(error).__name__}: {error}")
        return aside or Outcome(message_id=message.id, at=turn.at)


def quarantine(message: MessageId, at: datetime, reason: str, detail: str) -> Outcome:
    """Return that a message is put aside; `reason` is a stable word, `detail` what was wrong."""
    clean = detail[:DETAIL_MAX].replace("\x00", "").encode("utf-8", "replace").decode()
    return Outcome(message_id=message, at=at, state="quarantined", reason=reason, detail=clean)


def _hear(turn: Turn, source_id: SourceId) -> None:
    if turn.state.senders.hear(source_id, turn.at):
        turn.note_source(source_id)
        turn.record(Fact(CaseId(""), turn.at, SourceRestored(source_id=source_id)))


def _learn(turn: Turn, source_id: SourceId, learned: Learned) -> None:
    known = turn.state.senders.learned
    if known.get((source_id, learned.key)) == learned.doc:
        return
    is_full = len(known) >= LEARNED_MAX and (source_id, learned.key) not in known
    if is_full or len(learned.key) > LEARNED_KEY_MAX or len(learned.doc) > LEARNED_BYTES_MAX:
        raise Unreadable("size", f"{len(learned.doc)} bytes of {learned.key[:80]!r} to keep beside {len(known)} others")
    turn.note_learned(source_id, learned.key, learned.doc)


def _take(turn: Turn, said: Event | Reading | Record) -> None:
    if isinstance(said, Event):
        _hear(turn, said.source_id)
        take_event(turn, upkeep.set_right(turn, said))
    elif isinstance(said, Reading):
        _hear(turn, said.source_id)
        _take_reading(turn, upkeep.set_right(turn, said))
    else:
        _take_record(turn, said)


def take_event(turn: Turn, event: Event, *, is_settled: bool = False) -> Case | None:
    """Decide what the event brings about and record it; return its case, None where it concerns none."""
    verdict = episodes.watch(turn, event, is_settled=is_settled)
    if verdict is Verdict.HOLD:
        return None
    return settle_event(turn, event, is_echo=verdict is Verdict.ECHO)


def settle_event(turn: Turn, event: Event, *, is_echo: bool = False, is_upkeep: bool = False) -> Case | None:
    """Decide an event whose episode lets it pass. An echo, of what has ended since, opens no case; one of upkeep speaks
    of its own episode only: a gateway's silence is not the broken camera beside it.
    """
    state = turn.state
    triaged = triage(event, state.city, state.senders.find(event.source_id))
    if is_echo:
        triaged = replace(triaged, opens=False)
    facts = decide(
        triaged,
        situation_of(turn, _cases_of_episode(turn, event) if is_upkeep else _cases_near(turn, triaged)),
        new_id=CaseId(new_id(turn.at)),
        number=state.peek_number(turn.at),
        task_id=TaskId(new_id(turn.at)),
        at=turn.at,
    )
    if not facts:
        if is_echo:
            episodes.keep_beside(turn, event)
        return None
    if isinstance(facts[0].data, CaseOpened):
        state.use_number(turn.at)
    turn.record_all(facts)
    turn.attach(facts[0].case_id, event)
    return turn.find(facts[0].case_id)


def _cases_of_episode(turn: Turn, event: Event) -> Sequence[Case]:
    case = turn.state.book.of_episode(event.episode)
    return (case, *ancestors_of(turn, case)) if case else ()


def _cases_near(turn: Turn, triaged: Triaged) -> Sequence[Case]:
    book, category = turn.state.book, triaged.category
    of_episode = book.of_episode(triaged.event.episode)
    named = _named(turn, triaged.event)
    if category is None:
        return (*named, of_episode) if of_episode else named
    place = triaged.place
    source, city = triaged.event.source_id, turn.state.city
    reach_m = city.views.reach_m(source, place.point)
    near: dict[CaseId, Case] = {} if of_episode is None else {of_episode.id: of_episode}
    for code, within_m in categories_sought(category, city):
        near.update((each.id, each) for each in book.near(code, place.point, max(within_m, reach_m), place.component))
    lately = book.lately_of(category.code, source)
    near.update((each.id, each) for each in (lately, *_at_gateway(turn, category.code, source)) if each is not None)
    near.update((each.id, each) for each in named)
    found = list(near.values())
    # A part that ends by what its source says may end its whole, which lies elsewhere or is of another kind.
    return [*found, *(each for part in found if part.parent for each in ancestors_of(turn, part))]


def _named(turn: Turn, event: Event) -> tuple[Case, ...]:
    """Return the case that the event names, and those into which it was merged."""
    found: list[Case] = []
    case_id = event.of_case
    while case_id and len(found) <= MERGES_MAX and (case := turn.find(case_id)) is not None:
        found.append(case)
        case_id = case.merged_into
    return tuple(found)


def _at_gateway(turn: Turn, category: CategoryCode, source: SourceId) -> Iterator[Case]:
    """Yield the open cases of the source's gateway, and of all that sends through it, of what befalls them together."""
    table = kin_table(turn.state.city.codes)
    if category not in table.of_gateways:
        return
    sender = turn.state.senders.find(source)
    names = table.children.get(source, ()) + ((sender.gateway,) if sender and sender.gateway else ())
    for name in names:
        yield from turn.state.book.of_source(category, name)


def _take_reading(turn: Turn, reading: Reading) -> None:
    """Let the rules of the sensor look at the value; what they say are events like any other."""
    for key, level, events in sensing.weigh(turn, reading):
        for event in events:
            take_event(turn, event)
        take_reading(turn, reading.source_id, key, holds=level > 0, at=reading.observed_at, event=EventId(reading.id))


def tell_overdue(turn: Turn) -> int:
    """Record what time alone tells of sensors: a silence that lasts, a rise that held-up readings told of and nothing
    newer has taken back. Return how many events that were.
    """
    events = sensing.pass_time(turn)
    for event in events:
        take_event(turn, event, is_settled=True)
    return len(events)


def _take_record(turn: Turn, record: Record) -> None:
    """Bring a case of the past into the books. It is sent to nobody."""
    state = turn.state
    triaged = triage(record.event, state.city, state.senders.find(record.event.source_id))
    fact = recall(record, triaged, state.city, new_id=CaseId(new_id(turn.at)), number=state.next_import_number())
    turn.record(fact)
    turn.attach(fact.case_id, record.event)
