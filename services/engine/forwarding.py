"""What becomes of parcels to partners, and what partners say: facts of the case, in the commit of the parcel's end."""

from collections.abc import Mapping
from typing import Any

from dispatch.case import Case, Fact, Stage
from dispatch.facts import FactData
from dispatch.flow import follow_up
from dispatch.forwarding import News, failed, taken, told
from dispatch.ids import CaseId, TaskId
from services.engine.orders import new_id, situation_of
from services.engine.turn import Turn
from services.store.parcels import Change, Key, Parcel, State


def note_taken(turn: Turn, parcel: Parcel, request_id: str) -> None:
    """The partner has it, under that number ("" where he gives none)."""
    _settle(turn, parcel, State.TAKEN, request_id=request_id, follow=request_id if not parcel.status else "")
    if (case := turn.find(CaseId(parcel.case_id))) is not None and not parcel.status:
        turn.record_all(taken(case, parcel.reference, request_id, turn.at))


def note_dead(turn: Turn, parcel: Parcel, reason: str, detail: str) -> None:
    """It cannot be told: a person decides; whoever was to handle the case does not, so our own people do."""
    # Whether a try may have reached the partner is still to be known should somebody have it tried again.
    _settle(turn, parcel, State.DEAD, reason=reason, detail=detail, doubtful=parcel.doubtful or reason == "unknown")
    _fail(turn, parcel, reason, detail)


def note_given_up(turn: Turn, parcel: Parcel, by: str) -> None:
    """Somebody has said that it is to be tried no more."""
    _settle(turn, parcel, State.GIVEN_UP)
    _fail(turn, parcel, "given_up", "", by)


def retry(turn: Turn, parcel: Parcel) -> None:
    """Have a dead parcel tried again, from now on, as if it were new.

    Where an answer was lost at a partner who cannot be searched, who asks for it has looked: it is sent.
    """
    doubtful = parcel.doubtful and parcel.reason != "unknown"
    fields = {"state": State.WAITING.value, "tries": 0, "next_at": turn.at, "reason": "", "doubtful": doubtful}
    turn.batch.answered.append(Change(key=parcel.key, fields=fields, at=turn.at))


def note_withdrawn(turn: Turn, parcel: Parcel) -> None:
    """The case was over before the partner heard of it: he is not to hear of it any more."""
    _settle(turn, parcel, State.WITHDRAWN)
    _fail(turn, parcel, "withdrawn", "")


def note_news(turn: Turn, partner: str, case_id: CaseId, news: News) -> bool:
    """Take a partner's news, once; return whether it was any."""
    case = turn.find(case_id)
    if case is None:
        return False
    facts = told(case, news)
    if news.update_id:
        turn.batch.answered.append(Change(key=Key(0, partner), fields={}, at=turn.at, update_id=news.update_id))
    _record(turn, case, facts)
    return bool(facts)


def _settle(turn: Turn, parcel: Parcel, state: State, follow: str = "", **fields: Any) -> None:
    values: Mapping[str, Any] = {"state": state.value, "next_at": None, "doubtful": False, **fields}
    turn.batch.answered.append(Change(key=parcel.key, fields=values, at=turn.at, follow=follow))


def _fail(turn: Turn, parcel: Parcel, reason: str, detail: str, by: str = "") -> None:
    """Tell the case that its partner could not be told. An update that was not taken is no fact of the case's."""
    case = turn.find(CaseId(parcel.case_id))
    if case is not None and not parcel.status:
        _record(turn, case, [each.data for each in failed(case, parcel.reference, reason, detail, by, turn.at)])


def _record(turn: Turn, case: Case, facts: list[FactData]) -> None:
    """Record the facts, and what follows for a case that a partner has handled so far."""
    turn.record_all([Fact(case.id, turn.at, data) for data in facts])
    after = turn.find(case.id)
    if facts and after is not None and case.partner is not None and after.stage is Stage.FILED:
        turn.record_all(follow_up(after, situation_of(turn), task_id=TaskId(new_id(turn.at)), at=turn.at))
