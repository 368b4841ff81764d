"""One engine at a time: a lock that the operating system or PostgreSQL lets go of when the process dies."""

import fcntl
import os
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services.store.database import Database

ADVISORY_KEY = 0x57_41_52_44
"""'WARD': the number of PostgreSQL's advisory lock."""


class EngineElsewhere(RuntimeError):
    """Another process runs the engine on this database."""


class Lease:
    """Held from `take` to `free` or to the end of the process, however it ends."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._file: int | None = None
        self._connection: Connection | None = None

    def take(self) -> None:
        """Take the lease.

        :raises EngineElsewhere: if another process has it.
        """
        if self.db.is_sqlite:
            self._lock_file()
        else:
            self._lock_database()

    def confirm(self) -> None:
        """Make sure that the lease is still held: PostgreSQL lets go of it when the connection breaks.

        :raises EngineElsewhere: if another process has taken it meanwhile.
        :raises sqlalchemy.exc.OperationalError: while the database cannot be reached.
        """
        if self.db.is_sqlite:
            return
        if self._connection is not None:
            try:
                self._connection.scalar(text("SELECT 1"))
                return
            except DBAPIError:
                self._connection.close()
                self._connection = None
        self._lock_database()

    def free(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _lock_file(self) -> None:
        path = Path(f"{make_url(self.db.url).database}.lock")
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise EngineElsewhere(f"another server works on {path.with_suffix('')}") from None
        self._file = handle

    def _lock_database(self) -> None:
        connection = self.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool: a connection that went back to it would be kept open, and the lock with it.
        connection.detach()
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}):
            connection.close()
            raise EngineElsewhere("another server works on this PostgreSQL database")
        self._connection = connection
