"""What belongs to persons is taken out of a case: the fact, and the order to carry it out in the same commit."""

from collections.abc import Sequence

from dispatch.case import Case
from dispatch.facts import Fact, PersonalDataErased
from dispatch.ids import CaseId, EventId
from dispatch.retention import Field
from services.engine.desk import Desk
from services.engine.refusals import UnknownCase
from services.engine.turn import Turn
from services.store.erasing import Belongings, Erasure, list_belongings


async def erase(
    desk: Desk, case_id: CaseId, fields: Sequence[Field], by: str, why: str, only: Sequence[EventId] = ()
) -> Case:
    """Take out of a case what belongs to persons, of the reports `only` if any are named; return it as it is then.

    :raises UnknownCase: if there is no such case.
    """
    await desk.recall(case_id)
    held = await desk.db.read(lambda connection: list_belongings(connection, case_id, only))
    return await desk.order(lambda turn: _record(turn, case_id, held, fields, by, why, only))


def _record(
    turn: Turn,
    case_id: CaseId,
    held: Belongings,
    fields: Sequence[Field],
    by: str,
    why: str,
    only: Sequence[EventId],
) -> Case:
    if turn.find(case_id) is None:
        raise UnknownCase(case_id)
    pictures = {Field.PHOTOS: held.photos, Field.EVIDENCE: held.evidence}
    data = PersonalDataErased(
        by=by,
        why=why,
        fields=tuple(field.value for field in fields),
        events=tuple(only),
        opening=held.opening in only,
        media=tuple(each for field in fields for each in pictures.get(field, ())),
    )
    case = turn.record(Fact(case_id, turn.at, data))
    assert case is not None, "the fact belongs to a case"
    turn.batch.erasures.append(Erasure(case_id, turn.at, data))
    return case
