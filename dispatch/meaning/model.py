"""A linear model over grams: tf-idf, a weight for each gram and label, a scale that makes margins probabilities."""

import zlib
from collections.abc import Mapping, Sequence
from math import log
from typing import Any, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from dispatch.meaning.grams import BEGINNING, BLOCKS, MARK, block_of, grams_of

FORMAT = 1
WEIGHTS_BYTES_MAX = 256 * 1024 * 1024
"""A model is held in memory whole; a larger one is a mistake, or an attack."""
WORDS_SHOWN = 5
"""Grounds that are told of one answer; more are read by nobody."""


class BadModel(ValueError):
    """The bytes are no model that this version can read."""


class Meaning(Struct, frozen=True, kw_only=True):
    """One label that a text may mean. `confidence` is 0..1, calibrated; `words` are those that spoke most for it."""

    label: str
    confidence: float
    words: tuple[str, ...]


class _Stored(Struct, frozen=True, kw_only=True):
    """A model as it lies in a file: msgpack, numbers little-endian. No code is ever run by reading it."""

    format: int
    labels: list[str]
    grams: list[str]
    idf: bytes  # float32 of each gram
    weights: bytes  # float16, a row of labels for each gram; deflated (RFC 1950)
    bias: bytes  # float32 of each label
    scale: float
    threshold: float
    about: dict[str, str]


class Model:
    """Says what a text means. Frozen once made; shared by all threads.

    `idf` (grams,), `weights` (grams, labels), `bias` (labels,). `scale` turns margins into probabilities (softmax).
    `threshold` is the confidence from which the model's first answer is right as often as its trainer asked for;
    below it a person chooses. `about` says what it was trained on.
    """

    def __init__(
        self,
        *,
        labels: Sequence[str],
        grams: Sequence[str],
        idf: NDArray[Any],
        weights: NDArray[Any],
        bias: NDArray[Any],
        scale: float = 1.0,
        threshold: float = 0.0,
        about: Mapping[str, str] | None = None,
    ) -> None:
        """:raises BadModel: where the parts do not fit together."""
        if weights.shape != (len(grams), len(labels)) or idf.shape != (len(grams),) or bias.shape != (len(labels),):
            raise BadModel(f"{len(grams)} grams and {len(labels)} labels do not fit weights of {weights.shape}")
        self.labels, self.scale, self.threshold, self.about = tuple(labels), scale, threshold, dict(about or {})
        self._grams = tuple(grams)
        self._index = {gram: index for index, gram in enumerate(grams)}
        self._blocks = np.array([block_of(gram) for gram in grams], dtype=np.int64)
        self._idf, self._weights, self._bias = idf, weights, bias

    def __len__(self) -> int:
        """Return the number of grams."""
        return len(self._grams)

    def rank(self, text: str, limit: int = 5) -> list[Meaning]:
        """Return what the text may mean, the likeliest first; [] where it holds no gram that the model knows."""
        rows, values = self._read(text)
        if not len(rows):
            return []
        weights = self._weights[rows].astype(np.float32)
        margins = values @ weights + self._bias
        shares = _softmax(margins * self.scale)
        best = np.argsort(-shares, kind="stable")[:limit]
        return [
            Meaning(
                label=self.labels[label],
                confidence=round(float(shares[label]), 4),
                words=self._grounds(rows, values * weights[:, label]),
            )
            for label in best
        ]

    def _read(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows of the text's grams and their weights: sublinear tf-idf, each block of its length."""
        known = [(self._index[gram], number) for gram, number in grams_of(text).items() if gram in self._index]
        rows = np.array([row for row, _ in known], dtype=np.int64)
        values = np.array([1 + log(number) for _, number in known], dtype=np.float32) * self._idf[rows]
        blocks = self._blocks[rows]
        squares = np.bincount(blocks, weights=values**2, minlength=len(BLOCKS))
        lengths = np.array(BLOCKS) / np.sqrt(np.where(squares > 0, squares, 1))
        return rows, (values * lengths[blocks]).astype(np.float32)

    def _grounds(self, rows: NDArray[np.int64], spoke: NDArray[Any]) -> tuple[str, ...]:
        """Return the grams that spoke most for a label, as a person would read them; none stands inside another.

        A single character is told only where nothing longer spoke: alone it says little to a reader.
        """
        told = [self._grams[rows[at]].lstrip(BEGINNING) for at in np.argsort(-spoke, kind="stable") if spoke[at] > 0]
        readable = [gram.replace(MARK, " ").strip() for gram in told]
        chosen: list[str] = []
        for words in [each for each in readable if len(each) > 1] or readable:
            if not any(words in other or other in words for other in chosen):
                chosen.append(words)
            if len(chosen) == WORDS_SHOWN:
                break
        return tuple(chosen)

    def write(self) -> bytes:
        """Return the model as the bytes that `read` reads."""
        stored = _Stored(
            format=FORMAT,
            labels=list(self.labels),
            grams=list(self._grams),
            idf=self._idf.astype("<f4").tobytes(),
            weights=zlib.compress(self._weights.astype("<f2").tobytes(), 9),
            bias=self._bias.astype("<f4").tobytes(),
            scale=self.scale,
            threshold=self.threshold,
            about=self.about,
        )
        return msgspec.msgpack.encode(stored)

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Read what `write` wrote.

        :raises BadModel: for anything else.
        """
        try:
            stored = msgspec.msgpack.decode(body, type=_Stored)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise BadModel(f"this is no model: {error}") from None
        if stored.format != FORMAT:
            raise BadModel(f"a model of format {stored.format}; this version reads {FORMAT}")
        try:
            weights = _inflate(stored.weights, len(stored.grams), len(stored.labels))
            idf, bias = np.frombuffer(stored.idf, "<f4"), np.frombuffer(stored.bias, "<f4")
        except (ValueError, zlib.error) as error:
            raise BadModel(f"the model's parts do not fit together: {error}") from None
        return cls(
            labels=stored.labels,
            grams=stored.grams,
            idf=idf,
            weights=weights,
            bias=bias,
            scale=stored.scale,
            threshold=stored.threshold,
            about=stored.about,
        )


def _inflate(body: bytes, grams: int, labels: int) -> NDArray[np.float16]:
    """Return the weights; no more is ever unpacked than the grams and labels ask for."""
    size = grams * labels * 2
    if size > WEIGHTS_BYTES_MAX:
        raise BadModel(f"{grams} grams and {labels} labels; at most {WEIGHTS_BYTES_MAX} bytes of weights")
    return np.frombuffer(zlib.decompressobj().decompress(body, size + 1), "<f2").reshape(grams, labels)


def _softmax(margins: NDArray[Any]) -> NDArray[Any]:
    raised = np.exp(margins - margins.max())
    return np.asarray(raised / raised.sum())
