"""What a citizen reads of a case: what has happened, in plain words, and nothing of who or why inside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from dispatch.case import Case, Stage
from dispatch.public_words import KINDS_TOLD as KINDS_TOLD
from dispatch.public_words import PLAIN as PLAIN
from dispatch.public_words import RECEIVED as RECEIVED
from dispatch.public_words import say_kind
from services.store.journal import Entry


class TimelineItem(Struct, frozen=True, kw_only=True):
    """One step, in both languages. `stage` is where the case stood then ("received" before it was a case)."""

    at: datetime
    stage: str
    zh: str
    en: str


def say(entry: Entry) -> tuple[str, str, str] | None:
    """Return a fact in plain words, None for what is the city's own business."""
    return say_kind(entry.kind, entry.data)


_INSIDE: Mapping[str, str] = {
    Stage.RETURN_REQUESTED: "dispatched",
    Stage.EXTENSION_REQUESTED: "accepted",
    Stage.SUSPENSION_REQUESTED: "accepted",
    Stage.CHECKING: "handled",
}
"""Stages that only the city need tell apart -> what a citizen reads."""


def public_stage(case: Case, timeline: Sequence[TimelineItem]) -> str:
    """Return where a citizen's case stands; that of one which was merged is where its master does, once that ended."""
    if case.stage is Stage.MERGED:
        return timeline[-1].stage
    return stage_outside(case.stage)


def stage_outside(stage: str) -> str:
    """Return a stage as the public has it: those that only the city need tell apart are one."""
    return _INSIDE.get(stage, str(stage))


class _Told(Struct):
    report: str


_WITHDRAWN = ("withdrawn", "您已撤回这次上报", "You have withdrawn your report")


def _say_to(entry: Entry, number: str) -> tuple[str, str, str] | None:
    """Return a fact in the words for one who reported: that he has withdrawn his report is told to him alone."""
    if entry.kind == "ReportWithdrawn":
        return _WITHDRAWN if msgspec.json.decode(entry.data, type=_Told).report == number else None
    return say(entry)


def make_timeline(received_at: datetime, entries: Iterable[Entry], number: str = "") -> Sequence[TimelineItem]:
    """Return the steps of the report of that number ("" for the public): its receipt, then what happened to its case.

    Steps of the case before the report came are told too: another may have reported it first.
    """
    stage, zh, en = RECEIVED
    items = [TimelineItem(at=received_at, stage=stage, zh=zh, en=en)]
    for entry in entries:
        if words := _say_to(entry, number):
            stage, zh, en = words
            if (items[-1].zh, items[-1].stage) != (zh, stage):
                items.append(TimelineItem(at=entry.at, stage=stage, zh=zh, en=en))
    return sorted(items, key=lambda item: item.at)
