"""What `undo` may take back: the last thing that was done to a case, and the case before it, out of its facts."""

from collections.abc import Sequence

from sqlalchemy import Connection

from dispatch.case import Case, CaseMerged, CaseReopened, ChildOpened, DuplicateMerged, Fact, FactData, apply
from dispatch.ids import CaseId
from dispatch.situation import LastMove
from services.store import journal

_OF_TWO_CASES = (CaseMerged, ChildOpened, DuplicateMerged)
"""Facts that have their counterpart in another case."""


def find_last_move(connection: Connection, case_id: CaseId) -> LastMove | None:
    """Return what happened last to a case; None for one that has only been opened."""
    steps = _replay(connection, case_id)
    if not steps:
        return None
    at = steps[-1][0].at
    moved = [step for step in steps if step[0].at == at]
    before = moved[0][1]
    if before is None:
        return None
    fact, _, seq, _ = moved[0]
    after = moved[-1][3]
    facts = [step[0].data for step in moved]
    return LastMove(
        before=before,
        first=fact.data,
        seq=seq,
        at=at,
        version=after.version,
        by=_people(facts),
        others=_has_others(facts, after),
    )


_Step = tuple[Fact, Case | None, int, Case]


def _replay(connection: Connection, case_id: CaseId) -> list[_Step]:
    steps: list[_Step] = []
    case: Case | None = None
    after = 0
    while page := journal.list_of_case(connection, case_id, after):
        for entry in page:
            fact, before = Fact(case_id, entry.at, journal.read_fact(entry)), case
            case = apply(before, fact, entry.seq)
            steps.append((fact, before, entry.seq, case))
        after = page[-1].seq
    return steps


def _people(facts: Sequence[FactData]) -> frozenset[str]:
    return frozenset(by for data in facts if (by := getattr(data, "by", "")))


def _has_others(facts: Sequence[FactData], after: Case) -> bool:
    """Say whether another case has a part in it: one that is told of it."""
    if any(isinstance(data, _OF_TWO_CASES) for data in facts):
        return True
    is_begun_or_ended = not after.is_open or any(isinstance(data, CaseReopened) for data in facts)
    return is_begun_or_ended and bool(after.parent or after.merged)
