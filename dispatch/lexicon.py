"""Which category people's words speak of: the words of the category table, found in free text, zh and en.

Every category has words of its own (`words_zh`, `words_en`) and its names. A word weighs the more the longer it is, and
the less the more categories share it. A trained classifier can stand before this; the words stay the ground that
can be shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from dispatch.category import Category
from dispatch.city import Codes
from dispatch.duties import CODES_KEPT
from dispatch.ids import CategoryCode

TEXT_READ = 2_000
"""Characters of a text that are read: what a report is about stands in its beginning."""

SURE_WEIGHT = 4.0
"""A weight of found words from which no more are needed: a four-character word of one category, or two short ones."""

_ENGLISH = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")


class Suggestion(Struct, frozen=True, kw_only=True):
    """One category that a text may speak of. `confidence` is 0..1; `words` are the grounds."""

    category: CategoryCode
    confidence: float
    words: tuple[str, ...]


class Lexicon(Struct, frozen=True, eq=False):
    """Word -> the categories that have it; an English word is its plain tokens, joined by a space.

    `lengths` tells of each first unit (a Chinese character, an English token) how many units the words have that
    begin with it, the longest first: hardly any place of a text begins a word, so hardly any is looked at twice.
    """

    categories: Mapping[str, tuple[CategoryCode, ...]]
    lengths: Mapping[str, tuple[int, ...]]

    def find_words(self, text: str) -> set[str]:
        """Return the words of the table in a text; a word inside a longer found word does not count."""
        text = text[:TEXT_READ].casefold()
        found: set[str] = set()
        for run in _CHINESE.findall(text):
            found.update(self._longest(run, ""))
        tokens = [_stem(token) for token in _ENGLISH.findall(text)]
        found.update(self._longest(tokens, " "))
        return found

    def _longest(self, units: Sequence[str], glue: str) -> Iterator[str]:
        """Give the known words in a row of units, the longest at each place, going on after its end."""
        start = 0
        while start < len(units):
            for length in self.lengths.get(units[start], ()):
                word = glue.join(units[start : start + length])
                if length <= len(units) - start and word in self.categories:
                    yield word
                    start += length - 1
                    break
            start += 1


def suggest(text: str, codes: Codes, limit: int = 5) -> list[Suggestion]:
    """Return the categories that a text may speak of, the likeliest first; [] where no word is known."""
    table = lexicon(codes)
    weights: dict[CategoryCode, float] = defaultdict(float)
    grounds: dict[CategoryCode, list[str]] = defaultdict(list)
    for word in sorted(table.find_words(text)):
        owners = table.categories[word]
        for code in owners:
            weights[code] += _weight(word) / len(owners)
            grounds[code].append(word)
    ranked = sorted(weights, key=lambda code: (-weights[code], code))
    total = sum(weights[code] for code in ranked[:2])
    return [
        Suggestion(
            category=code,
            confidence=round(weights[code] / total * min(1.0, weights[code] / SURE_WEIGHT), 3),
            words=tuple(grounds[code]),
        )
        for code in ranked[:limit]
    ]


@lru_cache(maxsize=CODES_KEPT)
def lexicon(codes: Codes) -> Lexicon:
    """Return a city's words, ready to be found (made once per city)."""
    owners: dict[str, set[CategoryCode]] = defaultdict(set)
    lengths: dict[str, set[int]] = defaultdict(set)
    for category in codes.categories.values():
        for word, units in _words_of(category):
            owners[word].add(category.code)
            lengths[units[0]].add(len(units))
    return Lexicon(
        categories={word: tuple(sorted(codes)) for word, codes in owners.items()},
        lengths={first: tuple(sorted(each, reverse=True)) for first, each in lengths.items()},
    )


def _words_of(category: Category) -> Iterator[tuple[str, Sequence[str]]]:
    """Give each word as it is looked up, and the units that it is made of."""
    for word in {category.name_zh, *category.words_zh}:
        plain = "".join(_CHINESE.findall(word))
        if len(plain) > 1:
            yield plain, plain
    for word in {category.name_en, *category.words_en}:
        tokens = [_stem(token) for token in _ENGLISH.findall(word.casefold())]
        if tokens:
            yield " ".join(tokens), tokens


def _stem(token: str) -> str:
    """Take the plural's s away, and the possessive's: all that the words of the table need."""
    token = token.removesuffix("'s")
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token


def _weight(word: str) -> float:
    """Weigh a word: a Chinese character tells about as much as three letters."""
    return float(len(word)) if _CHINESE.match(word) else len(word) / 3
