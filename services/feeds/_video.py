"""What the words of cameras mean in this city, and how sure that is. The words stand in video_types.csv."""

from collections.abc import Iterable
from typing import NamedTuple

from dispatch.city import Source
from services.feeds import Origin

RULE_CONFIDENCE = 0.5
"""How sure a drawn rule is of what it saw: a line or a region tells that something was there, not what. A person looks
before such a case is filed, unless the camera is set up (`kinds`) for what the word stands for."""


class Meaning(NamedTuple):
    """A video type, and the confidence that its word alone gives (None: no less than the device's)."""

    kind: str
    confidence: float | None


def find_meaning(words: Iterable[str], source: Source, origin: Origin, rules: frozenset[str]) -> Meaning | None:
    """Return what the first word means that the city knows, None if it knows none of them.

    Where a word stands for several types, those that the camera can tell of go before, then the order of the table.
    `rules` are the words that only tell of a place (a line was crossed, a region entered), in lower case: of a camera
    that is set up for one type alone they tell of that.
    """
    for word in words:
        is_rule = word.casefold() in rules
        if is_rule and len(source.kinds) == 1:
            return Meaning(source.kinds[0], None)
        kinds = origin.kinds_of_label(word) or (origin.kind_of_label(word),)
        kind = next((each for each in kinds if each in source.kinds), kinds[0])
        if kind:
            return Meaning(kind, RULE_CONFIDENCE if is_rule and kind not in source.kinds else None)
    return None
