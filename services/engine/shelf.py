"""Open cases by their id, most of a very large number of them as the bytes that the database holds.

A case as a value takes five kilobytes and is looked at by the garbage collector; its JSON takes less than two and is
not. Up to AWAKE_MAX cases are values, as many as a screen asks for at once; of more, the oldest lie asleep until
somebody asks for them.
"""

from collections.abc import Callable, Iterator, MutableMapping
from datetime import datetime
from typing import Protocol

import msgspec

from dispatch.case import OPEN_STAGES, Assist, Case, Stage
from dispatch.ids import CaseId, CategoryCode, SourceId, WorkerId
from gis.point import LonLat

AWAKE_MAX = 100_000
"""Open cases that are values after a start. A city's open cases are some thousand; a console shows fifty thousand."""


class Spot(Protocol):
    """What the book must know of a place."""

    @property
    def point(self) -> LonLat | None: ...
    @property
    def component(self) -> str: ...


class Known(Protocol):
    """What the book must know of a case to find it again."""

    @property
    def id(self) -> CaseId: ...
    @property
    def category(self) -> CategoryCode: ...
    @property
    def source_id(self) -> SourceId: ...
    @property
    def stage(self) -> Stage: ...
    @property
    def place(self) -> Spot: ...
    @property
    def episodes(self) -> tuple[str, ...]: ...
    @property
    def opened_at(self) -> datetime: ...
    @property
    def worker(self) -> WorkerId: ...
    @property
    def assists(self) -> tuple[Assist, ...]: ...
    @property
    def helpers(self) -> tuple[WorkerId, ...]: ...
    @property
    def asked(self) -> SourceId: ...
    @property
    def parent(self) -> CaseId: ...
    @property
    def merged(self) -> tuple[CaseId, ...]: ...
    @property
    def is_open(self) -> bool: ...


class OutlinePlace(msgspec.Struct, frozen=True, gc=False):
    point: LonLat | None = None
    component: str = ""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A case as far as the book must know it; read out of its JSON in a third of the time."""

    id: CaseId
    category: CategoryCode
    source_id: SourceId
    stage: Stage
    place: OutlinePlace
    episodes: tuple[str, ...]
    opened_at: datetime
    worker: WorkerId = WorkerId("")
    assists: tuple[Assist, ...] = ()
    asked: SourceId = SourceId("")
    parent: CaseId = CaseId("")
    merged: tuple[CaseId, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES

    @property
    def helpers(self) -> tuple[WorkerId, ...]:
        return tuple(each.worker for each in self.assists if each.ended_at is None)


read_outline: Callable[[bytes], Outline] = msgspec.json.Decoder(Outline).decode


class Shelf(MutableMapping[CaseId, Case]):
    """A mapping of cases. `lay` puts one to sleep; asking for it wakes it."""

    def __init__(self, read: Callable[[bytes], Case]) -> None:
        self._read = read
        self._held: dict[CaseId, Case | bytes] = {}

    def lay(self, case_id: CaseId, doc: bytes) -> None:
        self._held[case_id] = doc

    def find(self, case_id: CaseId) -> Case | None:
        held = self._held.get(case_id)
        return self._wake(case_id, held) if type(held) is bytes else held  # type: ignore[return-value]

    def each(self) -> Iterator[Case]:
        """Yield every case, and let the sleeping ones sleep on: to wake a million for one look would keep them all."""
        for held in self._held.values():
            yield self._read(held) if isinstance(held, bytes) else held

    def count_asleep(self) -> int:
        return sum(type(held) is bytes for held in self._held.values())

    def _wake(self, case_id: CaseId, doc: bytes) -> Case:
        case = self._held[case_id] = self._read(doc)
        return case

    def __getitem__(self, case_id: CaseId) -> Case:
        held = self._held[case_id]
        return self._wake(case_id, held) if isinstance(held, bytes) else held

    def __setitem__(self, case_id: CaseId, case: Case) -> None:
        self._held[case_id] = case

    def __delitem__(self, case_id: CaseId) -> None:
        del self._held[case_id]

    def __contains__(self, case_id: object) -> bool:
        return case_id in self._held

    def __iter__(self) -> Iterator[CaseId]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
