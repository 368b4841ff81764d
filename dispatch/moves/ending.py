"""Checking and closing (核查, 结案)."""

from dispatch.case import CaseReworked, CheckPassed, CheckSent
from dispatch.category import Limit, LimitUnit
from dispatch.clocks import rework_clock
from dispatch.flow import closing
from dispatch.limits import changed
from dispatch.moves.asking import Ask, Fields, Pictures, Prose, Word
from dispatch.refusals import ChildrenOpen, MissingField


class Sending(Fields, frozen=True):
    worker: Word = ""
    note: Prose = ""


class Checking(Fields, frozen=True):
    passed: bool | None = None
    note: Prose = ""
    media: Pictures = ()


def send_to_check(ask: Ask) -> None:
    ask.draft.add(CheckSent(by=ask.by, collector=ask.data.worker, note=ask.data.note))


def check(ask: Ask) -> None:
    data: Checking = ask.data
    if data.passed:
        ask.draft.add(CheckPassed(by=ask.by, note=data.note, media=data.media))
        return
    if not data.note.strip():
        raise MissingField(command=ask.name, field="note")
    ask.draft.add(again(ask, data.note, data.media))


def rework(ask: Ask) -> None:
    ask.draft.add(again(ask, ask.data.reason, ()))


def close(ask: Ask) -> None:
    if ask.case.open_children:
        raise ChildrenOpen(children=str(len(ask.case.open_children)))
    ask.draft.add(closing(ask.case, ask.by, ask.data.note))


def again(ask: Ask, reason: str, media: tuple[str, ...]) -> CaseReworked:
    """Return the sending back: with what was left of the limit, or the city's own limit for a rework."""
    case, hours = ask.case, ask.situation.city.flow.rework_h
    fixed = Limit(hours, LimitUnit.WORKING_HOURS) if hours else None
    clock = rework_clock(case.clock, ask.at, fixed) if case.clock else None
    return CaseReworked(
        task_id=ask.task_id,
        worker=case.worker,
        by=ask.by,
        reason=reason,
        media=media,
        **changed(case, clock, ask.situation.city),  # type: ignore[arg-type]
    )
