"""What people and devices ask of the engine: each is an order in its queue."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from dispatch.access import Actor
from dispatch.case import Case
from dispatch.citymap import City
from dispatch.ids import CaseId, WorkerId
from gis.point import LonLat
from services.engine import by_hand, keeping, late, orders, undoing
from services.engine.state import State
from services.engine.turn import Turn
from services.observe import clock
from services.store import journal
from services.store.database import Database

R = TypeVar("R")


class Front(ABC):
    """The side of the desk that is asked. Whoever takes the orders says how."""

    db: Database
    city: City
    state: State

    @abstractmethod
    async def order(self, run: Callable[[Turn], R]) -> R:
        """Run the order in the next turn; return its result once what it did is durable.

        :raises Exception: what the order raised; then it has done nothing.
        """

    async def command(
        self, case_id: CaseId, name: str, actor: Actor, data: Mapping[str, Any], *, if_match: int | None = None
    ) -> Case:
        """Do what a person asks of a case; return the case as it is then.

        :raises UnknownCase: if there is no such case.
        :raises VersionMismatch: if `if_match` is not the case's version.
        :raises dispatch.commands.Refusal: if the case, the role or the data do not allow it.
        """
        await self.recall(case_id)
        others = await self._recall_family(case_id, str(data.get("into") or ""))
        last = await self.db.read(lambda c: undoing.find_last_move(c, case_id)) if name == "undo" else None
        return await self.order(
            lambda turn: orders.command(turn, case_id, name, actor, data, if_match, others=others, last=last)
        )

    async def _recall_family(self, case_id: CaseId, named: str) -> tuple[CaseId, ...]:
        """Bring those cases back into memory that a command may have to tell; return the one that it names."""
        case = self.state.book.find(case_id)
        for each in orders.family_of(case) if case else ():
            await self.recall(each)
        if not named:
            return ()
        other = await self.db.read(lambda connection: journal.find_case_id(connection, named))
        if other is None:
            return ()
        await self.recall(other)
        return (other,)

    async def recall(self, case_id: CaseId) -> None:
        """Bring a case that was closed long ago back into memory, so that an order finds it."""
        if self.state.book.find(case_id) is None:
            case = await self.db.read(lambda connection: journal.find_case(connection, case_id))
            if case is not None and self.state.book.find(case_id) is None:
                self.state.book.remember(case)

    async def open_case(self, actor: Actor, fields: Mapping[str, Any]) -> Case:
        """Open a case by hand; what is known already is attached to its case. Return the case as it is then."""
        return await self.order(lambda turn: by_hand.open_case(turn, actor, fields))

    async def add_late_note(self, case_id: CaseId, by: str, note: str, media: Sequence[str], ref: str = "") -> Case:
        """Keep what a worker did without a signal, or what a partner says (`ref` is its own name for it); return the
        case as it is then.

        :raises UnknownCase: if there is no such case.
        """
        await self.recall(case_id)
        return await self.order(lambda turn: late.add_late_note(turn, case_id, by, note, media, ref))

    async def set_duty(self, worker: WorkerId, *, on: bool) -> None:
        """Sign a worker on or off."""
        await self.order(lambda turn: orders.sign(turn, worker, on=on))

    async def save_sources(self) -> None:
        """Write when the sources were last heard, and what was learned of them."""
        await keeping.save_heard(self.db, self.state.senders)
        while await self.order(keeping.keep_vitals):
            continue

    async def adopt(self, city: City) -> None:
        """Work for this city from the next turn on: a new version of the pack. Return once a turn has it.

        What is open, who is on duty, who was heard: all stays. Decisions of earlier turns stand as they were made.
        """

        def take(turn: Turn) -> None:
            turn.state.adopt(city)
            # Also for a state that is read anew should this very turn fail to commit: the pack is stored already.
            self.city = city

        await self.order(take)

    def set_position(self, worker: WorkerId, point: LonLat) -> None:
        """Say where a worker is. Positions are not journalled: they are many, and only the last counts."""
        if worker in self.city.codes.workers:
            self.state.roster.set_position(worker, point)
            self.state.positions[worker] = clock.now()
