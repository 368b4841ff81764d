"""The grams of a text: what a model counts. Chinese by one to three characters, English by words and their parts; and
both once more for the beginning of the text.

Both the training and the asking use this function, so a model can never see other grams than it was trained on.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

TEXT_READ = 4_000
"""Characters of a text that are read: the longest letter to a mayor says what it is about by then."""

CHINESE_LENGTHS = (1, 2, 3)
PIECE = 4
"""Letters of an English word's pieces: they survive a typing error elsewhere in the word."""
WORD_MAX = 8
"""Characters of the longest Chinese word; a longer row between blanks is a sentence, and no word of its own."""
MARK = "\N{LOWER ONE EIGHTH BLOCK}"
"""Stands before a whole word, so that the word 路 and the character 路 are two grams."""

BEGINNING = "^"
BEGINNING_UNITS = 24
"""How long the beginning is: a headline, in which people say what they write about."""
BLOCKS = (1.0, 1.0, 0.5, 0.5)
"""What the parts, the words, and both of the beginning weigh against each other: each block has that length."""

_CHINESE = r"\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CHINESE}]+|[a-z0-9]+(?:['-][a-z0-9]+)*")
_BLANK = re.compile(rf"(?<=[{_CHINESE}])\s+(?=[{_CHINESE}])")
_IS_CHINESE = re.compile(rf"[{_CHINESE}]")
_DIGITS = re.compile(r"[0-9]+")


def grams_of(text: str) -> Counter[str]:
    """Return how often each gram stands in a text; those of its beginning stand there again, marked.

    A text that has been parted into words (by blanks) has these words and their pairs as grams too; the characters are
    taken over the blanks, as the writer wrote them.
    """
    plain = _DIGITS.sub("0", unicodedata.normalize("NFKC", text[:TEXT_READ]).casefold())
    grams = _grams(plain)
    grams.update({BEGINNING + gram: number for gram, number in _grams(plain[: _end_of_beginning(plain)]).items()})
    return grams


def block_of(gram: str) -> int:
    """Return to which of the `BLOCKS` a gram belongs: parts or words, of the whole or of the beginning."""
    in_beginning = gram.startswith(BEGINNING)
    return 2 * in_beginning + gram[in_beginning:].startswith(MARK)


def _grams(plain: str) -> Counter[str]:
    grams: Counter[str] = Counter()
    for run in _RUN.findall(_BLANK.sub("", plain)):
        grams.update(_of_characters(run) if _IS_CHINESE.match(run) else _of_letters(run))
    words = [f"{MARK}{word}" for word in _RUN.findall(plain) if len(word) <= WORD_MAX or not _IS_CHINESE.match(word)]
    grams.update(words)
    grams.update(one + other for one, other in pairwise(words))
    return grams


def _end_of_beginning(plain: str) -> int:
    """Return where the beginning ends: a Chinese character counts one, an English word two."""
    left = BEGINNING_UNITS
    for run in _RUN.finditer(plain):
        cost = len(run.group()) if _IS_CHINESE.match(run.group()) else 2
        if cost >= left:
            return run.start() + left if cost > left and cost > 2 else run.end()
        left -= cost
    return len(plain)


def _of_characters(run: str) -> Iterator[str]:
    for length in CHINESE_LENGTHS:
        for start in range(len(run) - length + 1):
            yield run[start : start + length]


def _of_letters(word: str) -> Iterator[str]:
    for start in range(len(word) - PIECE + 1):
        yield word[start : start + PIECE]
