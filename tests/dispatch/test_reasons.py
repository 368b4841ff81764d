"""Every reason that the code gives can be said in both languages, and no words are kept that nobody says."""

import re
from pathlib import Path
from random import Random
from string import Formatter

import pytest

from dispatch.assign.policies import POLICIES
from dispatch.reasons import TEXTS, Reason, render
from tests.dispatch.histories import Life

CORE = Path(__file__).parents[2] / "dispatch"


def rules_in_code() -> set[str]:
    """Return the rules named in the core's source: `Reason("x.y"...`, and the queue's, which are chosen by name."""
    found: set[str] = {f"assign.{policy}" for policy in POLICIES}
    for path in CORE.rglob("*.py"):
        if path.name == "reasons.py":
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
    for seed in range(6):
        for fact, _, _ in Life(Random(seed)).live(150).changes:
            for reason in getattr(fact.data, "because", ()):
                seen.add(reason.rule)
                words = render(reason)
                assert "{" not in words["zh"] + words["en"], reason
    assert {"assign.pool", "wait.confidence", "duty.row", "file.limit", "known.near", "queue.none_on_duty"} <= seen


def test_a_reason_is_said_in_both_languages() -> None:
    assert render(Reason("assign.by_person", {"worker": "ann", "by": "li"})) == {
        "rule": "assign.by_person",
        "zh": "li指定派遣ann",
        "en": "li chose ann",
    }


def test_a_rule_that_is_no_more_and_a_value_that_was_not_stored_break_nothing() -> None:
    assert render(Reason("old.rule"))["en"] == "Rule old.rule"
    assert render(Reason("known.episode"))["en"] == "The same episode as case {number}"
