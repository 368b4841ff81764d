"""A town for tests: the parts behind the doors on a small city, in this process, with everybody on duty."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, select

from dispatch.case import Case, apply
from dispatch.city import Flow, Shift, Source
from dispatch.citymap import City
from dispatch.facts import Fact
from dispatch.ids import CaseId, MessageId, SourceId, WorkerId
from services.engine.desk import Desk
from services.engine.tally import Tally
from services.engine.turn import Change
from services.feeds import Feed, load_feeds
from services.intake.receive import Inbox
from services.live.hub import Hub
from services.observe import clock
from services.store import case_rows, inbox, journal, migrate
from services.store.database import Database
from services.store.journal import Entry, Notice
from services.store.tables import cases as cases_table
from tests.builders import IN_G1, SOURCES, make_actor, make_city, make_codes
from tests.taxonomy import GAS

D = TypeVar("D", bound=Database)

PARTNER = Source(
    id=SourceId("partner"), feed="cloudevents", kind="gateway", external_id="partner", name_zh="伙伴", name_en="Partner"
)
ALWAYS = {"day": Shift(id="day", start=time(0), end=time(0))}
"""A shift that ends when it begins runs all day."""


def make_town_city(**changes: Any) -> City:
    """Return the small city with a partner who sends CloudEvents, and a shift that never ends."""
    codes = make_codes(sources=[*SOURCES, PARTNER])
    return make_city(codes=msgspec.structs.replace(codes, **{"shifts": ALWAYS, **changes}), flow=Flow())


class Town:
    """One running engine. `told` are all facts that it published."""

    def __init__(self, db: Database, city: City, feeds: Mapping[str, Feed]) -> None:
        self.db, self.city = db, city
        self.hub, self.tally = Hub(), Tally(db, city.timezone)
        self.told: list[Entry] = []
        self.notices: list[Notice] = []
        self.desk = Desk(db, city, feeds, self._publish)
        self.inbox = Inbox(db, feeds, self.desk.hand_over, self.desk.waiting, offer=self.desk.offer)

    def _publish(self, entries: Sequence[Entry], changes: Sequence[Change], notices: Sequence[Notice]) -> None:
        self.told.extend(entries)
        self.notices.extend(notices)
        self.hub.publish(entries)
        if entries:
            self.tally.note(changes, entries[-1].seq)

    async def start(self) -> None:
        await self.tally.start()
        await self.desk.start()
        self.hub.seq = self.desk.state.seq
        await self.read_all()

    async def send(self, feed: str, source: str, message: object) -> list[MessageId]:
        """Send a message as its source would; return when it has been read."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        ids = await self.inbox.receive(feed, SourceId(source), body, clock.now())
        await self.read_all()
        return ids

    async def tell(self, text: str = "", *, n: str = "", **data: Any) -> Case | None:
        """Let the partner tell of gas at the monument, or of what the data say; return the case that it is in."""
        said = {"category": GAS, "lon": IN_G1.lon, "lat": IN_G1.lat, "text": text, **data}
        event = {"specversion": "1.0", "id": n or text, "source": "town", "type": "t", "data": said}
        (message,) = await self.send("cloudevents", "partner", event)
        return await self.case_of(message)

    async def case_of(self, message: MessageId) -> Case | None:
        """Return the case that the first event of a message belongs to."""
        for case in [*self.desk.state.book.cases.values(), *self.desk.state.book.recent.values()]:
            for entry in await self.db.read(lambda c, i=case.id: journal.list_of_case(c, i)):  # type: ignore[misc]
                if getattr(journal.read_fact(entry), "event_id", "").startswith(message):
                    return self.desk.state.book.find(case.id)
        return None

    async def read_all(self) -> None:
        """Wait until everything that was handed over has been read and committed."""
        await self.desk.order(lambda _: None)
        while self.desk.waiting():
            await self.desk.order(lambda _: None)

    async def do(self, case: Case, name: str, role: str = "leader", **data: Any) -> Case:
        """Give a command; `worker` is he who has the task."""
        more = {"worker_id": case.worker} if role == "worker" else {}
        return await self.desk.command(case.id, name, make_actor(role, **more), data)

    async def carry_out(self, case: Case, *names: str) -> Case:
        """Let the worker do these, one after the other."""
        for name in names:
            case = await self.do(case, name, "worker")
        return case

    async def fold(self) -> dict[CaseId, Case]:
        """Return the cases as the journal makes them."""
        return fold(await self.entries())

    async def entries(self) -> list[Entry]:
        return await self.db.read(lambda connection: journal.list_after(connection, 0, 1_000_000))

    async def check(self) -> None:
        """The books are what the journal says, without a gap, and what was told is what is there."""
        entries = await self.entries()
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert self.desk.state.seq == len(entries)
        assert self.told == entries
        book = self.desk.state.book
        assert fold(entries) == {**book.recent, **book.cases}
        await self.db.read(check_rows)

    async def kinds(self, case: Case) -> list[str]:
        """Return what has happened to a case."""
        entries = await self.db.read(lambda connection: journal.list_of_case(connection, case.id))
        return [entry.kind for entry in entries]

    async def states(self) -> dict[str, int]:
        """Return how many messages are in which state."""
        return await self.db.read(inbox.count_by_state)

    def open_cases(self) -> list[Case]:
        return list(self.desk.state.book.open_cases())

    def load_of(self, worker: str) -> int:
        return self.desk.state.roster.get(WorkerId(worker)).open_tasks


def check_rows(connection: Connection) -> None:
    """Each column of a case's row is what its document says."""
    for row in connection.execute(select(cases_table)).mappings():
        made = case_rows.case_row(case_rows.read_case(row["doc"]))
        assert dict(row) == {**made, "doc": row["doc"]}


def fold(entries: Sequence[Entry]) -> dict[CaseId, Case]:
    """Return the cases as the facts make them."""
    cases: dict[CaseId, Case] = {}
    for entry in entries:
        if entry.case_id:
            fact = Fact(entry.case_id, entry.at, journal.read_fact(entry))
            cases[entry.case_id] = apply(cases.get(entry.case_id), fact, entry.seq)
    return cases


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'town.sqlite3'}"


def open_database(folder: Path) -> Database:
    """Return the town's database in the folder, with its tables."""
    return prepare(Database(url_in(folder)))


def prepare(db: D) -> D:
    """Return the database with its tables made."""
    migrate.upgrade(db.engine)
    return db


@asynccontextmanager
async def run_town(
    db: Database, city: City | None = None, feeds: Mapping[str, Feed] | None = None
) -> AsyncIterator[Town]:
    """A town at work; what it has not flushed at the end is lost, as with a crash."""
    db.open()
    town = Town(db, city or make_town_city(), feeds or load_feeds())
    try:
        await town.start()
        async with asyncio.timeout(60):
            yield town
    finally:
        await town.desk.stop()
        await db.close()
