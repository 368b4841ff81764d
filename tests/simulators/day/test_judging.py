"""Each happening must have its one case, and each case its happening."""

from msgspec.structs import replace

from simulators.day.judging import SHOWN_MAX, Figures, Opened, judge, report
from simulators.day.parts import Planted
from simulators.day.play import is_good, is_too_late
from tests.simulators.day.builders import make_day

GAS = Planted("gas", "E0496", frozenset({"s1"}), 3_600, 7_200)
CAR = Planted("car", "E0505", frozenset({"c1"}), 1_000, 9_000)
FIGURES = Figures({"telemetry": 900, "frigate": 100}, 2, 2, {}, 30.0, 60.0)


def opened(number: str, planted: Planted, at_s: float) -> Opened:
    return Opened(number, planted.category, min(planted.sources), at_s, 5, "text")


def test_a_day_in_which_each_has_its_case_is_good() -> None:
    findings = judge([GAS, CAR], [opened("1", GAS, 4_000), opened("2", CAR, 2_000)])
    assert (findings.planted, findings.found, findings.missed, findings.false) == (2, 2, [], [])
    assert is_good(make_day(), findings, FIGURES)
    assert "1,000 messages : 10 events of cases : 2 cases" in report(findings, FIGURES)


def test_a_happening_without_a_case_is_missed_by_name() -> None:
    findings = judge([GAS, CAR], [opened("2", CAR, 2_000)])
    assert [(each.name, why) for each, why in findings.missed] == [("gas", "its source opened no case")]
    assert not is_good(make_day(), findings, FIGURES)
    assert "missed:     gas (E0496, s1, from 01:00)" in report(findings, FIGURES)


def test_a_case_at_another_time_is_both_missed_and_false() -> None:
    findings = judge([GAS], [opened("1", GAS, 9_000)])
    assert [why for _, why in findings.missed] == ["its source opened only 1 E0496 at 02:30"]
    assert [why for _, why in findings.false] == ["gas is from 01:00 to 02:00"]


def test_a_second_case_of_one_happening_is_false() -> None:
    findings = judge([CAR], [opened("2", CAR, 3_000), opened("1", CAR, 2_000)])
    assert findings.found == 1
    assert [(case.number, why) for case, why in findings.false] == [("2", "a second case of car, beside 1")]


def test_a_case_of_another_category_or_source_is_false() -> None:
    other = replace_category(opened("1", GAS, 4_000), "P0136")
    nobody = Opened("2", "E0496", "s9", 4_000, 1, "")
    findings = judge([GAS], [other, nobody])
    assert sorted(why for _, why in findings.false) == ["gas is of E0496", "nothing is planted at this source"]
    assert len(findings.missed) == 1


def replace_category(case: Opened, category: str) -> Opened:
    return case._replace(category=category)


def test_two_in_a_hundred_may_be_false_and_not_three() -> None:
    plants = [Planted(f"p{n}", "E0496", frozenset({f"s{n}"}), 0, 100) for n in range(98)]
    cases = [opened(str(n), each, 50) for n, each in enumerate(plants)]
    odd = [Opened(f"x{n}", "E0496", "nobody", 50, 1, "") for n in range(4)]
    assert is_good(make_day(), judge(plants, [*cases, *odd[:2]]), FIGURES)
    assert not is_good(make_day(), judge(plants, [*cases, *odd[:3]]), FIGURES)
    day = replace(make_day(), false_share_most=0.1)
    assert is_good(day, judge(plants, [*cases, *odd]), FIGURES)


def test_a_message_refused_or_lost_to_quarantine_makes_no_good_day() -> None:
    findings = judge([], [])
    assert not is_good(make_day(), findings, FIGURES._replace(quarantined=3))
    assert not is_good(make_day(), findings, FIGURES._replace(refused={"frigate 401": 1}))


def test_a_machine_too_slow_for_the_speed_is_told_from_a_bad_day() -> None:
    late = FIGURES._replace(lag_most_s=5_000)
    assert is_too_late(late)
    assert not is_too_late(FIGURES)
    assert not is_good(make_day(), judge([], []), late)


def test_of_many_false_cases_the_first_are_named_and_the_rest_counted() -> None:
    cases = [Opened(str(n), "E0496", "s", n, 1, "") for n in range(SHOWN_MAX + 7)]
    text = report(judge([], cases), FIGURES)
    assert "and 7 more" in text
    assert text.count("nothing is planted at this source") == SHOWN_MAX
