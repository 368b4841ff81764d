"""What a text is about: the words of the category table and the city's trained model, weighed together.

The model has seen how people really talk of each category; the table's words are what can be looked up. Where both
speak, the model's word weighs four times the table's: that share was best on phrases that neither had seen. A city
without a model has the table alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from dispatch.city import Codes
from dispatch.ids import CategoryCode
from dispatch.lexicon import Suggestion, suggest
from dispatch.meaning import Meaning

TABLE_SHARE = 0.2
OUT_OF_SCOPE = "none"
"""The model's label of what no desk of the city handles: a pension, a thank-you, an advertisement."""
RANKED = 8
"""Answers of each that are weighed; what stands behind them decides nothing."""
WORDS_MAX = 5
LEAST = 0.1
"""A model has a share for every label; one that it hardly thinks possible is no suggestion."""


class Understood(NamedTuple):
    """Categories that a text may speak of, the likeliest first; and the words by which it is no matter of the city's,
    None where it is one, or may be.
    """

    suggestions: Sequence[Suggestion]
    beside_us: tuple[str, ...] | None = None


def understand(text: str, codes: Codes, limit: int = 5) -> Understood:
    """Say what a text is about, by all that the city knows of words."""
    table = suggest(text, codes, RANKED)
    meanings = codes.reader.rank(text, RANKED) if codes.reader else []
    if not meanings:
        return Understood(table[:limit])
    shares: dict[str, float] = defaultdict(float)
    words: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for found in table:
        shares[found.category] += TABLE_SHARE * found.confidence
        words[found.category] += found.words
    for meaning in meanings:
        if meaning.label == OUT_OF_SCOPE or meaning.label in codes.categories:
            shares[meaning.label] += (1 - TABLE_SHARE) * meaning.confidence
            words[meaning.label] += meaning.words
    ranked = sorted(shares, key=lambda label: (-shares[label], label))
    suggestions = [
        Suggestion(
            category=CategoryCode(label),
            confidence=round(shares[label], 3),
            words=tuple(dict.fromkeys(words[label]))[:WORDS_MAX],
        )
        for label in ranked
        if label != OUT_OF_SCOPE and shares[label] >= LEAST
    ]
    return Understood(suggestions[:limit], _beside_us(ranked, meanings, codes))


def _beside_us(ranked: Sequence[str], meanings: Sequence[Meaning], codes: Codes) -> tuple[str, ...] | None:
    """Return the words by which a text is no matter of the city's. Only a sure model may say so: a mistake would turn
    somebody away.
    """
    best = meanings[0]
    is_sure = codes.reader is not None and best.confidence >= codes.reader.threshold
    return best.words if ranked[:1] == [OUT_OF_SCOPE] and best.label == OUT_OF_SCOPE and is_sure else None
