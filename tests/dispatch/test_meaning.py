"""Grams, and a model that a person could have written by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.meaning import BadModel, Model, block_of, grams_of
from dispatch.meaning.grams import BEGINNING, BEGINNING_UNITS, MARK, TEXT_READ

GRAMS = ("井盖", "盖", "路灯", f"{MARK}lamp", "lamp")
MODEL = Model(
    labels=("cover", "lamp"),
    grams=GRAMS,
    idf=np.ones(5, np.float32),
    weights=np.array([[2, -1], [1, -1], [-1, 2], [-1, 2], [-0.5, 1]], np.float16),
    bias=np.array([0.0, 0.0], np.float32),
    scale=2.0,
    threshold=0.8,
    about={"trained_on": "this file"},
)


def of_whole(text: str) -> dict[str, int]:
    return {gram: number for gram, number in grams_of(text).items() if not gram.startswith(BEGINNING)}


def test_chinese_is_counted_by_characters_and_english_by_words_and_their_pieces() -> None:
    assert of_whole("井盖") == {"井": 1, "盖": 1, "井盖": 1, f"{MARK}井盖": 1}
    assert of_whole("Lamps") == {"lamp": 1, "amps": 1, f"{MARK}lamps": 1}
    assert of_whole("Lamp out") == {"lamp": 1, f"{MARK}lamp": 1, f"{MARK}out": 1, f"{MARK}lamp{MARK}out": 1}


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("路灯不亮", "路灯不亮"),
        ("路" * (BEGINNING_UNITS + 6), "路" * BEGINNING_UNITS),
        ("路灯 " * BEGINNING_UNITS, "路灯 " * (BEGINNING_UNITS // 2)),
        ("lamp " * BEGINNING_UNITS, "lamp " * (BEGINNING_UNITS // 2)),
    ],
)
def test_the_beginning_is_counted_once_more(text: str, beginning: str) -> None:
    marked = {gram[1:]: number for gram, number in grams_of(text).items() if gram.startswith(BEGINNING)}
    assert marked == of_whole(beginning)


def test_each_gram_has_its_block() -> None:
    assert [block_of(gram) for gram in ("路", f"{MARK}路", f"{BEGINNING}路", f"{BEGINNING}{MARK}路")] == [0, 1, 2, 3]


def test_blanks_between_chinese_words_are_words_and_no_ends_of_a_row() -> None:
    parted = grams_of("路 灯 不亮")
    assert parted["路灯"] == 1
    assert parted[f"{MARK}不亮"] == 1
    assert parted[f"{MARK}灯{MARK}不亮"] == 1
    assert {gram for gram in of_whole("路灯不亮") if MARK not in gram} <= set(parted)


def test_numbers_are_all_alike_and_so_are_wide_letters() -> None:
    assert grams_of("12345号") == grams_of("9号")
    assert grams_of("ＬＡＭＰ") == grams_of("lamp")


def test_a_text_without_end_is_read_to_a_limit() -> None:
    assert grams_of("路" * (TEXT_READ + 500)) == grams_of("路" * TEXT_READ)


@given(st.text())
def test_any_text_has_grams_or_none(text: str) -> None:
    assert all(number > 0 for number in grams_of(text).values())
    assert len(MODEL.rank(text)) in (0, 2)


def test_the_likeliest_stands_first_with_the_words_that_decided() -> None:
    first, second = MODEL.rank("楼下的井盖不见了")
    assert (first.label, first.words) == ("cover", ("井盖",))
    assert first.confidence > 0.95
    assert first.confidence + second.confidence == pytest.approx(1, abs=1e-3)
    assert MODEL.rank("The lamp is out", limit=1)[0].label == "lamp"


def test_words_that_the_model_does_not_know_have_no_meaning() -> None:
    assert MODEL.rank("") == []
    assert MODEL.rank("谢谢") == []


def test_a_model_that_is_read_says_what_the_written_one_said() -> None:
    again = Model.read(MODEL.write())
    assert again.rank("井盖 lamp") == MODEL.rank("井盖 lamp")
    assert (again.threshold, again.about, len(again)) == (0.8, {"trained_on": "this file"}, 5)


@given(st.binary(max_size=200))
def test_other_bytes_are_no_model(body: bytes) -> None:
    with pytest.raises(BadModel):
        Model.read(body)


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_half_a_model_is_none(cut: int) -> None:
    with pytest.raises(BadModel):
        Model.read(MODEL.write()[:-cut])


def test_parts_that_do_not_fit_make_no_model() -> None:
    with pytest.raises(BadModel, match="do not fit"):
        Model(labels=("a",), grams=("b",), idf=np.ones(1), weights=np.ones((2, 1)), bias=np.ones(1))
