"""Whose word is filed without a person, and how often that was right."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from dispatch.autofile import doubt_of
from dispatch.case import Case, Stage, Verdict
from dispatch.city import AutoFile, Codes
from dispatch.event import Event, Vocabulary
from dispatch.ids import CategoryCode, SourceId
from dispatch.measures import contribution
from dispatch.precision import ADVISED_FROM, weigh, wilson
from tests.builders import (
    CITY,
    SHANGHAI,
    TUESDAY_10,
    decide_event,
    fold,
    kinds,
    make_city,
    make_codes,
    make_event,
    make_situation,
)
from tests.dispatch import asking
from tests.taxonomy import GAS, LITTER, VENDOR, VIDEO_TYPES

TYPE = VIDEO_TYPES[0]
CAMERA = CITY.codes.sources[SourceId("cam1")]


def codes_with(*rows: AutoFile) -> Codes:
    return replace(make_codes(), autofile=rows)


def seen(**changes: Any) -> Event:
    values = {"feed": "frigate", "source_id": CAMERA.id, "vocabulary": Vocabulary.VIDEO, "kind": TYPE.type}
    return make_event(**(values | changes))


def rule_for(confidence: float | None, *rows: AutoFile) -> str:
    codes = codes_with(*rows)
    doubt = doubt_of(seen(), CAMERA, codes.categories[LITTER], confidence, codes)
    return doubt.rule if doubt else ""


def row(**changes: Any) -> AutoFile:
    return AutoFile(**changes)


@pytest.mark.parametrize(
    ("rows", "confidence", "rule"),
    [
        ((), 0.69, "wait.confidence"),
        ((), 0.7, ""),
        ((row(category=GAS, enabled=False),), 0.7, ""),
        ((row(threshold=0.9),), 0.89, "wait.threshold"),
        ((row(threshold=0.9),), 0.9, ""),
        ((row(threshold=0.1),), 0.2, ""),
        ((row(enabled=False),), 1.0, "wait.not_allowed"),
        ((row(enabled=False),), None, "wait.not_allowed"),
        ((row(enabled=True),), 0.69, "wait.confidence"),
        ((row(threshold=0.9),), None, ""),
        ((row(feed="frigate", enabled=False), row(category=LITTER)), 0.7, ""),
        ((row(category=LITTER, enabled=False), row(type=TYPE.type)), 0.7, ""),
        ((row(type=TYPE.type, enabled=False), row(source=CAMERA.id)), 0.7, ""),
        ((row(source=CAMERA.id, threshold=0.95), row(source=CAMERA.id, type=TYPE.type, threshold=0.5)), 0.6, ""),
        ((row(kind="sensor", enabled=False),), 0.7, ""),
        ((row(kind="camera", enabled=False),), 0.7, "wait.not_allowed"),
    ],
)
def test_the_most_particular_row_counts_and_where_none_fits_the_categorys_own(
    rows: tuple[AutoFile, ...], confidence: float | None, rule: str
) -> None:
    assert rule_for(confidence, *rows) == rule
    assert rule_for(confidence, *reversed(rows)) == rule


def test_a_row_lets_a_category_through_that_always_waits_and_holds_back_one_that_never_does() -> None:
    sure = make_event(kind=VENDOR, confidence=1.0)
    assert kinds(decide_event(sure)) == ["CaseOpened"]
    allowed = make_situation(make_city(codes=codes_with(row(category=VENDOR, threshold=0.9))))
    assert kinds(decide_event(sure, allowed))[:2] == ["CaseOpened", "CaseFiled"]
    held = make_situation(make_city(codes=codes_with(row(category=GAS, enabled=False))))
    (opened,) = decide_event(make_event(), held)
    assert fold([opened]).waiting == "wait.not_allowed"


# --- verdicts --------------------------------------------------------------------------------------------


def waiting(confidence: float | None = 0.5) -> Case:
    return fold(decide_event(seen(confidence=confidence)))


def give(name: str, case: Case, **data: Any) -> Case:
    return fold(asking.give(name, case, **data), case)


def verdicts(case: Case) -> list[tuple[str, str, str, int]]:
    return [
        (key.source, key.kind, counter, n)
        for key, counter, n in contribution(case, SHANGHAI)
        if counter.startswith(("confirmed", "refused"))
    ]


@pytest.mark.parametrize(
    ("name", "data", "verdict"),
    [
        ("file", {}, Verdict.CONFIRMED),
        ("decline", {"reason": "too small"}, Verdict.CONFIRMED),
        ("void", {"reason": "nothing there", "false_alarm": True}, Verdict.REFUSED),
        ("void", {"reason": "a test"}, Verdict.NONE),
        ("accept", {}, Verdict.NONE),
    ],
)
def test_what_a_person_says_of_a_machines_case_is_its_verdict(
    name: str, data: Mapping[str, Any], verdict: Verdict
) -> None:
    case = give(name, waiting(), **data)
    assert case.verdict is verdict
    assert (case.judged_at is None) is (verdict is Verdict.NONE)
    expected = [(CAMERA.id, TYPE.type, f"{verdict.value}:50", 1)] if verdict is not Verdict.NONE else []
    assert verdicts(case) == expected


def test_what_was_filed_by_itself_nobody_has_judged_nor_what_a_citizen_reported() -> None:
    sure = fold(decide_event(seen(confidence=0.9)))
    assert (sure.stage, sure.verdict, verdicts(sure)) == (Stage.DISPATCHED, Verdict.NONE, [])
    assert give("void", sure, reason="nothing there", false_alarm=True).verdict is Verdict.NONE
    report = fold(decide_event(make_event(reporter="r1")))
    assert give("file", report).verdict is Verdict.NONE


def test_a_machine_that_does_not_say_how_sure_it_is_is_counted_so() -> None:
    codes = codes_with(row(enabled=False))
    case = fold(decide_event(seen(confidence=None), make_situation(make_city(codes=codes))))
    assert verdicts(give("file", case))[0][2] == "confirmed:-"


def test_the_day_of_a_verdict_is_when_it_was_said() -> None:
    case = replace(waiting(), verdict=Verdict.REFUSED, judged_at=TUESDAY_10.astimezone(UTC) + timedelta(days=1))
    (key,) = [key for key, counter, _ in contribution(case, SHANGHAI) if counter.startswith("refused")]
    assert key.day.isoformat() == "2026-03-04"
    assert key.category == CategoryCode(LITTER)


# --- precision -------------------------------------------------------------------------------------------


def test_the_interval_is_wilsons() -> None:
    """Values of the textbook (Newcombe 1998, table I): 81 of 263, 15 of 148, 0 of 20, 29 of 29."""
    for part, whole, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        found = wilson(part, whole)
        assert found is not None
        assert found == pytest.approx((low, high), abs=1e-4)
    assert wilson(29, 29) == pytest.approx((0.8830, 1.0), abs=1e-4)
    assert wilson(0, 0) is None


def test_precision_is_confirmed_of_judged_and_nothing_else_counts() -> None:
    found = weigh([("confirmed:50", 3), ("confirmed:-", 1), ("refused:50", 1), ("reported", 9)])
    assert (found.confirmed, found.refused, found.share) == (4, 1, 0.8)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.8 < found.high
    nothing = weigh([])
    assert (nothing.share, nothing.low, nothing.high, nothing.advice) == (None, None, None, None)


def test_a_threshold_is_advised_where_even_the_lower_end_is_good_and_from_enough() -> None:
    rows = [("confirmed:85", 60), ("confirmed:75", 10), ("refused:60", 20)]
    advice = weigh(rows).advice
    assert advice is not None
    assert (advice.threshold, advice.judged, advice.share) == (0.75, 70, 1.0)
    few = [("confirmed:85", ADVISED_FROM - 1)]
    assert weigh(few).advice is None
    assert weigh([("confirmed:85", 25), ("refused:85", 5)]).advice is None
    assert weigh([("confirmed:-", 500)]).advice is None, "who never says how sure he is has no threshold"


def test_kept_from_fact_to_fact_the_verdicts_are_those_made_anew() -> None:
    kept: Counter[Any] = Counter()

    def note(before: Case | None, after: Case) -> Case:
        for case, sign in ((before, -1), (after, 1)):
            for key, counter, n in contribution(case, SHANGHAI) if case else ():
                kept[key, counter] += sign * n
        return after

    for steps in (("file", "reclassify"), ("accept", "void"), ("decline",)):
        kept.clear()
        case = note(None, waiting())
        for name in steps:
            more = {"category": GAS} if name == "reclassify" else {"reason": "r", "false_alarm": True}
            asked = {"void": more, "decline": {"reason": "r"}, "reclassify": more}.get(name, {})
            case = note(case, give(name, case, **asked))
        anew = Counter({(key, counter): n for key, counter, n in contribution(case, SHANGHAI)})
        assert +kept == anew
        assert any(counter.startswith(("confirmed", "refused")) for _, counter in anew)
