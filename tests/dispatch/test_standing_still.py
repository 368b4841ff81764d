"""Cases that stand still: suspended, held, coordinated, and going on again."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import (
    BUSY_STAGES,
    REQUEST_STAGES,
    Case,
    CaseSuspended,
    RequestKind,
    Stage,
)
from dispatch.category import Limit, LimitUnit
from dispatch.city import Flow
from dispatch.deadlines import Stop
from dispatch.ids import EventId
from dispatch.situation import Situation
from tests.builders import (
    decide_event,
    fold,
    kinds,
    local,
    make_case,
    make_city,
    make_event,
    make_roster,
    make_situation,
)
from tests.dispatch.asking import AT, REVIEW, at_stage, give, given, queued
from tests.taxonomy import LITTER

AT_WORK = sorted(BUSY_STAGES - REQUEST_STAGES)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def with_flow(**changes: Any) -> Situation:
    return make_situation(make_city(flow=Flow(**changes)))


def litter() -> Case:
    """A case of litter: 4 working hours from 10:00 on Tuesday, so due at 15:00; cai has it."""
    case = make_case(event=make_event(kind=LITTER))
    assert (case.due_at, case.worker) == (local(3, 15), "cai")
    return case


def test_a_granted_suspension_stops_the_clock_until_its_review() -> None:
    case = at_stage(Stage.SUSPENSION_REQUESTED)
    (fact,) = give("grant", case)
    assert isinstance(fact.data, CaseSuspended)
    assert (fact.data.review_at, fact.data.reason) == (REVIEW, "rain")
    case = fold([fact], case)
    assert (case.stage, case.held, case.review_at, case.suspensions) == (Stage.SUSPENDED, Stage.ACCEPTED, REVIEW, 1)
    assert case.clock is not None
    assert (case.clock.stopped_since, case.clock.why) == (AT, "suspended")
    later = given("grant", at_stage(Stage.SUSPENSION_REQUESTED), review_at=local(9, 9), note="a week")
    assert later.review_at == local(9, 9)


@pytest.mark.parametrize("stage", [Stage.FILED, *AT_WORK])
def test_a_suspended_case_goes_on_where_it_stood(stage: Stage) -> None:
    nobody = make_situation(roster=make_roster(on_duty=[]))
    before = at_stage(stage)
    case = given("suspend", before, situation=nobody, review_at=REVIEW, reason="frost")
    assert (case.stage, case.held, case.worker) == (Stage.SUSPENDED, stage, before.worker)
    after = given("resume", case, situation=nobody, at=local(5, 9), note="thaw")
    assert (after.stage, after.held, after.review_at, after.worker) == (stage, None, None, before.worker)


def test_a_case_that_waited_for_a_worker_is_sent_when_it_is_taken_up_again() -> None:
    case = given("suspend", queued(), review_at=REVIEW, reason="frost")
    assert kinds(give("resume", case, at=local(5, 9))) == ["CaseResumed", "TaskDispatched"]


@pytest.mark.parametrize(
    ("unit", "amount", "due", "later"),
    [
        pytest.param(LimitUnit.URGENT_HOURS, 2, local(3, 12), local(5, 10, 30), id="clock hours: 46.5 h later"),
        pytest.param(LimitUnit.WORKING_HOURS, 4, local(3, 15), local(5, 13, 30), id="working hours: 14.5 of them"),
        pytest.param(LimitUnit.WORKING_DAYS, 2, local(5, 18), local(9, 18), id="working days: a part counts as one"),
    ],
)
def test_the_time_that_stood_still_is_given_back_in_the_limits_unit(
    unit: LimitUnit, amount: float, due: datetime, later: datetime
) -> None:
    """Suspended from Tuesday 10:30 to Thursday 9:00; filed on Tuesday at 10:00."""
    plain = make_case()
    assert plain.clock is not None
    clock = replace(plain.clock, limit=Limit(amount, unit))
    situation = make_situation()
    case = replace(plain, clock=clock, due_at=due)
    calendar = situation.city.calendar
    assert clock.due_and_warning(calendar)[0] == due
    case = given("suspend", case, review_at=REVIEW, reason="frost")
    assert case.due_at == due, "as long as it stands still nobody knows"
    back = given("resume", case, at=local(5, 9))
    assert back.due_at == later
    assert back.clock is not None
    assert back.clock.stops == (Stop(AT, local(5, 9), "suspended"),)
    assert back.clock.remaining_s(calendar, local(5, 9)) >= clock.remaining_s(calendar, AT)


def test_each_time_that_it_stood_still_counts() -> None:
    case = make_case()
    for begin in (local(3, 10, 30), local(3, 11), local(3, 12)):
        case = given("suspend", case, at=begin, review_at=REVIEW, reason="rain")
        case = given("resume", case, at=begin + 15 * MINUTE)
    assert case.clock is not None
    assert len(case.clock.stops) == case.suspensions == 3
    assert case.due_at == local(3, 12, 45)


def test_a_suspended_case_that_becomes_worse_has_less_time_and_still_stands_still() -> None:
    """Rain; then an alarm: two clock hours, which begin when it is taken up again."""
    general = given("set_priority", make_case(event=make_event(episode="g")), priority="general")
    case = given("suspend", general, review_at=REVIEW, reason="rain")
    worse = make_event(id=EventId("e2"), episode="g", severity=3)
    case = fold(decide_event(worse, make_situation(cases=[case]), at=local(3, 11)), case)
    assert (case.stage, case.priority.value) == (Stage.SUSPENDED, "critical")
    assert case.clock is not None
    assert (case.clock.stopped_since, case.clock.why) == (local(3, 11), "suspended")
    assert given("resume", case, at=local(4, 9)).due_at == local(4, 11)


@pytest.mark.parametrize("stops", [True, False])
def test_whether_the_clock_stands_still_while_the_duty_is_settled_is_the_citys_word(stops: bool) -> None:
    situation = with_flow(coordinating_stops_clock=stops)
    case = given("coordinate", make_case(), situation=situation, reason="whose?")
    assert case.clock is not None
    assert (case.clock.stopped_since is not None) is stops
    settled = given("settle", case, situation=situation, at=local(3, 11, 30), lead="MUN")
    assert settled.due_at == (local(3, 13) if stops else local(3, 12))
    assert settled.clock is not None
    assert (settled.clock.stopped_since, settled.stage) == (None, Stage.DISPATCHED)


@pytest.mark.parametrize("stage", sorted(REQUEST_STAGES | {Stage.SUSPENDED}))
def test_what_is_held_may_be_closed_by_force_and_nothing_stays_open(stage: Stage) -> None:
    case = given("force_close", at_stage(stage), reason="the house is gone")
    assert (case.stage, case.request, case.held, case.review_at) == (Stage.FORCED_CLOSED, None, None, None)
    assert (case.closed_at, case.on_time) == (AT, None)


@pytest.mark.parametrize("stage", sorted(REQUEST_STAGES))
def test_a_request_goes_with_the_task(stage: Stage) -> None:
    case = given("reassign", at_stage(stage), worker="bob", reason="x")
    assert (case.stage, case.request, case.held, case.worker) == (Stage.DISPATCHED, None, None, "bob")


def test_a_request_is_of_its_kind() -> None:
    asked = {stage: at_stage(stage).request for stage in REQUEST_STAGES}
    assert {stage: request and request.kind for stage, request in asked.items()} == {
        Stage.RETURN_REQUESTED: RequestKind.RETURN,
        Stage.EXTENSION_REQUESTED: RequestKind.EXTENSION,
        Stage.SUSPENSION_REQUESTED: RequestKind.SUSPENSION,
    }
