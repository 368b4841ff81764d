"""Cases that belong together: duplicates that end in a master, parts that other departments have."""

from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.case import Case, CaseClosed, CaseOpened, ChildEnded, Fact, MasterEnded, Stage
from dispatch.city import Flow
from dispatch.commands import legal_commands
from dispatch.ids import CaseId
from dispatch.refusals import ChildrenOpen, NoDepartment, NotAllowed, SameCase, UnknownCase, UnknownDepartment
from dispatch.situation import Situation
from tests.builders import IN_G4, fold, kinds, make_actor, make_case, make_city, make_event, make_situation
from tests.dispatch.asking import AT, LEADER, NEW_CASES, at_stage, give, given, of_other, own, queued, reported
from tests.taxonomy import LITTER, TREE


def named(name: str, case: Case) -> Case:
    return replace(case, id=CaseId(name), number=name.upper())


class Family:
    """Cases that hear of each other, as in the engine's books."""

    def __init__(self, *cases: Case, flow: Flow | None = None) -> None:
        self.cases = {case.id: case for case in cases}
        self.city = make_city(flow=flow)

    def __getitem__(self, name: str) -> Case:
        return self.cases[CaseId(name)]

    @property
    def situation(self) -> Situation:
        return make_situation(self.city, cases=tuple(self.cases.values()))

    def do(self, name: str, case: str, **data: Any) -> list[Fact]:
        facts = give(name, self[case], situation=self.situation, **data)
        for fact in facts:
            known = self.cases.get(fact.case_id)
            self.cases[fact.case_id] = fold([fact], known)
        return facts

    def finish(self, case: str) -> list[Fact]:
        """Bring a case that a worker has to its end; return the facts of the last step."""
        facts: list[Fact] = []
        for name, data in (("accept", {}), ("arrive", {}), ("report_handled", {}), ("check", {"passed": True})):
            facts = self.do(name, case, **data)
        return facts


# --- duplicates ------------------------------------------------------------------------------------------


def test_a_duplicate_ends_in_its_master_and_hears_how_that_ends() -> None:
    town = Family(named("a", make_case()), named("b", reported()))
    facts = town.do("merge", "b", into="a", reason="the same drain")
    assert [(fact.case_id, fact.kind) for fact in facts] == [("b", "CaseMerged"), ("a", "DuplicateMerged")]
    assert (town["b"].stage, town["b"].merged_into, town["b"].voided_at) == (Stage.MERGED, "a", AT)
    assert (town["a"].stage, town["a"].merged) == (Stage.DISPATCHED, ("b",))
    facts = town.finish("a")
    assert [(fact.case_id, fact.kind) for fact in facts][-1] == ("b", "MasterEnded")
    assert facts[-1].data == MasterEnded(master=CaseId("a"), number="A", stage="closed")
    assert town["b"].stage is Stage.MERGED


def test_the_master_is_named_by_its_number_as_well() -> None:
    town = Family(named("a", make_case()), named("b", reported()))
    town.do("merge", "b", into="A")
    assert town["b"].merged_into == "a"


@pytest.mark.parametrize("ending", [("force_close", Stage.FORCED_CLOSED), ("void", Stage.VOID)])
def test_a_master_that_ends_otherwise_tells_that_too(ending: tuple[str, Stage]) -> None:
    name, stage = ending
    town = Family(named("a", make_case()), named("b", reported()))
    town.do("merge", "b", into="a")
    told = town.do(name, "a", reason="it is gone")[-1].data
    assert isinstance(told, MasterEnded)
    assert told.stage == stage.value


def test_a_merged_case_leaves_no_task_on_a_phone() -> None:
    town = Family(named("a", queued()), named("b", make_case()))
    assert kinds(town.do("merge", "b", into="a")) == ["TaskWithdrawn", "CaseMerged", "DuplicateMerged"]
    assert town["b"].worker == ""


def test_duplicates_of_a_case_that_is_merged_wait_for_the_last_master() -> None:
    town = Family(named("a", make_case()), named("b", reported()), named("c", reported()))
    town.do("merge", "c", into="b")
    facts = town.do("merge", "b", into="a")
    assert of_other(facts, town["b"]) == [("a", "DuplicateMerged"), ("a", "DuplicateMerged")]
    assert town["a"].merged == ("b", "c")
    ended = [fact.case_id for fact in town.finish("a") if fact.kind == "MasterEnded"]
    assert ended == ["b", "c"]


def test_a_case_is_not_merged_into_itself_its_duplicate_its_whole_or_an_ended_one() -> None:
    town = Family(named("a", make_case()), named("b", reported()), named("gone", at_stage(Stage.CLOSED)))
    town.do("split", "a", department="SAN")
    town.do("merge", "b", into="a")
    child = str(NEW_CASES[0].id)
    for case, into in (("a", "a"), ("a", "b"), ("a", "gone"), (child, "a")):
        with pytest.raises(SameCase):
            town.do("merge", case, into=into)
    with pytest.raises(UnknownCase):
        town.do("merge", "a", into="z")


def test_a_part_may_be_merged_elsewhere_and_its_whole_waits_for_it_no_longer() -> None:
    town = Family(named("a", make_case()), named("b", make_case()))
    town.do("split", "a", department="SAN")
    child = str(NEW_CASES[0].id)
    facts = town.do("merge", child, into="b")
    assert of_other(facts, town[child]) == [("a", "ChildEnded"), ("b", "DuplicateMerged")]
    assert town["a"].open_children == ()
    assert town.finish("a")[-1].kind == "CaseClosed"


# --- parts -----------------------------------------------------------------------------------------------


def test_a_split_case_has_a_part_with_its_own_department_task_and_clock() -> None:
    case = make_case()
    facts = give("split", case, department="SAN", category=LITTER, text="and litter around it")
    assert kinds(facts) == ["ChildOpened", "CaseOpened", "CaseFiled", "TaskDispatched"]
    names = NEW_CASES[0]
    assert {fact.case_id for fact in facts[1:]} == {names.id}
    child, whole = fold(facts[1:]), own(facts, case)
    assert (child.number, child.parent, child.department, child.worker) == (names.number, case.id, "SAN", "cai")
    assert (child.task_id, child.text, child.category) == (names.task_id, "and litter around it", LITTER)
    assert child.due_at != case.due_at
    assert (child.place, child.source_id, child.priority) == (case.place, case.source_id, case.priority)
    assert child.because[0].rule == "class.child"
    assert (whole.children, whole.open_children, whole.stage, whole.worker) == (
        (names.id,),
        (names.id,),
        Stage.DISPATCHED,
        "ann",
    )


def test_a_part_without_words_or_a_category_of_its_own_has_those_of_the_whole() -> None:
    facts = give("split", make_case(event=make_event(text="gas!")), department="MUN")
    opened = facts[1].data
    assert isinstance(opened, CaseOpened)
    assert (opened.text, opened.category) == ("gas!", make_case().category)


def test_a_part_needs_a_department_that_there_is_and_a_category_with_a_limit() -> None:
    with pytest.raises(UnknownDepartment):
        give("split", make_case(), department="NONE")
    with pytest.raises(NoDepartment):
        give("split", replace(queued(), category=""), department="SAN")


def test_the_whole_is_closed_after_its_last_part_and_then_by_itself() -> None:
    town = Family(named("a", make_case()))
    first, second = (str(each.id) for each in NEW_CASES[:2])
    town.do("split", "a", department="SAN", category=LITTER)
    town.cases[CaseId("p")] = named("p", town[first])
    del town.cases[CaseId(first)]
    town.cases[CaseId("a")] = replace(town["a"], children=("p",), open_children=("p",))
    town.do("split", "a", department="MUN")
    assert town["a"].open_children == ("p", first)
    assert kinds(town.finish("a")) == ["CheckPassed"], "it waits for its parts"
    with pytest.raises(ChildrenOpen) as refused:
        town.do("close", "a")
    assert refused.value.values == {"children": "2"}
    assert of_other(town.finish("p"), town["p"]) == [("a", "ChildEnded")]
    assert town["a"].stage is Stage.CHECKED
    facts = town.do("force_close", first, reason="no longer needed")
    assert of_other(facts, town[first]) == [("a", "ChildEnded"), ("a", "CaseClosed")]
    whole = town["a"]
    assert (whole.stage, whole.on_time, whole.open_children) == (Stage.CLOSED, True, ())
    assert second not in town.cases


@pytest.mark.parametrize("ending", ["void", "force_close"])
def test_a_part_that_ends_in_whatever_way_has_ended(ending: str) -> None:
    town = Family(named("a", make_case()))
    town.do("split", "a", department="SAN")
    child = str(NEW_CASES[0].id)
    told = town.do(ending, child, reason="x")[-1]
    assert isinstance(told.data, ChildEnded)
    assert (told.case_id, told.data.stage, town["a"].open_children) == ("a", town[child].stage.value, ())


def test_where_the_city_closes_by_hand_the_whole_waits_for_a_person() -> None:
    town = Family(named("a", make_case()), flow=Flow(auto_close=False))
    town.do("split", "a", department="SAN")
    child = str(NEW_CASES[0].id)
    town.finish("a")
    with pytest.raises(ChildrenOpen):
        town.do("close", "a")
    assert of_other(town.do("void", child, reason="x"), town[child]) == [("a", "ChildEnded")]
    assert kinds(town.do("close", "a")) == ["CaseClosed"]


def test_a_whole_that_ends_with_its_part_tells_those_who_wait_for_it_too() -> None:
    """A part of a part, and a duplicate of the whole."""
    town = Family(named("top", make_case()), named("dup", reported()))
    town.do("split", "top", department="MUN")
    middle = named("mid", town[str(NEW_CASES[0].id)])
    town = Family(replace(town["top"], children=("mid",), open_children=("mid",)), middle, town["dup"])
    town.do("merge", "dup", into="top")
    town.do("split", "mid", department="SAN", category=LITTER)
    leaf = str(NEW_CASES[0].id)
    town.finish("top")
    town.finish("mid")
    assert (town["top"].stage, town["mid"].stage) == (Stage.CHECKED, Stage.CHECKED)
    facts = town.finish(leaf)
    assert of_other(facts, town[leaf]) == [
        ("mid", "ChildEnded"),
        ("mid", "CaseClosed"),
        ("top", "ChildEnded"),
        ("top", "CaseClosed"),
        ("dup", "MasterEnded"),
    ]
    closed = next(fact.data for fact in facts if fact.case_id == "top" and isinstance(fact.data, CaseClosed))
    assert closed.because[0].rule == "close.check_passed"


def test_a_parent_that_is_not_at_hand_is_told_all_the_same() -> None:
    town = Family(named("a", make_case()))
    town.do("split", "a", department="SAN")
    child = town[str(NEW_CASES[0].id)]
    assert of_other(give("void", child, reason="x"), child) == [("a", "ChildEnded")]


def test_a_part_that_is_reopened_is_waited_for_again() -> None:
    town = Family(named("a", make_case()))
    town.do("split", "a", department="SAN", category=LITTER)
    child = str(NEW_CASES[0].id)
    town.finish(child)
    assert town["a"].open_children == ()
    facts = town.do("reopen", child, reason="it is back")
    assert of_other(facts, town[child]) == [("a", "ChildOpened")]
    whole = town.cases[CaseId("a")]
    assert (list(whole.children), list(whole.open_children)) == ([child], [child])
    assert kinds(town.finish("a")) == ["CheckPassed"]
    town.do("force_close", child, reason="x")
    assert town["a"].stage is Stage.CLOSED
    assert of_other(town.do("reopen", child, reason="again"), town[child]) == [], "it is past waiting"


# --- whose duty ------------------------------------------------------------------------------------------


def test_a_duty_that_is_settled_sends_the_lead_and_opens_a_part_for_each_who_assists() -> None:
    disputed = given("coordinate", make_case(), reason="gas or litter?")
    assert (disputed.stage, disputed.worker) == (Stage.COORDINATING, "")
    facts = give("settle", disputed, lead="MUN", assisting=["SAN", "GRE", "SAN", "MUN"], reason="gas first")
    case = own(facts, disputed)
    assert (case.stage, case.department, case.worker) == (Stage.DISPATCHED, "MUN", "ann")
    assert case.open_children == (NEW_CASES[0].id, NEW_CASES[1].id), "each once, and the lead is no assistant"
    opened = [fact.case_id for fact in facts if fact.kind == "CaseOpened"]
    assert opened == list(case.children)
    parts = [fold([fact for fact in facts if fact.case_id == name]) for name in opened]
    assert [(part.department, part.stage) for part in parts] == [("SAN", Stage.FILED), ("GRE", Stage.FILED)]
    assert all(part.parent == case.id for part in parts)


def test_a_duty_is_settled_upon_departments_that_there_are() -> None:
    for data in ({"lead": "NONE"}, {"lead": "MUN", "assisting": ["NONE"]}):
        with pytest.raises(UnknownDepartment, match="NONE"):
            give("settle", at_stage(Stage.COORDINATING), **data)


def test_only_who_may_settle_is_told_that_he_may() -> None:
    disputed = at_stage(Stage.COORDINATING)
    assert "settle" in legal_commands(disputed, LEADER)
    acceptor = make_actor("acceptor")
    assert "settle" not in legal_commands(disputed, acceptor)
    with pytest.raises(NotAllowed):
        give("settle", disputed, acceptor, lead="MUN")


def test_a_queued_case_may_be_disputed_before_anybody_was_sent() -> None:
    tree = replace(queued(), category=TREE)
    assert kinds(give("coordinate", tree, reason="whose tree?")) == ["CoordinationBegun"]
    assert tree.place.point != IN_G4
