"""What an order does in its turn: people's commands, duty, and what time alone brings about."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random, SystemRandom
from typing import Any

from dispatch.access import Actor
from dispatch.case import BUSY_STAGES, Case, Fact, Stage
from dispatch.category import Priority
from dispatch.commands import Command, NewCase, Refusal, perform
from dispatch.facts import CaseOpened, ReporterAnswered, WorkerSignedOff, WorkerSignedOn
from dispatch.flow import retry
from dispatch.ids import CaseId, DepartmentId, TaskId, WorkerId
from dispatch.shifts import last_boundary
from dispatch.situation import LastMove, Situation
from services.engine.refusals import UnknownCase, VersionMismatch
from services.engine.state import State
from services.engine.turn import Turn
from services.observe import counters
from services.store.report_words import ReportMessage

RETRIES_PER_TURN = 200
"""Queued cases tried in one turn; the job `retry-unassigned` comes back to the others."""

_URGENCY = {priority: rank for rank, priority in enumerate(Priority)}
_NO_CASE = CaseId("")
_chance = Random(SystemRandom().getrandbits(256))
"""Seeded by the system's own chance. Ids must not meet; they need not be secret: nothing opens by knowing one."""


def new_id(at: datetime) -> str:
    """Return an id that sorts by time: 12 hex digits of milliseconds, 16 of chance."""
    return f"{int(at.timestamp() * 1000):012x}{_chance.getrandbits(64):016x}"


OPENS_CASES = frozenset({"settle", "split"})
"""Commands that may open cases; each needs names ready for as many."""
NEW_CASES_MAX = 8


def situation_of(turn: Turn, cases: Sequence[Case] = (), last: LastMove | None = None) -> Situation:
    senders = turn.state.senders
    return Situation(
        city=turn.state.city,
        roster=turn.state.roster,
        cases=cases,
        last=last,
        listening_since=senders.listening_since,
    )


def family_of(case: Case) -> tuple[CaseId, ...]:
    """Return the cases that may have to be told of what happens to this one."""
    own = (case.parent, case.merged_into) if case.parent or case.merged_into else ()
    return tuple(each for each in (*own, *case.merged) if each)


def command(
    turn: Turn,
    case_id: CaseId,
    name: str,
    actor: Actor,
    data: Mapping[str, Any],
    if_match: int | None,
    *,
    others: Sequence[CaseId] = (),
    last: LastMove | None = None,
) -> Case:
    """Do what a person asks of a case; whom it sets free is sent on at once."""
    case = turn.find(case_id)
    if case is None:
        raise UnknownCase(case_id)
    if if_match is not None and if_match != case.version:
        raise VersionMismatch(case)
    try:
        facts = perform(
            Command(name, actor, data),
            case,
            situation_of(turn, relatives_of(turn, case, others), last),
            task_id=TaskId(new_id(turn.at)),
            at=turn.at,
            new_cases=_new_cases(turn) if name in OPENS_CASES else (),
        )
    except Refusal as refusal:
        counters.REFUSED.labels(refusal.code).inc()
        raise
    _use_numbers(turn, facts)
    turn.record_all(facts)
    turn.batch.said += _answers(facts, str(data.get("text") or ""))
    after = turn.find(case_id) or case
    if case.stage in BUSY_STAGES and (after.stage not in BUSY_STAGES or after.worker != case.worker):
        retry_queue(turn, {case.department})
    return after


def _answers(facts: Iterable[Fact], text: str) -> Iterator[ReportMessage]:
    """Yield the words of what the office answers: they stand beside the journal, where they can be deleted."""
    for fact in facts:
        if isinstance(fact.data, ReporterAnswered):
            yield ReportMessage(
                id=fact.data.message_id,
                case_id=fact.case_id,
                number=fact.data.report,
                kind="reply",
                author=fact.data.by,
                at=fact.at,
                text=text.strip(),
            )


def relatives_of(turn: Turn, case: Case, others: Sequence[CaseId] = ()) -> list[Case]:
    """Return the cases that may have to be told of what happens to this one, as far as they are in memory."""
    named = (each for name in (*family_of(case), *others) if (each := turn.find(name)) is not None)
    return list({each.id: each for each in (*named, *ancestors_of(turn, case))}.values())


def ancestors_of(turn: Turn, case: Case) -> Iterator[Case]:
    """Yield the case that this one is a part of, and what that is a part of: each may end with its last part."""
    parent = turn.find(case.parent) if case.parent else None
    while parent is not None:
        yield parent
        parent = turn.find(parent.parent) if parent.parent else None


def _new_cases(turn: Turn) -> tuple[NewCase, ...]:
    """Return names for cases that a command may open; their numbers are taken only if it does."""
    numbers = turn.state.peek_numbers(turn.at, NEW_CASES_MAX)
    return tuple(NewCase(CaseId(new_id(turn.at)), number, TaskId(new_id(turn.at))) for number in numbers)


def _use_numbers(turn: Turn, facts: Iterable[Fact]) -> None:
    for fact in facts:
        if isinstance(fact.data, CaseOpened):
            turn.state.set_last_number(fact.data.number)


def sign(turn: Turn, worker: WorkerId, *, on: bool) -> None:
    """Sign a worker on or off. Who comes on duty gets what waits for one like him."""
    data = WorkerSignedOn(worker=worker) if on else WorkerSignedOff(worker=worker)
    turn.record(Fact(_NO_CASE, turn.at, data))
    if on:
        retry_queue(turn, {turn.state.city.codes.workers[worker].department})


def retry_queue(turn: Turn, departments: Iterable[DepartmentId] | None = None) -> int:
    """Try to send the cases that nobody could be sent to, the most urgent first; return how many were sent."""
    wanted = None if departments is None else frozenset(departments)
    waiting = [
        case
        for case_id in turn.state.book.queue
        if (case := turn.find(case_id)) and (wanted is None or case.department in wanted)
    ]
    sent = tried = 0
    hopeless: set[tuple[DepartmentId, str]] = set()
    for case in sorted(waiting, key=_turn_in_queue):
        category = turn.state.city.codes.categories.get(case.category)
        able = (case.department, category.skill if category else "")
        # Where nobody of a department and skill is free for one case, nobody is for the next one either;
        # only who has declined a case differs from case to case.
        if able in hopeless and not case.declined_by:
            continue
        tried += 1
        if tried > RETRIES_PER_TURN:
            break
        after = turn.record_all(retry(case, situation_of(turn), task_id=TaskId(new_id(turn.at)), at=turn.at))
        if after is not None and after.stage is Stage.DISPATCHED:
            sent += 1
        elif not case.declined_by:
            hopeless.add(able)
    return sent


def _turn_in_queue(case: Case) -> tuple[int, datetime]:
    return _URGENCY[case.priority], case.due_at or case.opened_at


# --- time ------------------------------------------------------------------------------------------------


def change_shifts(turn: Turn) -> None:
    """Sign on and off whose shift has begun or ended; who comes on duty gets what waits for one like him."""
    begun = set()
    for worker, on in list_shift_changes(turn.state, turn.at):
        data = WorkerSignedOn(worker=worker) if on else WorkerSignedOff(worker=worker)
        turn.record(Fact(_NO_CASE, turn.at, data))
        if on:
            begun.add(turn.state.city.codes.workers[worker].department)
    if begun:
        retry_queue(turn, begun)


def list_shift_changes(state: State, at: datetime) -> list[tuple[WorkerId, bool]]:
    """Return who must be signed on or off now: the last of his own sign and of his shift's boundary counts."""
    changes = []
    codes, timezone = state.city.codes, state.city.timezone
    boundaries = {shift.id: last_boundary(shift, timezone, at) for shift in codes.shifts.values()}
    for worker in codes.workers.values():
        boundary = boundaries.get(worker.shift)
        if boundary is None:
            continue
        since, on = boundary
        signed = state.signed.get(worker.id)
        if (signed is None or signed[1] < since) and on != state.roster.get(worker.id).on_duty:
            changes.append((worker.id, on))
    return changes
