"""Answers to what is asked of who reports (`questions.csv`): checked, and put into words for the desk."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from dispatch.asked import LISTS, READ_ONLY, AnswerKind, Question
from services.api.values import read_number, read_time


class Answered(Struct, frozen=True, kw_only=True):
    """(question, answer) in words, in the order of the questions; and the questions with which something is wrong."""

    words: Sequence[tuple[str, str]]
    missing: Sequence[Question] = ()
    unfit: Sequence[Question] = ()


def check_answers(questions: Sequence[Question], given: Mapping[str, Sequence[str]], language: str) -> Answered:
    """Read the answers by the questions' codes; `language` ("zh" or "en") is that of the words."""
    words, missing, unfit = [], [], []
    for question in questions:
        if question.kind in READ_ONLY:
            continue
        said = [text for each in given.get(question.code, ()) if (text := each.strip())]
        if not said:
            if question.required:
                missing.append(question)
            continue
        answer = _say(question, said, language)
        if answer is None:
            unfit.append(question)
        else:
            words.append((question.zh if language == "zh" else question.en, answer))
    return Answered(words=words, missing=missing, unfit=unfit)


def _say(question: Question, given: Sequence[str], language: str) -> str | None:
    """Return the answer in words, None where it is none that fits."""
    if question.kind in LISTS:
        names = {each.key: each.zh if language == "zh" else each.en for each in question.choices}
        keys = list(dict.fromkeys(given))
        if not set(keys) <= set(names) or (question.kind is AnswerKind.ONE and len(keys) > 1):
            return None
        return ", ".join(names[key] for key in keys)
    if len(given) > 1:
        return None
    if question.kind is AnswerKind.NUMBER and read_number(given[0], -1e15, 1e15) is None:
        return None
    if question.kind is AnswerKind.DATETIME and read_time(given[0]) is None:
        return None
    return given[0]
