"""What a citizen reads of a case: what has happened, in plain words, and nothing of who or why inside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from services.store.journal import Entry


class TimelineItem(Struct, frozen=True, kw_only=True):
    """One step, in both languages. `stage` is where the case stood then ("received" before it was a case)."""

    at: datetime
    stage: str
    zh: str
    en: str


RECEIVED = ("received", "已收到您的反映", "We have received your report")

PLAIN: Mapping[str, tuple[str, str, str]] = {
    "CaseFiled": ("filed", "已立案，正在安排人员处置", "It has been taken on; someone is being found to handle it"),
    "CaseQueued": ("filed", "人员均在忙，稍后继续安排", "Everyone is busy; we keep trying"),
    "TaskDispatched": ("dispatched", "已派出处置人员", "Someone has been sent"),
    "TaskAccepted": ("accepted", "处置人员已接单", "The worker has accepted and is coming"),
    "WorkerArrived": ("arrived", "处置人员已到现场", "The worker is on the spot"),
    "CaseHandled": ("handled", "已处置完毕，等待核查", "It has been dealt with and waits to be checked"),
    "CheckPassed": ("checked", "核查通过", "The check found it in order"),
    "CaseReworked": ("dispatched", "核查未通过，重新处置", "The check found it not in order; it is done again"),
    "CaseClosed": ("closed", "已结案，感谢您的反映", "It is closed. Thank you for telling us"),
    "CaseVoided": ("void", "经核实，该反映不予立案", "After a look at it, it was not taken on"),
}
"""Fact -> (stage, zh, en). Facts that are not here are the city's own business."""


def make_timeline(received_at: datetime, entries: Iterable[Entry]) -> Sequence[TimelineItem]:
    """Return the steps of a report: its receipt, then what happened to its case.

    Steps of the case before the report came are told too: another may have reported it first.
    """
    stage, zh, en = RECEIVED
    items = [TimelineItem(at=received_at, stage=stage, zh=zh, en=en)]
    for entry in entries:
        if words := PLAIN.get(entry.kind):
            stage, zh, en = words
            if (items[-1].zh, items[-1].stage) != (zh, stage):
                items.append(TimelineItem(at=entry.at, stage=stage, zh=zh, en=en))
    return sorted(items, key=lambda item: item.at)
