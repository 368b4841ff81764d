"""The engine's book: open cases and the recent past, in memory, as a fold of the journal.

It is rebuilt from the `cases` rows at start. Only the engine changes it, by `apply`.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from math import cos, radians
from typing import TypeVar

from dispatch.assign.roster import holders_of
from dispatch.case import Case, Stage
from dispatch.ids import CaseId, CategoryCode, SourceId, WorkerId
from gis.point import LonLat
from services.engine.shelf import Known, Shelf
from services.store import case_rows

RECENT_MAX = 20_000
"""Closed cases kept in memory, so that a straggling event of a closed episode finds its case."""
CELL_DEG = 0.002
"""Cells of the index over places: about 200 m, the reach of most categories."""
M_PER_DEG = 111_195.0
NEAR_MAX = 256
"""Open cases looked at for one event. A flood of one category in one street must not make every event slow."""

_QUEUED = frozenset({Stage.FILED})

K = TypeVar("K")


class Book:
    """Open cases by every key by which a decision asks for them."""

    def __init__(self) -> None:
        self.cases = Shelf(case_rows.read_case)
        self.recent: OrderedDict[CaseId, Case] = OrderedDict()
        self.queue: dict[CaseId, None] = {}
        """Filed cases that nobody could be sent to, oldest first."""
        self._episodes: dict[str, CaseId] = {}
        self._cells: dict[tuple[CategoryCode, int, int], dict[CaseId, None]] = {}
        self._components: dict[tuple[CategoryCode, str], dict[CaseId, None]] = {}
        self._of_source: dict[tuple[CategoryCode, SourceId], dict[CaseId, None]] = {}
        self._lately: dict[tuple[CategoryCode, SourceId], CaseId] = {}
        """Of each kind the case of a source that has ended last, while it is remembered."""
        self._asked: dict[SourceId, dict[CaseId, None]] = {}
        self._waiting: dict[CaseId, dict[CaseId, None]] = {}
        """Case -> the open cases that tell it when they end."""
        self._tasks: dict[WorkerId, dict[CaseId, None]] = {}

    def __len__(self) -> int:
        return len(self.cases)

    def find(self, case_id: CaseId) -> Case | None:
        """Return the case if it is open or was closed lately."""
        return self.cases.find(case_id) or self.recent.get(case_id)

    def open_cases(self) -> Iterator[Case]:
        return self.cases.each()

    def tasks_of(self, worker: WorkerId) -> list[Case]:
        """Return the open cases in which the worker has a task, his own or as one who goes along."""
        return [self.cases[case_id] for case_id in self._tasks.get(worker, ())]

    def asked_of(self, source: SourceId) -> list[Case]:
        """Return the cases that wait for this source to say whether they are over."""
        return [self.cases[case_id] for case_id in self._asked.get(source, ())]

    def list_told(self) -> list[CaseId]:
        """Return the cases that an open one tells when it ends."""
        return list(self._waiting)

    def put(self, before: Case | None, after: Case) -> None:
        """Take the case as it is after a fact."""
        if before is not None:
            self._forget(before)
            self._drop_episodes(before, set(before.episodes).difference(after.episodes))
        if after.is_open:
            self._keep(after)
        else:
            self.remember(after)

    def lay(self, case: Known, doc: bytes) -> None:
        """Take an open case as the database holds it; it is read when somebody asks for it."""
        self.cases.lay(case.id, doc)
        self._index(case)

    def remember(self, case: Case) -> None:
        """Keep a closed case among the recent ones."""
        self.recent[case.id] = case
        self.recent.move_to_end(case.id)
        self._claim_episodes(case)
        self._lately[case.category, case.source_id] = case.id
        if len(self.recent) > RECENT_MAX:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Forget the case that ended first; one that waits to be told how another one ends is kept for that."""
        for case in self.recent.values():
            if case.id not in self._waiting:
                del self.recent[case.id]
                self._drop_episodes(case, case.episodes)
                if self._lately.get((case.category, case.source_id)) == case.id:
                    del self._lately[case.category, case.source_id]
                return

    def _keep(self, case: Case) -> None:
        self.cases[case.id] = case
        self.recent.pop(case.id, None)
        self._index(case)

    def _index(self, case: Known) -> None:
        self._claim_episodes(case)
        self._of_source.setdefault((case.category, case.source_id), {})[case.id] = None
        if case.place.point is not None:
            self._cells.setdefault(_cell(case.category, case.place.point), {})[case.id] = None
        if case.place.component:
            self._components.setdefault((case.category, case.place.component), {})[case.id] = None
        if case.stage in _QUEUED:
            self.queue[case.id] = None
        if case.asked:
            self._asked.setdefault(case.asked, {})[case.id] = None
        for waiting in told_by(case):
            self._waiting.setdefault(waiting, {})[case.id] = None
        for worker in holders_of(case):
            self._tasks.setdefault(worker, {})[case.id] = None

    def _forget(self, case: Case) -> None:
        if case.id not in self.cases:
            return
        del self.cases[case.id]
        _discard(self._of_source, (case.category, case.source_id), case.id)
        if case.place.point is not None:
            _discard(self._cells, _cell(case.category, case.place.point), case.id)
        if case.place.component:
            _discard(self._components, (case.category, case.place.component), case.id)
        self.queue.pop(case.id, None)
        if case.asked:
            _discard(self._asked, case.asked, case.id)
        for waiting in told_by(case):
            _discard(self._waiting, waiting, case.id)
        for worker in holders_of(case):
            _discard(self._tasks, worker, case.id)

    def _claim_episodes(self, case: Known) -> None:
        """Let the case's episodes lead to it, but where they lead to a later case already, or to an open one.

        A sensor's episode comes back with every alarm. A note on an old case of it must not take the events
        from the case that is open now.
        """
        for episode in case.episodes:
            holder = self.of_episode(episode)
            if holder is None or (case.is_open, case.opened_at) >= (holder.is_open, holder.opened_at):
                self._episodes[episode] = case.id

    def _drop_episodes(self, case: Case, episodes: Iterable[str]) -> None:
        for episode in episodes:
            if self._episodes.get(episode) == case.id:
                del self._episodes[episode]

    def of_episode(self, episode: str) -> Case | None:
        """Return the case, open or lately closed, that an event of this episode belongs to."""
        case_id = self._episodes.get(episode) if episode else None
        return None if case_id is None else self.find(case_id)

    def of_source(self, category: CategoryCode, source: SourceId) -> list[Case]:
        """Return open cases of the category that the source was the first to tell of."""
        return [self.cases[case_id] for case_id in self._of_source.get((category, source), ())]

    def lately_of(self, category: CategoryCode, source: SourceId) -> Case | None:
        """Return the case of the category that the source told of first and that has ended last."""
        case_id = self._lately.get((category, source))
        return None if case_id is None else self.recent.get(case_id)

    def near(self, category: CategoryCode, point: LonLat | None, within_m: float, component: str = "") -> list[Case]:
        """Return open cases of the category in the cells within reach of the point, or on the component."""
        found: dict[CaseId, None] = {}
        if component:
            found.update(self._components.get((category, component), {}))
        if point is not None:
            for key in _cells_around(category, point, within_m):
                found.update(self._cells.get(key, {}))
                if len(found) > NEAR_MAX:
                    break
        return [self.cases[case_id] for case_id in found]


def told_by(case: Known) -> tuple[CaseId, ...]:
    """Return the cases that are told when this one ends: what it is a part of, and what has ended in it."""
    return (case.parent, *case.merged) if case.parent else case.merged


def _cell(category: CategoryCode, point: LonLat) -> tuple[CategoryCode, int, int]:
    return category, int(point.lon // CELL_DEG), int(point.lat // CELL_DEG)


def _cells_around(category: CategoryCode, point: LonLat, within_m: float) -> Iterable[tuple[CategoryCode, int, int]]:
    """Yield the cells that the box around a circle of that radius touches, mostly one or two; the point's own first."""
    own = _cell(category, point)
    yield own
    reach_lat = within_m / M_PER_DEG
    reach_lon = reach_lat / max(cos(radians(point.lat)), 0.01)
    left, bottom = _cell(category, LonLat(point.lon - reach_lon, point.lat - reach_lat))[1:]
    right, top = _cell(category, LonLat(point.lon + reach_lon, point.lat + reach_lat))[1:]
    for x in range(left, right + 1):
        for y in range(bottom, top + 1):
            if (category, x, y) != own:
                yield category, x, y


def _discard(index: dict[K, dict[CaseId, None]], key: K, case_id: CaseId) -> None:
    group = index.get(key)
    if group is not None:
        group.pop(case_id, None)
        if not group:
            del index[key]
