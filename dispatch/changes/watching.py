"""What remarks, watchers and the clock change. None of it moves the case, but for the move that is undone."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from dispatch.changes.base import Change, Changes, nothing
from dispatch.facts import (
    CaseClaimed,
    CaseMarked,
    CaseOverdue,
    CaseReminded,
    CaseSupervised,
    CaseWarned,
    ClaimReleased,
    FactData,
    MoveUndone,
    NoteAdded,
    StageOverdue,
    SupervisionEnded,
)
from dispatch.record import Case, Supervision

_OF_THE_SOURCES = (
    "events",
    "first_event_at",
    "last_event_at",
    "episodes",
    "sightings",
    "media",
    "reporter",
    "cleared",
    "silent",
    "merged",
    "open_children",
    "text",
    "erased",
    "unanswered",
    "ratings",
    "withdrawn",
    "callbacks",
    "called_at",
    "satisfied",
    "forwards",
)
"""What the sources and other cases have made of it, which no undoing takes back."""


def before_of(data: MoveUndone) -> Case:
    """Return the case as it was before the move that is undone."""
    return msgspec.convert(data.before, Case)


def _undo(case: Case, data: MoveUndone, _at: datetime) -> Changes:
    before = before_of(data)
    restored = {name: getattr(before, name) for name in Case.__struct_fields__ if name not in ("id", "number")}
    return restored | {name: getattr(case, name) for name in _OF_THE_SOURCES}


def _mark(case: Case, data: CaseMarked, _at: datetime) -> Changes:
    return {
        "urgent": case.urgent if data.urgent is None else data.urgent,
        "key_case": case.key_case if data.key_case is None else data.key_case,
    }


def _supervise(_case: Case, data: CaseSupervised, at: datetime) -> Changes:
    return {"supervised": Supervision(by=data.by, at=at, note=data.note, due_at=data.due_at)}


CHANGES: Mapping[type[FactData], Change] = {
    NoteAdded: nothing,
    CaseReminded: lambda case, _data, _at: {"reminders": case.reminders + 1},
    CaseSupervised: _supervise,
    SupervisionEnded: lambda _case, _data, _at: {"supervised": None},
    CaseMarked: _mark,
    CaseClaimed: lambda _case, data, at: {"claimed_by": data.by, "claimed_at": at},
    ClaimReleased: lambda _case, _data, _at: {"claimed_by": "", "claimed_at": None},
    MoveUndone: _undo,
    CaseWarned: lambda _case, data, _at: {"warned": data.percent},
    CaseOverdue: lambda case, _data, _at: {"overdue": True, "warned": max(case.warned, 100)},
    StageOverdue: lambda _case, _data, _at: {"stage_overdue": True},
}
