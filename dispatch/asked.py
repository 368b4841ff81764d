"""What is asked of who reports: the questions of a category (`questions.csv` of the city pack)."""

from enum import StrEnum

from msgspec import Struct

from dispatch.ids import CategoryCode


class AnswerKind(StrEnum):
    """What an answer is. The words are those of Open311 GeoReport v2 (service definition, `datatype`)."""

    STRING = "string"  # one line
    TEXT = "text"  # several lines
    NUMBER = "number"
    DATETIME = "datetime"
    ONE = "singlevaluelist"
    SOME = "multivaluelist"
    NOTICE = "notice"  # only read, never answered


LISTS = frozenset({AnswerKind.ONE, AnswerKind.SOME})


class Choice(Struct, frozen=True):
    """One of the answers of a list."""

    key: str
    zh: str
    en: str


class Question(Struct, frozen=True, kw_only=True):
    """A question of one category, in both languages."""

    category: CategoryCode
    code: str
    kind: AnswerKind
    required: bool
    zh: str
    en: str
    choices: tuple[Choice, ...] = ()
