"""Several workers on one case: who goes along, what he does beside the case's stage, and who takes over."""

from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import AssistMoved, AssistSent, Case, Stage, TaskDispatched, TaskWithdrawn, WorkerArrived
from dispatch.commands import legal_commands
from dispatch.ids import WorkerId
from dispatch.refusals import (
    BadField,
    IllegalMove,
    MissingField,
    NotAllowed,
    NotAssisting,
    NotYourTask,
    SameWorker,
    UnknownWorker,
)
from gis.point import LonLat
from tests.builders import IN_G1, fold, kinds, local, make_actor, make_case, make_roster, make_situation
from tests.dispatch.asking import ANN, AT, BOB, LEADER, at_stage, give, given, queued

CAI = make_actor("worker", user="cai@phone", worker_id=WorkerId("cai"))


def assisted(stage: Stage = Stage.ACCEPTED, worker: str = "bob") -> Case:
    return given("assist", at_stage(stage), worker=worker, reason="heavy")


def steps(case: Case, *names: str) -> Case:
    """Let bob do these."""
    for name in names:
        case = given(name, case, BOB, reason="x") if name == "decline" else given(name, case, BOB)
    return case


def test_one_more_is_sent_along_with_all_that_his_phone_needs() -> None:
    case = at_stage(Stage.ACCEPTED)
    (fact,) = give("assist", case, worker="bob", reason="heavy")
    sent = fact.data
    assert isinstance(sent, AssistSent)
    assert (sent.worker, sent.task_id, sent.department, sent.by, sent.reason) == ("bob", "t2", "MUN", "leader", "heavy")
    assert (sent.case.number, sent.case.due_at, sent.case.place) == (case.number, case.due_at, case.place)
    case = fold([fact], case)
    assert (case.stage, case.worker, case.helpers) == (Stage.ACCEPTED, "ann", ("bob",))


def test_who_goes_along_has_steps_and_times_of_his_own_and_the_stage_is_not_his() -> None:
    case = steps(assisted(), "accept", "depart", "arrive")
    (assist,) = case.assists
    assert (assist.accepted_at, assist.departed_at, assist.arrived_at, assist.ended_at) == (AT, AT, AT, None)
    assert (case.stage, case.departed_at, case.arrived_at) == (Stage.ACCEPTED, None, None)
    case = steps(case, "leave")
    assert (case.assists[0].left_at, case.assists[0].ended_at, case.helpers) == (AT, AT, ())
    assert case.stage is Stage.ACCEPTED


def test_where_he_arrived_and_why_he_declined_is_kept() -> None:
    case = steps(assisted(), "accept")
    (arrived,) = give("arrive", case, BOB, lon=106.5, lat=29.5)
    assert isinstance(arrived.data, AssistMoved)
    assert arrived.data.point == LonLat(106.5, 29.5)
    with pytest.raises(MissingField, match="lat"):
        give("arrive", case, BOB, lon=106.5)
    (declined,) = give("decline", case, BOB, reason="no truck")
    assert isinstance(declined.data, AssistMoved)
    assert (declined.data.reason, declined.data.by) == ("no truck", "")
    assert fold([declined], case).helpers == ()
    with pytest.raises(MissingField, match="reason"):
        give("decline", case, BOB)


@pytest.mark.parametrize(
    ("done", "legal"),
    [
        ((), ("accept", "acknowledge", "decline", "note")),
        (("accept",), ("decline", "depart", "arrive", "note")),
        (("accept", "depart"), ("decline", "arrive", "note")),
        (("accept", "arrive"), ("leave", "note")),
        (("accept", "arrive", "leave"), ()),
        (("decline",), ()),
    ],
)
def test_what_one_who_goes_along_may_do_follows_from_what_he_has_done(
    done: tuple[str, ...], legal: tuple[str, ...]
) -> None:
    case = steps(assisted(), *done)
    assert legal_commands(case, BOB) == legal
    for name in ("accept", "depart", "arrive", "leave"):
        if name not in legal:
            with pytest.raises((IllegalMove, NotAllowed, NotYourTask)):
                give(name, case, BOB)


@pytest.mark.parametrize("name", ["report_handled", "return", "request_extension", "request_suspension", "hand_over"])
def test_the_task_itself_is_not_his(name: str) -> None:
    with pytest.raises(NotYourTask):
        give(name, steps(assisted(Stage.ARRIVED), "accept"), BOB, reason="x", worker="cai")


def test_who_goes_along_sees_the_case_and_may_say_something_until_he_has_left() -> None:
    case = assisted()
    assert kinds(give("note", case, BOB, note="I bring the pump")) == ["NoteAdded"]
    left = steps(case, "accept", "arrive", "leave")
    with pytest.raises(NotAllowed):
        give("note", left, BOB, note="one more thing")
    with pytest.raises(NotAllowed):
        give("note", case, CAI, note="I know nothing of it")


@pytest.mark.parametrize(
    "stage", [Stage.FILED, Stage.COORDINATING, Stage.SUSPENDED, Stage.HANDLED, Stage.RETURN_REQUESTED]
)
def test_his_steps_go_on_whatever_becomes_of_the_task(stage: Stage) -> None:
    case = replace(at_stage(stage), assists=assisted().assists)
    case = steps(case, "accept", "arrive", "leave")
    assert (case.stage, case.assists[0].left_at) == (stage, AT)


def test_nobody_is_sent_along_twice_or_with_himself() -> None:
    with pytest.raises(SameWorker):
        give("assist", assisted(), worker="bob")
    with pytest.raises(SameWorker):
        give("assist", make_case(), worker="ann")
    with pytest.raises(UnknownWorker):
        give("assist", make_case(), worker="zoe")
    again = steps(assisted(), "decline")
    assert given("assist", again, worker="bob").helpers == ("bob",), "but again, once he has declined"


def test_one_who_goes_along_is_called_back() -> None:
    (fact,) = give("release_assist", assisted(), worker="bob", reason="not needed")
    assert isinstance(fact.data, AssistMoved)
    assert (fact.data.step.value, fact.data.worker, fact.data.by) == ("withdraw", "bob", "leader")
    assert fold([fact], assisted()).helpers == ()
    for worker in ("ann", "cai"):
        with pytest.raises(NotAssisting):
            give("release_assist", assisted(), worker=worker)


def test_all_who_go_along_are_free_when_the_case_ends() -> None:
    case = given("assist", assisted(Stage.ARRIVED), worker="cai")
    assert case.helpers == ("bob", "cai")
    for name in ("void", "force_close"):
        ended = given(name, case, reason="x")
        assert (ended.helpers, len(ended.assists)) == ((), 2)


def test_tasks_of_those_who_go_along_count_as_theirs() -> None:
    roster = make_roster()
    case = assisted()
    roster.follow(None, case)
    assert [roster.get(WorkerId(each)).open_tasks for each in ("ann", "bob", "cai")] == [1, 1, 0]
    roster.follow(case, steps(case, "accept", "arrive", "leave"))
    assert [roster.get(WorkerId(each)).open_tasks for each in ("ann", "bob")] == [1, 0]


# --- taking over -----------------------------------------------------------------------------------------


def test_a_worker_hands_his_task_over_and_says_why() -> None:
    facts = give("hand_over", at_stage(Stage.ARRIVED), ANN, worker="bob", reason="end")
    withdrawn, sent = (fact.data for fact in facts)
    assert isinstance(withdrawn, TaskWithdrawn)
    assert isinstance(sent, TaskDispatched)
    assert (withdrawn.worker, withdrawn.reason, withdrawn.by) == ("ann", "end", "ann@phone")
    assert (sent.worker, sent.by, sent.task_id) == ("bob", "ann@phone", "t2")
    case = given("hand_over", at_stage(Stage.ARRIVED), ANN, worker="bob", reason="end")
    assert (case.stage, case.worker, case.accepted_at, case.arrived_at) == (Stage.DISPATCHED, "bob", None, None)
    assert "ann" not in case.declined_by, "to hand over is not to decline"
    with pytest.raises(NotYourTask):
        give("accept", case, ANN)


@pytest.mark.parametrize("refused", [("ann", SameWorker), ("zoe", UnknownWorker)])
def test_a_task_is_handed_over_to_another_whom_the_city_knows(refused: Any) -> None:
    worker, refusal = refused
    with pytest.raises(refusal):
        give("hand_over", at_stage(Stage.ACCEPTED), ANN, worker=worker, reason="x")


def test_whoever_went_along_and_gets_the_task_has_it_as_his_own() -> None:
    case = given("reassign", assisted(), worker="bob", reason="ann is ill")
    assert (case.worker, case.helpers) == ("bob", ())
    case = given("accept", case, BOB)
    assert (case.stage, case.accepted_at) == (Stage.ACCEPTED, AT)
    assert "report_handled" in legal_commands(given("arrive", case, BOB), BOB)


def test_the_rules_may_send_one_who_goes_along_already() -> None:
    only_bob = make_situation(roster=make_roster(on_duty=["bob"]))
    case = given("decline", assisted(), ANN, situation=only_bob, reason="flat tyre")
    assert (case.worker, case.helpers) == ("bob", ())


# --- on the way ------------------------------------------------------------------------------------------


def test_nobody_is_on_his_way_to_what_he_has_not_accepted() -> None:
    waiting = given("request_extension", make_case(), ANN, amount=1, reason="far")
    assert waiting.stage is Stage.EXTENSION_REQUESTED
    for name in ("depart", "arrive", "report_handled"):
        assert name not in legal_commands(waiting, ANN)
        with pytest.raises(IllegalMove):
            give(name, waiting, ANN)


def test_who_waits_for_an_answer_goes_on_working() -> None:
    case = at_stage(Stage.EXTENSION_REQUESTED)
    assert {"depart", "arrive"} <= set(legal_commands(case, ANN))
    case = given("arrive", given("depart", case, ANN), ANN, lon=IN_G1.lon, lat=IN_G1.lat)
    assert (case.stage, case.held, case.arrived_at) == (Stage.EXTENSION_REQUESTED, Stage.ARRIVED, AT)
    assert {"depart", "arrive"}.isdisjoint(legal_commands(case, ANN))
    assert given("refuse", case, note="no").stage is Stage.ARRIVED
    handled = given("report_handled", case, ANN, note="done after all", media=["m1"], before=["m0"])
    assert (handled.stage, handled.request, handled.held, handled.before) == (Stage.HANDLED, None, None, ("m0",))


def test_a_worker_departs_once() -> None:
    case = given("depart", at_stage(Stage.ACCEPTED), ANN)
    with pytest.raises(IllegalMove):
        give("depart", case, ANN)


# --- told late -------------------------------------------------------------------------------------------


def test_what_happened_without_a_network_has_its_own_time() -> None:
    case = make_case()
    case = given("accept", case, ANN, happened_at=local(3, 10, 5))
    case = given("depart", case, ANN, happened_at=local(3, 10, 7))
    case = given("arrive", case, ANN, happened_at=local(3, 10, 20))
    case = given("report_handled", case, ANN, happened_at=local(3, 10, 29))
    assert (case.accepted_at, case.departed_at) == (local(3, 10, 5), local(3, 10, 7))
    assert (case.arrived_at, case.handled_at) == (local(3, 10, 20), local(3, 10, 29))
    assert case.clock is not None
    assert case.clock.stopped_since == local(3, 10, 29)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        pytest.param(local(3, 9), local(3, 10), id="not before he was sent"),
        pytest.param(local(3, 10, 31), AT, id="not after it was told: his clock is a minute ahead"),
        pytest.param(None, AT, id="now, where the phone says nothing"),
    ],
)
def test_a_time_that_cannot_be_is_moved_to_where_it_can(said: Any, kept: Any) -> None:
    assert given("accept", make_case(), ANN, happened_at=said).accepted_at == kept


@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param(local(3, 10, 33), "72 hours", id="three minutes ahead"),
        pytest.param(AT.replace(day=28, month=2, minute=29), "72 hours", id="older than 72 hours"),
        pytest.param(local(3, 10, 5).replace(tzinfo=None), "zone", id="without a zone"),
    ],
)
@pytest.mark.parametrize("name", ["accept", "decline", "arrive"])
def test_a_time_that_cannot_be_believed_is_refused(name: str, said: Any, why: str) -> None:
    case = at_stage(Stage.ACCEPTED if name == "arrive" else Stage.DISPATCHED)
    data: dict[str, Any] = {"reason": "x"} if name == "decline" else {}
    with pytest.raises(BadField, match=why):
        give(name, case, ANN, happened_at=said, **data)
    helper = steps(assisted(), *(("accept",) if name == "arrive" else ()))
    with pytest.raises(BadField, match=why):
        give(name, helper, BOB, happened_at=said, **data)


def test_a_task_of_three_days_ago_may_be_told_just_in_time() -> None:
    case, at = make_case(), local(6, 10)
    assert given("accept", case, ANN, at=at, happened_at=local(3, 10, 0)).accepted_at == local(3, 10)


def test_who_was_in_time_by_his_own_phone_is_not_overdue() -> None:
    """Due at noon; handled at 11:50 in a cellar; told at 12:30, when the case was overdue."""
    case = replace(at_stage(Stage.ARRIVED), overdue=True)
    in_time = given("report_handled", case, ANN, at=local(3, 12, 30), happened_at=local(3, 11, 50))
    late = given("report_handled", case, ANN, at=local(3, 12, 30))
    assert (in_time.overdue, late.overdue) == (False, True)
    closed = given("check", in_time, LEADER, at=local(3, 13), passed=True)
    assert (closed.stage, closed.on_time) == (Stage.CLOSED, True)


def test_his_steps_along_have_their_own_times_too() -> None:
    case = given("accept", assisted(), BOB, at=local(3, 11), happened_at=local(3, 10, 40))
    assert case.assists[0].accepted_at == local(3, 10, 40)


def test_a_worker_who_says_where_he_is_says_it_whole() -> None:
    (fact,) = give("arrive", at_stage(Stage.ACCEPTED), ANN, lon=106.5, lat=29.5)
    assert isinstance(fact.data, WorkerArrived)
    assert fact.data.point == LonLat(106.5, 29.5)
    assert queued().worker == ""
