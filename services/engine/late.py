"""Notes from outside the desk, which any stage takes: what a worker did without a signal and can no longer be done, and
what a partner's system says of a request. They overwrite nothing.
"""

from collections.abc import Sequence

from dispatch.case import Case
from dispatch.facts import Fact, NoteAdded
from dispatch.ids import CaseId
from services.engine.refusals import UnknownCase
from services.engine.turn import Turn


def add_late_note(turn: Turn, case_id: CaseId, by: str, note: str, media: Sequence[str], ref: str = "") -> Case:
    """Put somebody's words and pictures into the case, whoever has it now and in whatever stage it is.

    :raises UnknownCase: if there is no such case.
    """
    if turn.find(case_id) is None:
        raise UnknownCase(case_id)
    case = turn.record(Fact(case_id, turn.at, NoteAdded(by=by, note=note, media=tuple(media), ref=ref)))
    assert case is not None, "a note belongs to a case"
    return case
