"""Every reason that the code gives can be said in both languages, and no words are kept that nobody says."""

import re
from pathlib import Path
from string import Formatter

import pytest

from dispatch.assign.policies import POLICIES
from dispatch.case import Answer
from dispatch.category import LimitUnit, Priority
from dispatch.reasons import TEXTS, Reason, render
from dispatch.sensing import KINDS
from dispatch.wording import LEVELS, PRIORITIES, UNITS
from tests.builders import CITY, SAN, make_codes, make_worker
from tests.dispatch.histories import some_lives

CORE = Path(__file__).parents[2] / "dispatch"


def rules_in_code() -> set[str]:
    """Return the rules named in the core's source: `Reason("x.y"...`, and those that are chosen by name."""
    found: set[str] = {f"assign.{policy}" for policy in POLICIES} | {f"check.{answer.value}" for answer in Answer}
    found |= {f"sense.{kind}" for kind in KINDS}
    for path in CORE.rglob("*.py"):
        if path.name in {"reasons.py", "wording.py"}:
            continue
        source = path.read_text("utf-8")
        found |= set(re.findall(r'Reason\(\s*"([a-z_.]+)"', source))
        found |= set(re.findall(r'"((?:queue|wait)\.[a-z_]+)"', source))
    return found


def test_every_rule_used_has_its_words_and_every_words_their_rule() -> None:
    assert rules_in_code() == set(TEXTS)


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@pytest.mark.parametrize("rule", sorted(TEXTS))
def test_the_two_languages_say_the_same_and_each_is_itself(rule: str) -> None:
    zh, en = TEXTS[rule]
    plain_zh, plain_en = ({name.removesuffix("_zh").removesuffix("_en") for name in fields(each)} for each in (zh, en))
    assert plain_zh == plain_en
    assert not [name for name in fields(zh) if name.endswith("_en")]
    assert not [name for name in fields(en) if name.endswith("_zh")]
    assert re.search(r"[\u4e00-\u9fff]", zh)
    assert en.isascii()


def test_the_values_that_the_code_gives_fill_the_words() -> None:
    """All reasons of some long lives: no brace is left open."""
    seen = set()
    for life in some_lives():
        for fact, _, _ in life.changes:
            for reason in getattr(fact.data, "because", ()):
                seen.add(reason.rule)
                words = render(reason, CITY.codes)
                assert "{" not in words["zh"] + words["en"], reason
    assert {"assign.pool", "wait.confidence", "duty.row", "file.limit", "known.near", "queue.none_on_duty"} <= seen
    assert {"check.source_asked", "class.child", "duty.by_person"} <= seen


ANN = make_worker("W055", name_zh="王芳", name_en="Fang Wang")
CODES = make_codes(workers=(ANN,))

SAID = [
    (
        Reason("assign.by_person", {"worker": "W055", "by": "li"}),
        "li指定派遣王芳",
        "li chose Fang Wang",
    ),
    (
        Reason("assign.nearest", {"worker": "W055", "distance_m": "1234", "minutes": "7", "load": "0", "others": "4"}),
        "就近派遣王芳：1,234米，约7分钟，手上0件；备选4人",
        "Fang Wang is the nearest: 1,234 m, about 7 min, tasks in hand: 0; others weighed: 4",
    ),
    (
        Reason("duty.row", {"department": SAN, "category": "*", "trade": "sanitation", "area": "*"}),
        "责任清单：环卫负责（类别不限，专业环境卫生，区域全市）",
        "Responsibility matrix: Sanitation answers (category any, trade sanitation, area the whole city)",
    ),
    (
        Reason("file.limit", {"amount": "2", "unit": "WH"}),
        "处置时限：2工作小时",
        "Handling limit in working hours: 2",
    ),
    (
        Reason("priority.raised", {"priority": "critical", "severity": "3"}),
        "新事件更严重：特急，报警级",
        "The new event is worse: critical, alarm",
    ),
    (
        Reason("class.unknown_sensor", {"kind": "septic_gas"}),
        "传感器类型表中没有“化粪池可燃气体”",
        "The table of sensor types has no Septic-tank gas",
    ),
]


@pytest.mark.parametrize(("reason", "zh", "en"), SAID, ids=[reason.rule for reason, _, _ in SAID])
def test_a_reason_is_said_in_names_and_not_in_codes(reason: Reason, zh: str, en: str) -> None:
    assert render(reason, CODES) == {"rule": reason.rule, "zh": zh, "en": en}


def test_a_code_that_the_city_no_longer_has_stands_for_itself() -> None:
    gone = Reason("duty.row", {"department": "d9", "category": "X1", "trade": "chimneys", "area": "999"})
    assert render(gone, CODES)["en"] == "Responsibility matrix: d9 answers (category X1, trade chimneys, area 999)"


def test_every_unit_level_and_priority_that_the_code_knows_has_its_words() -> None:
    assert set(UNITS) == {unit.value for unit in LimitUnit}
    assert set(PRIORITIES) == {priority.value for priority in Priority}
    assert set(LEVELS) == {"1", "2", "3"}


def test_a_rule_that_is_no_more_and_a_value_that_was_not_stored_break_nothing() -> None:
    assert render(Reason("old.rule"), CITY.codes)["en"] == "Rule old.rule"
    assert render(Reason("known.episode"), CITY.codes)["en"] == "The same episode as case {number}"
