"""Whom a fact is told to, and which notices it makes needless."""

from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.access import Actor, Role
from dispatch.case import (
    AssistMoved,
    AssistStep,
    Case,
    CaseEscalated,
    CaseForceClosed,
    CaseHandled,
    CaseOverdue,
    CaseSuspended,
    CaseWarned,
    Fact,
    FactData,
    NoteAdded,
    Stage,
    Step,
    TaskAccepted,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    apply,
)
from dispatch.escalations import Action
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from dispatch.notices import (
    ROLES_TOLD,
    STOPPERS,
    TELLERS,
    Around,
    NoticeKind,
    People,
    holders_of,
    stopped_by,
    told_of,
)
from dispatch.stages import DUE_STAGES, SENT_STAGES
from tests.builders import CITY, MUN, SAN, TUESDAY_10, make_actor, make_case
from tests.dispatch.asking import ANN_ID, T1, at_stage, give, own, with_assist
from tests.dispatch.histories import some_lives

CHAIN, LIMIT, TASK = NoticeKind.CHAIN, NoticeKind.LIMIT, NoticeKind.TASK

PEOPLE = People(
    [
        make_actor("leader", user="lin"),
        make_actor("leader", user="lou", area=AreaCode("S2")),
        make_actor("supervisor", user="sun"),
        make_actor("dispatcher", user="dai"),
        make_actor("department_dispatcher", user="dep", department=MUN),
        make_actor("department_dispatcher", user="san", department=SAN),
        make_actor("worker", user="bob@phone", worker_id=WorkerId("bob")),
        make_actor("auditor", user="aud"),
    ]
)


def around(after: Case, before: Case | None = None) -> Around:
    return Around(before, after, CITY, PEOPLE)


def told(data: FactData, after: Case, before: Case | None = None) -> list[tuple[str, str, str]]:
    return [(each.recipient, each.role, each.kind.value) for each in told_of(data, around(after, before or after))]


def rises(action: str, target: str = "", step: int = 0) -> list[tuple[str, str, str]]:
    return told(CaseEscalated(step=step, action=action, target=target), make_case())


@pytest.mark.parametrize(
    ("action", "target", "who"),
    [
        pytest.param("duty_leader", "", [("lin", "leader")], id="leaders who may see the case"),
        pytest.param("supervisor", "", [("sun", "supervisor")], id="supervisors"),
        pytest.param(
            "dispatcher", "", [("dai", "dispatcher"), ("dep", "department_dispatcher")], id="and the department's own"
        ),
        pytest.param("team_lead", "cai", [("cai", "worker")], id="a lead who is a worker, by his id"),
        pytest.param("team_lead", "bob@phone", [("bob", "worker")], id="or by the name that he signs in with"),
        pytest.param("team_lead", "aud", [("aud", "auditor")], id="anybody who is named"),
        pytest.param("team_lead", "nobody", [("lin", "leader")], id="a lead without an account is the leader"),
        pytest.param("worker", "", [("ann", "worker")], id="who has the task"),
        pytest.param("worker", "ann", [("ann", "worker")], id="who had it then"),
        pytest.param("worker", "gone", [], id="a worker who has left"),
        pytest.param("next_worker", "", [], id="the next one hears of his task"),
    ],
)
def test_a_step_tells_whom_it_names(action: str, target: str, who: list[tuple[str, str]]) -> None:
    assert rises(action, target) == [(*each, "chain") for each in who]
    assert rises(action, target, step=-1) == [(*each, "limit") for each in who], "and so does a mark of the limit"


def test_each_action_that_tells_a_role_has_its_roles() -> None:
    assert set(ROLES_TOLD) == set(Action) - {Action.NEXT_WORKER, Action.WORKER}


def test_without_accounts_nobody_is_told_and_nothing_breaks() -> None:
    escalated = CaseEscalated(step=0, action="supervisor")
    assert told_of(escalated, Around(None, make_case(), CITY, People())) == ()


def test_a_mark_itself_tells_nobody_twice() -> None:
    case = make_case()
    assert case.due_at is not None
    assert told(CaseWarned(percent=80, due_at=case.due_at), case) == []
    assert told(CaseOverdue(due_at=case.due_at), case) == []
    assert told(NoteAdded(by="x", note="y"), case) == []


# --- what takes a task from several at once ----------------------------------------------------------------


def test_a_forced_close_tells_all_who_were_on_it() -> None:
    before = with_assist(with_assist(at_stage(Stage.ACCEPTED), "bob"), "cai")
    data = CaseForceClosed(by="leader", reason="it is gone")
    after = apply(before, Fact(before.id, TUESDAY_10, data), before.version + 1)
    assert told(data, after, before) == [(who, "worker", "task") for who in ("ann", "bob", "cai")]


def test_who_has_handled_it_is_not_told_that_it_is_closed() -> None:
    before = with_assist(at_stage(Stage.CHECKED))
    (closed, *_) = give("close", before)
    assert told(closed.data, own([closed], before), before) == [("bob", "worker", "task")], (
        "but who still goes along is"
    )


def test_a_suspension_and_its_end_are_told_to_who_has_the_task() -> None:
    before = at_stage(Stage.ACCEPTED)
    data = CaseSuspended(by="leader", reason="rain", review_at=TUESDAY_10)
    after = apply(before, Fact(before.id, TUESDAY_10, data), before.version + 1)
    assert told(data, after, before) == [("ann", "worker", "task")]
    (resumed, *_) = give("resume", after)
    assert told(resumed.data, own([resumed], after), after) == [("ann", "worker", "task")]


def test_an_assisting_worker_is_told_when_the_desk_takes_him_back_and_not_when_he_leaves() -> None:
    case = with_assist(make_case())
    for step, who in ((AssistStep.WITHDRAW, ["bob"]), (AssistStep.LEAVE, [])):
        data = AssistMoved(task_id=T1, worker=WorkerId("bob"), step=step)
        assert [each.recipient for each in told_of(data, around(case))] == who


OWN_DOING = (TaskDeclined, CaseHandled, AssistMoved)
"""What a worker does himself."""


def test_nobody_loses_a_task_or_gets_one_and_is_not_told() -> None:
    """The law, over lives in which all that is legal happens."""
    seen: set[type[FactData]] = set()
    for life in some_lives():
        for fact, before, after in life.changes:
            moved = set(holders_of(before)) ^ set(holders_of(after))
            if moved and type(fact.data) not in OWN_DOING:
                seen.add(type(fact.data))
                reached = {each.recipient for each in told_of(fact.data, Around(before, after, CITY, PEOPLE))}
                assert moved <= reached, fact.kind
    assert seen >= {TaskDispatched, TaskWithdrawn, CaseForceClosed, CaseSuspended}


def test_a_fact_that_is_in_no_table_tells_nobody() -> None:
    assert CaseHandled not in TELLERS
    assert told(CaseHandled(task_id=T1, worker=ANN_ID), make_case()) == []


# --- what stops ------------------------------------------------------------------------------------------


def risen(case: Case, **more: Any) -> Case:
    """Return the case with a chain of which a step is done, and a limit of which a mark is told."""
    return replace(case, chain=(Step(TUESDAY_10, "supervisor"),) * 2, chain_done=1, warned=80, **more)


def stops(data: FactData, case: Case) -> Iterable[str]:
    after = apply(case, Fact(case.id, TUESDAY_10, data), case.version + 1)
    return sorted(each.value for each in stopped_by(case, after))


def test_an_acknowledgement_stops_the_chain_and_leaves_the_limit() -> None:
    accepted = TaskAccepted(task_id=T1, worker=ANN_ID)
    assert stops(accepted, risen(make_case())) == ["chain"]
    assert stops(accepted, make_case()) == [], "what has told nobody has nothing to stop"


def test_the_chain_goes_on_over_the_next_worker() -> None:
    case = risen(make_case())
    withdrawn = TaskWithdrawn(task_id=T1, worker=ANN_ID, by="rule")
    assert stops(withdrawn, case) == []
    filed = apply(case, Fact(case.id, TUESDAY_10, withdrawn), case.version + 1)
    assert case.due_at is not None
    (dispatched,) = [
        fact.data for fact in give("dispatch", filed, worker="bob") if isinstance(fact.data, TaskDispatched)
    ]
    assert stops(replace(dispatched, chain=()), filed) == [], "the rule sends the next"
    anew = replace(dispatched, chain=(Step(TUESDAY_10, "supervisor"),))
    assert stops(anew, filed) == ["chain"], "a person sends anew, and the chain begins anew"


def test_what_is_handled_or_ended_stops_all() -> None:
    arrived = risen(at_stage(Stage.ARRIVED))
    assert stops(CaseHandled(task_id=T1, worker=ANN_ID), arrived) == ["chain", "limit"]
    assert stops(CaseForceClosed(by="leader", reason="gone"), risen(make_case())) == ["chain", "limit"]


def test_more_time_stops_what_was_told_of_less() -> None:
    case = risen(at_stage(Stage.EXTENSION_REQUESTED))
    (granted, *_) = give("grant", case, amount=30)
    assert "limit" in stops(granted.data, case)


def test_no_fact_stops_a_notice_and_is_not_asked() -> None:
    """The law, over lives in which all that is legal happens: had there been notices, STOPPERS would be asked."""
    for life in some_lives():
        for fact, before, _ in life.changes:
            if before is None:
                continue
            case = _as_told(before)
            after = apply(case, fact, before.version + 1)
            assert not stopped_by(case, after) or type(fact.data) in STOPPERS, fact.kind


def _as_told(case: Case) -> Case:
    """Return the case with such notices as may wait in its stage: earlier facts have stopped the others."""
    full = risen(case)
    chain = full.chain_done if case.stage in SENT_STAGES | {Stage.FILED} else 0
    return replace(full, chain_done=chain, warned=(case.warned or 50) if case.stage in DUE_STAGES else 0)


def test_people_are_found_by_name_and_bounded_by_what_they_may_see() -> None:
    assert PEOPLE.find("sun") == make_actor("supervisor", user="sun")
    assert PEOPLE.find("nobody") is None
    seen = PEOPLE.list_seeing(make_case(department=DepartmentId("GRE")), (Role.DEPARTMENT_DISPATCHER,))
    assert seen == []
    inner: Actor = make_actor("leader", user="lea", area=AreaCode("S1"), areas=frozenset({AreaCode("S1G1")}))
    assert People([inner]).list_seeing(make_case(), (Role.LEADER,)) == [inner]
