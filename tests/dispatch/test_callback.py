"""Calling back who reported, once it has ended: how it went, who is called again, and taking it up again (回访)."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import CallbackDone, Case, CaseReopened, FactData, Stage
from dispatch.city import Hotline
from dispatch.commands import legal_commands
from dispatch.measures import contribution, summarise
from dispatch.refusals import AlreadyCalledBack, BadField, IllegalMove, MissingField, NotAllowed, TooLate
from dispatch.situation import Situation
from tests.builders import make_actor, make_city, make_situation
from tests.china import SHANGHAI
from tests.dispatch.asking import AT, around, at_stage, give, given, own

REPORT = "R-260303-00001"
ACCEPTOR = make_actor("acceptor")


def called(case: Case | None = None, **data: Any) -> Case:
    """Return a closed case after a call to who made the report."""
    given_data: dict[str, Any] = {"report": REPORT, "reached": True, **data}
    return given("call_back", case or at_stage(Stage.CLOSED), ACCEPTOR, **given_data)


def facts_of(case: Case, **data: Any) -> list[FactData]:
    return [fact.data for fact in give("call_back", case, ACCEPTOR, report=REPORT, **data)]


def test_who_was_reached_says_whether_he_is_satisfied_and_is_not_called_again() -> None:
    (said,) = facts_of(at_stage(Stage.CLOSED), reached=True, satisfied=True, note="quick work")
    assert said == CallbackDone(by="acceptor", report=REPORT, reached=True, satisfied=True, note="quick work")
    case = called(satisfied=True)
    assert (case.stage, case.called_at, case.satisfied) == (Stage.CLOSED, AT, True)
    with pytest.raises(AlreadyCalledBack) as refused:
        called(case, satisfied=False)
    assert refused.value.values == {"report": REPORT}


def test_who_was_not_reached_is_called_as_often_as_the_city_calls() -> None:
    case = at_stage(Stage.CLOSED)
    for tries in (1, 2, 3):
        (said,) = facts_of(case, reached=False)
        assert isinstance(said, CallbackDone)
        assert (said.tries, said.is_last, said.satisfied) == (tries, tries == Hotline().callback_tries, None)
        case = called(case, reached=False)
        assert case.called_at is None, "who was not reached is in no rate"
    with pytest.raises(AlreadyCalledBack):
        called(case, reached=False)


def test_a_city_may_call_once_only() -> None:
    city = replace_hotline(callback_tries=1)
    (fact,) = give("call_back", at_stage(Stage.CLOSED), situation=city, report=REPORT, reached=False)
    assert isinstance(fact.data, CallbackDone)
    assert fact.data.is_last


def replace_hotline(**changes: Any) -> Situation:
    return make_situation(city=dataclasses.replace(make_city(), hotline=Hotline(**changes)))


def test_each_who_reported_a_case_is_called_by_himself() -> None:
    case = called(called(satisfied=True), report="R-260303-00002", reached=True, satisfied=False)
    assert [each.report for each in case.callbacks] == [REPORT, "R-260303-00002"]
    assert case.satisfied is False, "the last word counts"


def test_a_case_that_ended_anew_is_called_about_anew() -> None:
    case = called(satisfied=False)
    again = replace(case, closed_at=AT + timedelta(days=1))
    (fact,) = give("call_back", again, at=AT + timedelta(days=2), report=REPORT, reached=True, satisfied=True)
    assert isinstance(fact.data, CallbackDone)
    assert fact.data.tries == 1


def test_who_is_not_satisfied_may_have_it_taken_up_again_at_once() -> None:
    facts = give(
        "call_back",
        at_stage(Stage.CLOSED),
        ACCEPTOR,
        report=REPORT,
        reached=True,
        satisfied=False,
        reopen=True,
        note="it is loose again",
    )
    kinds = [fact.kind for fact in facts]
    assert kinds[:3] == ["CallbackDone", "CaseReopened", "CaseFiled"]
    assert isinstance(facts[1].data, CaseReopened)
    assert facts[1].data.reason == "it is loose again"
    assert own(facts, at_stage(Stage.CLOSED)).is_open


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        ({"reached": False, "satisfied": True}, BadField),
        ({"reached": True, "satisfied": True, "reopen": True, "note": "x"}, BadField),
        ({"reached": True, "reopen": True, "note": "x"}, BadField),
        ({"reached": True, "satisfied": False, "reopen": True, "note": " "}, MissingField),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(data: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        called(**data)


def test_taking_it_up_again_takes_the_right_the_stage_and_the_days_for_it() -> None:
    unhappy: dict[str, Any] = {"report": REPORT, "reached": True, "satisfied": False, "reopen": True, "note": "x"}
    with pytest.raises(NotAllowed):
        give("call_back", at_stage(Stage.CLOSED), make_actor("dispatcher"), **unhappy)
    with pytest.raises(IllegalMove, match="void"):
        give("call_back", at_stage(Stage.VOID), ACCEPTOR, **unhappy)
    with pytest.raises(TooLate):
        give("call_back", at_stage(Stage.CLOSED), ACCEPTOR, at=AT + timedelta(days=16), **unhappy)


def test_an_open_case_is_not_called_about() -> None:
    case = at_stage(Stage.DISPATCHED)
    assert "call_back" not in legal_commands(case, ACCEPTOR)
    with pytest.raises(IllegalMove):
        give("call_back", case, ACCEPTOR, situation=around(case), report=REPORT, reached=True)


def test_a_call_tells_nobody_else_that_the_case_has_ended() -> None:
    case = replace(at_stage(Stage.CLOSED), merged=("c5",))
    assert [fact.case_id for fact in give("call_back", case, ACCEPTOR, report=REPORT, reached=True)] == [case.id]


def test_the_satisfaction_rate_is_of_those_who_were_reached() -> None:
    cases = [called(satisfied=True), called(satisfied=False), called(), called(reached=False)]
    figures = summarise((counter, n) for case in cases for _, counter, n in contribution(case, SHANGHAI))
    assert (figures.counts["called_back"], figures.counts["satisfied"]) == (3, 1)
    assert figures.satisfaction_rate == pytest.approx(1 / 3)
    assert summarise([]).satisfaction_rate is None
