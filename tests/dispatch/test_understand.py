"""The table's words and the city's model, weighed together."""

import numpy as np
import pytest
from msgspec.structs import replace

from dispatch.category import Priority
from dispatch.city import Codes
from dispatch.classify import Unclassified, classify
from dispatch.event import Vocabulary
from dispatch.lexicon import suggest
from dispatch.meaning import Model
from dispatch.understand import OUT_OF_SCOPE, TABLE_SHARE, understand
from tests.builders import CITY, make_event
from tests.taxonomy import GAS, LITTER, TREE

GRAMS = ("臭", "枝", "养老金", "垃圾")
LABELS = (LITTER, TREE, "E9999", OUT_OF_SCOPE)


def model_of(threshold: float = 0.5, scale: float = 6.0) -> Model:
    """A model that a person could have written: one gram for each label, and one that the table knows too."""
    weights = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.2, 1], [1, 0, 0, 0]], np.float16)
    return Model(
        labels=LABELS,
        grams=GRAMS,
        idf=np.ones(4, np.float32),
        weights=weights,
        bias=np.zeros(4, np.float32),
        scale=scale,
        threshold=threshold,
    )


def codes_with(model: Model | None) -> Codes:
    return replace(CITY.codes, reader=model)


def test_a_city_without_a_model_has_its_table_alone() -> None:
    text = "树木倒伏，旁边有暴露垃圾"
    assert understand(text, codes_with(None)).suggestions == suggest(text, CITY.codes)


def test_the_model_reads_what_the_table_has_no_word_for() -> None:
    model = model_of()
    codes = codes_with(model)
    assert suggest("好臭", codes) == []
    (first, *_), beside_us = understand("好臭", codes)
    assert (first.category, first.words, beside_us) == (LITTER, ("臭",), None)
    assert first.confidence == pytest.approx((1 - TABLE_SHARE) * model.rank("好臭", 1)[0].confidence, abs=0.01)


def test_what_both_say_is_surer_than_what_one_says() -> None:
    codes = codes_with(model_of())
    both = understand("暴露垃圾", codes).suggestions[0]
    assert both.category == LITTER
    assert both.confidence > understand("好臭", codes).suggestions[0].confidence
    assert "暴露垃圾" in both.words


def test_words_that_the_model_does_not_know_are_the_table_s_alone() -> None:
    codes = codes_with(model_of())
    assert understand("漏气", codes).suggestions == suggest("漏气", codes)
    assert understand("谢谢", codes) == ([], None)


def test_what_the_model_hardly_thinks_possible_is_not_offered() -> None:
    assert understand("枝 臭", codes_with(model_of(scale=0.01))).suggestions[:1] != []
    few = understand("枝", codes_with(model_of(scale=50.0))).suggestions
    assert [each.category for each in few] == [TREE]


def test_a_label_that_the_city_has_not_is_no_answer() -> None:
    assert all(
        each.category in CITY.codes.categories for each in understand("养老金 枝", codes_with(model_of())).suggestions
    )


def test_only_a_sure_model_says_that_it_is_no_matter_of_ours() -> None:
    assert understand("养老金", codes_with(model_of())).beside_us == ("养老金",)
    assert understand("养老金", codes_with(model_of(threshold=0.999))).beside_us is None


def test_a_letter_that_is_no_matter_of_ours_waits_for_a_person_with_the_words() -> None:
    said = classify(make_event(vocabulary=Vocabulary.TEXT, kind="", text="我的养老金"), None, codes_with(model_of()))
    assert isinstance(said, Unclassified)
    assert [(each.rule, each.values) for each in said.because] == [("class.beside_us", {"words": "养老金"})]
    again = classify(make_event(vocabulary=Vocabulary.TEXT, kind="", text="树枝"), None, codes_with(model_of()))
    assert not isinstance(again, Unclassified)
    assert (again.category.code, again.priority) == (TREE, CITY.codes.categories[TREE].priority)
    assert again.priority in Priority
    assert GAS not in {each.category for each in understand("树枝", codes_with(model_of()), limit=1).suggestions}
