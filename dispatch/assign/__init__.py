"""Who is sent. `assign` chooses; `Roster` knows the staff; `policies` say what a sending costs."""

from msgspec import Struct

from dispatch.assign.policies import POLICIES
from dispatch.assign.roster import Roster, WorkerState
from dispatch.assign.shortlist import Shortlist, shortlist
from dispatch.case import Candidate, Case
from dispatch.city import Codes, Flow
from dispatch.ids import WorkerId
from dispatch.reasons import Reason

__all__ = ["Assignment", "NobodyFree", "Roster", "WorkerState", "assign"]


class Assignment(Struct, frozen=True, kw_only=True, gc=False):
    """One worker, those who were weighed against him, and why."""

    worker: WorkerId
    candidates: tuple[Candidate, ...]
    because: tuple[Reason, ...]


class NobodyFree(Struct, frozen=True, kw_only=True, gc=False):
    """Nobody can be sent now; the rule of the first reason says what is missing."""

    because: tuple[Reason, ...]


def assign(case: Case, codes: Codes, flow: Flow, roster: Roster) -> Assignment | NobodyFree:
    """Choose a worker of the case's department for a filed case by its category's policy."""
    category = codes.categories[case.category]
    found = shortlist(case, category.skill, POLICIES[category.policy], flow.max_open_tasks, roster)
    pool = _pool(case, category.skill, found)
    if not found.candidates:
        return NobodyFree(because=(Reason(_missing(found), {"skill": category.skill or "-"}), *pool))
    best = found.candidates[0]
    chosen = Reason(
        f"assign.{category.policy}",
        {
            "worker": best.worker,
            "distance_m": str(round(best.distance_m)),
            "minutes": str(round(best.travel_s / 60)),
            "load": str(best.load),
            "others": str(len(found.candidates) - 1),
        },
    )
    return Assignment(worker=best.worker, candidates=found.candidates, because=(chosen, *pool))


def _pool(case: Case, skill: str, found: Shortlist) -> tuple[Reason, ...]:
    values = {
        "on_duty": str(found.on_duty),
        "total": str(found.total),
        "skill": skill or "-",
        "department": case.department,
        "full": str(found.full),
        "declined": str(found.declined),
        "outside": str(found.outside),
    }
    pool = Reason("assign.pool", values)
    return (pool, Reason("assign.widened")) if found.widened else (pool,)


def _missing(found: Shortlist) -> str:
    if not found.total:
        return "queue.no_skill"
    if not found.on_duty:
        return "queue.none_on_duty"
    return "queue.all_full" if found.full else "queue.all_declined"
