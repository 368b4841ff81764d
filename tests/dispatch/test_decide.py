"""From an event to facts: new or known, sure or doubtful, sent or queued."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import Case, CaseFiled, CaseOpened, CaseQueued, Fact, PriorityRaised, Stage, TaskDispatched
from dispatch.category import Priority
from dispatch.city import Duty, Flow
from dispatch.decide import triage
from dispatch.event import Event, Phase, Vocabulary
from dispatch.flow import Draft, follow_up, retry
from dispatch.ids import AreaCode, CaseId, EventId, SourceId, TaskId, WorkerId
from dispatch.stages import RUNNING_STAGES
from dispatch.timers import pass_time
from gis.point import LonLat
from tests.builders import (
    CITY,
    COMPONENT,
    IN_G1,
    IN_G4,
    MUN,
    OUTSIDE,
    TUESDAY_10,
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
from tests.dispatch.asking import at_stage
from tests.taxonomy import GAS, LAMP, LITTER, ODD, VENDOR

SENT = ["CaseOpened", "CaseFiled", "TaskDispatched"]
HOUR = timedelta(hours=1)


def near(metres: float) -> LonLat:
    return LonLat(IN_G1.lon, IN_G1.lat + metres / 111_195)


def decided(event: Event, *cases: Case, **changes: Any) -> list[str]:
    return kinds(decide_event(event, make_situation(cases=cases, **changes), new_id="c2"))


# --- a new happening -------------------------------------------------------------------------------------


def test_a_sure_event_opens_files_and_sends_with_all_that_the_phone_needs() -> None:
    opened, filed, task = (fact.data for fact in decide_event(make_event(text="gas!", media=("m1",))))
    assert isinstance(opened, CaseOpened)
    assert isinstance(filed, CaseFiled)
    assert isinstance(task, TaskDispatched)
    assert (opened.waiting, opened.category, opened.place.grid) == ("", GAS, "S1G1")
    assert (filed.department, filed.due_at, filed.by) == (MUN, local(3, 12), "rule")
    assert filed.warn_at == local(3, 11, 24)
    assert (task.worker, task.attempt, task.department) == ("ann", 1, MUN)
    assert (task.case.number, task.case.text, task.case.media, task.case.due_at) == (
        "260303-00001",
        "gas!",
        ("m1",),
        filed.due_at,
    )
    assert [each.worker for each in task.candidates] == ["ann", "bob"]


def test_all_facts_of_one_decision_are_of_one_case_and_one_moment() -> None:
    facts = decide_event(make_event(), at=TUESDAY_10 + HOUR)
    assert {(fact.case_id, fact.at) for fact in facts} == {("c1", TUESDAY_10 + HOUR)}


def test_with_nobody_on_duty_the_case_waits_in_the_queue_and_says_why() -> None:
    facts = decide_event(make_event(), make_situation(roster=make_roster(on_duty=[])))
    assert kinds(facts) == ["CaseOpened", "CaseFiled", "CaseQueued"]
    case = fold(facts)
    assert (case.stage, case.waiting) == (Stage.FILED, "queue.none_on_duty")


@pytest.mark.parametrize(
    ("event", "waiting"),
    [
        pytest.param(make_event(kind="E0000"), "wait.category", id="nobody knows what it is"),
        pytest.param(make_event(point=None), "wait.place", id="nobody knows where it is"),
        pytest.param(make_event(point=OUTSIDE), "wait.outside", id="it is outside the city"),
        pytest.param(make_event(accuracy_m=301.0), "wait.loose_place", id="the place is only roughly known"),
        pytest.param(make_event(confidence=0.69), "wait.confidence", id="the sender is not sure"),
        pytest.param(make_event(kind=VENDOR, confidence=1.0), "wait.confidence", id="a person always looks first"),
        pytest.param(make_event(kind=VENDOR), "wait.confidence", id="and where no confidence is given too"),
        pytest.param(make_event(kind=ODD), "wait.department", id="nobody's duty"),
        pytest.param(make_event(reporter="r1"), "wait.people", id="a citizen reports"),
        pytest.param(make_event(source_id=SourceId("desk")), "wait.people", id="it comes over the desk"),
        pytest.param(
            make_event(vocabulary=Vocabulary.TEXT, text="怀疑燃气泄漏，有沼气"),
            "wait.people",
            id="someone says it in words",
        ),
    ],
)
def test_a_doubt_leaves_the_case_to_a_person(event: Event, waiting: str) -> None:
    (fact,) = decide_event(event)
    assert isinstance(fact.data, CaseOpened)
    assert fact.data.waiting == waiting
    assert waiting in [reason.rule for reason in fact.data.because]
    assert fold([fact]).stage is Stage.REPORTED


@pytest.mark.parametrize(
    "event",
    [
        make_event(confidence=0.7),
        make_event(accuracy_m=300.0),
        make_event(reporter="r1", attributes={"channel": "patrol"}),
        make_event(source_id=SourceId("desk"), attributes={"channel": "patrol"}),
        make_event(source_id=SourceId("user:li"), attributes={"channel": "console"}),
    ],
)
def test_at_the_limit_of_a_doubt_there_is_none(event: Event) -> None:
    assert kinds(decide_event(event)) == SENT


def test_a_city_may_trust_its_people() -> None:
    trusting = make_situation(make_city(flow=Flow(auto_file_people=True)))
    text = make_event(vocabulary=Vocabulary.TEXT, kind="", text="怀疑燃气泄漏，有沼气", reporter="r1")
    assert kinds(decide_event(text, trusting)) == SENT
    assert kinds(decide_event(replace(text, text="沼气"), trusting)) == ["CaseOpened"], "but not one vague word"


@pytest.mark.parametrize("phase", list(Phase))
def test_only_what_begins_goes_on_or_happens_opens_a_case(phase: Phase) -> None:
    opens = phase in (Phase.OPEN, Phase.UPDATE, Phase.PULSE)
    assert decided(make_event(phase=phase, episode="x")) == (SENT if opens else [])


def test_an_advisory_and_what_is_too_short_open_nothing_but_are_kept_with_a_known_case() -> None:
    advisory = make_event(vocabulary=Vocabulary.SENSOR, kind="septic_gas", severity=1, episode="g")
    assert decided(advisory) == []
    assert decided(advisory, make_case(episodes=("g",))) == ["EventAttached"]


def test_a_source_added_beside_the_pack_places_its_events() -> None:
    new = replace(CITY.codes.sources[SourceId("gas1")], id=SourceId("new"))
    event = make_event(source_id=SourceId("new"), point=None)
    assert triage(event, CITY).place.point is None
    assert triage(event, CITY, new).place.point == IN_G4


# --- a known one -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, True),
        ({"point": near(49)}, True),
        ({"point": near(51)}, False),
        ({"observed_at": TUESDAY_10 + HOUR}, True),
        ({"observed_at": TUESDAY_10 + HOUR + timedelta(seconds=1)}, False),
        ({"observed_at": TUESDAY_10 - HOUR}, True),
        ({"observed_at": TUESDAY_10 - HOUR - timedelta(seconds=1)}, False),
        ({"kind": LITTER}, False),
        ({"kind": "E0000"}, False),
        ({"point": None}, False),
    ],
)
def test_the_same_kind_near_in_place_and_time_is_the_same_happening(changes: dict[str, Any], known: bool) -> None:
    facts = decided(make_event(id=EventId("e2"), **changes), make_case())
    assert (facts == ["EventAttached"]) is known
    assert ("CaseOpened" in facts) is not known


def test_a_case_that_goes_on_is_known_as_long_as_it_goes_on() -> None:
    later = TUESDAY_10 + 5 * HOUR
    case = make_case(last_event_at=later - HOUR / 2)
    assert decided(make_event(observed_at=later), case) == ["EventAttached"]


def test_an_ended_case_is_not_the_same_happening_again() -> None:
    assert decided(make_event(), make_case(stage=Stage.CLOSED, closed_at=TUESDAY_10)) == SENT


def test_of_several_the_nearest_and_then_the_oldest_is_meant() -> None:
    def one(name: str, metres: float, minutes: int) -> Case:
        place = replace(make_case().place, point=near(metres))
        return make_case(id=CaseId(name), place=place, opened_at=TUESDAY_10 + timedelta(minutes=minutes))

    cases = (one("far", 40, 0), one("young", 10, 5), one("old", 10, 1), one("farther", 45, 0))
    for order in (cases, cases[::-1]):
        (fact,) = decide_event(make_event(id=EventId("e2")), make_situation(cases=order))
        assert fact.case_id == "old"


def test_a_part_is_itself_wherever_it_is_seen_from_and_an_event_is_not() -> None:
    lamp = make_case(event=make_event(kind=LAMP, component=COMPONENT.id))
    assert decided(make_event(kind=LAMP, component=COMPONENT.id, point=IN_G4), lamp) == ["EventAttached"]
    gas = make_case(event=make_event(component=COMPONENT.id))
    assert decided(make_event(component=COMPONENT.id, point=IN_G4), gas) == SENT


def test_an_episode_is_one_happening_whatever_it_has_become() -> None:
    case = make_case(event=make_event(episode="cam1/7", phase=Phase.OPEN))
    later = make_event(
        episode="cam1/7", phase=Phase.UPDATE, kind=LITTER, point=IN_G4, observed_at=TUESDAY_10 + 9 * HOUR
    )
    assert decided(later, case) == ["EventAttached"]
    assert decided(replace(later, phase=Phase.OPEN), case) == ["EventAttached"]
    assert "CaseOpened" in decided(replace(later, episode="cam1/8"), case)


def test_the_open_case_of_an_episode_goes_before_the_ended_one() -> None:
    ended = make_case(id=CaseId("a"), episodes=("x",), stage=Stage.CLOSED, closed_at=TUESDAY_10 + HOUR)
    running = make_case(id=CaseId("b"), episodes=("x",))
    for cases in ((ended, running), (running, ended)):
        (fact, *_) = decide_event(make_event(episode="x", phase=Phase.CLOSE), make_situation(cases=cases))
        assert fact.case_id == "b"


@pytest.mark.parametrize(
    ("stage", "closed_at", "changes", "opens"),
    [
        pytest.param("void", None, {}, False, id="what was voided stays voided while it goes on"),
        pytest.param("void", None, {"severity": 3}, True, id="but not when it becomes worse"),
        pytest.param("void", None, {"phase": Phase.OPEN}, True, id="nor when it begins anew"),
        pytest.param("closed", TUESDAY_10, {}, False, id="what was closed may take a while to disappear"),
        pytest.param("closed", TUESDAY_10 - HOUR - HOUR, {}, True, id="but not longer than it may"),
        pytest.param("closed", TUESDAY_10 - HOUR - HOUR, {"phase": Phase.CLOSE}, False, id="its end is its end"),
        pytest.param("closed", TUESDAY_10 - HOUR - HOUR, {"phase": Phase.SYNC}, False, id="a sync is no news"),
        pytest.param("closed", TUESDAY_10 - HOUR, {"kind": "E0000"}, True, id="of no category, no time is given"),
    ],
)
def test_the_echo_of_an_ended_case_opens_no_other(stage: str, closed_at: Any, changes: Any, opens: bool) -> None:
    case = make_case(episodes=("x",), stage=Stage(stage), closed_at=closed_at)
    event = make_event(**({"episode": "x", "phase": Phase.UPDATE} | changes))
    facts = decided(event, case)
    assert ("CaseOpened" in facts) is opens
    assert (facts == ["EventAttached"]) is not opens


def test_a_car_that_stands_for_hours_is_one_case() -> None:
    cases: dict[str, Case] = {}
    for minute in range(0, 300, 5):
        phase = Phase.UPDATE if minute else Phase.OPEN
        at = TUESDAY_10 + timedelta(minutes=minute)
        event = make_event(id=EventId(f"e{minute}"), phase=phase, episode="cam1/1", observed_at=at)
        facts = decide_event(event, make_situation(cases=tuple(cases.values())), new_id=f"c{minute}")
        cases[facts[0].case_id] = fold(facts, cases.get(facts[0].case_id))
    assert list(cases) == ["c0"]
    assert cases["c0"].events == 60


# --- worse than it was -----------------------------------------------------------------------------------


def test_something_worse_raises_the_case_and_gives_it_less_time() -> None:
    case = make_case(event=make_event(kind=GAS), priority=Priority.GENERAL, due_at=local(4, 18))
    facts = decide_event(make_event(id=EventId("e2"), severity=3), make_situation(cases=[case]), at=local(3, 11))
    raised = facts[1].data
    assert isinstance(raised, PriorityRaised)
    assert (raised.priority, raised.severity, raised.due_at) == (Priority.CRITICAL, 3, local(3, 13))
    assert fold(facts, case).priority is Priority.CRITICAL


def test_a_raised_case_is_never_given_more_time_and_one_not_filed_has_none_to_lose() -> None:
    soon = make_case(priority=Priority.GENERAL, due_at=local(3, 10, 30))
    waiting = fold(decide_event(make_event(confidence=0.1)))
    for case in (soon, waiting):
        event = make_event(id=EventId("e2"), severity=3, confidence=0.1)
        raised = decide_event(event, make_situation(cases=[case]))[1].data
        assert isinstance(raised, PriorityRaised)
        assert raised.due_at is None
        assert fold(decide_event(event, make_situation(cases=[case])), case).due_at == case.due_at


def test_what_is_no_worse_or_is_over_raises_nothing() -> None:
    critical = make_case(priority=Priority.CRITICAL, severity=3)
    assert decided(make_event(severity=2), critical) == ["EventAttached"]
    over = make_event(severity=3, phase=Phase.CLOSE, episode="x")
    assert decided(over, make_case(episodes=("x",))) == ["EventAttached"]


def test_a_worse_event_of_no_category_raises_the_severity_alone() -> None:
    facts = decide_event(
        make_event(kind="E0", severity=3, episode="x"), make_situation(cases=[make_case(episodes=("x",))])
    )
    raised = facts[1].data
    assert isinstance(raised, PriorityRaised)
    assert (raised.priority, raised.severity) == (Priority.URGENT, 3)


# --- a second witness ------------------------------------------------------------------------------------


def test_a_sure_event_confirms_a_case_that_waits_for_a_person() -> None:
    doubtful = fold(decide_event(make_event(confidence=0.3)))
    facts = decide_event(make_event(id=EventId("e2"), confidence=0.9), make_situation(cases=[doubtful]))
    assert kinds(facts) == ["EventAttached", "CaseFiled", "TaskDispatched"]
    filed = facts[1].data
    assert isinstance(filed, CaseFiled)
    assert filed.because[0].rule == "file.confirmed"


def test_another_doubtful_event_and_one_of_another_kind_confirm_nothing() -> None:
    doubtful = fold(decide_event(make_event(confidence=0.3, episode="x")))
    assert decided(make_event(confidence=0.6), doubtful) == ["EventAttached"]
    assert decided(make_event(kind=LITTER, episode="x"), doubtful) == ["EventAttached"]


def test_a_witness_from_over_the_border_files_nothing_where_nobody_answers() -> None:
    """Only grid G1 has a department; the case lies in G2, the sure event just across the line in G1."""
    duties = (Duty(department=MUN, area=AreaCode("S1G1")),)
    city = make_city(codes=replace(CITY.codes, duties=duties, departments={}))
    border = LonLat(106.51, IN_G1.lat)
    doubtful = fold(decide_event(make_event(point=LonLat(border.lon + 0.0001, border.lat)), make_situation(city)))
    assert doubtful.waiting == "wait.department"
    witness = make_event(id=EventId("e2"), point=LonLat(border.lon - 0.0001, border.lat))
    assert kinds(decide_event(witness, make_situation(city, cases=[doubtful]))) == ["EventAttached"]


# --- what follows by itself ------------------------------------------------------------------------------

T2 = TaskId("t2")


def queued(**changes: Any) -> Case:
    return make_case(**({"stage": Stage.FILED, "worker": "", "task_id": "", "waiting": "queue.none_on_duty"} | changes))


def test_a_queued_case_is_sent_when_someone_is_free() -> None:
    (fact,) = retry(queued(), make_situation(), task_id=T2, at=TUESDAY_10)
    assert isinstance(fact.data, TaskDispatched)
    assert (fact.data.task_id, fact.data.attempt) == (T2, 2)


def test_a_queued_case_says_only_new_reasons() -> None:
    empty = make_situation(roster=make_roster(on_duty=[]))
    assert retry(queued(), empty, task_id=T2, at=TUESDAY_10) == []
    (fact,) = retry(queued(waiting="queue.all_full"), empty, task_id=T2, at=TUESDAY_10)
    assert isinstance(fact.data, CaseQueued)
    assert fact.data.reason == "queue.none_on_duty"


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.FILED}))
def test_only_a_filed_case_is_tried_again(stage: Stage) -> None:
    assert retry(at_stage(stage), make_situation(), task_id=T2, at=TUESDAY_10) == []


def test_who_declined_is_not_sent_the_case_again() -> None:
    declined = queued(declined_by=(WorkerId("ann"),))
    (fact,) = retry(declined, make_situation(), task_id=T2, at=TUESDAY_10)
    assert isinstance(fact.data, TaskDispatched)
    assert fact.data.worker == "bob"


def test_a_checked_case_is_closed_by_itself_where_the_city_wants_that() -> None:
    checked = make_case(stage=Stage.CHECKED, handled_at=TUESDAY_10)
    assert kinds(follow_up(checked, make_situation(), task_id=T2, at=TUESDAY_10)) == ["CaseClosed"]
    by_hand = make_situation(make_city(flow=Flow(auto_close=False)))
    assert follow_up(checked, by_hand, task_id=T2, at=TUESDAY_10) == []


@pytest.mark.parametrize("stage", list(Stage))
def test_a_case_is_overdue_once_when_its_clock_runs_out(stage: Stage) -> None:
    case, due_at = replace(at_stage(stage), warned=80, stage_due_at=None), local(3, 12)
    assert case.due_at in (due_at, None)
    assert kinds(time_passes(case, due_at)) == (["CaseOverdue"] if stage in RUNNING_STAGES else [])
    assert time_passes(case, due_at - timedelta(microseconds=1)) == []
    assert time_passes(replace(case, overdue=True), due_at) == []
    never = replace(case, due_at=None, marks=(), review_at=None)
    assert time_passes(never, TUESDAY_10 + 99 * HOUR) == []


def time_passes(case: Case, at: datetime) -> list[Fact]:
    return pass_time(case, make_situation(), task_id=T2, at=at)


def test_a_draft_that_has_opened_nothing_has_no_case() -> None:
    with pytest.raises(LookupError):
        _ = Draft(None, CaseId("c"), TUESDAY_10, CITY).case
