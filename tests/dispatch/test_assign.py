"""Who is sent, who is not, and what is said of it."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.assign import Assignment, NobodyFree, Roster, assign
from dispatch.assign.policies import POLICIES
from dispatch.case import Case, Stage
from dispatch.category import Category
from dispatch.city import Codes, Duty, Flow, Worker
from dispatch.duties import duty_table
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from dispatch.place import Place
from gis.point import LonLat, distance_m
from tests.builders import GRE, IN_G1, IN_G4, MUN, SAN, make_case, make_city, make_codes, make_roster, make_worker
from tests.taxonomy import GAS, LAMP, ODD, TREE, make_category

ANN, BOB = WorkerId("ann"), WorkerId("bob")


def filed(**changes: object) -> Case:
    return replace(make_case(), stage=Stage.FILED, worker="", task_id="", **changes)


def codes_with(*workers: Worker, policy: str = "nearest") -> Codes:
    return make_codes(workers=workers, categories=[make_category(GAS, policy=policy)])


def ask(codes: Codes, case: Case, roster: Roster, max_open_tasks: int = 5) -> Assignment | NobodyFree:
    return assign(case, codes, Flow(max_open_tasks=max_open_tasks), roster)


def roster_of(codes: Codes, tasks: Mapping[str, int] | None = None) -> Roster:
    roster = make_roster(make_city(codes=codes))
    for worker, open_tasks in (tasks or {}).items():
        roster.put(replace(roster.get(WorkerId(worker)), open_tasks=open_tasks))
    return roster


def sent(found: Assignment | NobodyFree) -> str:
    assert isinstance(found, Assignment)
    return found.worker


def values(found: Assignment | NobodyFree, rule: str) -> Mapping[str, str]:
    return next(reason.values for reason in found.because if reason.rule == rule)


@pytest.mark.parametrize(
    ("policy", "tasks", "who"),
    [
        ("nearest", {"ann": 4}, "ann"),
        ("balanced", {"ann": 1}, "bob"),  # 1.5 km are 500 s of travel: less than the task that ann has first
        ("balanced", {"ann": 1, "bob": 1}, "ann"),
        ("least_loaded", {"ann": 1, "bob": 1}, "ann"),
        ("least_loaded", {"ann": 2, "bob": 1}, "bob"),
    ],
)
def test_a_policy_weighs_the_way_and_the_load(policy: str, tasks: dict[str, int], who: str) -> None:
    codes = codes_with(make_worker("ann", home=IN_G1), make_worker("bob", home=IN_G4), policy=policy)
    found = ask(codes, filed(), roster_of(codes, tasks))
    assert sent(found) == who
    assert found.because[0].rule == f"assign.{policy}"


def test_every_policy_prefers_nearer_and_freer() -> None:
    for policy in POLICIES.values():
        assert policy(100, 2) <= policy(200, 2)
        assert policy(100, 1) <= policy(100, 2)


def test_of_equals_the_first_by_id_is_sent() -> None:
    codes = codes_with(make_worker("bob"), make_worker("ann"))
    assert sent(ask(codes, filed(), roster_of(codes))) == "ann"


@pytest.mark.parametrize(
    ("workers", "case", "on_duty", "tasks", "rule"),
    [
        ([make_worker("ann", skills=frozenset({"lighting"}))], filed(), ["ann"], {}, "queue.no_skill"),
        ([make_worker("ann", SAN)], filed(), ["ann"], {}, "queue.no_skill"),
        ([make_worker("ann")], filed(), [], {}, "queue.none_on_duty"),
        ([make_worker("ann")], filed(), ["ann"], {"ann": 5}, "queue.all_full"),
        ([make_worker("ann")], filed(declined_by=(ANN,)), ["ann"], {}, "queue.all_declined"),
        (
            [make_worker("ann"), make_worker("bob")],
            filed(declined_by=(ANN,)),
            ["ann", "bob"],
            {"bob": 5},
            "queue.all_full",
        ),
    ],
)
def test_nobody_is_sent_who_should_not_be_and_the_queue_says_why(
    workers: list[Worker], case: Case, on_duty: list[str], tasks: dict[str, int], rule: str
) -> None:
    codes = codes_with(*workers)
    roster = make_roster(make_city(codes=codes), on_duty=on_duty)
    for worker, count in tasks.items():
        roster.put(replace(roster.get(WorkerId(worker)), open_tasks=count))
    found = ask(codes, case, roster)
    assert isinstance(found, NobodyFree)
    assert found.because[0].rule == rule


def test_the_counts_say_who_was_left_out_for_what() -> None:
    far = (AreaCode("S2"),)
    codes = codes_with(
        *(make_worker(f"w{n}") for n in range(4)),
        make_worker("off"),
        make_worker("south", areas=far),
        make_worker("lamp", skills=frozenset({"lighting"})),
    )
    roster = roster_of(codes, {"w0": 5, "w1": 7})
    roster.set_duty(WorkerId("off"), on_duty=False)
    found = ask(codes, filed(declined_by=(WorkerId("w2"),)), roster)
    assert sent(found) == "w3"
    counts = values(found, "assign.pool")
    assert {name: counts[name] for name in ("total", "on_duty", "full", "declined", "outside")} == {
        "total": "6",
        "on_duty": "5",
        "full": "2",
        "declined": "1",
        "outside": "1",
    }


@pytest.mark.parametrize("area", ["D1", "S1", "S1C", "S1G1"])
def test_one_whose_area_holds_the_place_goes_before_a_nearer_one_of_another(area: str) -> None:
    mine = make_worker("mine", areas=(AreaCode(area),), home=IN_G4)
    other = make_worker("other", areas=(AreaCode("S2"),), home=IN_G1)
    codes = codes_with(mine, other)
    found = ask(codes, filed(), roster_of(codes))
    assert sent(found) == "mine"
    assert "assign.widened" not in [reason.rule for reason in found.because]


def test_where_nobody_of_the_area_is_free_the_department_is_asked_and_it_is_said() -> None:
    codes = codes_with(make_worker("mine", areas=(AreaCode("S1"),)), make_worker("other", areas=(AreaCode("S2"),)))
    found = ask(codes, filed(), roster_of(codes, {"mine": 5}))
    assert sent(found) == "other"
    assert "assign.widened" in [reason.rule for reason in found.because]


def test_a_case_without_a_point_is_weighed_by_load_alone() -> None:
    codes = codes_with(make_worker("ann", home=IN_G4), make_worker("bob", home=IN_G1), policy="balanced")
    found = ask(codes, filed(place=Place(street=AreaCode("S1"))), roster_of(codes, {"bob": 1}))
    assert isinstance(found, Assignment)
    assert [(each.worker, each.distance_m) for each in found.candidates] == [("ann", 0.0), ("bob", 0.0)]


def test_five_candidates_are_kept_the_cheapest_first() -> None:
    homes = [LonLat(IN_G1.lon + n / 1000, IN_G1.lat) for n in range(9)]
    codes = codes_with(*(make_worker(f"w{n}", home=home) for n, home in enumerate(homes)))
    found = ask(codes, filed(), roster_of(codes))
    assert isinstance(found, Assignment)
    assert [each.worker for each in found.candidates] == ["w0", "w1", "w2", "w3", "w4"]
    for each, home in zip(found.candidates, homes, strict=False):
        assert each.distance_m == pytest.approx(distance_m(home, IN_G1), rel=2e-3, abs=0.1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.sampled_from(["gas", "lamp"]), st.booleans()), max_size=12)
)
def test_whoever_is_sent_is_on_duty_able_free_and_has_not_declined(rows: list[tuple[bool, int, str, bool]]) -> None:
    workers = [make_worker(f"w{n}", skills=frozenset({skill})) for n, (_, _, skill, _) in enumerate(rows)]
    codes = codes_with(*workers)
    roster = Roster(codes)
    for n, (on_duty, tasks, _, _) in enumerate(rows):
        roster.put(replace(roster.get(WorkerId(f"w{n}")), on_duty=on_duty, open_tasks=tasks))
    declined = tuple(WorkerId(f"w{n}") for n, row in enumerate(rows) if row[3])
    able = {f"w{n}" for n, row in enumerate(rows) if row[0] and row[1] < 5 and row[2] == "gas" and not row[3]}
    found = ask(codes, filed(declined_by=declined), roster)
    if able:
        assert sent(found) in able
    else:
        assert isinstance(found, NobodyFree)


# --- the roster ------------------------------------------------------------------------------------------


def test_the_roster_counts_tasks_as_cases_move() -> None:
    roster = make_roster()
    waiting, running = filed(), make_case()
    roster.follow(None, waiting)
    roster.follow(waiting, running)
    assert roster.get(ANN).open_tasks == 1
    roster.follow(running, replace(running, version=9))
    assert roster.get(ANN).open_tasks == 1
    moved = replace(running, worker=BOB)
    roster.follow(running, moved)
    assert (roster.get(ANN).open_tasks, roster.get(BOB).open_tasks) == (0, 1)
    roster.follow(moved, replace(moved, stage=Stage.HANDLED))
    assert roster.get(BOB).open_tasks == 0


def test_the_roster_passes_over_a_worker_who_has_left_the_city() -> None:
    roster = make_roster()
    roster.follow(None, replace(make_case(), worker=WorkerId("gone")))
    with pytest.raises(KeyError):
        roster.get(WorkerId("gone"))


def test_the_roster_moves_people_and_signs_them_off() -> None:
    roster = make_roster()
    roster.set_position(ANN, IN_G4)
    assert roster.list_on_duty(MUN, "gas")[ANN].point == IN_G4
    roster.set_duty(ANN, on_duty=False)
    assert list(roster.list_on_duty(MUN, "gas")) == [BOB]
    roster.set_duty(ANN, on_duty=False)
    assert {state.worker for state in roster} == {ANN, BOB, WorkerId("cai")}
    assert roster.count(MUN, "gas") == 2
    assert roster.list_on_duty(GRE, "gas") == {}


# --- whose duty it is ------------------------------------------------------------------------------------

PLACE = Place(
    point=IN_G1, district=AreaCode("D1"), street=AreaCode("S1"), community=AreaCode("S1C"), grid=AreaCode("S1G1")
)
GENERAL_TO_PARTICULAR = [
    Duty(department=DepartmentId("0")),
    Duty(department=DepartmentId("1"), area=AreaCode("D1")),
    Duty(department=DepartmentId("2"), area=AreaCode("S1G1")),
    Duty(department=DepartmentId("3"), trade="municipal"),
    Duty(department=DepartmentId("4"), trade="municipal", area=AreaCode("S1")),
    Duty(department=DepartmentId("5"), trade="municipal", area=AreaCode("S1C")),
    Duty(department=DepartmentId("6"), category=GAS),
    Duty(department=DepartmentId("7"), category=GAS, area=AreaCode("S1")),
    Duty(department=DepartmentId("8"), category=GAS, trade="municipal"),
]


def responsible(duties: list[Duty], category: Category, place: Place = PLACE) -> str | None:
    found = duty_table(make_codes(duties=duties)).find(category, place)
    return found.department if found else None


@pytest.mark.parametrize("count", range(1, len(GENERAL_TO_PARTICULAR) + 1))
def test_the_most_particular_row_answers(count: int) -> None:
    rows = GENERAL_TO_PARTICULAR[:count]
    assert responsible(rows, make_category(GAS)) == str(count - 1)
    assert responsible(rows[::-1], make_category(GAS)) == str(count - 1), "whatever the order of the rows"


def test_a_row_of_another_category_trade_or_area_does_not_answer() -> None:
    others = [
        Duty(department=DepartmentId("x"), category=LAMP),
        Duty(department=DepartmentId("x"), trade="parks"),
        Duty(department=DepartmentId("x"), area=AreaCode("S2")),
        Duty(department=DepartmentId("x"), category=GAS, trade="parks"),
    ]
    assert responsible(others, make_category(GAS)) == MUN
    assert responsible([], make_category(TREE, trade="greening")) == GRE
    assert responsible(others, make_category(ODD, trade="unheard-of")) is None


def test_of_two_equal_rows_the_first_answers() -> None:
    rows = [Duty(department=DepartmentId("a")), Duty(department=DepartmentId("b"))]
    assert responsible(rows, make_category(GAS)) == "a"
