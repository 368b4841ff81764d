"""How a command is refused: for who gives it, for the case, for its fields; by name, in both languages."""

import math
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.access import ROLES, Actor, Role
from dispatch.case import OPEN_STAGES, Case, Fact, Stage
from dispatch.commands import COMMANDS, CommandRow, legal_commands
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from dispatch.place import Place
from dispatch.refusals import (
    TEXTS,
    BadField,
    IllegalMove,
    MissingField,
    NotAllowed,
    NotAssisting,
    NotYourTask,
    Refusal,
    UnknownCommand,
)
from tests.builders import (
    MUN,
    fold,
    kinds,
    make_actor,
    make_case,
)
from tests.dispatch.asking import ADMIN, ANN, LEADER, SAMPLES, around, at_stage, give, own, ready, reported
from tests.dispatch.histories import Life
from tests.taxonomy import GAS


def needed(row: CommandRow) -> dict[str, Any]:
    """Return the least that a command needs."""
    one_of = ("urgent",) if row.right == "mark" else ()
    return {field: SAMPLES[field] for field in (*row.needs, *one_of)}


ROWS = [(name, row) for name, rows in COMMANDS.items() for row in rows if row.stages]
"""All but `leave`, which only one who goes along may say."""


def names_of(rows: Iterable[tuple[str, CommandRow]]) -> list[str]:
    return [f"{name}-{row.right}" for name, row in rows]


def row_at(name: str, stage: Stage) -> CommandRow | None:
    return next((row for row in COMMANDS[name] if stage in row.stages), None)


def ask(name: str, row: CommandRow, case: Case, actor: Actor, **data: Any) -> list[Fact]:
    return give(name, case, actor, situation=around(case, actor.user), **(needed(row) | data))


ASSISTED = {stage for stage in OPEN_STAGES if at_stage(stage).filed_at}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_command_is_carried_out_in_its_stages_and_refused_in_all_others(name: str) -> None:
    for stage in Stage:
        case, row = ready(name, stage), row_at(name, stage)
        if name == "release_assist" and stage in OPEN_STAGES - ASSISTED:
            with pytest.raises(NotAssisting):
                give(name, case, ADMIN, worker="bob")
        elif row is not None:
            assert own(ask(name, row, case, ADMIN), case).version > case.version, stage
        else:
            with pytest.raises(IllegalMove, match=stage.value) as refused:
                ask(name, COMMANDS[name][0], case, ADMIN)
            assert refused.value.legal == legal_commands(case, ADMIN)
            assert name not in refused.value.legal


@pytest.mark.parametrize(("name", "row"), ROWS, ids=names_of(ROWS))
def test_a_role_may_give_the_commands_whose_right_it_has_and_no_others(name: str, row: CommandRow) -> None:
    case = ready(name, _a_stage_of(row))
    for role in Role:
        actor = make_actor(role.value, worker_id=WorkerId("ann" if role is Role.WORKER else ""))
        if row.right in ROLES[role].commands:
            assert ask(name, row, case, actor), role
            assert name in legal_commands(case, actor) or row.alias_of
        else:
            with pytest.raises(NotAllowed, match=role.value):
                ask(name, row, case, actor)
            assert name not in legal_commands(case, actor)


def _a_stage_of(row: CommandRow) -> Stage:
    """Return one of the row's stages: for what may be said of every case one in which a worker has it."""
    return Stage.ACCEPTED if Stage.ACCEPTED in row.stages else min(row.stages)


def fields_that_are_needed() -> list[tuple[str, CommandRow, str]]:
    return [(name, row, field) for name, row in ROWS for field in row.needs]


@pytest.mark.parametrize(
    ("name", "row", "field"),
    fields_that_are_needed(),
    ids=[f"{n}-{r.right}-{f}" for n, r, f in fields_that_are_needed()],
)
@pytest.mark.parametrize("empty", [None, "", "  \n"])
def test_a_field_that_must_be_there_is_missed_by_name(
    name: str, row: CommandRow, field: str, empty: str | None
) -> None:
    case = ready(name, _a_stage_of(row))
    given = needed(row)
    del given[field]
    if empty is not None and isinstance(SAMPLES[field], str) and field != "priority":
        given[field] = empty
    elif isinstance(SAMPLES[field], list):
        given[field] = []
    with pytest.raises(MissingField) as refused:
        give(name, case, ADMIN, situation=around(case), **given)
    assert refused.value.values == {"command": name, "field": field}


def test_a_failed_check_must_say_what_failed() -> None:
    with pytest.raises(MissingField, match="note"):
        give("check", at_stage(Stage.HANDLED), passed=False, note=" ")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("relocate", {"lon": 181, "lat": 0}),
        ("relocate", {"lon": 0, "lat": -90.1}),
        ("relocate", {"lon": math.nan, "lat": 0}),
        ("relocate", {"lon": "106", "lat": 29}),
        ("relocate", {"lon": math.inf, "lat": 29}),
        ("note", {"note": 7}),
        ("note", {"note": "x" * 2001}),
        ("note", {"note": "x", "colour": "red"}),
        ("void", {"reason": ["x"]}),
    ],
)
def test_a_field_that_cannot_be_read_is_refused(name: str, data: dict[str, Any]) -> None:
    with pytest.raises(BadField):
        give(name, reported(), **data)


def test_pictures_are_bounded() -> None:
    with pytest.raises(BadField):
        give("report_handled", at_stage(Stage.ARRIVED), ANN, media=["m"] * 13)


def test_a_word_that_is_no_command_is_refused() -> None:
    with pytest.raises(UnknownCommand, match="explode"):
        give("explode", make_case())


def test_a_worker_moves_only_his_own_task() -> None:
    bob = make_actor("worker", worker_id=WorkerId("bob"))
    with pytest.raises(NotYourTask):
        give("accept", make_case(), bob)
    with pytest.raises(NotAllowed):
        give("note", make_case(), bob, note="hello")
    assert legal_commands(make_case(), bob) == ()
    asking = ("return", "request_extension", "request_suspension")
    assert legal_commands(make_case(), ANN) == ("accept", "decline", *asking, "undo", "note")


@pytest.mark.parametrize("bound", [{"area": AreaCode("S2")}, {"department": DepartmentId("SAN")}])
def test_nobody_commands_a_case_that_he_may_not_see(bound: dict[str, Any]) -> None:
    stranger = make_actor("leader", **bound)
    with pytest.raises(NotAllowed):
        give("remind", make_case(), stranger)
    assert legal_commands(make_case(), stranger) == ()
    insider = make_actor("leader", area=AreaCode("S1"), department=MUN)
    assert kinds(give("remind", make_case(), insider)) == ["CaseReminded"]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(list(COMMANDS)), st.sampled_from(list(Role)), st.dictionaries(
    st.sampled_from(["note", "reason", "worker", "category", "passed", "lon", "lat", "media", "address", "x"]),
    st.one_of(st.none(), st.booleans(), st.text(max_size=5), st.floats(), st.lists(st.text(max_size=3), max_size=2)),
))  # fmt: skip
def test_whatever_is_asked_of_whatever_case_ends_in_facts_or_in_a_named_refusal(
    seed: int, name: str, role: Role, data: dict[str, Any]
) -> None:
    for case in Life(Random(seed)).live(25).cases.values():
        try:
            facts = give(name, case, make_actor(role.value), **data)
        except Refusal as refusal:
            facts, words = [], (refusal.zh, refusal.en)
            assert all(words), refusal  # noqa: PT017 - which of the two comes is what the test leaves open
        fold(facts, case)


# --- the words of refusals -------------------------------------------------------------------------------


def test_every_refusal_has_its_words_and_every_words_their_refusal() -> None:
    codes = [each.code for each in Refusal.__subclasses__()]
    assert sorted(codes) == sorted(TEXTS)
    for zh, en in TEXTS.values():
        assert any("\u4e00" <= char <= "\u9fff" for char in zh)
        assert en.isascii()


def test_a_refusal_speaks_both_languages() -> None:
    with pytest.raises(IllegalMove) as refused:
        give("accept", at_stage(Stage.CLOSED), LEADER)
    legal = "reopen, undo, reply, call_back, note"
    assert str(refused.value) == refused.value.en
    assert refused.value.en == f"A case that is closed does not allow accept; allowed now: {legal}."
    assert refused.value.zh == f"案件处于“closed”阶段，不能执行“accept”；当前可用：{legal}。"


def test_where_nothing_is_allowed_it_says_so() -> None:
    assert "-" in IllegalMove((), command="x", stage="y").en


def test_a_case_with_no_worker_can_still_be_seen_by_its_place() -> None:
    nowhere = replace(make_case(), place=Place())
    assert legal_commands(nowhere, make_actor("leader", area=AreaCode("S1"))) == ()
    assert "void" in legal_commands(nowhere, LEADER)
    assert nowhere.category == GAS
