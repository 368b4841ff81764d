"""questions.csv: what is asked of who reports, one question a row."""

import re
from collections.abc import Container, Mapping

from dispatch.asked import LISTS, AnswerKind, Choice, Question
from dispatch.ids import CategoryCode
from services.city.cells import Row
from services.city.files import Reader
from services.city.read_profile import IDENTIFIER

QUESTIONS_FILE = "questions.csv"
QUESTION_COLUMNS = ("category", "code", "kind", "required", "zh", "en", "choices")

QUESTIONS_MAX = 20
"""Of one category: somebody in the street answers two or three."""
CHOICES_MAX = 50
CALLS_MAX = 3
"""Numbers of one stop: who is in danger must not choose among many."""

_NUMBER = re.compile(r"\+?[0-9][0-9 \-]{1,18}")


def read_questions(reader: Reader, categories: Container[CategoryCode]) -> Mapping[CategoryCode, tuple[Question, ...]]:
    """Return the questions of each category in the order of the file; none where the pack has no questions.csv."""
    if not reader.has(QUESTIONS_FILE):
        return {}
    found: dict[CategoryCode, dict[str, Question]] = {}
    for row in reader.rows(QUESTIONS_FILE, QUESTION_COLUMNS):
        question = _question(row)
        if question.category and question.category not in categories:
            row.fault(f"the category is not known: {question.category}")
        asked = found.setdefault(question.category, {})
        if question.code in asked:
            row.fault(f"the question {question.code} of {question.category} stands in a line above already")
        if len(asked) == QUESTIONS_MAX:
            row.fault(f"{question.category} has more than {QUESTIONS_MAX} questions")
        asked[question.code] = question
    return {category: tuple(asked.values()) for category, asked in found.items()}


def _question(row: Row) -> Question:
    code, kind = row.needed("code"), AnswerKind(row.choice("kind", list(AnswerKind)))
    if code and not IDENTIFIER.fullmatch(code):
        row.fault(f"code may hold letters, digits, and . _ -: {code!r}")
    required, choices = row.flag("required", default=False), _choices(row)
    if kind in LISTS and not choices:
        row.fault(f"a {kind} needs choices")
    if kind not in LISTS and choices:
        row.fault(f"a {kind} has no choices")
    if kind is AnswerKind.NOTICE and required:
        row.fault("a notice cannot be required")
    call = _numbers(row)
    if (kind is AnswerKind.STOP) != bool(call):
        row.fault("a stop, and nothing else, says whom to call")
    return Question(
        category=CategoryCode(row.needed("category")),
        code=code,
        kind=kind,
        required=required,
        zh=row.needed("zh"),
        en=row.needed("en"),
        choices=choices,
        call=call,
    )


def _numbers(row: Row) -> tuple[str, ...]:
    """Return the telephone numbers of a cell; the column may be left out."""
    found = row.items("call")
    for number in found:
        if not _NUMBER.fullmatch(number):
            row.fault(f"a telephone number has digits, spaces and hyphens: {number!r}")
    if len(found) > CALLS_MAX:
        row.fault(f"{len(found)} numbers to call; at most {CALLS_MAX}")
    return found


def _choices(row: Row) -> tuple[Choice, ...]:
    """Return the answers of a cell: `key=zh/en|key=zh/en`."""
    found: dict[str, Choice] = {}
    for item in row.items("choices"):
        key, _, words = item.partition("=")
        zh, _, en = words.partition("/")
        key, zh, en = key.strip(), zh.strip(), en.strip()
        if not (IDENTIFIER.fullmatch(key) and zh and en):
            row.fault(f"a choice is written key=中文/English: {item!r}")
        elif key in found:
            row.fault(f"the choice {key} is there already")
        else:
            found[key] = Choice(key, zh, en)
    if len(found) > CHOICES_MAX:
        row.fault(f"{len(found)} choices; at most {CHOICES_MAX}")
    return tuple(found.values())
