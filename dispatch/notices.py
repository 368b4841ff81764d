"""Whom a fact is told to, whatever else they are doing, and which notices it makes needless.

Two tables by the type of a fact, so that a fact which tells nobody costs one look: TELLERS says who is told, STOPPERS
names the facts after which a notice that is not delivered yet may have nothing to say any more.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from dispatch.access import Actor, Role, may_see_fact
from dispatch.citymap import City
from dispatch.escalations import Action
from dispatch.facts import (
    AssistMoved,
    AssistSent,
    AssistStep,
    CaseClosed,
    CaseDeclined,
    CaseEscalated,
    CaseFiled,
    CaseForceClosed,
    CaseHandled,
    CaseMerged,
    CaseReclassified,
    CaseRelocated,
    CaseResumed,
    CaseReworked,
    CaseSuspended,
    CaseVoided,
    CoordinationBegun,
    CoordinationSettled,
    ExtensionGranted,
    ExtensionRequested,
    FactData,
    LimitChanged,
    MoveUndone,
    PriorityRaised,
    PrioritySet,
    RequestRefused,
    RequestWithdrawn,
    ReturnGranted,
    ReturnRequested,
    SuspensionRequested,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
)
from dispatch.ids import WorkerId
from dispatch.record import Case
from dispatch.stages import BUSY_STAGES, DUE_STAGES, SENT_STAGES, Stage


class NoticeKind(StrEnum):
    """What a notice is about. That of a task is told at once at any hour: who has it is on duty."""

    TASK = "task"  # to a worker: you have a task, or have it no longer
    CHAIN = "chain"  # nobody has accepted it
    LIMIT = "limit"  # so much of the limit is used


class Told(Struct, frozen=True, gc=False):
    """One who is told. `recipient` is a worker's id where the role is `worker`, else a user's name."""

    recipient: str
    role: str
    kind: NoticeKind


class People:
    """Who can be told beside the workers: the accounts that are open, by name and by role."""

    def __init__(self, actors: Iterable[Actor] = ()) -> None:
        self._by_name = {each.user: each for each in actors}
        self._by_role: dict[str, list[Actor]] = {}
        for each in self._by_name.values():
            self._by_role.setdefault(each.role, []).append(each)

    def find(self, username: str) -> Actor | None:
        return self._by_name.get(username)

    def list_seeing(self, case: Case, roles: Iterable[str]) -> list[Actor]:
        """Return those of the roles who may see the case."""
        place, department = case.place.area, case.department
        return [
            each
            for role in roles
            for each in self._by_role.get(role, ())
            if may_see_fact(each, place, department, (case.worker,))
        ]


class Around(Struct, frozen=True):
    """What a teller may look at: the case before and after the fact, the city, and who there is."""

    before: Case | None
    after: Case
    city: City
    people: People


_Teller = Callable[[FactData, Around], Iterable[Told]]

ROLES_TOLD: Mapping[str, tuple[Role, ...]] = {
    Action.DISPATCHER: (Role.DISPATCHER, Role.DEPARTMENT_DISPATCHER),
    Action.TEAM_LEAD: (Role.LEADER,),  # where who is named has no account
    Action.DUTY_LEADER: (Role.LEADER,),
    Action.SUPERVISOR: (Role.SUPERVISOR,),
}
"""Action of an escalation -> who is told where nobody is named. The next worker is told of his task, as ever."""


def told_of(data: FactData, around: Around) -> tuple[Told, ...]:
    """Return who is told of a fact, each once."""
    teller = TELLERS.get(type(data))
    return tuple(dict.fromkeys(teller(data, around))) if teller else ()


def stopped_by(before: Case, after: Case) -> frozenset[NoticeKind]:
    """Return which undelivered notices of a case have nothing to say any more, now that a fact has changed it.

    Those of the chain: the task is acknowledged, given back or another one. Those of the limit: it is met or stands
    still, or is another one and less of it is used.
    """
    if not (before.chain_done or before.warned):
        return _NOTHING  # nobody has been told of anything: so almost all cases are
    stopped = set()
    if before.chain_done and (after.chain_done < before.chain_done or after.stage not in _CHAIN_STAGES):
        stopped.add(NoticeKind.CHAIN)
    if before.warned and (after.warned < before.warned or after.stage not in DUE_STAGES):
        stopped.add(NoticeKind.LIMIT)
    return frozenset(stopped)


_NOTHING: frozenset[NoticeKind] = frozenset()
_CHAIN_STAGES = SENT_STAGES | {Stage.FILED}
"""Where the chain goes on: between two workers the case is filed for a moment."""


def holders_of(case: Case | None) -> tuple[WorkerId, ...]:
    """Return whose phones have the case as a task now: the one who handles it, and who goes along."""
    if case is None:
        return ()
    lead = (case.worker,) if case.stage in BUSY_STAGES else ()
    return (*lead, *(case.helpers if case.assists and case.is_open else ()))


def _worker(worker: str, kind: NoticeKind = NoticeKind.TASK) -> Iterable[Told]:
    return (Told(worker, Role.WORKER, kind),) if worker else ()


def _named(data: FactData, _around: Around) -> Iterable[Told]:
    return _worker(data.worker)  # type: ignore[attr-defined]


def _released(data: FactData, _around: Around) -> Iterable[Told]:
    assert isinstance(data, AssistMoved)
    return _worker(data.worker) if data.step is AssistStep.WITHDRAW else ()


def _changed_hands(_data: FactData, around: Around) -> Iterable[Told]:
    """All who had a task of the case and have none now, and all who have one and had none."""
    before, after = holders_of(around.before), holders_of(around.after)
    for worker in (*before, *after):
        if (worker in before) is not (worker in after):
            yield from _worker(worker)


def _undone(data: FactData, around: Around) -> Iterable[Told]:
    return (*_named(data, around), *_changed_hands(data, around))


def _above(data: FactData, around: Around) -> Iterable[Told]:
    assert isinstance(data, CaseEscalated)
    kind = NoticeKind.LIMIT if data.step < 0 else NoticeKind.CHAIN
    if data.action == Action.NEXT_WORKER:
        return ()
    if data.action == Action.WORKER and not data.target:
        return _worker(around.after.worker, kind)
    return _target(data.target, kind, around) or _role(data.action, kind, around)


def _target(target: str, kind: NoticeKind, around: Around) -> Iterable[Told]:
    """Return the one who is named: a worker, or a user who has an account; () where there is no such person."""
    if target in around.city.codes.workers:
        return _worker(target, kind)
    account = around.people.find(target)
    if account is None:
        return ()
    return _worker(account.worker_id, kind) or (Told(account.user, account.role, kind),)


def _role(action: str, kind: NoticeKind, around: Around) -> Iterable[Told]:
    seeing = around.people.list_seeing(around.after, ROLES_TOLD.get(action, ()))
    return tuple(Told(each.user, each.role, kind) for each in seeing)


TELLERS: Mapping[type[FactData], _Teller] = {
    TaskDispatched: _named,
    TaskWithdrawn: _named,
    CaseReworked: _named,
    AssistSent: _named,
    AssistMoved: _released,
    MoveUndone: _undone,
    CaseClosed: _changed_hands,
    CaseForceClosed: _changed_hands,
    CaseMerged: _changed_hands,
    CaseResumed: _changed_hands,
    CaseSuspended: _changed_hands,
    CaseVoided: _changed_hands,
    CoordinationBegun: _changed_hands,
    ReturnGranted: _changed_hands,
    CaseEscalated: _above,
}
"""Fact -> who is told. What a worker does himself tells nobody; a mark of the limit is told by the CaseEscalated that
follows it, to whom the city's rows name.
"""

STOPPERS: frozenset[type[FactData]] = frozenset(
    {
        # out of the stages in which a chain goes on, or to another task
        TaskAccepted,
        TaskDeclined,
        TaskDispatched,
        ReturnRequested,
        ExtensionRequested,
        SuspensionRequested,
        RequestRefused,
        RequestWithdrawn,
        CaseReworked,
        # out of the stages in which a limit runs
        CaseHandled,
        CaseSuspended,
        CaseForceClosed,
        CaseVoided,
        CaseMerged,
        CaseDeclined,
        CoordinationBegun,
        MoveUndone,
        # to another limit
        CaseFiled,
        CaseReclassified,
        CaseRelocated,
        CaseResumed,
        CoordinationSettled,
        ExtensionGranted,
        LimitChanged,
        PriorityRaised,
        PrioritySet,
        ReturnGranted,
    }
)
"""Facts after which `stopped_by` is asked."""
