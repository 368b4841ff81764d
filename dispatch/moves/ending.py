"""Checking and closing (核查, 结案)."""

from dispatch.case import CaseReworked, CheckPassed, CheckSent, ForwardEnded
from dispatch.flow import closing, reworking
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
    ask.draft.add(_again(ask, data.note, data.media))


def rework(ask: Ask) -> None:
    ask.draft.add(_again(ask, ask.data.reason))


def close(ask: Ask) -> None:
    if ask.case.open_children:
        raise ChildrenOpen(children=str(len(ask.case.open_children)))
    ask.draft.add(closing(ask.case, ask.by, ask.data.note))


def _again(ask: Ask, reason: str, media: tuple[str, ...] = ()) -> CaseReworked | ForwardEnded:
    return reworking(ask.case, ask.situation.city, ask.task_id, ask.at, by=ask.by, reason=reason, media=media)
