"""What comes next when a form has come in: what is wrong with it, what is read or asked first, or that it is whole.

Pure but for the city and the open cases that it looks at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from dispatch.asked import READ_ONLY, AnswerKind, Question
from dispatch.category import Category
from dispatch.citymap import City
from services.api.answers import check_answers
from services.api.plain.filled import VALUE_MAX, Filled
from services.api.plain.words import say
from services.api.platform import Platform
from services.api.public_cases import NearCase, find_open_near
from services.api.report_form import ReportForm

SHORT_MAX = 200
_PHONE = re.compile(r"[0-9+() \-]{0,40}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, in words, and the id of the field that it is about."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Mend:
    """The form is shown again: with what is wrong, or with the questions of its category."""

    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Halt:
    """Something must be read before anything is reported."""

    category: Category
    stops: Sequence[Question]


@dataclass(frozen=True, slots=True)
class Offer:
    """Perhaps it is one of these."""

    cases: Sequence[NearCase]


@dataclass(frozen=True, slots=True)
class Ready:
    """It can be taken in."""

    form: ReportForm


Step = Mend | Halt | Offer | Ready


def stops_of(questions: Sequence[Question]) -> Sequence[Question]:
    return [each for each in questions if each.kind is AnswerKind.STOP]


def asks_of(questions: Sequence[Question]) -> Sequence[Question]:
    """Return what is shown in the form: notices, and what is to be answered."""
    return [each for each in questions if each.kind is not AnswerKind.STOP]


def next_step(filled: Filled, platform: Platform) -> Step:
    """Return what comes next. A stop goes before everything: who is in danger must not fill in a form."""
    city = platform.city
    category = city.codes.categories.get(filled.category)
    questions = city.codes.questions.get(filled.category, ())
    unread = [each for each in stops_of(questions) if each.required or each.code not in filled.passed]
    if category and unread:
        return Halt(category, unread)
    faults = list_faults(filled, city)
    is_asked = filled.asked == filled.category or all(each.kind in READ_ONLY for each in questions)
    if faults or not is_asked:
        return Mend(faults)
    if category and filled.spot and filled.offered != filled.offer:
        cases = find_open_near(platform, category, filled.spot.point)
        if cases:
            return Offer(cases)
    try:
        return Ready(_form_of(filled))
    except ValidationError as error:
        return Mend(
            [Fault(str(fault["loc"][0] if fault["loc"] else "text"), str(fault["msg"])) for fault in error.errors()]
        )


def list_faults(filled: Filled, city: City) -> list[Fault]:
    """Return what is wrong, in the order of the form."""

    def fault(name: str, key: str, **values: object) -> Fault:
        return Fault(name, say(filled.language, key, **values))

    faults = []
    if not filled.text and not filled.category:
        faults.append(fault("text", "need_what"))
    if filled.category and filled.category not in city.codes.categories:
        faults.append(fault("category", "need_category"))
    if filled.asked == filled.category:
        faults += _faults_of_answers(filled, city)
    if not (filled.spot or filled.address or filled.query or filled.component):
        faults.append(fault("address", "need_where"))
    if filled.spot and not city.locate(filled.spot.point).inside:
        faults.append(fault("query", "need_place", city=_in(filled.language, city.name.zh, city.name.en)))
    lengths = (("text", VALUE_MAX), ("address", SHORT_MAX), ("name", SHORT_MAX))
    long = [name for name, length_max in lengths if len(getattr(filled, name)) > length_max]
    faults += [fault(name, "too_long", field=say(filled.language, name)) for name in long]
    if not _PHONE.fullmatch(filled.phone):
        faults.append(fault("phone", "need_phone"))
    return faults


def _faults_of_answers(filled: Filled, city: City) -> list[Fault]:
    answered = check_answers(city.codes.questions.get(filled.category, ()), filled.answers, filled.language)
    return [
        Fault(f"q-{each.code}", say(filled.language, key, question=_in(filled.language, each.zh, each.en)))
        for key, wrong in (("need_answer", answered.missing), ("bad_answer", answered.unfit))
        for each in wrong
    ]


def _in(language: str, zh: str, en: str) -> str:
    return zh if language == "zh" else en


def _form_of(filled: Filled) -> ReportForm:
    """Return the report. What was looked for and not chosen is a place in words.

    :raises ValidationError: for what the form's own checks do not know.
    """
    spot = filled.spot
    return ReportForm(
        text=filled.text,
        category=filled.category,
        lon=spot.point.lon if spot else None,
        lat=spot.point.lat if spot else None,
        accuracy_m=spot.accuracy_m if spot else None,
        address=filled.address or (spot.label if spot else filled.query),
        component=filled.component,
        same_as=filled.same_as,
        answers={code: tuple(said) for code, said in filled.answers.items()} if filled.category else None,
        language="zh" if filled.language == "zh" else "en",
        name=filled.name,
        phone=filled.phone,
    )
