"""Makes a model out of labelled texts: tf-idf of grams, a linear support vector machine, calibrated margins.

The method is the one that short texts with many labels have been sorted by for twenty years (Joachims 1998; Wang and
Manning 2012): it needs no graphics card, trains in a minute, and can say which words decided.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from dispatch.meaning import BLOCKS, Model, block_of, grams_of
from services.classifier.rows import Labelled

FOLDS = 5
SEEN_MIN = 2
"""A gram of one text alone tells nothing of others."""
GRAMS_MAX = 300_000
ROWS_MIN = 2
"""Texts that a label needs: one to learn from, and one to judge by."""
PENALTY = 0.3
HARDLY = 0.02
"""A weight's difference that moves no answer: with it and without, the same share of texts is answered rightly."""
SCALES = (0.05, 40.0)
"""Between which the scale of the margins is looked for."""
SEED = 1


class TooFewTexts(ValueError):
    """There is nothing to learn a difference from."""


@dataclass(frozen=True)
class Judged:
    """What was said of texts that were not learned from: `scores` (texts, labels), `truth` as columns of them."""

    labels: Sequence[str]
    scores: NDArray[np.float64]
    truth: NDArray[np.int64]

    @property
    def said(self) -> NDArray[np.int64]:
        return np.asarray(self.scores.argmax(axis=1), dtype=np.int64)


def train(rows: Labelled, precision: float, about: Mapping[str, str] | None = None) -> tuple[Model, Judged]:
    """Train on all rows; return the model, and what folds of it said of rows that they had not seen.

    `precision` is how often the first answer must be right from the model's threshold on.

    :raises TooFewTexts: with less than two labels of `ROWS_MIN` texts each. Labels with fewer are left out.
    """
    rows = _without_rare(rows)
    judged = cross_validate(rows)
    scale = fit_scale(judged)
    model = _fit(rows, scale, threshold_of(judged, scale, precision), about or {})
    return model, judged


def cross_validate(rows: Labelled, folds: int = FOLDS) -> Judged:
    """Return what models that were trained on the other folds say of each. Equal texts lie in one fold."""
    rows = _without_rare(rows)
    labels, truth = np.unique(rows.labels, return_inverse=True)
    _, groups = np.unique(rows.texts, return_inverse=True)
    scores = np.zeros((len(rows), len(labels)))
    count = max(2, min(folds, *Counter(rows.labels).values()))
    counted = [_Counted(grams_of(text)) for text in rows.texts]
    splits = StratifiedGroupKFold(count, shuffle=True, random_state=SEED).split(counted, truth, groups)
    for learned, asked in splits:
        part = _Fitted([counted[n] for n in learned], [rows.labels[n] for n in learned])
        columns = np.searchsorted(labels, part.labels)
        scores[np.ix_(asked, columns)] = part.score([counted[n] for n in asked])
        absent = np.setdiff1d(np.arange(len(labels)), columns)
        scores[np.ix_(asked, absent)] = -np.inf
    return Judged([str(label) for label in labels], scores, truth.astype(np.int64))


def shares(scores: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return the probabilities that margins stand for (softmax), a row for each text."""
    raised = np.exp(scale * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def threshold_of(judged: Judged, scale: float, precision: float) -> float:
    """Return the least confidence from which on the first answers are right so often; above 1 if there is none."""
    sure = shares(judged.scores, scale).max(axis=1)
    order = np.argsort(-sure, kind="stable")
    right = (judged.said == judged.truth)[order]
    good = np.nonzero(np.cumsum(right) / np.arange(1, len(right) + 1) >= precision)[0]
    return round(float(sure[order][good[-1]]), 4) if len(good) else 1.01


class _Counted:
    """Grams of one text, counted once for all folds; scikit-learn wants to be given a document."""

    def __init__(self, grams: Counter[str]) -> None:
        self.grams = grams


def _analyse(text: _Counted) -> list[str]:
    return list(text.grams.elements())


class _Fitted:
    """Grams, their weights, and the machine, learned from texts."""

    def __init__(self, texts: Sequence[_Counted], labels: Sequence[str]) -> None:
        seen_min = SEEN_MIN if len(texts) > SEEN_MIN * len(set(labels)) else 1
        self.counter = CountVectorizer(
            analyzer=_analyse, min_df=seen_min, max_features=GRAMS_MAX, dtype=np.float32, lowercase=False
        )
        self.weigher = TfidfTransformer(sublinear_tf=True, norm=None)
        self.machine = LinearSVC(C=PENALTY, random_state=SEED)
        weighed = self.weigher.fit_transform(self.counter.fit_transform(texts))
        self.blocks = np.array([block_of(gram) for gram in self.counter.get_feature_names_out()])
        self.machine.fit(_level(weighed, self.blocks), list(labels))

    @property
    def labels(self) -> Sequence[str]:
        return [str(label) for label in self.machine.classes_]

    def score(self, texts: Sequence[_Counted]) -> NDArray[np.float64]:
        """Return the margins (texts, labels)."""
        read = _level(self.weigher.transform(self.counter.transform(texts)), self.blocks)
        return _both(self.machine.decision_function(read))


def _level(weighed: csr_matrix, blocks: NDArray[np.int64]) -> csr_matrix:
    """Give each block of each text the length that it has in a model (`Model._read`)."""
    rows = np.repeat(np.arange(weighed.shape[0]), np.diff(weighed.indptr))
    cells = rows * len(BLOCKS) + blocks[weighed.indices]
    squares = np.bincount(cells, weights=weighed.data**2, minlength=weighed.shape[0] * len(BLOCKS))
    lengths = np.tile(BLOCKS, weighed.shape[0]) / np.sqrt(np.where(squares > 0, squares, 1))
    leveled = weighed.copy()
    leveled.data = weighed.data * lengths[cells]
    return leveled


def _both(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of two labels scikit-learn gives one margin, the second's; the first's is its opposite."""
    return np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins


def _fit(rows: Labelled, scale: float, threshold: float, about: Mapping[str, str]) -> Model:
    fitted = _Fitted([_Counted(grams_of(text)) for text in rows.texts], rows.labels)
    grams = [str(gram) for gram in fitted.counter.get_feature_names_out()]
    weights, bias = fitted.machine.coef_, fitted.machine.intercept_
    if len(weights) == 1:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    return Model(
        labels=fitted.labels,
        grams=grams,
        idf=fitted.weigher.idf_.astype(np.float32),
        weights=_level_out(weights.T.astype(np.float16)),
        bias=bias.astype(np.float32),
        scale=scale,
        threshold=threshold,
        about=about,
    )


def _level_out(weights: NDArray[np.float16]) -> NDArray[np.float16]:
    """Give a gram the same weight for all labels that it hardly tells apart: a file of a tenth of the size."""
    usual = np.median(weights, axis=1, keepdims=True)
    return np.where(np.abs(weights - usual) < HARDLY, usual, weights)


def fit_scale(judged: Judged) -> float:
    """Return the scale by which the confidences are likeliest (temperature scaling: Guo and others 2017)."""

    def loss(log_scale: float) -> float:
        sure = shares(judged.scores, float(np.exp(log_scale)))[np.arange(len(judged.truth)), judged.truth]
        return float(-np.log(np.maximum(sure, 1e-12)).mean())

    low, high = np.log(SCALES[0]), np.log(SCALES[1])
    return round(float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x)), 4)


def _without_rare(rows: Labelled) -> Labelled:
    counts = Counter(rows.labels)
    kept = [(text, name) for text, name in zip(rows.texts, rows.labels, strict=True) if counts[name] >= ROWS_MIN]
    if len({name for _, name in kept}) < 2:
        raise TooFewTexts(f"two labels with {ROWS_MIN} texts each are needed")
    return Labelled(tuple(text for text, _ in kept), tuple(name for _, name in kept))
