"""Why a citizen's report is looked at before anybody else sees it: the kinds, and the city's list of words."""

from enum import StrEnum

from msgspec import Struct


class FlagKind(StrEnum):
    """Why a report is looked at first."""

    INSULT = "insult"
    THREAT = "threat"
    SPAM = "spam"
    TEST = "test"
    REPEAT = "repeat"  # the same again and again
    MASH = "mash"  # keys pressed at random
    PICTURE = "picture"  # a picture that has been sent before
    ROBOT = "robot"  # a field was filled in that nobody sees


WORD_KINDS = (FlagKind.INSULT, FlagKind.THREAT, FlagKind.SPAM, FlagKind.TEST)
"""Kinds that the city's word list has (`moderation.csv`)."""


class FlagWord(Struct, frozen=True):
    """One row of the city's list. A word in Latin letters is found whole, one in others anywhere."""

    word: str
    kind: FlagKind


class Flag(Struct, frozen=True):
    """Why a report is flagged; `what` is the word, or the number of the case with the same picture."""

    kind: FlagKind
    what: str = ""

    @property
    def text(self) -> str:
        return f"{self.kind.value}:{self.what}"
