"""What who reported does with his report: on the case that it belongs to now, wherever that was merged."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from dispatch.case import Case, Stage
from dispatch.correlate import MERGES_MAX
from dispatch.facts import Fact, ReportWithdrawn
from dispatch.ids import CaseId
from dispatch.refusals import Refusal
from dispatch.reporting import perform_act
from services.engine import orders
from services.engine.desk import Desk
from services.engine.refusals import UnknownCase
from services.engine.turn import Turn
from services.observe import counters
from services.store.report_words import Redaction, ReportMessage


class Act(Struct, frozen=True, kw_only=True):
    """An act on its way. `kind` and `text` are of the words that go with it, under `message_id`; "" for none."""

    name: str
    report: str
    data: Mapping[str, Any] = {}
    message_id: str = ""
    kind: str = ""
    text: str = ""


class Taken(Struct, frozen=True, kw_only=True):
    """What a reporter takes back: the message that he sent, its words and address as the desk has read them, and his
    pictures.
    """

    report: str
    message_id: str
    words: str
    address: str
    media: tuple[str, ...]


async def act(desk: Desk, case_id: CaseId, wanted: Act) -> Case:
    """Do what a reporter asks; return the case that it was done with, once that is durable.

    :raises UnknownCase: if there is no such case.
    :raises dispatch.refusals.Refusal: if the case, or the city's rules, do not allow it.
    """
    await _recall_around(desk, case_id)
    return await desk.order(lambda turn: _act(turn, case_id, wanted))


async def take_back(desk: Desk, case_id: CaseId, taken: Taken) -> Case:
    """Take a reporter's words and pictures out of the case, those that it was merged into and its parts; return the
    case, once they are gone.
    """
    await _recall_around(desk, case_id)
    return await desk.order(lambda turn: _take_back(turn, case_id, taken))


async def _recall_around(desk: Desk, case_id: CaseId) -> None:
    """Bring the case, what it was merged into, and who waits for either, into memory."""
    for _ in range(MERGES_MAX):
        await desk.recall(case_id)
        case = desk.state.book.find(case_id)
        if case is None:
            return
        for each in (*orders.family_of(case), *case.children):
            await desk.recall(each)
        if not case.merged_into:
            return
        case_id = case.merged_into


def masters_of(turn: Turn, case_id: CaseId) -> list[Case]:
    """Return the case and what it was merged into, the last one last.

    :raises UnknownCase: if one of them is not at hand.
    """
    found: list[Case] = []
    for _ in range(MERGES_MAX):
        case = turn.find(case_id)
        if case is None:
            raise UnknownCase(case_id)
        found.append(case)
        if case.stage is not Stage.MERGED:
            break
        case_id = case.merged_into
    return found


def _act(turn: Turn, case_id: CaseId, wanted: Act) -> Case:
    case = masters_of(turn, case_id)[-1]
    facts = _perform(turn, case, wanted.name, {**wanted.data, "report": wanted.report, "message_id": wanted.message_id})
    turn.record_all(facts)
    if wanted.message_id:
        turn.batch.said.append(
            ReportMessage(
                id=wanted.message_id,
                case_id=case.id,
                number=wanted.report,
                kind=wanted.kind,
                author="",
                at=turn.at,
                text=wanted.text,
            )
        )
    turn.batch.withdrawn += [(wanted.report, turn.at) for fact in facts if isinstance(fact.data, ReportWithdrawn)]
    return turn.find(case.id) or case


def _perform(turn: Turn, case: Case, name: str, data: Mapping[str, Any]) -> Sequence[Fact]:
    situation = orders.situation_of(turn, orders.relatives_of(turn, case))
    try:
        return perform_act(name, data, case, situation, at=turn.at)
    except Refusal as refusal:
        counters.REFUSED.labels(refusal.code).inc()
        raise


def _take_back(turn: Turn, case_id: CaseId, taken: Taken) -> Case:
    own, *masters = masters_of(turn, case_id)
    parts = [part for each in (own, *masters) for name in each.children if (part := turn.find(name)) is not None]
    his = []
    for case in (own, *masters, *parts):
        is_his = case.text.strip() == taken.words.strip()  # he opened it, or it is a part of what he opened
        has_words = is_his and bool(taken.words)
        has_address = is_his and bool(taken.address) and case.place.address == taken.address
        media = [each for each in taken.media if each in case.media]
        if is_his:
            his.append(case.id)
        if case is own or has_words or has_address or media:
            data = {"report": taken.report, "words": has_words, "address": has_address, "media": media}
            turn.record_all(_perform(turn, case, "redact", data))
    turn.batch.redactions.append(
        Redaction(
            number=taken.report,
            message_id=taken.message_id,
            case_ids=tuple(case.id for case in (own, *masters, *parts)),
            his=tuple(his),
            words=taken.words,
            address=taken.address,
            media=taken.media,
            at=turn.at,
        )
    )
    return turn.find(own.id) or own
