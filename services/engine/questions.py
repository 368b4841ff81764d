"""What sources answer when they are asked whether a happening is over (dispatch/recheck)."""

from collections.abc import Collection
from datetime import datetime

from dispatch.case import Answer, Case
from dispatch.flow import Draft
from dispatch.ids import CaseId, EventId, SourceId, TaskId
from dispatch.recheck import is_asked, take_answer
from services.engine.orders import new_id, relatives_of, situation_of
from services.engine.refusals import NothingAsked, UnknownCase
from services.engine.turn import Turn


def take(
    turn: Turn, case_id: CaseId, sources: Collection[SourceId], answer: Answer, note: str, media: tuple[str, ...]
) -> Case:
    """Take an answer that a source has given in so many words; return the case as it is then.

    :raises UnknownCase: if there is no such case, or none that these sources were asked of.
    :raises NothingAsked: if the question has been answered, or is no longer open.
    """
    case = turn.find(case_id)
    if case is None or case.source_id not in sources:
        raise UnknownCase(case_id)
    if case.asked not in sources:
        raise NothingAsked(case_id)
    _take(turn, case, case.asked, answer, note=note, media=media)
    return turn.find(case_id) or case


def take_reading(turn: Turn, source: SourceId, episode: str, *, holds: bool, at: datetime, event: EventId) -> None:
    """Take a reading as the answer of the sensor that is asked: whether the level of that episode holds still.

    Only what was measured after the case was handled says anything of it.
    """
    for case in turn.state.book.asked_of(source):
        if episode in case.episodes and case.handled_at is not None and at > case.handled_at:
            _take(turn, case, source, Answer.PRESENT if holds else Answer.CLEAR, event=event)


def _take(
    turn: Turn,
    case: Case,
    source: SourceId,
    answer: Answer,
    *,
    note: str = "",
    media: tuple[str, ...] = (),
    event: EventId | None = None,
) -> None:
    draft = Draft(case, case.id, turn.at, turn.state.city)
    if not is_asked(draft, source):
        return
    situation = situation_of(turn, relatives_of(turn, case))
    take_answer(draft, situation, TaskId(new_id(turn.at)), answer, event=event or EventId(""), media=media, note=note)
    turn.record_all(draft.facts)
