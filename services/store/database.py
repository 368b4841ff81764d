"""The way to the database: readers in a few threads, and one writer that commits in groups.

Whatever was asked while the last commit ran goes into the next one: no timer, no gather delay. Under
little load a write is one commit; under much load hundreds share one, which is where the speed comes from.
"""

import asyncio
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

ITEMS_MAX = 4096
"""Most items in one transaction: bounds how long a write can wait and how much a crash redoes."""
CACHED_STATEMENTS = 512
"""Compiled statements that each connection keeps: a handful of tables, times the sizes of services/store/upsert.py."""
CACHE_KB = 4_096
"""Pages that each SQLite connection keeps for itself; there are half a dozen, and the system keeps the file too."""
READERS = 4
"""Reading threads: enough for a console's page of requests at once on a small machine."""
CHECKPOINT_EVERY_S = 2.0
"""How often SQLite's write-ahead log is folded into the file, by a thread of its own: done by the
writer, as SQLite does by default, it makes stalls of 5-30 ms. The writer folds in only the little that has come
meanwhile. Without that the log never ends while there is work: it grows, and to sync a file that grows
takes up to twice as long as to sync one that is written anew from its beginning."""

_SNAPSHOT = "REPEATABLE READ"

T = TypeVar("T")
R = TypeVar("R")
Bulk = Callable[[Connection, Sequence[T]], Sequence[R]]
"""Writes many items of one kind; returns a result for each, in order."""


class _Item:
    __slots__ = ("bulk", "error", "future", "is_patient", "result", "value")

    def __init__(self, bulk: Bulk[Any, Any], value: object, future: "asyncio.Future[Any]", *, is_patient: bool) -> None:
        self.bulk, self.value, self.future, self.is_patient = bulk, value, future, is_patient
        self.result: object = None
        self.error: Exception | None = None


class _Taken:
    """What the writer has taken over and not written yet. Of what is patient one item goes between two groups."""

    def __init__(self) -> None:
        self.urgent: list[_Item] = []
        self._patient: deque[_Item] = deque()
        self._is_patients_turn = False
        self._is_last = False

    def __bool__(self) -> bool:
        return bool(self.urgent or self._patient or self._is_last)

    def add(self, item: _Item | None) -> None:
        """Take an item over; None says that no other follows."""
        if item is None:
            self._is_last = True
        elif item.is_patient:
            self._patient.append(item)
        else:
            self.urgent.append(item)

    def next(self) -> list[_Item] | None:
        """Return what is to be written now; None if that was all."""
        if self._patient and (self._is_patients_turn or not self.urgent):
            self._is_patients_turn = False
            return [self._patient.popleft()]
        self._is_patients_turn = True
        group, self.urgent = self.urgent, []
        return group or None


def _call_each(connection: Connection, calls: Sequence[Callable[[Connection], object]]) -> Sequence[object]:
    return [call(connection) for call in calls]


class Database:
    """One database, SQLite or PostgreSQL. Use it from one event loop: `open()`, then `read` and `write`."""

    def __init__(self, url: str, *, fold_every_s: float = CHECKPOINT_EVERY_S) -> None:
        self.url, self._fold_every_s = url, fold_every_s
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _make_engine(url, is_sqlite=self.is_sqlite)
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._taken = _Taken()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._writer: threading.Thread | None = None
        # A reader sees one state of the database, however many questions it asks; SQLite's transactions do by nature.
        self._reading = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level=_SNAPSHOT)
        self._closing = threading.Event()
        self._is_folded = threading.Event()
        """All of the log but the last moments is in the file."""
        self._is_closing = False
        self._glass: PoolProxiedConnection | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Start the writer. Call it in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._writer = threading.Thread(target=self._write_forever, name="writer", daemon=True)
        self._writer.start()
        if self.is_sqlite:
            threading.Thread(target=self._checkpoint_forever, name="checkpoint", daemon=True).start()

    async def close(self) -> None:
        """Commit what is waiting, then stop."""
        self._is_closing = True
        if self._writer is not None:
            self._items.put(None)
            await asyncio.to_thread(self._writer.join)
            self._writer = None
        self._closing.set()
        self._readers.shutdown(wait=True)
        if self._glass is not None:
            self._glass.close()
        self.engine.dispose()

    async def read(self, query: Callable[[Connection], R]) -> R:
        """Run the query in a reading thread, on one consistent view of what is committed."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def _read(self, query: Callable[[Connection], R]) -> R:
        with self._reading.connect() as connection:
            return query(connection)

    def glance(self, question: str, values: tuple[object, ...]) -> bool:
        """Return whether any row answers the question, asked in the event loop itself.

        For a look into an index of SQLite (15 us), which the way to a thread and back takes many times as long as.
        """
        if self._glass is None:
            self._glass = self.engine.raw_connection()
        cursor = self._glass.cursor()
        cursor.execute(question, values)
        found = cursor.fetchall()  # to the end: a question half asked would hold the log open
        cursor.close()
        return bool(found)

    async def write(self, call: Callable[[Connection], R], *, patient: bool = False) -> R:
        """Run the call in the writer's next transaction; return once it is durable.

        The call may run twice (a neighbour in the group fails), so it must change nothing but the database.
        """
        return cast(R, await self.submit(_call_each, call, patient=patient))

    def submit(self, bulk: Bulk[T, R], value: T, *, patient: bool = False) -> "asyncio.Future[R]":
        """Put the value into the writer's next transaction, together with all others for the same `bulk`.

        `patient`: nobody waits for it, and after a crash it is made anew (counters, words of the index). It gets a
        transaction of its own between two others, so that it delays no message by more than itself, and that one does
        not wait for the disk: when the power goes, the last of them may be gone.
        """
        if self._loop is None or self._is_closing:
            raise RuntimeError("the database is not open")
        future: asyncio.Future[R] = self._loop.create_future()
        self._items.put(_Item(bulk, value, future, is_patient=patient))
        return future

    # --- the writer's thread -------------------------------------------------------------------------------

    def _write_forever(self) -> None:
        connection = self.engine.connect()
        try:
            while (items := self._take()) is not None:
                self._commit(connection, items)
                self._tell(items)
                if self._is_folded.is_set():
                    self._is_folded.clear()
                    _fold_log(connection)
        finally:
            connection.close()

    def _checkpoint_forever(self) -> None:
        with self.engine.connect() as connection:
            while not self._closing.wait(self._fold_every_s):
                _fold_log(connection)
                self._is_folded.set()

    def _take(self) -> list[_Item] | None:
        """Return what goes into the next transaction, once there is something; None after the last."""
        taken = self._taken
        if not taken:
            taken.add(self._items.get())
        while len(taken.urgent) < ITEMS_MAX:
            try:
                taken.add(self._items.get_nowait())
            except queue.Empty:
                break
        return taken.next()

    def _commit(self, connection: Connection, items: list[_Item]) -> None:
        """Commit all items in one transaction; where one fails, each alone, so that it takes no other with it."""
        try:
            _run(connection, items)
        except Exception:  # noqa: BLE001 - the writer outlives any single write; tried alone, its asker is told
            self._recover(connection)
            self._commit_alone(connection, items)

    def _commit_alone(self, connection: Connection, items: list[_Item]) -> None:
        for item in items:
            try:
                _run(connection, [item])
            except Exception as error:  # noqa: BLE001 - as above
                item.error = error
                self._recover(connection)

    def _recover(self, connection: Connection) -> None:
        """Make the connection usable again. One that broke is made anew by its next use, or fails that use."""
        try:
            connection.rollback()
        except DBAPIError:
            connection.invalidate()

    def _tell(self, items: list[_Item]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_settle, items)
        except RuntimeError:  # the loop has closed: nobody is left to be told
            return


def _run(connection: Connection, items: list[_Item]) -> None:
    groups: dict[Bulk[Any, Any], list[_Item]] = {}
    for item in items:
        groups.setdefault(item.bulk, []).append(item)
    with _begin(connection, is_patient=items[0].is_patient):
        for bulk, group in groups.items():
            for item, result in zip(group, bulk(connection, [item.value for item in group]), strict=True):
                item.result = result


@contextmanager
def _begin(connection: Connection, *, is_patient: bool) -> Iterator[None]:
    """Begin a transaction; its end waits for the disk, unless all of it is patient.

    What is patient is on the disk with the next that is not: the log has one order.
    """
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        assert raw is not None
        assert not raw.in_transaction, "how a transaction is synced cannot be said within it"
        raw.execute(f"PRAGMA synchronous={'NORMAL' if is_patient else 'FULL'}")
    with connection.begin():
        if is_patient and connection.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
        yield


def _fold_log(connection: Connection) -> None:
    """Fold the write-ahead log into the file as far as nobody has to be waited for.

    What cannot be folded in now (a full disk) is so the next time: until then the log holds it.
    """
    with suppress(sqlite3.Error):
        raw = connection.connection.cursor()
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        raw.close()


def _settle(items: list[_Item]) -> None:
    for item in items:
        if item.future.done():  # its asker has gone
            continue
        if item.error is not None:
            item.future.set_exception(item.error)
        else:
            item.future.set_result(item.result)


def _make_engine(url: str, *, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        return create_engine(url, pool_size=READERS + 2, pool_pre_ping=True)
    arguments = {"check_same_thread": False, "timeout": 30, "cached_statements": CACHED_STATEMENTS}
    engine = create_engine(url, pool_size=READERS + 4, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Durable (`synchronous=FULL`: a commit is on the disk when it returns) and readable while written (WAL)."""
    # The driver must not open transactions by itself; `_begin_sqlite` does.
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        f"cache_size=-{CACHE_KB}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # The writer takes the write lock at once: a later upgrade from a read could fail with SQLITE_BUSY.
    immediate = threading.current_thread().name == "writer"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def is_unreachable(error: Exception) -> bool:
    """Return whether the database could not be reached or has no room, which no message is to blame for."""
    return isinstance(error, OperationalError | InterfaceError) or getattr(error, "connection_invalidated", False)
