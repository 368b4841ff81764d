"""Short words for the tests of commands: who asks, of which case, and what comes of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from dispatch.access import Actor
from dispatch.case import (
    Assist,
    Case,
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseForceClosed,
    CaseHandled,
    CaseMarked,
    CaseMerged,
    CaseReopened,
    CaseReworked,
    CaseSelfHandled,
    CaseSuspended,
    CaseVoided,
    CheckPassed,
    CheckSent,
    CoordinationBegun,
    ExtensionRequested,
    Fact,
    FactData,
    ReturnRequested,
    Stage,
    Supervision,
    SuspensionRequested,
    TaskAccepted,
    VerificationAsked,
    WorkerArrived,
)
from dispatch.commands import Command, NewCase, perform
from dispatch.ids import CaseId, TaskId, WorkerId
from dispatch.situation import LastMove, Situation
from tests.builders import (
    IN_G1,
    MUN,
    TUESDAY_10,
    decide_event,
    fold,
    local,
    make_actor,
    make_case,
    make_event,
    make_roster,
    make_situation,
)
from tests.taxonomy import LITTER

ANN_ID, T1 = WorkerId("ann"), TaskId("t1")
ANN = make_actor("worker", user="ann@phone", worker_id=ANN_ID)
BOB = make_actor("worker", user="bob@phone", worker_id=WorkerId("bob"))
LEADER = make_actor("leader")
ADMIN = make_actor("admin")
"""The one role that may give every command."""

AT = TUESDAY_10 + timedelta(minutes=30)
REVIEW = local(5, 9)
NEW_CASES = tuple(NewCase(CaseId(f"n{n}"), f"260303-0001{n}", TaskId(f"tn{n}")) for n in range(8))

SAMPLES: Mapping[str, Any] = {
    "reason": "x",
    "note": "x",
    "text": "x",
    "worker": "bob",
    "category": LITTER,
    "passed": True,
    "real": True,
    "report": "R-260303-00001",
    "reached": True,
    "into": "c9",
    "before": ["m1"],
    "after": ["m2"],
    "amount": 1.5,
    "review_at": REVIEW,
    "lead": "SAN",
    "department": "SAN",
    "priority": "general",
    "urgent": True,
    "lon": IN_G1.lon,
    "lat": IN_G1.lat,
}
"""Field -> a value that every command may be given."""

_ACCEPTED = TaskAccepted(task_id=T1, worker=ANN_ID)
_ARRIVED = WorkerArrived(task_id=T1, worker=ANN_ID)
_HANDLED = CaseHandled(task_id=T1, worker=ANN_ID)
_TO_HANDLED = (_ACCEPTED, _ARRIVED, _HANDLED)
_REWORKED = CaseReworked(task_id=TaskId("t1b"), worker=ANN_ID, by="leader", reason="not clean")
_CLOSED = (*_TO_HANDLED, CheckPassed(by="leader"), CaseClosed(by="rule", on_time=True))

_FROM_REPORTED: Mapping[Stage, tuple[FactData, ...]] = {
    Stage.REPORTED: (),
    Stage.VERIFYING: (VerificationAsked(by="acceptor"),),
    Stage.PENDING_FILING: (CaseAccepted(by="acceptor"),),
    Stage.SELF_HANDLED: (CaseSelfHandled(by="collector", before=("m1",), after=("m2",)),),
    Stage.NOT_FILED: (CaseDeclined(by="leader", reason="below what is filed"),),
    Stage.VOID: (CaseVoided(by="leader", reason="a test"),),
    Stage.MERGED: (CaseMerged(into=CaseId("c8"), number="8", by="leader"),),
}
_FROM_FILED: Mapping[Stage, tuple[FactData, ...]] = {
    Stage.FILED: (),
    Stage.COORDINATING: (CoordinationBegun(by="leader", reason="whose is it?"),),
}
_FROM_DISPATCHED: Mapping[Stage, tuple[FactData, ...]] = {
    Stage.DISPATCHED: (),
    Stage.ACCEPTED: (_ACCEPTED,),
    Stage.ARRIVED: (_ACCEPTED, _ARRIVED),
    Stage.REWORK: (*_TO_HANDLED, _REWORKED),
    Stage.RETURN_REQUESTED: (_ACCEPTED, ReturnRequested(by="ann@phone", worker=ANN_ID, reason="not ours")),
    Stage.EXTENSION_REQUESTED: (
        _ACCEPTED,
        ExtensionRequested(by="ann@phone", worker=ANN_ID, reason="a part is missing", amount=1.5),
    ),
    Stage.SUSPENSION_REQUESTED: (
        _ACCEPTED,
        SuspensionRequested(by="ann@phone", worker=ANN_ID, reason="rain", review_at=REVIEW),
    ),
    Stage.SUSPENDED: (_ACCEPTED, CaseSuspended(by="leader", reason="rain", review_at=REVIEW)),
    Stage.HANDLED: _TO_HANDLED,
    Stage.CHECKING: (*_TO_HANDLED, CheckSent(by="dispatcher")),
    Stage.CHECKED: (*_TO_HANDLED, CheckPassed(by="leader")),
    Stage.CLOSED: _CLOSED,
    Stage.FORCED_CLOSED: (CaseForceClosed(by="leader", reason="it is gone"),),
    Stage.REOPENED: (*_CLOSED, CaseReopened(by="leader", reason="it is back")),
}


def give(
    name: str,
    case: Case,
    actor: Actor = LEADER,
    *,
    situation: Situation | None = None,
    at: datetime = AT,
    **data: Any,
) -> list[Fact]:
    return perform(
        Command(name, actor, data),
        case,
        situation or make_situation(),
        task_id=TaskId("t2"),
        at=at,
        new_cases=NEW_CASES,
    )


def given(name: str, case: Case, actor: Actor = LEADER, **more: Any) -> Case:
    """Return the case after a command."""
    return own(give(name, case, actor, **more), case)


def own(facts: list[Fact], case: Case) -> Case:
    """Return the case after those of the facts that are its own."""
    return fold([fact for fact in facts if fact.case_id == case.id], case)


def of_other(facts: list[Fact], case: Case) -> list[tuple[str, str]]:
    """Return (case id, kind) of those of the facts that are other cases'."""
    return [(fact.case_id, fact.kind) for fact in facts if fact.case_id != case.id]


def grown(case: Case, *then: FactData, since: datetime = TUESDAY_10) -> Case:
    """Return the case after more facts, each a minute after the one before."""
    for minute, data in enumerate(then, start=1):
        case = fold([Fact(case.id, since + timedelta(minutes=minute), data)], case)
    return case


def reported(**changes: Any) -> Case:
    return fold(decide_event(make_event(**({"confidence": 0.1} | changes))))


def queued(**changes: Any) -> Case:
    """Return a filed case that nobody could be sent to."""
    nobody = make_situation(roster=make_roster(on_duty=[]))
    return replace(fold(decide_event(make_event(), nobody)), **changes)


def at_stage(stage: Stage) -> Case:
    """Return a case that facts have brought there; ann has it wherever a worker has it."""
    if stage in _FROM_REPORTED:
        return grown(reported(), *_FROM_REPORTED[stage])
    if stage in _FROM_FILED:
        return grown(queued(), *_FROM_FILED[stage])
    return make_case(*_FROM_DISPATCHED[stage])


def extending_on_site() -> Case:
    """Return a case whose worker has arrived and then asked for more time."""
    asked = _FROM_DISPATCHED[Stage.EXTENSION_REQUESTED][-1]
    return make_case(_ACCEPTED, _ARRIVED, asked)


def with_assist(case: Case, worker: str = "bob") -> Case:
    """Return the case with one more on it."""
    assist = Assist(task_id=TaskId(f"a-{worker}"), worker=WorkerId(worker), department=MUN, dispatched_at=TUESDAY_10)
    return replace(case, assists=(*case.assists, assist))


def ready(name: str, stage: Stage) -> Case:
    """Return a case in that stage for which the command is meant, so far as such a case can be."""
    if name == "report_handled" and stage is Stage.EXTENSION_REQUESTED:
        return extending_on_site()
    case = at_stage(stage)
    if name == "release":
        return replace(case, claimed_by="somebody", claimed_at=TUESDAY_10)
    if name == "unsupervise":
        return replace(case, supervised=Supervision(by="leader", at=AT))
    return with_assist(case) if name == "release_assist" and case.filed_at and case.is_open else case


def around(case: Case, by: str = "admin") -> Situation:
    """Return what every command may look at: another case, c9, and a last move that may be undone."""
    other = replace(make_case(), id=CaseId("c9"), number="9")
    last = LastMove(
        before=case,
        first=CaseMarked(by=by, urgent=True),
        seq=case.version,
        at=AT,
        version=case.version,
        by=frozenset({by}),
    )
    return replace(make_situation(cases=(other,)), last=last)
