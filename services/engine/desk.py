"""The engine: one loop that takes what came in, decides, commits, and only then tells.

There is one writer. Decisions of one turn see each other through the state in memory; the turn is durable as a
whole or did not happen, and then the state is read again from the database. Whatever else wants to change a
case (people's commands, timers, duty) is an order in the same queue.
"""

import asyncio
import functools
import time
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from dispatch.citymap import City
from dispatch.ids import SourceId
from services.engine import keeping, orders, rounds, state
from services.engine.flight import Flight
from services.engine.front import Front
from services.engine.messages import Reader, quarantine
from services.engine.ordering import Order, answer, nobodys, run_order
from services.engine.people import read_people
from services.engine.refusals import ShuttingDown
from services.engine.timing import Timers, note_lateness
from services.engine.turn import Change, Turn
from services.engine.waiting import Waiting
from services.feeds import Ask, Feed
from services.observe import clock, counters
from services.store import inbox, journal, sources
from services.store.database import Database, is_unreachable
from services.store.inbox import Message
from services.store.journal import Batch, Entry, Notice

MESSAGES_PER_TURN = 256
"""Messages decided together. More would make a command wait behind them; fewer would commit too often."""
ORDERS_PER_TURN = 256
AHEAD_FROM = 32
"""While so much waits, the next turn is decided before the one that is written is told. Where less does, telling first
is sooner for all."""
TICK_S = 0.5
"""How often is asked what other processes have stored, and whose shift has changed."""
PENDING_PAGE = 2_000
STALE_AFTER = timedelta(seconds=2)
"""A message that has waited so long and is not queued here was stored by another process (a door, an import)."""
RETRY_AFTER_S = 1.0
"""After a commit that failed (a full disk, a database that went away) the loop waits before it tries again."""

R = TypeVar("R")
log = structlog.get_logger(__name__)

Asked = Callable[[Sequence[tuple[SourceId, Ask]]], None]
"""(sender, what it is to be asked): called after the commit; must not wait."""
Published = Callable[[Sequence[Entry], Sequence[Change], Sequence[Notice]], None]


class Desk(Front):
    """The city's desk. `start()` it, then hand messages over and give orders (`Front`)."""

    def __init__(
        self,
        db: Database,
        city: City,
        feeds: Mapping[str, Feed],
        publish: Published,
        confirm: Callable[[], None] = lambda: None,
        ask: Asked = lambda _asks: None,
    ) -> None:
        """`confirm` raises where this process is the engine no longer; it is asked after a commit that failed."""
        self.db, self.city, self.feeds = db, city, feeds
        self._publish, self._confirm, self._ask = publish, confirm, ask
        self.state = state.State(city)
        self._messages = Waiting(functools.partial(inbox.is_known, db) if db.is_sqlite else None)
        self._orders: deque[Order[Any]] = deque()
        self._flight: Flight | None = None
        """The turn that is being written."""
        self._awake = asyncio.Event()
        self._quiet = asyncio.Lock()
        self._listeners = 0
        """How many wait for quiet, or have it."""
        self._next_look = self._next_tick = 0.0
        self._reader = Reader(feeds)
        self._timers = Timers(db)
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    # --- life ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Rebuild the state, take up what was left unread, and begin."""
        await self._load()
        self.state.senders.listening_since = clock.now()
        await self._take_up_pending()
        self._task = asyncio.create_task(self._run(), name="desk")

    async def stop(self) -> None:
        """Finish the turn at hand; refuse the orders that are left. Unread messages wait in the inbox."""
        self._stopping = True
        self._messages.close()
        self._awake.set()
        if self._task is not None:
            await self._task
            await keeping.save_last(self.db, self.state.senders)
        for order in self._orders:
            if not order.future.done():
                order.future.set_exception(ShuttingDown("the server stops"))

    async def _load(self) -> None:
        loaded = await self.db.read(lambda connection: state.load(connection, self.city, clock.now()))
        loaded.take_over(self.state)
        self.state = loaded

    async def _take_up_pending(self) -> None:
        """Queue what was answered but not yet read when the last process ended."""
        after = 0
        self._messages.begin()
        while page := await self.db.read(lambda c, start=after: inbox.list_pending(c, start, PENDING_PAGE)):  # type: ignore[misc]
            self.hand_over([message for _, message in page])
            after = page[-1][0]
        self._messages.open()
        self._awake.set()

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[None]:
        """Hold the engine between two turns: inside, the state is exactly what was published."""
        self._listeners += 1
        self._awake.set()
        try:
            async with self._quiet:
                yield
        finally:
            self._listeners -= 1

    # --- what is asked of it -------------------------------------------------------------------------------

    def hand_over(self, messages: Sequence[Message]) -> None:
        """Queue messages that are durable; one that is queued already is not queued twice."""
        self._messages.put(messages)
        self._awake.set()

    def offer(self, message: Message) -> "asyncio.Future[bool] | None":
        """Queue a message that is not durable yet, where the next turn can make it so with what it brings about.

        The answer is True once it is, False (or None, at once) if it must be stored first, as any other.
        """
        answer = self._messages.offer(message)
        if answer is not None:
            self._awake.set()
        return answer

    def replay(self, message: Message) -> None:
        """Queue a message that a person has asked for to be read again: it passes whatever its source has said."""
        self._messages.want(message)
        self._awake.set()

    def waiting(self) -> int:
        """Return how many messages wait to be read."""
        return len(self._messages)

    def waiting_of(self, source_id: SourceId) -> int:
        """Return how many messages of one source wait to be read."""
        return self._messages.size_of(source_id)

    async def order(self, run: Callable[[Turn], R]) -> R:
        """Run the order in the next turn; return its result once what it did is durable.

        :raises Exception: what the order raised; then it has done nothing.
        """
        if self._stopping:
            raise ShuttingDown("the server stops")
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._orders.append(Order(run, future))
        self._awake.set()
        return await future

    # --- the loop ------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping:
            if self._is_look_due():
                self._next_look = loop.time() + await self._timers.look(clock.now())
                await self._meet_people()
            await self._tick()
            if self._backlog():
                async with self._quiet:
                    await self._take_turns()
                continue
            self._awake.clear()
            try:
                async with asyncio.timeout(max(0.0, min(self._next_tick, self._next_look) - loop.time())):
                    await self._awake.wait()
            except TimeoutError:
                continue

    def _backlog(self) -> int:
        return len(self._messages) + len(self._orders) + len(self._timers)

    def _is_look_due(self) -> bool:
        """What the index has named is told first: until it is written the index would name it again."""
        return not self._timers and asyncio.get_running_loop().time() >= self._next_look

    def _is_called_away(self) -> bool:
        return self._stopping or self._listeners > 0 or self._is_look_due()

    async def _take_turns(self) -> None:
        """Take a turn; while much waits, decide the next one while that is being written (docs/adr/0067).

        Nothing is on its way when this returns: then the state is what was published.
        """
        await self._turn_safely(self._turn)
        while self._flight is not None:
            await self._tick()
            if self._backlog() >= AHEAD_FROM and not self._is_called_away():
                await self._turn_safely(self._turn)
            else:
                await self._turn_safely(self._land)

    async def _tick(self) -> None:
        """Queue what other processes have stored, and shifts that change; once in a while."""
        time_s, now = asyncio.get_running_loop().time(), clock.now()
        if time_s < self._next_tick:
            return
        self._next_tick = time_s + TICK_S
        try:
            page = await self._list_left(now - STALE_AFTER)
            await self._meet_senders({message.source_id for _, message in page})
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away for a while
            log.error("inbox not read", error=str(error))
            return
        self.hand_over([message for _, message in page])
        if orders.list_shift_changes(self.state, now):
            self._orders.append(Order(orders.change_shifts, nobodys()))
        if rounds.is_flood_over(self.state.senders, self.city.flood.quiet_s, now):
            self._orders.append(Order(rounds.end_floods, nobodys()))

    async def _meet_people(self) -> None:
        """Learn who can be told of what is due: accounts are made, changed and closed by others."""
        if not self._timers:
            return
        try:
            self.state.meet(await self.db.read(lambda connection: read_people(connection, self.city)))
        except Exception as error:  # noqa: BLE001 - the loop outlives a database that is away for a while
            log.error("accounts not read", error=str(error))

    async def _list_left(self, before: datetime) -> list[tuple[int, Message]]:
        """Return what another process has stored; nothing while there is enough of our own to do."""
        if self._messages:
            return []
        return await self.db.read(lambda c: inbox.list_pending(c, 0, PENDING_PAGE, received_before=before))

    async def _meet_senders(self, spoken: set[SourceId]) -> None:
        """Learn of the sources that another process (a door, an import) has met."""
        unknown = sorted(each for each in spoken if self.state.senders.find(each) is None)
        for source in await self.db.read(lambda c: sources.list_made(c, unknown)) if unknown else ():
            self.state.senders.add(source)

    async def _turn_safely(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except Exception:  # noqa: BLE001 - the outermost loop: an engine that ended would leave the city unserved
            log.error("turn failed", trace=traceback.format_exc())
            if self._flight is not None:
                await self._turn_safely(self._land)  # what goes wrong next to it is not its fault
            await self._reload_until_done()

    async def _turn(self) -> None:
        """Decide a turn while the one before is written; let it be written, and tell of the one before meanwhile."""
        flight = self._decide()
        before, self._flight = self._flight, None
        stands = is_durable = False
        try:
            is_durable = before is None or await self._is_written(before)
            stands = is_durable and flight.turn.state is self.state
        finally:
            if not stands:  # it was decided on what has not happened, or on a state that is gone: once more
                self._orders.extendleft(reversed(flight.orders))
        if stands:
            self._flight = flight
            self._write(flight)
        if before is not None and is_durable:
            self._tell(before)

    async def _land(self) -> None:
        """Wait until the turn at hand is durable, and tell of it."""
        flight, self._flight = self._flight, None
        if flight is not None and await self._is_written(flight):
            self._tell(flight)

    def _decide(self) -> Flight:
        turn = Turn(self.state, clock.now())
        messages, is_trial = self._messages.take(MESSAGES_PER_TURN)
        turn.batch.arrivals = self._messages.arriving_of(messages)
        free = 0 if is_trial else min(ORDERS_PER_TURN, len(self._orders))
        taken = [self._orders.popleft() for _ in range(free)]
        flight = Flight(turn, messages, taken, [] if is_trial else self._timers.take())
        for message in messages:
            self._reader.read(turn, message, is_wanted=self._messages.is_wanted(message))
        self._messages.pace(time.perf_counter() - flight.begun_s)
        for order in taken:
            run_order(order, turn)
        self._timers.tell(turn, flight.due)
        rounds.tell_floods(turn)
        with flight.failing():
            turn.seal(self.db.engine.dialect.name)
        return flight

    def _write(self, flight: Flight) -> None:
        """Hand the turn to the writer, if it could be laid out for it."""
        with flight.failing():
            if not flight.written.done():
                flight.written = self.db.submit(journal.record, flight.turn.batch)

    async def _is_written(self, flight: Flight) -> bool:
        """Wait until the turn is durable. If it cannot be nothing of it has happened: the state is read anew.

        Where the answer to a commit was lost the journal says whether the turn is in it; return whether it is.
        """
        try:
            await flight.written
            return True
        except Exception as error:  # noqa: BLE001 - a turn that cannot be committed is undone as a whole
            log.error("turn not committed", error=str(error), messages=len(flight.messages))
            for order in flight.orders:
                if not order.future.done():
                    order.future.set_exception(error)
            is_away = is_unreachable(error)
            reason = f"{type(error).__name__}: {error}"
        await self._reload_until_done(RETRY_AFTER_S if is_away else 0.0)
        if self._stopping:
            return False
        if await self._is_durable(flight.turn):
            return True
        if not is_away:
            await self._suspect(flight.messages, reason)
        return False

    async def _suspect(self, messages: Sequence[Message], reason: str) -> None:
        """Try each message of a turn that cannot be committed alone; put the one that is at fault aside."""
        if (message := self._messages.suspect(messages)) is not None:
            outcome = quarantine(message.id, clock.now(), "failed", reason)
            await self.db.submit(journal.record, Batch(outcomes=[outcome]))
            self._messages.drop(message)

    async def _is_durable(self, turn: Turn) -> bool:
        if not turn.batch.entries:
            return False
        last = turn.batch.entries[-1]
        return await self.db.read(lambda connection: journal.list_after(connection, last.seq - 1, 1)) == [last]

    async def _reload_until_done(self, pause_s: float = RETRY_AFTER_S) -> None:
        self._messages.close()
        while not self._stopping:
            await asyncio.sleep(pause_s)
            if await self._reload():
                return
            pause_s = RETRY_AFTER_S

    async def _reload(self) -> bool:
        """Read the state anew; nothing may be decided on one that is ahead of the database."""
        try:
            await asyncio.to_thread(self._confirm)
            await self._load()
            await self._take_up_pending()
            return True
        except Exception as error:  # noqa: BLE001 - tried again until the database is back
            log.error("state not read", error=str(error), trace=traceback.format_exc())
            return False

    def _tell(self, flight: Flight) -> None:
        """Tell of a turn that is durable."""
        self._messages.done(flight.messages)
        counters.TURN_SECONDS.observe(time.perf_counter() - flight.begun_s)
        counters.TURN_SIZE.observe(flight.size)
        note_lateness(flight.due, clock.now())
        turn = flight.turn
        try:
            self._publish(turn.batch.entries, turn.changes, turn.batch.notices)
            if turn.asks:
                self._ask(turn.asks)
        finally:
            for order in flight.orders:
                answer(order)
