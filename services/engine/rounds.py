"""What the engine looks after by itself: floods that are over or grow, and sources that are silent together."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dispatch.city import Source
from dispatch.event import Phase
from dispatch.facts import Fact, SourceLost
from dispatch.health.flood import Flood, is_news
from dispatch.health.judge import silence_limit_s
from dispatch.health.outages import Absence, Move, Watched, settled, sort_out
from dispatch.health.tellings import maintenance_category, tell_flood, tell_outage
from dispatch.ids import CaseId, EventId, SourceId
from services.engine.messages import settle_event
from services.engine.orders import new_id
from services.engine.senders import Senders
from services.engine.turn import Turn
from services.engine.vitals import list_due_floods

_NO_CASE = CaseId("")


# --- floods ----------------------------------------------------------------------------------------------


def tell_floods(turn: Turn) -> None:
    """Tell the cases of the floods of this very turn how many messages are set aside by now. At the end of a turn: one
    that fills it is one event.
    """
    ward = turn.state.senders.ward
    for source_id in [each for each in turn.ailing if each in ward.flooding]:
        flood = ward.of(source_id).flood
        if is_news(flood):
            _tell_flood(turn, source_id, flood, Phase.UPDATE if flood.told else Phase.OPEN)
            ward.of(source_id).flood = _told(flood)
            turn.note_vitals(source_id)


def _told(flood: Flood) -> Flood:
    return Flood(flood.since, flood.last_at, flood.set_aside, flood.set_aside, flood.total)


def is_flood_over(senders: Senders, quiet_s: float, at: datetime) -> bool:
    """Return whether a flood has ended that its case has not been told of."""
    return next(list_due_floods(senders.ward, quiet_s, at), None) is not None


def end_floods(turn: Turn) -> int:
    """Tell the cases of floods that are over so; return how many there were."""
    ward = turn.state.senders.ward
    over = list(list_due_floods(ward, turn.state.city.flood.quiet_s, turn.at))
    for source_id in over:
        _tell_flood(turn, source_id, ward.of(source_id).flood, Phase.CLOSE)
        ward.end_flood(source_id)
        turn.note_vitals(source_id)
    return len(over)


def _tell_flood(turn: Turn, source_id: SourceId, flood: Flood, phase: Phase) -> None:
    state = turn.state
    category = maintenance_category(state.city.codes, state.city.health)
    source = state.senders.get(source_id)
    event = tell_flood(source, flood, phase, category, EventId(new_id(turn.at)), turn.at)
    settle_event(turn, event, is_upkeep=True)


# --- silence ---------------------------------------------------------------------------------------------


def has_absent(senders: Senders) -> bool:
    """Return whether a source is lost, or an outage is not over yet."""
    return bool(senders.ward.absent)


def note_silent(turn: Turn) -> int:
    """Record which sources have been silent for longer than they may, and what that is a case of; return how many
    were lost now.
    """
    senders, rules = turn.state.senders, turn.state.city.health
    silent = senders.list_silent(turn.at)
    for source in silent:
        senders.lose(source.id)
        turn.note_source(source.id)
        lost = SourceLost(source_id=source.id, last_heard_at=senders.last_heard.get(source.id))
        turn.record(Fact(_NO_CASE, turn.at, lost))
        _remember(turn, source.id, _missed(senders.ward.of(source.id).absence, turn.at, rules.settle_s))
    _forget_returned(turn)
    for move in sort_out(_watched(turn), rules, turn.at):
        _tell_outage(turn, move)
    return len(silent)


def _missed(before: Absence | None, at: datetime, settle_s: float) -> Absence:
    """Return what is remembered of a source that is lost now. One of an outage that goes on stays in it."""
    if before is not None and before.outage:
        return before
    return Absence(lost_at=at, wait_until=at + timedelta(seconds=settle_s))


def _forget_returned(turn: Turn) -> None:
    senders = turn.state.senders
    for source_id in list(senders.ward.absent):
        absence = senders.ward.of(source_id).absence
        if source_id not in senders.lost and absence is not None and not absence.outage:
            _remember(turn, source_id, None)


def _remember(turn: Turn, source_id: SourceId, absence: Absence | None) -> None:
    turn.state.senders.ward.set_absence(source_id, absence)
    turn.note_vitals(source_id)


def _watched(turn: Turn) -> Watched:
    senders, at = turn.state.senders, turn.at
    counts: dict[SourceId, int] = {}
    for source in senders:
        if source.silent_after_s > 0 and source.id in senders.last_heard:
            counts[source.gateway] = counts.get(source.gateway, 0) + 1
    absences = {each: found for each in senders.ward.absent if (found := senders.ward.of(each).absence) is not None}
    return Watched(
        sources={source.id: source for source in _concerned(senders, absences)},
        absences=absences,
        lost=frozenset(senders.lost),
        counts=counts,
        quiet=frozenset(
            gateway.id
            for gateway in _gateways(senders, absences)
            if senders.is_quiet(gateway, _patience_s(senders, gateway, absences), at)
        ),
    )


def _concerned(senders: Senders, absences: dict[SourceId, Absence]) -> Iterator[Source]:
    yield from (source for each in absences if (source := senders.find(each)) is not None)
    yield from _gateways(senders, absences)


def _gateways(senders: Senders, absences: dict[SourceId, Absence]) -> list[Source]:
    ids = {senders.get(each).gateway for each in absences} - {SourceId("")}
    return [source for each in sorted(ids) if (source := senders.find(each)) is not None]


def _patience_s(senders: Senders, gateway: Source, absences: dict[SourceId, Absence]) -> float:
    """Return how long that source of the gateway's may be silent which may be so for the shortest time."""
    of_it = (source for each in absences if (source := senders.get(each)).gateway == gateway.id)
    limits = (silence_limit_s(source, senders.ward.of(source.id).cadence) for source in of_it)
    return min((each for each in limits if each is not None), default=0.0)


def _tell_outage(turn: Turn, move: Move) -> None:
    state = turn.state
    senders = state.senders
    sources = {each: senders.get(each) for each in {move.about, *move.members}}
    category = maintenance_category(state.city.codes, state.city.health)
    settle_event(turn, tell_outage(move, sources, category, EventId(new_id(turn.at)), turn.at), is_upkeep=True)
    patience = {
        each: max(state.city.health.settle_s, silence_limit_s(senders.get(each), senders.ward.of(each).cadence) or 0.0)
        for each in move.still
    }
    for source_id, absence in settled(move, turn.at, patience).items():
        _remember(turn, source_id, absence)
