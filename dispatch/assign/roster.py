"""Who can be sent now: the staff, kept so that the able ones of a department are found without a scan.

The roster is the one thing of the core that changes in place. It is a fold of the journal and of the phones' last
positions that the engine owns; decisions read it and never write it.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from dispatch.case import BUSY_STAGES, Assist, Stage
from dispatch.city import Codes, Worker
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from gis.point import LonLat

ANY_SKILL = ""
"""The skill that everyone has: a category that needs none."""


class Held(Protocol):
    """What of a case says who has a task of it."""

    @property
    def stage(self) -> Stage: ...
    @property
    def worker(self) -> WorkerId: ...
    @property
    def assists(self) -> tuple[Assist, ...]: ...
    @property
    def helpers(self) -> tuple[WorkerId, ...]: ...


class WorkerState(Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a worker now. `point` is his home until his phone tells another."""

    worker: WorkerId
    point: LonLat
    open_tasks: int = 0
    on_duty: bool = False
    areas: frozenset[AreaCode] = frozenset()


_Bucket = tuple[DepartmentId, str]


class Roster:
    """The states of all workers, and those on duty by (department, skill)."""

    def __init__(self, codes: Codes) -> None:
        self._buckets: dict[WorkerId, tuple[_Bucket, ...]] = {}
        self._states: dict[WorkerId, WorkerState] = {}
        self._on_duty: dict[_Bucket, dict[WorkerId, WorkerState]] = {}
        self._totals: dict[_Bucket, int] = {}
        for worker in codes.workers.values():
            self._add(worker)

    def _add(self, worker: Worker) -> None:
        buckets = tuple((worker.department, skill) for skill in sorted({ANY_SKILL, *worker.skills}))
        self._buckets[worker.id] = buckets
        self._states[worker.id] = WorkerState(worker=worker.id, point=worker.home, areas=frozenset(worker.areas))
        for bucket in buckets:
            self._totals[bucket] = self._totals.get(bucket, 0) + 1

    def __iter__(self) -> Iterator[WorkerState]:
        return iter(self._states.values())

    def get(self, worker: WorkerId) -> WorkerState:
        """Return a worker's state.

        :raises KeyError: if the city has no such worker.
        """
        return self._states[worker]

    def list_on_duty(self, department: DepartmentId, skill: str) -> Mapping[WorkerId, WorkerState]:
        """Return who of a department is on duty and has a skill, by id."""
        return self._on_duty.get((department, skill), {})

    def count(self, department: DepartmentId, skill: str) -> int:
        """Return how many of a department have a skill, on duty or not."""
        return self._totals.get((department, skill), 0)

    def put(self, state: WorkerState) -> None:
        """Replace a worker's state.

        :raises KeyError: if the city has no such worker.
        """
        for bucket in self._buckets[state.worker]:
            if state.on_duty:
                self._on_duty.setdefault(bucket, {})[state.worker] = state
            else:
                self._on_duty.get(bucket, {}).pop(state.worker, None)
        self._states[state.worker] = state

    def set_duty(self, worker: WorkerId, *, on_duty: bool) -> None:
        """Sign a worker on or off."""
        self.put(replace(self._states[worker], on_duty=on_duty))

    def set_position(self, worker: WorkerId, point: LonLat) -> None:
        """Say where a worker is."""
        self.put(replace(self._states[worker], point=point))

    def follow(self, before: Held | None, after: Held) -> None:
        """Count the tasks anew after a change of a case. A worker whom the city no longer has is passed over."""
        old, new = (holders_of(before) if before else ()), holders_of(after)
        if old == new:
            return
        for workers, difference in ((old, -1), (new, 1)):
            for worker in workers:
                state = self._states.get(worker)
                if state:
                    self.put(replace(state, open_tasks=state.open_tasks + difference))


def holders_of(case: Held) -> tuple[WorkerId, ...]:
    """Return who has a task of the case: the worker whose it is, and those who go along."""
    if case.stage not in BUSY_STAGES:
        return case.helpers if case.assists else ()
    return (case.worker, *case.helpers) if case.assists else (case.worker,)
