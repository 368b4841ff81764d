"""A case is what its facts have made it, and no fact makes it what the table does not have."""

from datetime import timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.case import (
    BUSY_STAGES,
    ENDED_STAGES,
    EPISODES_KEPT,
    FACTS,
    MEDIA_KEPT,
    OPEN_STAGES,
    REQUEST_STAGES,
    RUNNING_STAGES,
    TRANSITIONS,
    UNFILED_STAGES,
    Back,
    CallbackDone,
    Case,
    CaseClosed,
    CaseFiled,
    CaseOpened,
    CaseQueued,
    CaseReclassified,
    CaseRelocated,
    CaseReopened,
    CaseVoided,
    CheckPassed,
    ChildEnded,
    EventAttached,
    Fact,
    FactData,
    ForwardFailed,
    ForwardTaken,
    IllegalChange,
    MasterEnded,
    MoveUndone,
    NoteAdded,
    PartnerUpdated,
    PersonalDataErased,
    Place,
    ReporterAnswered,
    ReporterWrote,
    ReportRated,
    ReportRedacted,
    ReportWithdrawn,
    Stage,
    TaskAccepted,
    TaskDeclined,
    apply,
)
from dispatch.category import Priority
from dispatch.changes.watching import before_of
from dispatch.event import Phase
from dispatch.ids import CaseId, DepartmentId, EventId, SourceId, TaskId, WorkerId
from dispatch.reasons import Reason
from tests.builders import MUN, SAN, TUESDAY_10, decide_event, fold, make_case, make_event
from tests.dispatch.asking import at_stage
from tests.dispatch.histories import Life, some_lives
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


MOVES = """
reported verifying pending_filing reopened: CaseFiled -> filed
reported pending_filing reopened: VerificationAsked -> verifying
reported verifying pending_filing reopened: CaseDeclined -> not_filed
reported verifying pending_filing reopened filed: CaseMerged -> merged
reported verifying pending_filing reopened filed self_handled coordinating: CaseVoided -> void
reported: CaseAccepted -> pending_filing
reported verifying pending_filing: CaseSelfHandled -> self_handled
verifying: VerificationPassed -> pending_filing
verifying: VerificationFailed -> void
self_handled: CaseFiled -> filed
self_handled checked: CaseClosed -> closed
filed: TaskDispatched -> dispatched
filed: CoordinationBegun -> coordinating
dispatched rework: TaskAccepted -> accepted
accepted: WorkerArrived -> arrived
filed arrived extension_requested: CaseHandled -> handled
dispatched rework accepted arrived: TaskDeclined -> filed
dispatched rework accepted arrived: ReturnRequested -> return_requested
dispatched rework accepted arrived: ExtensionRequested -> extension_requested
dispatched rework accepted arrived: SuspensionRequested -> suspension_requested
filed dispatched rework accepted arrived suspension_requested: CaseSuspended -> suspended
dispatched rework accepted arrived return_requested extension_requested suspension_requested: TaskWithdrawn -> filed
return_requested extension_requested suspension_requested: RequestRefused -> HELD
return_requested extension_requested suspension_requested: RequestWithdrawn -> HELD
return_requested: ReturnGranted -> filed
extension_requested: ExtensionGranted -> HELD
suspended: CaseResumed -> HELD
coordinating: CoordinationSettled -> filed
filed dispatched rework accepted arrived suspended coordinating: CaseForceClosed -> forced_closed
return_requested extension_requested suspension_requested: CaseForceClosed -> forced_closed
handled: CheckSent -> checking
handled: CheckAsked -> checking
handled checking: CheckPassed -> checked
handled checking checked: CaseReworked -> rework
handled checking checked: ForwardEnded -> filed
closed forced_closed not_filed: CaseReopened -> reopened
"""
"""Written by hand beside the table: a wrong row of the table cannot make itself right."""


def written_moves() -> set[tuple[str, str, str]]:
    lines = (line.partition(": ") for line in MOVES.strip().splitlines())
    return {
        (stage, fact, after)
        for stages, _, move in lines
        for fact, _, after in [move.partition(" -> ")]
        for stage in stages.split()
    }


def test_the_stages_that_a_case_can_go_through_are_these() -> None:
    moves = {
        (stage.value, fact.__name__, after.name if isinstance(after, Back) else after.value)
        for stage, row in TRANSITIONS.items()
        for fact, after in row.items()
        if after is not stage and after is not Back.RESTORED
    }
    assert moves == written_moves()


def test_every_move_may_be_undone_and_nothing_else_restores() -> None:
    restoring = {(stage, fact) for stage, row in TRANSITIONS.items() for fact, to in row.items() if to is Back.RESTORED}
    assert restoring == {(stage, MoveUndone) for stage in Stage}


OF_REPORTERS: set[type[FactData]] = {ReporterAnswered, ReporterWrote, ReportRated, ReportRedacted, ReportWithdrawn}


def test_an_ended_case_still_takes_events_and_notes_and_hardly_anything_else() -> None:
    anyhow: set[type[FactData]] = {
        EventAttached,
        NoteAdded,
        ChildEnded,
        MoveUndone,
        PersonalDataErased,
        CallbackDone,
        *OF_REPORTERS,
        ForwardTaken,
        ForwardFailed,
        PartnerUpdated,
    }
    reopened = {Stage.CLOSED, Stage.FORCED_CLOSED, Stage.NOT_FILED}
    for stage in ENDED_STAGES:
        more: set[type[FactData]] = {CaseReopened} if stage in reopened else set()
        told: set[type[FactData]] = {MasterEnded} if stage is Stage.MERGED else set()
        assert set(TRANSITIONS[stage]) == anyhow | more | told


@pytest.fixture(scope="module")
def samples() -> dict[type[FactData], FactData]:
    """One of each kind of fact that long lives bring about."""
    return {type(fact.data): fact.data for life in some_lives() for fact, _, _ in life.changes}


NEVER_IN_A_LIFE = {
    "CaseEscalated",
    "LimitChanged",
    "CaseImported",
    "SourceLost",
    "SourceRestored",
    "ClearedBySilence",
    "SilenceExcused",
    "CaseForwarded",
    "ForwardTaken",
    "PartnerUpdated",
    "ForwardFailed",
    "ForwardEnded",
    "PersonalDataErased",
    "ReporterWrote",
    "ReportWithdrawn",
    "ReportRedacted",
}
"""What these lives do not reach; silence, erasing and reporters have tests of their own."""


def test_the_samples_of_these_tests_are_of_every_kind(samples: dict[type[FactData], FactData]) -> None:
    """Otherwise the law below would say little."""
    missing = set(FACTS) - {kind.__name__ for kind in samples}
    assert missing == NEVER_IN_A_LIFE | {"WorkerSignedOn", "WorkerSignedOff"}


@pytest.mark.parametrize("stage", list(Stage))
def test_a_fact_that_the_table_does_not_have_is_refused(stage: Stage, samples: dict[type[FactData], FactData]) -> None:
    case = at_stage(stage)
    for kind, data in samples.items():
        target = TRANSITIONS[stage].get(kind)
        if target is None:
            with pytest.raises(IllegalChange, match=stage.value):
                then(case, data)
        elif target is Back.HELD:
            assert then(case, data).stage is case.held is not None
        elif isinstance(data, MoveUndone):
            assert then(case, data).stage is before_of(data).stage
        else:
            assert then(case, data).stage is target


def test_a_case_that_was_never_opened_cannot_change() -> None:
    with pytest.raises(IllegalChange, match="never opened"):
        apply(None, Fact(CaseId("c1"), TUESDAY_10, NoteAdded(by="x", note="y")), 1)


def test_a_case_is_opened_once() -> None:
    case = make_case()
    opened = decide_event(make_event())[0]
    with pytest.raises(IllegalChange, match="CaseOpened on a case that is dispatched"):
        then(case, opened.data)


IDLE = UNFILED_STAGES | {
    Stage.FILED,
    Stage.COORDINATING,
    Stage.SELF_HANDLED,
    Stage.NOT_FILED,
    Stage.VOID,
    Stage.MERGED,
}
"""Stages in which no worker has the case, and none had it to its end."""

STANDING = {Stage.SUSPENDED, Stage.COORDINATING, Stage.HANDLED, Stage.CHECKING, Stage.CHECKED, Stage.CLOSED}
"""Stages in which the handling clock stands still (the city of these lives lets it, while a duty is settled)."""


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_no_history_leaves_the_table_and_versions_count_the_facts(seed: int) -> None:
    for fact, before, after in Life(Random(seed)).live(60).changes:
        if before is None:
            assert isinstance(fact.data, CaseOpened)
            assert after.stage is Stage.REPORTED
        else:
            target = TRANSITIONS[before.stage][type(fact.data)]
            assert after.stage is target or isinstance(target, Back)
            assert after.version > before.version
        check_case(after)


def check_case(case: Case) -> None:
    """What is true of every case, whatever has happened to it."""
    stage = case.stage
    place = case.held if stage is Stage.SUSPENDED else stage
    assert place is not None
    if place in BUSY_STAGES | {Stage.HANDLED, Stage.CHECKING, Stage.CHECKED}:
        assert case.worker
    if place in IDLE:
        assert not case.worker
    assert bool(case.worker) is bool(case.task_id)
    assert (stage in REQUEST_STAGES) is (case.request is not None)
    assert (stage in REQUEST_STAGES | {Stage.SUSPENDED}) is (case.held is not None)
    assert (stage is Stage.SUSPENDED) is (case.review_at is not None)
    assert (stage in (Stage.CLOSED, Stage.FORCED_CLOSED)) is (case.closed_at is not None)
    assert (stage in (Stage.NOT_FILED, Stage.VOID, Stage.MERGED)) is (case.voided_at is not None)
    assert (stage is Stage.MERGED) is bool(case.merged_into)
    assert case.is_open is (stage in OPEN_STAGES)
    assert (case.filed_at is None) is (case.clock is None) is (case.due_at is None)
    if case.clock is not None and stage in RUNNING_STAGES:
        assert case.clock.stopped_since is None
    if case.clock is not None and stage in STANDING:
        assert case.clock.stopped_since is not None
    if not case.is_open:
        assert (case.claimed_by, case.helpers) == ("", ())
    assert case.worker not in case.helpers or not case.worker
    assert set(case.open_children) <= set(case.children)


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
