"""Smart check (智能核查): what follows from what a case's source says when it is asked whether the happening is over.

The question is put when the case is reported handled (dispatch/flow). Anything that the source says of it then is an
answer: an end is "clear", more of the same "still there". Where it says nothing in time its last word before stands,
if that was an end; else a person must look.
"""

from collections.abc import Callable, Mapping
from typing import Any

from dispatch.case import Answer, CheckAnswered, CheckPassed, CheckSent, Stage
from dispatch.category import SmartCheck
from dispatch.event import Event, Phase
from dispatch.facts.base import BY_RULE
from dispatch.flow import Draft, continue_flow, reworking
from dispatch.ids import EventId, TaskId
from dispatch.reasons import Reason
from dispatch.situation import Situation

_NO_EVENT = EventId("")

ANSWER_FIELD = "answer"
"""The attribute of an event in which a source may answer in words: clear, present or unknown."""

_BY_PHASE: Mapping[Phase, Answer] = {
    Phase.OPEN: Answer.PRESENT,
    Phase.UPDATE: Answer.PRESENT,
    Phase.PULSE: Answer.PRESENT,
    Phase.CLOSE: Answer.CLEAR,
}


def is_asked(draft: Draft, source: str) -> bool:
    """Say whether a draft's case waits for that source's answer."""
    return draft.case.stage is Stage.CHECKING and bool(source) and draft.case.asked == source


def answer_of(event: Event) -> Answer | None:
    """Return what an event says to the question; None for one that only says that its sender is there."""
    said = event.attributes.get(ANSWER_FIELD)
    if said in set(Answer):
        return Answer(str(said))
    return _BY_PHASE.get(event.phase)


def take_answer(
    draft: Draft,
    situation: Situation,
    task_id: TaskId,
    answer: Answer,
    *,
    event: EventId = _NO_EVENT,
    media: tuple[str, ...] = (),
    note: str = "",
    why: Reason | None = None,
) -> None:
    """Record the answer and what follows from it: closed, sent back, or looked at by a person.

    `why` is why it is this answer, where that is not the answer itself.
    """
    case = draft.case
    category = situation.city.codes.categories.get(case.category)
    decides = category is not None and category.smart_check is SmartCheck.CLOSE
    reason = why or Reason(f"check.{answer.value}")
    because = (reason,) if decides or answer is Answer.UNKNOWN else (reason, Reason("check.suggest"))
    draft.add(
        CheckAnswered(source_id=case.asked, answer=answer, event_id=event, media=media, note=note, because=because)
    )
    if not decides:
        answer = Answer.UNKNOWN
    _FOLLOWS[answer](draft, situation, task_id, {"media": media, "because": because})
    continue_flow(draft, situation, task_id)


def _pass(draft: Draft, _situation: Situation, _task_id: TaskId, shown: Mapping[str, Any]) -> None:
    draft.add(CheckPassed(by=BY_RULE, **shown))


def _send_back(draft: Draft, situation: Situation, task_id: TaskId, shown: Mapping[str, Any]) -> None:
    draft.add(reworking(draft.case, situation.city, task_id, draft.at, by=BY_RULE, reason="check.present", **shown))


def _call_person(draft: Draft, _situation: Situation, _task_id: TaskId, _shown: Mapping[str, Any]) -> None:
    draft.add(CheckSent(by=BY_RULE))


_FOLLOWS: Mapping[Answer, Callable[[Draft, Situation, TaskId, Mapping[str, Any]], None]] = {
    Answer.CLEAR: _pass,
    Answer.PRESENT: _send_back,
    Answer.UNKNOWN: _call_person,
}
