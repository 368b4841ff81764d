"""What who reported may do afterwards: write, rate, have it reopened, withdraw, take back his words; and the answer."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import (
    Case,
    CaseReopened,
    CaseVoided,
    Fact,
    MasterEnded,
    ReporterAnswered,
    ReporterWrote,
    ReportWithdrawn,
    Stage,
)
from dispatch.facts.base import BY_REPORTER
from dispatch.ids import CaseId
from dispatch.refusals import (
    BadField,
    EndedAlready,
    MissingField,
    NotAllowed,
    NotEnded,
    RatingOver,
    ReopenedEnough,
    ReopeningOver,
    ReportWithdrawnAlready,
    SentAlready,
    UnknownCommand,
)
from dispatch.reporting import ACTS, find_bar, perform_act
from dispatch.situation import Situation
from dispatch.stages import ENDED_STAGES, OPEN_STAGES
from tests.builders import fold, kinds, make_actor, make_case, make_situation
from tests.dispatch.asking import AT, LEADER, at_stage, give, given, own

MINE = "R-260303-00001"
OTHERS = "R-260303-00002"
DAY = timedelta(days=1)
CLOSED = at_stage(Stage.CLOSED)


def act(name: str, case: Case, *, at: Any = AT, situation: Situation | None = None, **data: Any) -> list[Fact]:
    return perform_act(name, {"report": MINE, **data}, case, situation or make_situation(), at=at)


def after(name: str, case: Case, **more: Any) -> Case:
    return own(act(name, case, **more), case)


# --- words ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
def test_a_message_waits_for_an_answer_in_whatever_stage_and_moves_nothing(stage: Stage) -> None:
    case = at_stage(stage)
    written = after("write", case, message_id="w1")
    assert (written.unanswered, written.stage) == ((MINE,), stage)
    assert after("write", written, message_id="w2").unanswered == (MINE,)
    both = own(act("write", written, report=OTHERS, message_id="w3"), written)
    assert both.unanswered == (MINE, OTHERS)
    assert given("reply", both, text="On Monday.", report=MINE).unanswered == (OTHERS,)
    assert given("reply", both, text="On Monday.").unanswered == ()


def test_no_word_stands_in_a_fact() -> None:
    (written,) = act("write", CLOSED, message_id="w1")
    assert written.data == ReporterWrote(report=MINE, message_id="w1")
    (answered,) = give("reply", CLOSED, text="Call me at 138", report=MINE)
    assert answered.data == ReporterAnswered(by="leader", report=MINE, message_id="t2")


def test_an_answer_needs_words_and_the_right_to_give_it() -> None:
    with pytest.raises(MissingField):
        give("reply", CLOSED, text=" ")
    for role in ("worker", "collector", "supervisor", "auditor"):
        with pytest.raises(NotAllowed):
            give("reply", CLOSED, make_actor(role), text="x")


# --- rating --------------------------------------------------------------------------------------------------


def test_what_is_closed_is_rated_and_rated_otherwise() -> None:
    rated = after("rate", CLOSED, stars=2)
    other = own(act("rate", rated, report=OTHERS, stars=4), rated)
    changed = after("rate", other, stars=5, at=AT + DAY)
    assert [(each.report, each.stars, each.at) for each in changed.ratings] == [(OTHERS, 4, AT), (MINE, 5, AT + DAY)]


def test_a_rating_has_its_days_and_its_stars() -> None:
    days = make_situation().city.flow.rate_days
    last = CLOSED.closed_at
    assert last is not None
    after("rate", CLOSED, stars=3, at=last + days * DAY)
    with pytest.raises(RatingOver):
        act("rate", CLOSED, stars=3, at=last + days * DAY + timedelta(seconds=1))
    for stars in (0, 6, "5", None):
        with pytest.raises(BadField):
            act("rate", CLOSED, stars=stars)


@pytest.mark.parametrize("stage", sorted(OPEN_STAGES | {Stage.VOID, Stage.NOT_FILED}))
def test_what_was_not_closed_is_not_rated(stage: Stage) -> None:
    with pytest.raises(NotEnded):
        act("rate", at_stage(stage), stars=3)


# --- reopening -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED])
def test_what_has_ended_is_taken_up_again_and_waits_for_the_desk(stage: Stage) -> None:
    facts = act("reopen", at_stage(stage), message_id="why")
    assert kinds(facts) == ["CaseReopened"], "nobody of the city has looked at it: it is not filed by itself"
    (fact,) = facts
    assert isinstance(fact.data, CaseReopened)
    assert (fact.data.by, fact.data.reason, fact.data.report, fact.data.message_id) == (BY_REPORTER, "", MINE, "why")
    assert own(facts, at_stage(stage)).stage is Stage.REOPENED


def test_it_is_taken_up_again_within_the_city_s_days_and_so_often() -> None:
    flow = make_situation().city.flow
    assert CLOSED.closed_at is not None
    with pytest.raises(ReopeningOver):
        act("reopen", CLOSED, at=CLOSED.closed_at + flow.reopen_days * DAY + timedelta(seconds=1))
    act("reopen", replace(CLOSED, reopened=flow.reporter_reopens - 1))
    with pytest.raises(ReopenedEnough):
        act("reopen", replace(CLOSED, reopened=flow.reporter_reopens))


@pytest.mark.parametrize("stage", sorted(OPEN_STAGES | {Stage.VOID, Stage.MERGED}))
def test_what_runs_or_was_nothing_is_not_taken_up_again(stage: Stage) -> None:
    with pytest.raises(NotEnded):
        act("reopen", at_stage(stage))


# --- withdrawing ---------------------------------------------------------------------------------------------

UNSENT = (Stage.REPORTED, Stage.VERIFYING, Stage.PENDING_FILING, Stage.REOPENED, Stage.FILED)


@pytest.mark.parametrize("stage", UNSENT)
def test_the_only_report_ends_the_case_with_it(stage: Stage) -> None:
    case = replace(at_stage(stage), reporter="p1")
    facts = act("withdraw", case, reporter="p1")
    assert kinds(facts) == ["ReportWithdrawn", "CaseVoided"]
    last = facts[-1].data
    assert isinstance(last, CaseVoided)
    assert (last.by, last.reason) == (BY_REPORTER, "withdrawn by reporter")
    gone = own(facts, case)
    assert (gone.stage, gone.withdrawn, gone.reporter) == (Stage.VOID, (MINE,), "")


@pytest.mark.parametrize("stage", sorted(OPEN_STAGES - set(UNSENT)))
def test_once_somebody_is_sent_the_only_report_stays(stage: Stage) -> None:
    with pytest.raises(SentAlready):
        act("withdraw", at_stage(stage))


@pytest.mark.parametrize("stage", sorted(OPEN_STAGES))
def test_one_of_several_leaves_and_the_case_goes_on(stage: Stage) -> None:
    case = replace(at_stage(stage), events=2, reporter="p2")
    facts = act("withdraw", case, reporter="p1")
    assert kinds(facts) == ["ReportWithdrawn"]
    left = own(facts, case)
    assert (left.stage, left.reporter) == (stage, "p2")
    assert kinds(act("withdraw", replace(case, merged=(CaseId("c7"),), events=1))) == ["ReportWithdrawn"]


def test_the_last_of_several_ends_it() -> None:
    case = own(act("withdraw", replace(at_stage(Stage.FILED), events=2)), at_stage(Stage.FILED))
    assert kinds(act("withdraw", replace(case, events=2), report=OTHERS)) == ["ReportWithdrawn", "CaseVoided"]


@pytest.mark.parametrize("stage", sorted(ENDED_STAGES))
def test_what_has_ended_is_not_withdrawn(stage: Stage) -> None:
    with pytest.raises(EndedAlready):
        act("withdraw", at_stage(stage))


def test_a_report_that_was_withdrawn_takes_nothing_more_but_that_its_words_go() -> None:
    case = fold([Fact(CLOSED.id, AT, ReportWithdrawn(report=MINE))], CLOSED)
    acts: dict[str, dict[str, Any]] = {"write": {}, "rate": {"stars": 3}, "reopen": {}, "withdraw": {}}
    for name, data in acts.items():
        with pytest.raises(ReportWithdrawnAlready):
            act(name, case, **data)
        assert isinstance(find_bar(name, MINE, case, make_situation(), at=AT), ReportWithdrawnAlready)
    assert kinds(act("redact", case)) == ["ReportRedacted"]
    assert find_bar("redact", MINE, case, make_situation(), at=AT) is None
    assert find_bar("rate", OTHERS, case, make_situation(), at=AT) is None


# --- taking words back ---------------------------------------------------------------------------------------


def test_words_and_pictures_leave_the_case_and_those_of_others_stay() -> None:
    case = replace(CLOSED, text="my neighbour's lamp", media=("m1", "m2"))
    gone = after("redact", case, words=True, media=["m2"])
    assert (gone.text, gone.media, gone.stage) == ("", ("m1",), Stage.CLOSED)
    others = after("redact", case, media=["m2"])
    assert (others.text, others.media) == ("my neighbour's lamp", ("m1",))


def test_an_act_on_a_case_that_has_ended_tells_nobody_that_it_ends() -> None:
    master = replace(CLOSED, merged=(CaseId("c7"),))
    assert kinds(act("redact", master)) == ["ReportRedacted"]
    filed = replace(make_case(), merged=())
    assert MasterEnded not in [type(fact.data) for fact in act("write", filed, message_id="w")]


# --- all of them ---------------------------------------------------------------------------------------------


def test_an_act_that_there_is_not_and_fields_that_are_none_are_refused() -> None:
    with pytest.raises(UnknownCommand):
        act("grant", CLOSED)
    with pytest.raises(BadField):
        act("write", CLOSED, worker="ann")
    with pytest.raises(BadField):
        act("write", CLOSED, report="")


def test_what_is_said_to_be_possible_is_what_is_done() -> None:
    """In every stage, for every act: no bar means that it is done, and the bar is the refusal."""
    samples: dict[str, Any] = {"rate": {"stars": 4}}
    for stage in Stage:
        for name in ACTS:
            case = at_stage(stage)
            bar = find_bar(name, MINE, case, make_situation(), at=AT)
            with pytest.raises(type(bar)) if bar else nullcontext():
                act(name, case, **samples.get(name, {}))


def test_an_undo_keeps_what_reporters_have_said() -> None:
    case = after("write", at_stage(Stage.REPORTED), message_id="w1")
    assert given("reply", given("accept", case, LEADER), text="x").unanswered == ()
