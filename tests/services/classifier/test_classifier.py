"""Training, judging and asking, on a city of three topics; and on recorded messages where they are."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dispatch.meaning import Model
from services.city.pack import CLASSIFIER_FILE, STANDARD_DIR
from services.classifier.judge import judge, judge_folds, judge_model
from services.classifier.rows import BadRows, Labelled, read_rows
from services.classifier.train import Judged, TooFewTexts, cross_validate, threshold_of, train
from tests.shared_data import shared_path

SAID = {
    "litter": ("垃圾堆在路边没人清", "垃圾桶满了", "rubbish all over the pavement", "bags of rubbish by the door"),
    "lamp": ("路灯不亮", "灯杆上的灯坏了", "the street lamp is dark", "a lamp flickers all night"),
    "noise": ("夜里施工太吵", "音响声音太大", "loud drilling at night", "music too loud next door"),
}
ROWS = Labelled(
    tuple(f"{text} {n}" for texts in SAID.values() for text in texts for n in ("真的", "again", "昨天")),
    tuple(label for label, texts in SAID.items() for _ in texts for _ in range(3)),
)


def write_csv(path: Path, header: str, *lines: str) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8-sig")
    return path


def wardline(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services", "classifier", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_columns_are_found_or_named(tmp_path: Path) -> None:
    found = read_rows(write_csv(tmp_path / "a.csv", "subject,detail,label", "灯,不亮,lamp", ",,lamp", "a,b,"))
    assert (found.texts, found.labels) == (("灯 不亮",), ("lamp",))
    named = read_rows(write_csv(tmp_path / "b.csv", "said,what,label", "hello,x,y"), ("said",), "what")
    assert (named.texts, named.labels) == (("hello",), ("x",))


@pytest.mark.parametrize("body", ["", "a,b\n1,2\n", "text,label\n,x\n", "text,label\n"])
def test_a_file_without_labelled_texts_is_refused(tmp_path: Path, body: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(BadRows):
        read_rows(path)
    path.write_bytes(b"text,label\n\xff\xfe\x00,x\n")
    with pytest.raises(BadRows):
        read_rows(path)


def test_a_model_learns_what_the_texts_have_in_common() -> None:
    model, judged = train(ROWS, precision=0.9, about={"texts": str(len(ROWS))})
    assert model.rank("门口的垃圾没人收", limit=1)[0].label == "litter"
    assert model.rank("two lamps are dark", limit=1)[0].label == "lamp"
    assert judge_folds(judged, model.scale, model.threshold).macro_f1 > 0.8
    seen = judge_model(model, ROWS)
    assert (seen.accuracy, seen.labels, seen.texts) == (1.0, 3, len(ROWS))


def test_the_model_says_what_the_library_says() -> None:
    """What is asked without scikit-learn must be what was trained with it."""
    model, _ = train(ROWS, precision=0.9)
    read = Model.read(model.write())
    assert [read.rank(text, 1)[0].label for text in ROWS.texts] == list(ROWS.labels)


def test_labels_of_one_text_are_left_out_and_one_label_is_too_few() -> None:
    more = Labelled((*ROWS.texts, "something else"), (*ROWS.labels, "rare"))
    assert "rare" not in train(more, precision=0.9)[0].labels
    with pytest.raises(TooFewTexts):
        train(Labelled(("a", "b"), ("one", "one")), precision=0.9)


def test_two_labels_are_enough() -> None:
    two = [(text, label) for text, label in zip(ROWS.texts, ROWS.labels, strict=True) if label != "noise"]
    model, _ = train(Labelled([text for text, _ in two], [label for _, label in two]), precision=0.9)
    assert model.rank("垃圾", limit=1)[0].label == "litter"
    assert model.rank("路灯", limit=1)[0].label == "lamp"


def test_equal_texts_judge_no_equal_text() -> None:
    texts = (*ROWS.texts[:3], *ROWS.texts[12:15])
    twice = Labelled((*texts, *texts), (*["litter"] * 3, *["lamp"] * 3) * 2)
    assert len(cross_validate(twice).truth) == 12


def test_the_threshold_is_where_answers_are_right_often_enough() -> None:
    scores = np.array([[9.0, 0.0], [5.0, 0.0], [2.0, 0.0], [1.0, 0.0]])
    judged = Judged(["a", "b"], scores, np.array([0, 0, 1, 0]))
    half = threshold_of(judged, 1.0, 0.7)
    strict = threshold_of(judged, 1.0, 1.0)
    assert half < strict <= 0.994
    assert threshold_of(Judged(["a", "b"], scores, np.array([1, 1, 1, 1])), 1.0, 0.9) > 1


def test_a_verdict_counts_what_was_right() -> None:
    verdict = judge(["a", "a", "b", "c"], ["a", "b", "b", ""], [0.9, 0.6, 0.8, 0.0], threshold=0.7)
    assert verdict.accuracy == 0.5
    assert verdict.by_label["a"] == (1.0, 0.5, 0.6667, 2)
    assert verdict.by_label["c"] == (0.0, 0.0, 0.0, 1)
    assert (verdict.covered, verdict.right_of_covered) == (0.5, 1.0)
    assert verdict.majority_f1 == pytest.approx(2 / 3 / 3, abs=1e-4)


def test_the_commands_train_measure_and_ask(tmp_path: Path) -> None:
    rows = [f"{text},{label}" for text, label in zip(ROWS.texts, ROWS.labels, strict=True)]
    data, model = write_csv(tmp_path / "rows.csv", "text,label", *rows), tmp_path / "city.model"
    trained = wardline("train", data, "--out", model)
    assert trained.returncode == 0, trained.stderr
    assert "3 labels" in trained.stdout
    measured = wardline("evaluate", data, "--model", model, "--json", tmp_path / "figures.json")
    assert measured.returncode == 0, measured.stderr
    assert json.loads((tmp_path / "figures.json").read_text())["accuracy"] == 1.0
    asked = wardline("ask", model, "路灯", "不亮")
    assert asked.stdout.split()[1] == "lamp"
    assert "路灯" in asked.stdout


@pytest.mark.parametrize("command", [("train", "--out", "m"), ("evaluate",)])
def test_a_file_that_is_none_is_told_in_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    bad = write_csv(tmp_path / "bad.csv", "a,b", "1,2")
    told = wardline(command[0], bad, *command[1:])
    assert told.returncode == 1
    assert "no column" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(("unseen", "labels", "right"), [("unseen.csv", 186, 0.85), ("plain_unseen.csv", 172, 0.92)])
def test_the_model_that_ships_reads_phrases_that_it_has_not_seen(unseen: str, labels: int, right: float) -> None:
    """By other hands than those it learned from. The figures and what they are worth: docs/classifier.md."""
    model = Model.read((STANDARD_DIR / CLASSIFIER_FILE).read_bytes())
    rows = read_rows(Path(__file__).parent / unseen)
    verdict = judge_model(model, rows)
    assert verdict.labels == labels
    assert verdict.accuracy > right
    assert verdict.right_of_covered > 0.95
    learned = {text.casefold() for text in read_rows(STANDARD_DIR / "phrases.csv").texts}
    assert not learned.intersection(text.casefold() for text in rows.texts)


def test_the_model_that_ships_was_made_of_the_phrases_that_ship() -> None:
    phrases = read_rows(STANDARD_DIR / "phrases.csv")
    model = Model.read((STANDARD_DIR / CLASSIFIER_FILE).read_bytes())
    assert model.about["texts"] == str(len(phrases))
    assert set(model.labels) == set(phrases.labels)
    assert judge_model(model, phrases).accuracy > 0.99


@pytest.mark.shared
def test_letters_of_citizens_are_sorted_as_well_as_the_best_known_sort_them() -> None:
    """A quarter of the letters by two folds; the whole measurement is `wardline classifier evaluate`."""
    rows = read_rows(shared_path("data", "citizens", "teddy_c", "labelled_tokens.csv"))
    some = Labelled(rows.texts[::4], rows.labels[::4])
    judged = cross_validate(some, folds=2)
    assert judge_folds(judged, 1.0, 0.0).macro_f1 > 0.85
