"""What is said of a case, who watches it, and what the clock says. None of it moves the case to another stage."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dispatch.facts.base import FactData
from dispatch.ids import TaskId, WorkerId


class NoteAdded(FactData, frozen=True, kw_only=True):
    """`mentions` are usernames whose attention is asked for.

    `ref` is what another system calls a note of its own: the same one is not added twice.
    """

    by: str
    note: str
    media: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    ref: str = ""


class CaseReminded(FactData, frozen=True, kw_only=True):
    """催办."""

    by: str
    note: str = ""


class CaseSupervised(FactData, frozen=True, kw_only=True):
    """督办. A leader answers for it being done, by `due_at` where he says so."""

    by: str
    note: str = ""
    due_at: datetime | None = None


class SupervisionEnded(FactData, frozen=True, kw_only=True):
    by: str
    note: str = ""


class CaseMarked(FactData, frozen=True, kw_only=True):
    """急要件, 重点案件. None leaves a mark as it is."""

    by: str
    urgent: bool | None = None
    key_case: bool | None = None


class CaseClaimed(FactData, frozen=True, kw_only=True):
    """占用. One of the desk works on it; `taken_from` is who did before."""

    by: str
    taken_from: str = ""
    reason: str = ""


class ClaimReleased(FactData, frozen=True, kw_only=True):
    by: str


class MoveUndone(FactData, frozen=True, kw_only=True):
    """撤销. The last move is taken back: the case is as `before` (dispatch.case.Case as JSON) again.

    What the sources have said meanwhile stays. `undoes` is the seq of the first fact that is taken back.
    """

    by: str
    undoes: int
    what: str
    before: Mapping[str, Any]
    task_id: TaskId = TaskId("")
    worker: WorkerId = WorkerId("")


class CaseWarned(FactData, frozen=True, kw_only=True):
    """So many hundredths of the handling limit are used: 50, 80 or 150. At 100 the case is overdue."""

    percent: int
    due_at: datetime


class CaseOverdue(FactData, frozen=True, kw_only=True):
    """The handling limit has passed and the case is not handled."""

    due_at: datetime


class StageOverdue(FactData, frozen=True, kw_only=True):
    """The case has been in its stage for longer than that stage's own limit."""

    stage: str
    due_at: datetime
