"""What can be reported: the city's categories as services, and the questions of each."""

from collections.abc import Mapping, Sequence

from dispatch.asked import LISTS, READ_ONLY, AnswerKind, Question
from dispatch.category import Category
from dispatch.city import Codes
from services.api.open311.formats import Value

KEYWORDS_MAX = 20

_HINTS: Mapping[AnswerKind, tuple[str, str]] = {
    AnswerKind.STRING: ("一行文字", "One line of text"),
    AnswerKind.TEXT: ("文字", "Text"),
    AnswerKind.NUMBER: ("数字", "A number"),
    AnswerKind.DATETIME: (
        "日期时间，如 2026-03-01T08:30:00+08:00",
        "A date and time such as 2026-03-01T08:30:00+08:00",
    ),
    AnswerKind.ONE: ("选择一项", "Choose one"),
    AnswerKind.SOME: ("可选多项", "Choose one or more"),
    AnswerKind.NOTICE: ("提示，无需作答", "A notice; no answer is needed"),
    AnswerKind.STOP: ("请先拨打电话，无需作答", "Call first; no answer is needed"),
}


def list_services(codes: Codes, language: str) -> Sequence[Value]:
    """Return the services in the order of their codes."""
    return [_service(codes.categories[code], codes, language) for code in sorted(codes.categories)]


def _service(category: Category, codes: Codes, language: str) -> Mapping[str, Value]:
    is_zh = language == "zh"
    major, name = (category.major_zh, category.name_zh) if is_zh else (category.major_en, category.name_en)
    words = (category.words_zh if is_zh else category.words_en)[:KEYWORDS_MAX]
    when = "" if is_zh else category.file_when
    return {
        "service_code": category.code,
        "service_name": name,
        "description": f"{name}（{major}）" if is_zh else f"{name} ({major})" + (f": {when}" if when else ""),
        "metadata": bool(codes.questions.get(category.code)),
        # What the public may not see can be reported, and not be followed: that is what "blackbox" means.
        "type": "realtime" if category.is_public else "blackbox",
        "keywords": ",".join(word.replace(",", " ") for word in words) or None,
        "group": major,
    }


def definition_of(code: str, questions: Sequence[Question], language: str) -> Mapping[str, Value]:
    """Return the definition of a service: what is asked, in order."""
    return {
        "service_code": code,
        "attributes": [_attribute(each, order, language) for order, each in enumerate(questions, start=1)],
    }


def _attribute(question: Question, order: int, language: str) -> Mapping[str, Value]:
    is_zh = language == "zh"
    is_notice = question.kind in READ_ONLY
    words, numbers = question.zh if is_zh else question.en, " / ".join(question.call)
    found: dict[str, Value] = {
        "variable": not is_notice,
        "code": question.code,
        "datatype": AnswerKind.STRING.value if is_notice else question.kind.value,
        "required": question.required and not is_notice,
        "datatype_description": _HINTS[question.kind][0 if is_zh else 1],
        "order": order,
        "description": f"{words} ☎ {numbers}" if numbers else words,
    }
    if question.kind in LISTS:
        found["values"] = [{"key": each.key, "name": each.zh if is_zh else each.en} for each in question.choices]
    return found
