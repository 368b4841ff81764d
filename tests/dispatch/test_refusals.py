"""How a command is refused: for who gives it, for the case, for its fields; by name, in both languages."""

import math
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.access import ROLES, Role
from dispatch.case import (
    Stage,
)
from dispatch.commands import COMMANDS, legal_commands
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from dispatch.place import Place
from dispatch.refusals import (
    TEXTS,
    BadField,
    IllegalMove,
    MissingField,
    NotAllowed,
    NotYourTask,
    Refusal,
    UnknownCommand,
)
from tests.builders import (
    IN_G1,
    MUN,
    fold,
    kinds,
    make_actor,
    make_case,
)
from tests.dispatch.asking import ANN, LEADER, at_stage, give, reported
from tests.dispatch.histories import Life
from tests.taxonomy import GAS, LITTER


def needed(name: str) -> dict[str, Any]:
    """Return the least that a command needs."""
    samples: dict[str, Any] = {
        "reason": "x",
        "note": "x",
        "worker": "bob",
        "category": LITTER,
        "passed": True,
    } | IN_G1._asdict()
    return {field: samples[field] for field in COMMANDS[name].needs}


@pytest.mark.parametrize("name", list(COMMANDS))
@pytest.mark.parametrize("stage", list(Stage))
def test_a_command_is_carried_out_in_its_stages_and_refused_in_all_others(name: str, stage: Stage) -> None:
    case, actor = at_stage(stage), LEADER
    if stage in COMMANDS[name].stages:
        assert give(name, case, actor, **needed(name))
    else:
        with pytest.raises(IllegalMove) as refused:
            give(name, case, actor, **needed(name))
        assert refused.value.legal == legal_commands(case, actor)
        assert name not in refused.value.legal


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(COMMANDS))
def test_a_role_may_give_the_commands_of_its_row_and_no_others(name: str, role: Role) -> None:
    stage = min(COMMANDS[name].stages)
    actor = make_actor(role.value, worker_id=WorkerId("ann" if role is Role.WORKER else ""))
    if name in ROLES[role].commands:
        assert give(name, at_stage(stage), actor, **needed(name))
    else:
        with pytest.raises(NotAllowed):
            give(name, at_stage(stage), actor, **needed(name))


def fields_that_are_needed() -> Iterable[tuple[str, str]]:
    return [(name, field) for name, row in COMMANDS.items() for field in row.needs]


@pytest.mark.parametrize(("name", "field"), fields_that_are_needed())
@pytest.mark.parametrize("empty", [None, "", "  \n"])
def test_a_field_that_must_be_there_is_missed_by_name(name: str, field: str, empty: str | None) -> None:
    case = at_stage(min(COMMANDS[name].stages))
    given = needed(name)
    del given[field]
    if empty is not None and field not in ("passed", "lon", "lat"):
        given[field] = empty
    with pytest.raises(MissingField) as refused:
        give(name, case, **given)
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
    assert legal_commands(make_case(), ANN) == ("accept", "decline", "note")


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
    assert str(refused.value) == refused.value.en == "A case that is closed does not allow accept; allowed now: note."
    assert refused.value.zh == "案件处于“closed”阶段，不能执行“accept”；当前可用：note。"


def test_where_nothing_is_allowed_it_says_so() -> None:
    assert "-" in IllegalMove((), command="x", stage="y").en


def test_a_case_with_no_worker_can_still_be_seen_by_its_place() -> None:
    nowhere = replace(make_case(), place=Place())
    assert legal_commands(nowhere, make_actor("leader", area=AreaCode("S1"))) == ()
    assert "void" in legal_commands(nowhere, LEADER)
    assert nowhere.category == GAS
