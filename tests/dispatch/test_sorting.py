"""Whether it is a case at all: accepted, verified, left out, put right on the spot, reopened (受理, 核实, 立案)."""

import dataclasses
from datetime import time, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.calendars import CalendarRule, Calendars
from dispatch.case import (
    BUSY_STAGES,
    OPEN_STAGES,
    UNFILED_STAGES,
    CaseClosed,
    CaseReclassified,
    CaseReopened,
    PrioritySet,
    Stage,
    VerificationAsked,
    VerificationFailed,
)
from dispatch.category import Priority
from dispatch.city import Flow
from dispatch.commands import legal_commands
from dispatch.refusals import BadField, IllegalMove, MissingField, NotAllowed, TooLate
from tests.builders import (
    CALENDAR,
    IN_G4,
    SAN,
    fold,
    kinds,
    local,
    make_actor,
    make_case,
    make_city,
    make_event,
    make_roster,
    make_situation,
)
from tests.dispatch.asking import ANN, AT, LEADER, at_stage, give, given, own, queued, reported
from tests.taxonomy import LITTER

ACCEPTOR, COLLECTOR = make_actor("acceptor"), make_actor("collector")
DAY = timedelta(days=1)


# --- accepting and verifying -----------------------------------------------------------------------------


def test_what_is_accepted_waits_to_be_filed_and_for_nothing_else() -> None:
    case = given("accept", reported(), ACCEPTOR, note="plausible")
    assert (case.stage, case.received_at, case.waiting, case.due_at) == (Stage.PENDING_FILING, AT, "", None)
    assert kinds(give("file", case, LEADER)) == ["CaseFiled", "TaskDispatched"]


def test_who_accepts_may_say_what_and_where_it_is() -> None:
    facts = give("accept", reported(kind="E0"), ACCEPTOR, category=LITTER, lon=IN_G4.lon, lat=IN_G4.lat)
    assert kinds(facts) == ["CaseReclassified", "CaseRelocated", "CaseAccepted"]
    case = fold(facts, reported(kind="E0"))
    assert (case.category, case.place.grid, case.department) == (LITTER, "S2G4", "")


def test_one_name_means_two_things_in_two_stages() -> None:
    assert given("accept", reported(), ACCEPTOR).stage is Stage.PENDING_FILING
    assert given("accept", make_case(), ANN).stage is Stage.ACCEPTED
    assert given("decline", reported(), LEADER, reason="a trifle").stage is Stage.NOT_FILED
    assert given("decline", make_case(), ANN, reason="far").worker == "bob"
    for name, case in (("accept", make_case()), ("decline", make_case())):
        with pytest.raises(NotAllowed):
            give(name, case, ACCEPTOR, reason="x")
    for name in ("accept", "decline"):
        with pytest.raises(NotAllowed):
            give(name, reported(), ANN, reason="x")


@pytest.mark.parametrize("name", ["", "collector3"])
def test_somebody_is_asked_to_look_by_name_or_whoever_is_near(name: str) -> None:
    (fact,) = give("verify", reported(), ACCEPTOR, worker=name, note="is it gas?")
    assert isinstance(fact.data, VerificationAsked)
    assert (fact.data.collector, fact.data.note) == (name, "is it gas?")
    case = fold([fact], reported())
    assert (case.stage, case.verifier, case.received_at) == (Stage.VERIFYING, name, AT)


def test_what_was_seen_is_accepted_and_its_pictures_are_kept() -> None:
    (fact,) = give("report_verified", at_stage(Stage.VERIFYING), COLLECTOR, real=True, media=["m1"])
    case = fold([fact], at_stage(Stage.VERIFYING))
    assert (case.stage, case.verifier, case.waiting) == (Stage.PENDING_FILING, "", "")


def test_what_was_not_seen_is_void_and_says_what_was_seen_instead() -> None:
    asked = at_stage(Stage.VERIFYING)
    with pytest.raises(MissingField, match="note"):
        give("report_verified", asked, COLLECTOR, real=False, note=" ")
    (fact,) = give("report_verified", asked, COLLECTOR, real=False, note="nobody smells anything", media=["m1"])
    assert isinstance(fact.data, VerificationFailed)
    case = fold([fact], asked)
    assert (case.stage, case.voided_at, case.verifier) == (Stage.VOID, AT, "")


def test_a_case_may_be_filed_without_waiting_for_who_looks() -> None:
    case = given("file", at_stage(Stage.VERIFYING), LEADER)
    assert (case.stage, case.verifier) == (Stage.DISPATCHED, "")


# --- left out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", sorted(UNFILED_STAGES))
def test_what_is_below_the_citys_line_is_not_filed_and_says_why(stage: Stage) -> None:
    case = given("decline", at_stage(stage), LEADER, reason="a single leaf")
    assert (case.stage, case.voided_at, case.closed_at) == (Stage.NOT_FILED, AT, None)
    with pytest.raises(MissingField, match="reason"):
        give("decline", at_stage(stage), LEADER)


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.HANDLED, Stage.CHECKING, Stage.CHECKED, Stage.CLOSED])
def test_what_was_handled_or_stands_still_is_not_voided(stage: Stage) -> None:
    with pytest.raises(IllegalMove):
        give("void", at_stage(stage), LEADER, reason="x")


# --- put right on the spot -------------------------------------------------------------------------------


def test_a_trifle_is_put_right_on_the_spot_and_closed_after_a_look() -> None:
    pictures = {"before": ["m1"], "after": ["m2", "m3"], "note": "picked it up"}
    case = given("self_handle", reported(), COLLECTOR, **pictures)
    assert (case.stage, case.handled_at, case.before, case.media) == (Stage.SELF_HANDLED, AT, ("m1",), ("m2", "m3"))
    assert "close" not in legal_commands(case, COLLECTOR)
    (closed,) = give("close", case, LEADER, note="well done")
    assert isinstance(closed.data, CaseClosed)
    assert closed.data.on_time is True
    assert fold([closed], case).stage is Stage.CLOSED


@pytest.mark.parametrize("missing", ["before", "after"])
def test_pictures_of_before_and_after_are_needed(missing: str) -> None:
    pictures: dict[str, Any] = {"before": ["m1"], "after": ["m2"], missing: []}
    with pytest.raises(MissingField, match=missing):
        give("self_handle", reported(), COLLECTOR, **pictures)
    with pytest.raises(BadField):
        give("self_handle", reported(), COLLECTOR, before=["m"] * 13, after=["m2"])


def test_what_was_not_put_right_after_all_is_filed_as_if_nobody_had() -> None:
    case = given("file", at_stage(Stage.SELF_HANDLED), LEADER)
    assert (case.stage, case.handled_at, case.worker) == (Stage.DISPATCHED, None, "ann")


# --- reopened --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED])
def test_an_ended_case_is_reopened_filed_and_sent_at_once_with_a_new_clock(stage: Stage) -> None:
    ended = at_stage(stage)
    facts = give("reopen", ended, ACCEPTOR, reason="it smells again")
    assert kinds(facts) == ["CaseReopened", "CaseFiled", "TaskDispatched"]
    case = own(facts, ended)
    assert (case.stage, case.reopened, case.filed_at, case.due_at) == (Stage.DISPATCHED, 1, AT, local(3, 12, 30))
    assert (case.closed_at, case.voided_at, case.handled_at, case.checked_at, case.on_time) == (None,) * 5
    assert case.clock is not None
    assert (case.clock.start, case.clock.stops, case.warned, case.overdue) == (AT, (), 0, False)


def test_within_so_many_days_as_the_city_says() -> None:
    closed = at_stage(Stage.CLOSED)
    assert closed.closed_at is not None
    last = closed.closed_at + 15 * DAY
    assert give("reopen", closed, ACCEPTOR, at=last, reason="x")
    with pytest.raises(TooLate) as refused:
        give("reopen", closed, ACCEPTOR, at=last + timedelta(seconds=1), reason="x")
    assert refused.value.values == {"command": "reopen", "limit": "15 d"}
    hasty = make_situation(make_city(flow=Flow(reopen_days=0.5)))
    with pytest.raises(TooLate, match=r"0\.5 d"):
        give("reopen", at_stage(Stage.NOT_FILED), ACCEPTOR, situation=hasty, at=local(4, 9), reason="x")


@pytest.mark.parametrize("stage", [*sorted(OPEN_STAGES), Stage.VOID, Stage.MERGED])
def test_only_what_ended_for_good_is_reopened(stage: Stage) -> None:
    with pytest.raises(IllegalMove):
        give("reopen", at_stage(stage), LEADER, reason="x")


def test_what_cannot_be_filed_waits_for_a_person_after_it_is_reopened() -> None:
    nowhere = given("decline", reported(point=None), LEADER, reason="nowhere")
    (fact,) = give("reopen", nowhere, LEADER, reason="now we know")
    assert isinstance(fact.data, CaseReopened)
    case = fold([fact], nowhere)
    assert case.stage is Stage.REOPENED
    assert {"file", "verify", "decline", "void", "merge"} <= set(legal_commands(case, LEADER))


# --- how soon, and by whose calendar ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "due_at"),
    [("general", local(4, 18)), ("urgent", local(3, 12)), ("critical", local(3, 12))],
)
def test_another_priority_brings_its_limit_from_the_same_start(priority: str, due_at: Any) -> None:
    (fact,) = give("set_priority", make_case(), priority=priority, reason="the mayor's street")
    assert isinstance(fact.data, PrioritySet)
    case = fold([fact], make_case())
    assert (case.priority, case.due_at) == (Priority(priority), due_at)
    assert case.stage is Stage.DISPATCHED


def test_a_case_that_is_not_filed_has_a_priority_and_no_limit() -> None:
    case = given("set_priority", reported(), priority="critical")
    assert (case.priority, case.due_at, case.clock) == (Priority.CRITICAL, None, None)
    with pytest.raises(BadField):
        give("set_priority", make_case(), priority="at once")
    with pytest.raises(MissingField, match="priority"):
        give("set_priority", make_case())


def test_what_was_given_is_kept_and_in_another_unit_it_is_the_same_part_of_the_limit() -> None:
    extended = given("grant", at_stage(Stage.EXTENSION_REQUESTED), amount=1.5)
    assert given("set_priority", extended, priority="critical").due_at == local(3, 13, 30)
    assert given("set_priority", extended, priority="general").due_at == local(5, 18), (
        "a day, and three quarters of one"
    )


def test_another_department_brings_its_own_calendar() -> None:
    """Sanitation works without an hour off, so its four hours end at 14:00 and not at 15:00."""
    through = dataclasses.replace(CALENDAR, spans=((time(9), time(18)),))
    rules = [CalendarRule(calendar=through, department=SAN)]
    city = dataclasses.replace(make_city(), calendars=Calendars(CALENDAR, rules))
    nobody = make_situation(city, roster=make_roster(on_duty=[]))
    facts = give("reclassify", queued(), situation=nobody, category=LITTER)
    assert isinstance(facts[0].data, CaseReclassified)
    assert (facts[0].data.department, facts[0].data.due_at) == (SAN, local(3, 14))
    disputed = given("coordinate", make_case(event=make_event(kind=LITTER)), situation=nobody, at=AT, reason="x")
    settled = given("settle", replace(disputed, department="MUN"), situation=nobody, at=AT, lead="SAN")
    assert settled.due_at == local(3, 14)


@pytest.mark.parametrize("stage", sorted(BUSY_STAGES))
def test_a_worker_keeps_his_task_through_another_category(stage: Stage) -> None:
    case = given("reclassify", at_stage(stage), category=LITTER)
    assert (case.stage, case.worker, case.department) == (stage, "ann", "MUN")
