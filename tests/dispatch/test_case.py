"""A case is what its facts have made it, and no fact makes it what the table does not have."""

from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.case import (
    EPISODES_KEPT,
    FACTS,
    MEDIA_KEPT,
    OPEN_STAGES,
    TRANSITIONS,
    Case,
    CaseClosed,
    CaseFiled,
    CaseOpened,
    CaseQueued,
    CaseReclassified,
    CaseRelocated,
    CaseVoided,
    CheckPassed,
    EventAttached,
    Fact,
    FactData,
    IllegalChange,
    NoteAdded,
    Place,
    Stage,
    TaskAccepted,
    TaskDeclined,
    apply,
)
from dispatch.category import Priority
from dispatch.event import Phase
from dispatch.ids import CaseId, DepartmentId, EventId, SourceId, TaskId, WorkerId
from dispatch.reasons import Reason
from tests.builders import MUN, SAN, TUESDAY_10, decide_event, fold, make_case, make_event
from tests.dispatch.histories import Life
from tests.taxonomy import LITTER

ANN, T1 = WorkerId("ann"), TaskId("t1")


def attach(**changes: Any) -> EventAttached:
    values: dict[str, Any] = {
        "event_id": EventId("e9"),
        "feed": "frigate",
        "source_id": SourceId("cam1"),
        "phase": Phase.UPDATE,
        "observed_at": TUESDAY_10,
        "severity": 2,
    }
    return EventAttached(**(values | changes))


def then(case: Case, data: FactData) -> Case:
    return apply(case, Fact(case.id, TUESDAY_10 + timedelta(hours=1), data), case.version + 1)


def test_the_stages_that_a_case_can_go_through_are_these() -> None:
    """Written by hand beside the table: a wrong row of the table cannot make itself right."""
    moves = {
        (stage.value, fact.__name__, after.value)
        for stage, row in TRANSITIONS.items()
        for fact, after in row.items()
        if after is not stage
    }
    assert moves == {
        ("reported", "CaseFiled", "filed"),
        ("reported", "CaseVoided", "void"),
        ("filed", "TaskDispatched", "dispatched"),
        ("filed", "CaseVoided", "void"),
        ("dispatched", "TaskAccepted", "accepted"),
        ("dispatched", "TaskDeclined", "filed"),
        ("dispatched", "TaskWithdrawn", "filed"),
        ("accepted", "WorkerArrived", "arrived"),
        ("accepted", "TaskDeclined", "filed"),
        ("accepted", "TaskWithdrawn", "filed"),
        ("arrived", "CaseHandled", "handled"),
        ("arrived", "TaskDeclined", "filed"),
        ("arrived", "TaskWithdrawn", "filed"),
        ("handled", "CheckPassed", "checked"),
        ("handled", "CaseReworked", "dispatched"),
        ("checked", "CaseClosed", "closed"),
        ("checked", "CaseReworked", "dispatched"),
    }


def test_an_ended_case_still_takes_events_and_notes_but_nothing_else() -> None:
    for stage in set(Stage) - OPEN_STAGES:
        assert set(TRANSITIONS[stage]) == {EventAttached, NoteAdded}


@pytest.mark.parametrize("stage", list(Stage))
def test_a_fact_that_the_table_does_not_have_is_refused(stage: Stage) -> None:
    case = make_case(stage=stage)
    samples = {type(fact.data): fact.data for fact, _, _ in Life(Random(4)).live(400).changes}
    for kind, data in samples.items():
        if kind in TRANSITIONS[stage]:
            assert then(case, data).stage is TRANSITIONS[stage][kind]
        else:
            with pytest.raises(IllegalChange, match=stage.value):
                then(case, data)


def test_a_case_that_was_never_opened_cannot_change() -> None:
    with pytest.raises(IllegalChange, match="never opened"):
        apply(None, Fact(CaseId("c1"), TUESDAY_10, NoteAdded(by="x", note="y")), 1)


def test_a_case_is_opened_once() -> None:
    case = make_case()
    opened = decide_event(make_event())[0]
    with pytest.raises(IllegalChange, match="CaseOpened on a case that is dispatched"):
        then(case, opened.data)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_history_leaves_the_table_and_versions_count_the_facts(seed: int) -> None:
    for fact, before, after in Life(Random(seed)).live(60).changes:
        if before is None:
            assert isinstance(fact.data, CaseOpened)
            assert after.stage is Stage.REPORTED
        else:
            assert after.stage is TRANSITIONS[before.stage][type(fact.data)]
            assert after.version > before.version
        has_worker = after.stage not in (Stage.REPORTED, Stage.FILED, Stage.VOID)
        assert bool(after.worker) is bool(after.task_id) is has_worker
        assert (after.stage is Stage.CLOSED) is (after.closed_at is not None)
        assert after.is_open is (after.stage in OPEN_STAGES)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_journal_read_back_from_json_makes_the_same_cases(seed: int) -> None:
    life = Life(Random(seed)).live(60)
    again: dict[CaseId, Case] = {}
    for seq, (fact, _, _) in enumerate(life.changes, start=1):
        written = msgspec.json.encode(fact.data)
        data = msgspec.json.decode(written, type=FACTS[fact.kind])
        again[fact.case_id] = apply(again.get(fact.case_id), Fact(fact.case_id, fact.at, data), seq)
    assert again == life.cases


def test_an_event_attached_adds_its_episode_pictures_and_reporter_once() -> None:
    case = make_case(attach(episode="ep", media=("m1", "m2"), reporter="r1"), attach(episode="ep", media=("m2", "m3")))
    assert (case.events, case.episodes, case.media, case.reporter) == (3, ("ep",), ("m1", "m2", "m3"), "r1")


def test_an_event_of_the_past_does_not_make_the_last_one_older() -> None:
    case = make_case(attach(observed_at=TUESDAY_10 - timedelta(days=1)))
    assert case.last_event_at == TUESDAY_10


def test_a_case_is_cleared_by_a_close_until_it_goes_on_and_a_sync_says_nothing() -> None:
    phases = [Phase.CLOSE, Phase.SYNC, Phase.UPDATE, Phase.SYNC]
    cleared = [make_case(*(attach(phase=each) for each in phases[:n])).cleared for n in range(1, 5)]
    assert cleared == [True, True, False, False]


def test_what_a_case_carries_has_an_end() -> None:
    many = [attach(episode=f"ep{n}", media=(f"m{n}",)) for n in range(100)]
    case = make_case(*many)
    assert len(case.media) == MEDIA_KEPT
    assert case.media[0] == "m0"
    assert len(case.episodes) == EPISODES_KEPT
    assert case.episodes[-1] == "ep99"


def test_who_declined_is_remembered_and_the_task_is_gone() -> None:
    case = make_case(TaskAccepted(task_id=T1, worker=ANN), TaskDeclined(task_id=T1, worker=ANN, reason="far"))
    assert case.stage is Stage.FILED
    assert case.declined_by == (ANN,)
    assert (case.worker, case.task_id, case.dispatched_at, case.accepted_at) == ("", "", None, None)
    assert case.first_dispatched_at == TUESDAY_10


def test_a_longer_limit_takes_the_overdue_mark_away_and_one_that_has_passed_does_not() -> None:
    late = make_case(overdue=True)
    for hours, still in ((2, False), (-2, True)):
        limit = CaseReclassified(
            category=LITTER,
            priority=Priority.GENERAL,
            by="x",
            due_at=TUESDAY_10 + timedelta(hours=1 + hours),
            warn_at=TUESDAY_10,
        )
        assert then(late, limit).overdue is still


def test_a_voided_case_is_not_a_closed_one() -> None:
    case = fold(decide_event(make_event(confidence=0.1)))
    case = then(case, CaseVoided(by="x", reason="test"))
    assert (case.stage, case.closed_at, case.on_time) == (Stage.VOID, None, None)
    assert case.voided_at is not None
    for data in (CaseClosed(by="x", on_time=True), CheckPassed(by="x")):
        with pytest.raises(IllegalChange):
            then(case, data)


def rules(case: Case) -> list[str]:
    return [reason.rule for reason in case.because]


def test_a_case_tells_the_reasons_that_hold_now_and_the_journal_all_that_held() -> None:
    doubtful = fold(decide_event(make_event(confidence=0.1)))
    assert rules(doubtful) == ["class.given", "place.coordinates", "wait.confidence"]
    sent = make_case()
    assert rules(sent)[2:] == ["file.sure", "duty.row", "file.limit", "assign.nearest", "assign.pool"]
    queued = then(
        then(sent, TaskDeclined(task_id=T1, worker=ANN, reason="far")),
        CaseQueued(reason="queue.all_full", because=(Reason("queue.all_full", {"skill": "gas"}),)),
    )
    assert rules(queued)[2:] == ["file.sure", "duty.row", "file.limit", "queue.all_full"]
    assert queued.waiting == "queue.all_full"


def test_a_new_department_has_its_own_reason_and_none_changes_nothing() -> None:
    duty = Reason("duty.row", {"department": "SAN"})
    for department, because in ((SAN, (duty,)), (DepartmentId(""), ())):
        case = then(make_case(), CaseRelocated(place=Place(), by="x", department=department, because=because))
        assert case.department == (department or MUN)
        assert (duty in case.because) is bool(department)


def test_filing_ends_the_waiting() -> None:
    case = fold(decide_event(make_event(confidence=0.1)))
    assert case.waiting == "wait.confidence"
    filed = next(fact.data for fact in decide_event(make_event()) if isinstance(fact.data, CaseFiled))
    assert then(case, filed).waiting == ""
