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
    STOP = "stop"  # read before anything else is asked: call, rather than report


LISTS = frozenset({AnswerKind.ONE, AnswerKind.SOME})
READ_ONLY = frozenset({AnswerKind.NOTICE, AnswerKind.STOP})


class Choice(Struct, frozen=True):
    """One of the answers of a list."""

    key: str
    zh: str
    en: str


class Question(Struct, frozen=True, kw_only=True):
    """A question of one category, in both languages.

    Of a stop, `call` are the numbers to call, and `required` says that nobody goes past it: such things are not
    reported.
    """

    category: CategoryCode
    code: str
    kind: AnswerKind
    required: bool
    zh: str
    en: str
    choices: tuple[Choice, ...] = ()
    call: tuple[str, ...] = ()
