"""What people may ask of a case, what comes of it, and how it is refused."""

from typing import Any

import pytest

from dispatch.case import (
    BUSY_STAGES,
    REQUEST_STAGES,
    Case,
    CaseClosed,
    CaseFiled,
    CaseReclassified,
    CaseRelocated,
    CaseReworked,
    Stage,
    TaskDeclined,
    TaskDispatched,
    TaskWithdrawn,
    WorkerArrived,
)
from dispatch.city import Flow
from dispatch.commands import Command, legal_commands, perform
from dispatch.ids import TaskId, WorkerId
from dispatch.place import Basis
from dispatch.refusals import (
    MissingField,
    NoDepartment,
    SameWorker,
    UnknownCategory,
    UnknownWorker,
)
from gis.point import LonLat
from tests.builders import (
    IN_G1,
    IN_G4,
    MUN,
    OUTSIDE,
    SAN,
    fold,
    kinds,
    local,
    make_case,
    make_city,
    make_roster,
    make_situation,
)
from tests.dispatch.asking import ANN, AT, LEADER, at_stage, give, queued, reported
from tests.taxonomy import LITTER, ODD, TREE

# --- the straight path -----------------------------------------------------------------------------------


def test_a_case_goes_its_way_from_the_phone_to_the_end() -> None:
    case = make_case()
    told = []
    for name, actor, data in (
        ("accept", ANN, {}),
        ("depart", ANN, {}),
        ("arrive", ANN, {"lon": IN_G1.lon, "lat": IN_G1.lat}),
        ("report_handled", ANN, {"note": "tightened", "media": ["m7"]}),
        ("check", LEADER, {"passed": True}),
    ):
        facts = give(name, case, actor, **data)
        case = fold(facts, case)
        told += kinds(facts)
    assert told == ["TaskAccepted", "WorkerDeparted", "WorkerArrived", "CaseHandled", "CheckPassed", "CaseClosed"]
    assert (case.stage, case.on_time, case.closed_at) == (Stage.CLOSED, True, AT)
    assert case.accepted_at == case.departed_at == case.arrived_at == case.handled_at == AT


def test_acknowledge_is_another_word_for_accept() -> None:
    assert give("acknowledge", make_case(), ANN) == give("accept", make_case(), ANN)
    assert "acknowledge" not in legal_commands(make_case(), ANN)


def test_a_worker_speaks_for_himself_and_a_desk_for_him_by_name() -> None:
    by = [fact.data.by for actor in (ANN, LEADER) for fact in give("accept", make_case(), actor)]  # type: ignore[attr-defined]
    assert by == ["", "leader"]


@pytest.mark.parametrize(("handled_at", "on_time"), [(local(3, 12), True), (local(3, 12, 1), False)])
def test_a_case_is_on_time_if_it_was_handled_on_time_however_long_the_check_took(
    handled_at: Any, on_time: bool
) -> None:
    case = make_case(stage=Stage.HANDLED, handled_at=handled_at)
    (_, closed) = perform(
        Command("check", LEADER, {"passed": True}), case, make_situation(), task_id=TaskId("t2"), at=local(9, 12)
    )
    assert isinstance(closed.data, CaseClosed)
    assert closed.data.on_time is on_time


def test_where_the_city_closes_by_hand_the_check_leaves_it_open() -> None:
    by_hand = make_situation(make_city(flow=Flow(auto_close=False)))
    facts = give("check", at_stage(Stage.HANDLED), situation=by_hand, passed=True)
    assert kinds(facts) == ["CheckPassed"]
    checked = fold(facts, at_stage(Stage.HANDLED))
    assert kinds(give("close", checked, situation=by_hand, note="done")) == ["CaseClosed"]


def test_a_failed_check_sends_the_same_worker_again_and_says_why() -> None:
    case = at_stage(Stage.HANDLED)
    (fact,) = give("check", case, passed=False, note="still smells", media=["m1"])
    assert isinstance(fact.data, CaseReworked)
    assert (fact.data.worker, fact.data.task_id, fact.data.reason) == ("ann", "t2", "still smells")
    again = fold([fact], case)
    assert (again.stage, again.reworks, again.handled_at, again.dispatched_at) == (Stage.REWORK, 1, None, AT)


@pytest.mark.parametrize("stage", [Stage.HANDLED, Stage.CHECKING, Stage.CHECKED])
def test_rework_is_asked_for_with_a_reason(stage: Stage) -> None:
    assert kinds(give("rework", at_stage(stage), reason="no")) == ["CaseReworked"]


# --- filing and sorting ----------------------------------------------------------------------------------


def test_filing_sends_at_once() -> None:
    facts = give("file", reported())
    assert kinds(facts) == ["CaseFiled", "TaskDispatched"]
    assert isinstance(facts[0].data, CaseFiled)
    assert facts[0].data.by == "leader"


def test_filing_may_say_what_and_where_it_is() -> None:
    nothing = reported(kind="E0", point=None)
    facts = give("file", nothing, category=LITTER, lon=IN_G4.lon, lat=IN_G4.lat, address="Gate 2")
    assert kinds(facts) == ["CaseReclassified", "CaseRelocated", "CaseFiled", "TaskDispatched"]
    case = fold(facts, nothing)
    assert (case.category, case.department, case.worker) == (LITTER, SAN, "cai")
    assert (case.place.grid, case.place.basis, case.place.address) == ("S2G4", Basis.PERSON, "Gate 2")


def test_an_address_alone_is_a_place_to_go_to() -> None:
    nowhere = reported(point=None)
    facts = give("file", nowhere, address="behind the school")
    assert fold(facts, nowhere).place.address == "behind the school"
    assert kinds(facts)[-1] == "TaskDispatched"


@pytest.mark.parametrize(
    ("case", "field"), [(reported(kind="E0"), "category"), (reported(point=None), "lon")], ids=["what", "where"]
)
def test_a_case_of_which_nobody_knows_what_or_where_it_is_cannot_be_filed(case: Case, field: str) -> None:
    with pytest.raises(MissingField) as refused:
        give("file", case)
    assert refused.value.values["field"] == field


def test_nobodys_duty_cannot_be_filed() -> None:
    with pytest.raises(NoDepartment):
        give("file", reported(kind=ODD))


def test_half_a_point_is_no_point() -> None:
    with pytest.raises(MissingField, match="lat"):
        give("file", reported(), lon=106.5)
    with pytest.raises(MissingField, match="lon"):
        give("arrive", at_stage(Stage.ACCEPTED), ANN, lat=29.5)


def test_another_category_brings_another_limit_counted_from_the_filing() -> None:
    (fact,) = give("reclassify", make_case(), category=LITTER, reason="it is litter")
    assert isinstance(fact.data, CaseReclassified)
    assert (fact.data.due_at, fact.data.reason, fact.data.department) == (local(3, 15), "it is litter", "")
    assert fold([fact], make_case()).department == MUN, "whoever has the task keeps it"


def test_another_category_of_a_queued_case_goes_to_the_department_that_answers() -> None:
    waiting = queued()
    facts = give("reclassify", waiting, category=LITTER)
    assert kinds(facts) == ["CaseReclassified", "TaskDispatched"]
    assert fold(facts, waiting).worker == "cai"
    with pytest.raises(NoDepartment):
        give("reclassify", waiting, category=ODD)


def test_a_reported_case_may_be_sorted_before_it_has_a_limit_or_a_department() -> None:
    facts = give("reclassify", reported(severity=3), category=TREE)
    assert kinds(facts) == ["CaseReclassified"]
    case = fold(facts, reported())
    assert (case.category, case.due_at, case.department, case.priority.value) == (TREE, None, "", "critical")


def test_another_place_is_placed_down_to_the_grid_and_said_to_be_a_persons_word() -> None:
    (fact,) = give("relocate", make_case(), lon=IN_G4.lon, lat=IN_G4.lat, reason="map")
    assert isinstance(fact.data, CaseRelocated)
    assert (fact.data.place.grid, fact.data.place.basis, fact.data.by) == ("S2G4", Basis.PERSON, "leader")
    (fact,) = give("relocate", reported(kind="E0"), lon=OUTSIDE.lon, lat=OUTSIDE.lat)
    assert isinstance(fact.data, CaseRelocated)
    assert not fact.data.place.inside


@pytest.mark.parametrize("name", ["file", "reclassify"])
def test_a_category_that_the_city_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(UnknownCategory, match="E0000"):
        give(name, reported(), category="E0000")


# --- sending ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", sorted(BUSY_STAGES - REQUEST_STAGES))
def test_a_declined_task_goes_to_the_next_worker(stage: Stage) -> None:
    declined, sent = (fact.data for fact in give("decline", at_stage(stage), ANN, reason="flat tyre"))
    assert isinstance(declined, TaskDeclined)
    assert isinstance(sent, TaskDispatched)
    assert (declined.reason, sent.worker, sent.attempt) == ("flat tyre", "bob", 2)


def test_a_task_that_all_declined_waits_in_the_queue() -> None:
    facts = give("decline", make_case(declined_by=(WorkerId("bob"),)), ANN, reason="no")
    assert kinds(facts) == ["TaskDeclined", "CaseQueued"]
    assert fold(facts, make_case()).waiting == "queue.all_declined"


def test_a_queued_case_is_sent_to_whom_a_person_names_even_off_duty_or_by_the_rules() -> None:
    waiting = queued()
    nobody = make_situation(roster=make_roster(on_duty=[]))
    (fact,) = give("dispatch", waiting, situation=nobody, worker="cai")
    assert isinstance(fact.data, TaskDispatched)
    assert (fact.data.worker, fact.data.by, fact.data.department) == ("cai", "leader", SAN)
    assert kinds(give("dispatch", waiting, situation=nobody)) == ["CaseQueued"]
    assert kinds(give("dispatch", waiting)) == ["TaskDispatched"]


@pytest.mark.parametrize("stage", sorted(BUSY_STAGES))
def test_a_task_is_taken_back_before_another_gets_it(stage: Stage) -> None:
    withdrawn, sent = (fact.data for fact in give("reassign", at_stage(stage), worker="bob", reason="nearer"))
    assert isinstance(withdrawn, TaskWithdrawn)
    assert isinstance(sent, TaskDispatched)
    assert (withdrawn.worker, withdrawn.reason, sent.worker) == ("ann", "nearer", "bob")


def test_nobody_is_sent_whom_the_city_does_not_know_or_who_has_it_already() -> None:
    with pytest.raises(UnknownWorker, match="zoe"):
        give("reassign", make_case(), worker="zoe")
    with pytest.raises(UnknownWorker):
        give("dispatch", queued(), worker="zoe")
    with pytest.raises(SameWorker):
        give("reassign", make_case(), worker="ann")


@pytest.mark.parametrize("stage", [Stage.REPORTED, Stage.FILED, *sorted(BUSY_STAGES)])
def test_a_voided_case_leaves_no_task_on_a_phone(stage: Stage) -> None:
    facts = kinds(give("void", at_stage(stage), reason="a test"))
    assert facts == (["TaskWithdrawn"] if stage in BUSY_STAGES else []) + ["CaseVoided"]


def test_notes_and_reminders_change_no_stage_and_send_nobody() -> None:
    waiting = queued()
    assert kinds(give("remind", waiting, note="please")) == ["CaseReminded"]
    assert kinds(give("note", at_stage(Stage.CLOSED), note="it came back")) == ["NoteAdded"]
    assert fold(give("remind", waiting), waiting).reminders == 1


def test_where_a_worker_arrived_is_kept_if_he_says_so() -> None:
    said: tuple[dict[str, Any], ...] = ({}, {"lon": 106.5, "lat": 29.5})
    points = [
        fact.data.point
        for data in said
        for fact in give("arrive", at_stage(Stage.ACCEPTED), ANN, **data)
        if isinstance(fact.data, WorkerArrived)
    ]
    assert points == [None, LonLat(106.5, 29.5)]
