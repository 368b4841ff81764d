"""How good answers are: F1 by label, how often right from a threshold on, and whether confidences keep their word."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from dispatch.meaning import Model
from services.classifier.rows import Labelled
from services.classifier.train import Judged, shares

BINS = 10
"""Of confidence, for the calibration error (Guo and others 2017)."""


@dataclass(frozen=True)
class Verdict:
    """Figures of answers to labelled texts.

    `majority_f1` is what always naming the commonest label would get. `calibration_error` is by how much confidences
    and rights differ, on average. `covered` is the share of texts whose first answer reaches the threshold, and
    `right_of_covered` how many of these are right. `by_label`: label -> (precision, recall, F1, texts).
    """

    texts: int
    labels: int
    accuracy: float
    macro_f1: float
    majority_f1: float
    calibration_error: float
    threshold: float
    covered: float
    right_of_covered: float
    by_label: Mapping[str, tuple[float, float, float, int]]


def judge(truth: Sequence[str], said: Sequence[str], sure: Sequence[float], threshold: float) -> Verdict:
    """Judge answers and their confidences."""
    names = sorted(set(truth))
    commonest = max(names, key=list(truth).count)
    precision, recall, f1, texts = precision_recall_fscore_support(truth, said, labels=names, zero_division=0.0)
    right = np.array([one == other for one, other in zip(truth, said, strict=True)])
    taken = np.array(sure) >= threshold
    return Verdict(
        texts=len(truth),
        labels=len(names),
        accuracy=_round(accuracy_score(truth, said)),
        macro_f1=_round(f1_score(truth, said, labels=names, average="macro", zero_division=0.0)),
        majority_f1=_round(f1_score(truth, [commonest] * len(truth), labels=names, average="macro", zero_division=0.0)),
        calibration_error=_round(_calibration_error(np.array(sure), right)),
        threshold=threshold,
        covered=_round(taken.mean()),
        right_of_covered=_round(right[taken].mean() if taken.any() else 1.0),
        by_label={
            name: (_round(precision[n]), _round(recall[n]), _round(f1[n]), int(texts[n]))
            for n, name in enumerate(names)
        },
    )


def judge_folds(judged: Judged, scale: float, threshold: float) -> Verdict:
    """Judge what folds have said of each other."""
    names = np.array(judged.labels)
    sure = shares(judged.scores, scale).max(axis=1)
    return judge(list(names[judged.truth]), list(names[judged.said]), list(sure), threshold)


def judge_model(model: Model, rows: Labelled) -> Verdict:
    """Judge a model by texts that it was not trained on. A text of which it knows nothing is answered with ""."""
    answers = [model.rank(text, limit=1) for text in rows.texts]
    said = [answer[0].label if answer else "" for answer in answers]
    sure = [answer[0].confidence if answer else 0.0 for answer in answers]
    return judge(rows.labels, said, sure, model.threshold)


def _calibration_error(sure: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [(bins == number) for number in range(BINS) if (bins == number).any()]
    return float(sum(abs(sure[part].mean() - right[part].mean()) * part.mean() for part in parts))


def _round(share: float) -> float:
    return round(float(share), 4)
