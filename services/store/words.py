"""Text to the tokens by which it is found, Chinese as well as alphabets.

A run of Chinese characters becomes its pairs: 人民广场 is found by 人民, 民广, 广场, and so by any two or more of its
characters that stand together. A word or number of an alphabet is one token, and is found by its beginning. No
dictionary: names of places and streets are in none.
"""

import re
from collections.abc import Iterable, Iterator

WORD_MAX = 40
"""A longer run of letters is no word that anybody looks for; its beginning still is."""
TOKENS_MAX = 400
"""Tokens of one text: a report of a thousand characters and more is found by its beginning."""
ASKED_MAX = 32
"""Tokens of one question."""

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef"
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+")
_IS_CJK = re.compile(f"[{_CJK}]")


def tokens_of(texts: Iterable[str]) -> list[str]:
    """Return the tokens of the texts, each once, in the order in which they first stand."""
    found: dict[str, None] = {}
    for text in texts:
        for run in _runs(text):
            found.update(dict.fromkeys(_kept(run)))
            if len(found) >= TOKENS_MAX:
                return list(found)[:TOKENS_MAX]
    return list(found)


def asked_tokens(question: str) -> list[tuple[str, bool]]:
    """Return what a text must have to be found, all of it: (token, whether it is the beginning of one)."""
    asked: dict[tuple[str, bool], None] = {}
    for run in _runs(question):
        if not _IS_CJK.match(run):
            asked[run, True] = None
        elif len(run) == 1:
            asked[run, True] = None  # a character is the beginning of the pair that it opens, or stands at an end
        else:
            asked.update(dict.fromkeys((pair, False) for pair in _pairs(run)))
    return list(asked)[:ASKED_MAX]


def _runs(text: str) -> Iterator[str]:
    for match in _RUN.finditer(text.lower()):
        yield match[0] if _IS_CJK.match(match[0]) else match[0][:WORD_MAX]


def _kept(run: str) -> list[str]:
    if not _IS_CJK.match(run):
        # 00042 is also asked for as 42.
        return [run, run.lstrip("0")] if run[0] == "0" and run.isdigit() and run.strip("0") else [run]
    return [*_pairs(run), run[-1]]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]
