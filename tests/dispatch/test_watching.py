"""Remarks, marks, supervision, whose case it is at the desk, and taking back one's last move (督办, 占用, 撤销)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from dispatch.access import Actor
from dispatch.case import (
    FACTS,
    Case,
    CaseClaimed,
    CaseReminded,
    Fact,
    FactData,
    MoveUndone,
    NoteAdded,
    Stage,
    Supervision,
    apply,
)
from dispatch.city import Flow
from dispatch.command_table import COMMANDS
from dispatch.ids import CaseId, WorkerId
from dispatch.moves.watching import UNDOABLE
from dispatch.refusals import BadField, Claimed, IllegalMove, MissingField, NothingToUndo
from dispatch.situation import LastMove
from tests.builders import TUESDAY_10, fold, kinds, local, make_actor, make_case, make_city, make_situation
from tests.dispatch.asking import ANN, AT, LEADER, REVIEW, SAMPLES, around, at_stage, give, given, ready
from tests.dispatch.test_case import attach
from tests.taxonomy import LITTER

SECOND = timedelta(seconds=1)
DISPATCHER, SUPERVISOR = make_actor("dispatcher"), make_actor("supervisor")

# --- said of a case --------------------------------------------------------------------------------------


def test_a_note_asks_for_the_attention_of_each_whom_it_names_once() -> None:
    (fact,) = give("note", make_case(), note="look", mentions=["li", "wu", "li"], media=["m1"])
    assert isinstance(fact.data, NoteAdded)
    assert (fact.data.mentions, fact.data.media) == (("li", "wu"), ("m1",))
    with pytest.raises(BadField):
        give("note", make_case(), note="x", mentions=["u"] * 21)


def test_a_case_is_reminded_of_as_often_as_somebody_does() -> None:
    case = given("remind", given("remind", make_case(), SUPERVISOR), LEADER, note="please")
    assert (case.reminders, case.stage) == (2, Stage.DISPATCHED)


def test_marks_are_set_and_taken_away_one_by_one() -> None:
    case = given("mark", make_case(), urgent=True)
    assert (case.urgent, case.key_case) == (True, False)
    case = given("mark", case, key_case=True)
    assert (case.urgent, case.key_case) == (True, True)
    assert given("mark", case, urgent=False).key_case
    with pytest.raises(MissingField):
        give("mark", case)


def test_a_leader_answers_for_a_supervised_case_until_he_says_otherwise() -> None:
    case = given("supervise", make_case(), SUPERVISOR, note="I want to see it done", due_at=local(3, 18))
    assert case.supervised == Supervision(by="supervisor", at=AT, note="I want to see it done", due_at=local(3, 18))
    case = given("unsupervise", case, LEADER)
    assert case.supervised is None
    with pytest.raises(IllegalMove):
        give("unsupervise", case, LEADER)


@pytest.mark.parametrize("due_at", [AT, AT - SECOND, local(3, 18).replace(tzinfo=None)])
def test_supervision_ends_in_the_future(due_at: Any) -> None:
    with pytest.raises(BadField, match="due_at"):
        give("supervise", make_case(), due_at=due_at)


# --- whose it is at the desk -----------------------------------------------------------------------------


def claimed(by: Actor = DISPATCHER) -> Case:
    case = given("claim", make_case(), by)
    assert (case.claimed_by, case.claimed_at) == (by.user, AT)
    return case


DESK = [name for name, rows in COMMANDS.items() if rows[0].desk]
NOT_DESK = [name for name, rows in COMMANDS.items() if not rows[0].desk and rows[0].stages and name != "undo"]


@pytest.mark.parametrize("name", DESK)
def test_others_of_the_desk_do_nothing_with_a_claimed_case_and_learn_whose_it_is(name: str) -> None:
    row = COMMANDS[name][0]
    case = ready(name, min(row.stages))
    case = replace(case, claimed_by="wu", claimed_at=AT)
    fields = {field: SAMPLES[field] for field in row.needs}
    admin = make_actor("admin", user="li")
    with pytest.raises(Claimed) as refused:
        give(name, case, admin, situation=around(case), at=AT + SECOND, **fields)
    assert (refused.value.by, refused.value.values["command"]) == ("wu", name)
    own = make_actor("admin", user="wu")
    assert give(name, case, own, situation=around(case), at=AT + SECOND, **fields)


def test_the_worker_collectors_and_those_who_watch_go_on() -> None:
    assert given("accept", claimed(), ANN).stage is Stage.ACCEPTED
    for name, actor, data in (
        ("remind", SUPERVISOR, {}),
        ("supervise", SUPERVISOR, {}),
        ("mark", LEADER, {"urgent": True}),
        ("note", LEADER, {"note": "x"}),
    ):
        assert give(name, claimed(), actor, **data)
    handled = replace(at_stage(Stage.HANDLED), claimed_by="wu", claimed_at=AT)
    assert given("check", handled, make_actor("collector"), passed=True).stage is Stage.CLOSED


@pytest.mark.parametrize(
    ("after_s", "reason", "taken"),
    [
        pytest.param(0, "", True, id="at once, without a word: both opened it at the same moment"),
        pytest.param(20, "", True, id="until the grace is over"),
        pytest.param(21, "", False, id="not later"),
        pytest.param(21, "  ", False, id="nor with an empty reason"),
        pytest.param(21, "he is at lunch", True, id="with a reason at any time"),
        pytest.param(600, "", False, id="until the claim is stale"),
        pytest.param(601, "", True, id="then anybody"),
    ],
)
def test_a_claim_is_taken_over_gracefully(after_s: float, reason: str, taken: bool) -> None:
    at = AT + timedelta(seconds=after_s)
    if not taken:
        with pytest.raises(Claimed):
            give("claim", claimed(), LEADER, at=at, reason=reason)
        return
    (fact,) = give("claim", claimed(), LEADER, at=at, reason=reason)
    assert isinstance(fact.data, CaseClaimed)
    stale = after_s > 600
    assert (fact.data.by, fact.data.taken_from) == ("leader", "" if stale else "dispatcher")
    assert fold([fact], claimed()).claimed_by == "leader"
    with pytest.raises(Claimed):
        give("reassign", fold([fact], claimed()), DISPATCHER, at=at, worker="bob")


def test_how_long_a_claim_binds_is_the_citys_word() -> None:
    short = make_situation(make_city(flow=Flow(claim_grace_s=0, claim_stale_s=30)))
    with pytest.raises(Claimed):
        give("claim", claimed(), LEADER, situation=short, at=AT + SECOND)
    assert give("reassign", claimed(), LEADER, situation=short, at=AT + 31 * SECOND, worker="bob")


def test_one_claims_again_to_keep_it_and_lets_go_of_ones_own() -> None:
    kept = given("claim", claimed(), DISPATCHER, at=AT + 500 * SECOND)
    with pytest.raises(Claimed):
        give("release", kept, LEADER, at=AT + 900 * SECOND)
    free = given("release", kept, DISPATCHER)
    assert (free.claimed_by, free.claimed_at) == ("", None)
    with pytest.raises(IllegalMove):
        give("release", free, DISPATCHER)
    assert given("release", kept, LEADER, at=AT + 1_200 * SECOND).claimed_by == "", "a stale one is anybody's"


def test_a_claim_ends_with_the_case() -> None:
    assert given("void", claimed(), DISPATCHER, reason="x").claimed_by == ""


# --- taking back -----------------------------------------------------------------------------------------


def last_of(before: Case, facts: list[Fact], **changes: Any) -> LastMove:
    """Return a move as the engine finds it in the journal."""
    values: dict[str, Any] = {
        "before": before,
        "first": facts[0].data,
        "seq": before.version + 1,
        "at": facts[0].at,
        "version": fold(facts, before).version,
        "by": frozenset(by for fact in facts if (by := getattr(fact.data, "by", ""))),
    }
    return LastMove(**(values | changes))


def undo(case: Case, last: LastMove | None, actor: Actor = LEADER, **more: Any) -> list[Fact]:
    return give("undo", case, actor, situation=replace(make_situation(), last=last), **more)


MOVES: Mapping[str, tuple[str, Stage, dict[str, Any]]] = {
    "CaseAccepted": ("accept", Stage.REPORTED, {}),
    "CaseClosed": ("close", Stage.CHECKED, {}),
    "CaseDeclined": ("decline", Stage.REPORTED, {"reason": "x"}),
    "CaseFiled": ("file", Stage.REPORTED, {}),
    "CaseForceClosed": ("force_close", Stage.ACCEPTED, {"reason": "x"}),
    "CaseMarked": ("mark", Stage.ACCEPTED, {"urgent": True}),
    "CaseReclassified": ("reclassify", Stage.ACCEPTED, {"category": LITTER}),
    "CaseRelocated": ("relocate", Stage.ACCEPTED, {"lon": 106.515, "lat": 29.505}),
    "CaseReopened": ("reopen", Stage.CLOSED, {"reason": "x"}),
    "CaseResumed": ("resume", Stage.SUSPENDED, {}),
    "CaseSupervised": ("supervise", Stage.ACCEPTED, {}),
    "CaseSuspended": ("suspend", Stage.ARRIVED, {"review_at": REVIEW, "reason": "x"}),
    "CaseVoided": ("void", Stage.FILED, {"reason": "x"}),
    "CheckPassed": ("check", Stage.HANDLED, {"passed": True}),
    "CheckSent": ("send_to_check", Stage.HANDLED, {}),
    "CoordinationBegun": ("coordinate", Stage.FILED, {"reason": "x"}),
    "PrioritySet": ("set_priority", Stage.ACCEPTED, {"priority": "critical"}),
    "RequestRefused": ("refuse", Stage.EXTENSION_REQUESTED, {"note": "no"}),
    "SupervisionEnded": ("unsupervise", Stage.ACCEPTED, {}),
    "TaskDispatched": ("dispatch", Stage.FILED, {"worker": "bob"}),
    "TaskWithdrawn": ("reassign", Stage.ARRIVED, {"worker": "bob"}),
    "VerificationAsked": ("verify", Stage.REPORTED, {}),
}
"""The first fact of a move -> a command that begins with it."""


def test_each_kind_of_move_that_may_be_undone_has_its_example() -> None:
    assert set(MOVES) == {kind.__name__ for kind in UNDOABLE}


@pytest.mark.parametrize("kind", list(MOVES))
def test_a_move_is_taken_back_and_the_case_is_as_it_was(kind: str) -> None:
    name, stage, data = MOVES[kind]
    before = ready(name, stage)
    facts = give(name, before, LEADER, **data)
    assert facts[0].kind == kind
    after = fold(facts, before)
    (fact,) = undo(after, last_of(before, facts), at=AT + 120 * SECOND)
    assert isinstance(fact.data, MoveUndone)
    assert (fact.data.what, fact.data.by, fact.data.undoes) == (kind, "leader", before.version + 1)
    assert replace(fold([fact], after), version=before.version) == before


@pytest.mark.parametrize("kind", list(MOVES))
def test_what_is_undone_reads_the_same_from_the_journal(kind: str) -> None:
    name, stage, data = MOVES[kind]
    before = ready(name, stage)
    facts = give(name, before, LEADER, **data)
    after = fold(facts, before)
    (fact,) = undo(after, last_of(before, facts))
    written = msgspec.json.decode(msgspec.json.encode(fact.data), type=FACTS["MoveUndone"])
    assert apply(after, Fact(after.id, fact.at, written), 99) == apply(after, fact, 99)


def voided() -> tuple[Case, Case, list[Fact]]:
    before = make_case()
    facts = give("void", before, LEADER, reason="x")
    return before, fold(facts, before), facts


@pytest.mark.parametrize(
    ("changes", "actor", "after_s"),
    [
        pytest.param({}, DISPATCHER, 0, id="another did it"),
        pytest.param({"by": frozenset({"leader", "dispatcher"})}, LEADER, 0, id="another had a hand in it"),
        pytest.param({"by": frozenset()}, LEADER, 0, id="the worker did it"),
        pytest.param({"by": frozenset({"rule"})}, LEADER, 0, id="the rules did it"),
        pytest.param({}, LEADER, 121, id="it is too long ago"),
        pytest.param({"version": 99}, LEADER, 0, id="something has come after it"),
        pytest.param({"others": True}, LEADER, 0, id="another case has a part in it"),
        pytest.param({"first": CaseReminded(by="leader")}, LEADER, 0, id="it is nothing that can be taken back"),
    ],
)
def test_a_move_is_not_taken_back(changes: dict[str, Any], actor: Actor, after_s: float) -> None:
    before, after, facts = voided()
    last = last_of(before, facts, **changes)
    with pytest.raises(NothingToUndo):
        undo(after, last, actor, at=AT + after_s * SECOND)
    with pytest.raises(NothingToUndo):
        undo(after, None)


def test_how_long_one_may_take_back_is_the_citys_word() -> None:
    before, after, facts = voided()
    last = last_of(before, facts)
    for undo_s, works in ((0, False), (5, True)):
        situation = replace(make_situation(make_city(flow=Flow(undo_s=undo_s))), last=last)
        if works:
            assert give("undo", after, LEADER, situation=situation, at=AT + 5 * SECOND)
        else:
            with pytest.raises(NothingToUndo):
                give("undo", after, LEADER, situation=situation, at=AT + SECOND)


def test_what_the_rules_added_to_ones_move_goes_with_it() -> None:
    before = at_stage(Stage.REPORTED)
    facts = give("file", before, LEADER)
    assert kinds(facts) == ["CaseFiled", "TaskDispatched"]
    case = fold(undo(fold(facts, before), last_of(before, facts)), fold(facts, before))
    assert (case.stage, case.worker, case.attempts, case.due_at) == (Stage.REPORTED, "", 0, None)


def test_what_sources_and_other_cases_said_meanwhile_stays() -> None:
    """The fact says how the case was; what has come since from elsewhere is not the desk's to take back."""
    before, after, facts = voided()
    (fact,) = undo(after, last_of(before, facts))
    told: tuple[FactData, ...] = (attach(episode="new", media=("m9",), reporter="r1"),)
    meanwhile = fold([Fact(after.id, AT, data) for data in told], after)
    meanwhile = replace(meanwhile, merged=(CaseId("b"),), open_children=(CaseId("n1"),), cleared=True)
    case = fold([fact], meanwhile)
    assert (case.stage, case.worker) == (Stage.DISPATCHED, WorkerId("ann"))
    assert (case.events, case.episodes, case.media, case.reporter) == (2, ("new",), ("m9",), "r1")
    assert (case.merged, case.open_children, case.cleared) == (("b",), ("n1",), True)


def test_the_clock_of_the_stage_that_comes_back_goes_on_from_where_it_was() -> None:
    before = replace(at_stage(Stage.REPORTED), stage_due_at=local(3, 10, 40))
    facts = give("accept", before, LEADER)
    after = fold(facts, before)
    assert after.stage_due_at == local(3, 10, 45)
    case = fold(undo(after, last_of(before, facts)), after)
    assert (case.stage_due_at, case.stage_since) == (local(3, 10, 40), TUESDAY_10)
