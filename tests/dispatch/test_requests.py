"""What a handler asks of the centre, what it answers, and clocks that stand still meanwhile (cn_standards 2.3, 2.4)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.access import Role
from dispatch.case import (
    BUSY_STAGES,
    REQUEST_STAGES,
    Case,
    CoordinationBegun,
    ExtensionGranted,
    RequestRefused,
    RequestWithdrawn,
    ReturnGranted,
    Stage,
)
from dispatch.city import Flow
from dispatch.commands import legal_commands
from dispatch.refusals import (
    BadField,
    MissingField,
    NoDepartment,
    NotAllowed,
    TooLate,
    TooOften,
    UnknownDepartment,
)
from dispatch.situation import Situation
from tests.builders import (
    MUN,
    SAN,
    TUESDAY_10,
    fold,
    kinds,
    local,
    make_actor,
    make_case,
    make_city,
    make_event,
    make_situation,
)
from tests.dispatch.asking import ANN, AT, LEADER, REVIEW, at_stage, give, given
from tests.taxonomy import LITTER, ODD

ASKED: dict[str, tuple[Stage, dict[str, Any]]] = {
    "return": (Stage.RETURN_REQUESTED, {"reason": "a water main"}),
    "request_extension": (Stage.EXTENSION_REQUESTED, {"amount": 2, "reason": "a part is missing"}),
    "request_suspension": (Stage.SUSPENSION_REQUESTED, {"review_at": REVIEW, "reason": "rain"}),
}
AT_WORK = sorted(BUSY_STAGES - REQUEST_STAGES)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def with_flow(**changes: Any) -> Situation:
    return make_situation(make_city(flow=Flow(**changes)))


def litter() -> Case:
    """A case of litter: 4 working hours from 10:00 on Tuesday, so due at 15:00; cai has it."""
    case = make_case(event=make_event(kind=LITTER))
    assert (case.due_at, case.worker) == (local(3, 15), "cai")
    return case


# --- asking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.parametrize("stage", AT_WORK)
def test_a_handler_asks_and_keeps_his_task_meanwhile(name: str, stage: Stage) -> None:
    asked, data = ASKED[name]
    before = at_stage(stage)
    case = given(name, before, ANN, **data, media=["m1"])
    assert (case.stage, case.held, case.worker, case.task_id) == (asked, stage, "ann", before.task_id)
    assert case.request is not None
    assert (case.request.by, case.request.at, case.request.reason) == ("ann@phone", AT, data["reason"])
    assert case.request.media == ("m1",)
    assert (case.due_at, case.clock) == (before.due_at, before.clock), "the clock runs on"


@pytest.mark.parametrize("name", list(ASKED))
def test_one_asks_for_one_thing_at_a_time(name: str) -> None:
    for stage in REQUEST_STAGES:
        assert name not in legal_commands(at_stage(stage), ANN)


@pytest.mark.parametrize("name", list(ASKED))
@pytest.mark.parametrize("stage", AT_WORK)
def test_what_was_asked_for_may_be_withdrawn_and_refused_and_all_is_as_before(name: str, stage: Stage) -> None:
    before = at_stage(stage)
    case = given(name, before, ANN, **ASKED[name][1])
    answers: tuple[tuple[str, Any, dict[str, Any]], ...] = (
        ("withdraw_request", ANN, {}),
        ("refuse", LEADER, {"note": "go on"}),
    )
    for answer, actor, data in answers:
        (fact,) = give(answer, case, actor, **data)
        assert isinstance(fact.data, RequestWithdrawn | RequestRefused)
        assert case.request is not None
        assert fact.data.kind is case.request.kind
        after = fold([fact], case)
        assert (after.stage, after.held, after.request) == (stage, None, None)
        assert (after.returns, after.extensions, after.suspensions) == (0, 0, 0), "only what was granted counts"


def test_a_refusal_says_why() -> None:
    with pytest.raises(MissingField, match="note"):
        give("refuse", at_stage(Stage.RETURN_REQUESTED))


def test_a_task_is_returned_within_the_hour_or_handled() -> None:
    sent_at = TUESDAY_10
    assert given("return", make_case(), ANN, at=sent_at + HOUR, reason="x").stage is Stage.RETURN_REQUESTED
    with pytest.raises(TooLate) as refused:
        give("return", make_case(), ANN, at=sent_at + HOUR + MINUTE, reason="x")
    assert refused.value.values == {"command": "return", "limit": "1 h"}
    patient = with_flow(return_within_h=2.5)
    assert give("return", make_case(), ANN, situation=patient, at=sent_at + 2.5 * HOUR, reason="x")


def test_more_time_is_asked_for_before_the_case_is_due_and_so_often_as_the_city_says() -> None:
    case, due_at = make_case(), local(3, 12)
    assert give("request_extension", case, ANN, at=due_at - MINUTE, amount=1, reason="x")
    with pytest.raises(TooLate, match="due_at"):
        give("request_extension", case, ANN, at=due_at, amount=1, reason="x")
    patient = with_flow(extension_before_due=False, extension_max=2)
    assert give("request_extension", case, ANN, situation=patient, at=due_at + HOUR, amount=1, reason="x")
    once = replace(case, extensions=1)
    with pytest.raises(TooOften) as refused:
        give("request_extension", once, ANN, amount=1, reason="x")
    assert refused.value.values["limit"] == "1"
    assert give("request_extension", once, ANN, situation=patient, amount=1, reason="x")
    with pytest.raises(TooOften):
        give("request_extension", once, ANN, situation=with_flow(extension_max=0), amount=1, reason="x")


@pytest.mark.parametrize("amount", [0, -1, 10_001, "2"])
def test_time_is_asked_for_in_numbers_that_can_be(amount: Any) -> None:
    with pytest.raises(BadField):
        give("request_extension", make_case(), ANN, amount=amount, reason="x")


@pytest.mark.parametrize(
    ("review_at", "why"),
    [
        (AT, "future"),
        (AT - HOUR, "future"),
        (AT + timedelta(days=1_200), "three years"),
        (REVIEW.replace(tzinfo=None), "zone"),
    ],
)
@pytest.mark.parametrize("name", ["request_suspension", "suspend"])
def test_a_suspended_case_is_looked_at_again_some_day(name: str, review_at: datetime, why: str) -> None:
    with pytest.raises(BadField, match=why):
        give(name, make_case(), review_at=review_at, reason="x")


# --- who answers -----------------------------------------------------------------------------------------

SETTINGS = {"return": "return_by", "request_extension": "extension_by", "request_suspension": "suspension_by"}


@pytest.mark.parametrize("name", list(ASKED))
def test_the_city_says_who_answers_and_an_administrator_stands_in(name: str) -> None:
    case = given(name, make_case(), ANN, **ASKED[name][1])
    for named in ("leader", "dispatcher", "supervisor"):
        situation = with_flow(**{SETTINGS[name]: named})
        for role in Role:
            if role is Role.WORKER:
                continue
            actor, may = make_actor(role.value), role.value in (named, "admin")
            legal = legal_commands(case, actor, situation.city.flow)
            assert ("grant" in legal, "refuse" in legal) == (may, may), (named, role)
            for answer in ("grant", "refuse"):
                if may:
                    assert give(answer, case, actor, situation=situation, note="so be it")
                else:
                    with pytest.raises(NotAllowed):
                        give(answer, case, actor, situation=situation, note="so be it")


def test_whoever_answers_to_one_kind_of_request_answers_to_no_other() -> None:
    situation = with_flow(extension_by="dispatcher")
    actor = make_actor("dispatcher")
    with pytest.raises(NotAllowed):
        give("grant", at_stage(Stage.RETURN_REQUESTED), actor, situation=situation)
    assert "grant" not in legal_commands(at_stage(Stage.RETURN_REQUESTED), actor, situation.city.flow)
    with pytest.raises(NotAllowed):
        give("force_close", at_stage(Stage.EXTENSION_REQUESTED), actor, situation=situation, reason="x")


def test_rights_beside_the_role_count_and_a_token_of_less_scope_has_no_more() -> None:
    case = at_stage(Stage.EXTENSION_REQUESTED)
    senior = make_actor("dispatcher", commands=frozenset({"grant", "note"}))
    narrow = make_actor("leader", commands=frozenset({"note"}))
    assert "grant" in legal_commands(case, senior)
    assert "refuse" not in legal_commands(case, senior)
    assert give("grant", case, senior)
    for actor in (narrow, make_actor("admin", commands=frozenset({"note"}))):
        assert legal_commands(case, actor) == ("note",)
        with pytest.raises(NotAllowed):
            give("grant", case, actor)
    other = with_flow(extension_by="dispatcher")
    token = make_actor("leader", commands=frozenset({"grant"}))
    with pytest.raises(NotAllowed):
        give("grant", case, token, situation=other)


def test_nobody_grants_his_own_request() -> None:
    with pytest.raises(NotAllowed):
        give("grant", at_stage(Stage.EXTENSION_REQUESTED), ANN, situation=with_flow(extension_by="worker"))


# --- granting a return -----------------------------------------------------------------------------------


def test_a_granted_return_is_sent_anew_with_a_new_clock_and_the_lost_time_is_kept() -> None:
    case = at_stage(Stage.RETURN_REQUESTED)
    facts = give("grant", case, department="SAN", note="it is litter")
    granted = facts[0].data
    assert isinstance(granted, ReturnGranted)
    assert (granted.department, granted.misdispatched_s, granted.by) == (SAN, 1800, "leader")
    assert granted.because[0].rule == "duty.by_person"
    case = fold(facts, case)
    assert (case.department, case.returns, case.misdispatched_s) == (SAN, 1, 1800)
    assert case.clock is not None
    assert (case.clock.start, case.due_at) == (AT, AT + 2 * HOUR)
    assert (case.overdue, case.warned, case.declined_by) == (False, 0, ())


def test_without_another_department_the_matrix_answers_and_another_worker_is_sent() -> None:
    """Else whoever gave it back would have it again at once."""
    case = given("grant", at_stage(Stage.RETURN_REQUESTED))
    assert (case.stage, case.department, case.worker) == (Stage.DISPATCHED, MUN, "bob")
    with pytest.raises(UnknownDepartment):
        give("grant", at_stage(Stage.RETURN_REQUESTED), department="NONE")
    with pytest.raises(NoDepartment):
        give("grant", replace(at_stage(Stage.RETURN_REQUESTED), category=ODD))


def test_the_third_return_goes_to_coordination() -> None:
    case = make_case()
    for times in (1, 2, 3):
        asked = given("return", replace(case, dispatched_at=AT), ANN if case.worker == "ann" else LEADER, reason="x")
        facts = give("grant", asked)
        case = fold(facts, asked)
        assert case.returns == times
        if times < 3:
            assert "CoordinationBegun" not in kinds(facts)
            case = replace(given("dispatch", case, worker="ann") if case.stage is Stage.FILED else case)
    assert kinds(facts) == ["ReturnGranted", "CoordinationBegun"]
    assert (case.stage, case.worker) == (Stage.COORDINATING, "")
    assert isinstance(facts[1].data, CoordinationBegun)
    assert facts[1].data.reason == "request.returned_too_often"


def test_a_city_may_settle_the_duty_at_the_first_return() -> None:
    facts = give("grant", at_stage(Stage.RETURN_REQUESTED), situation=with_flow(returns_max=0))
    assert kinds(facts) == ["ReturnGranted", "CoordinationBegun"]


# --- granting more time ----------------------------------------------------------------------------------


def test_granted_time_is_added_in_the_limits_own_unit() -> None:
    working = given("request_extension", litter(), LEADER, amount=3, reason="x")
    (fact,) = give("grant", working, note="but no more")
    assert isinstance(fact.data, ExtensionGranted)
    after = fold([fact], working)
    assert (after.stage, after.extensions, after.request) == (Stage.DISPATCHED, 1, None)
    assert after.due_at == local(3, 18), "15:00 and three working hours"
    assert given("grant", working, amount=4).due_at == local(4, 10), "who grants may give another amount"
    clock = given("grant", at_stage(Stage.EXTENSION_REQUESTED))
    assert clock.due_at == local(3, 13, 30), "noon and an hour and a half"
    assert clock.clock is not None
    assert clock.clock.extra == 1.5


def test_with_more_time_the_marks_move_and_one_that_holds_no_longer_is_told_again() -> None:
    case = replace(at_stage(Stage.EXTENSION_REQUESTED), warned=100, overdue=True)
    case = given("grant", case, at=local(3, 12, 10), amount=2.0)
    assert (case.due_at, case.overdue) == (local(3, 14), False)
    assert (case.marks, case.warn_at) == (
        (local(3, 12), local(3, 13, 12), local(3, 14), local(3, 16)),
        local(3, 12, 48),
    )
    assert case.warned == 50, "of the four hours half are used"


def test_time_that_does_not_reach_leaves_the_case_overdue() -> None:
    case = replace(at_stage(Stage.EXTENSION_REQUESTED), warned=100, overdue=True)
    assert given("grant", case, at=local(3, 16), amount=1.0).overdue
