"""How far a new version of the city's pack has come through the open cases whose limits it changes."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, select, update

from services.store.pack_tables import pack_sweeps
from services.store.upsert import insert_new


class Sweep(Struct, frozen=True, kw_only=True):
    """`reached` is the last case that was looked at; `finished_at` None while there are more."""

    version: int
    started_at: datetime
    reached: str = ""
    seen: int = 0
    changed: int = 0
    finished_at: datetime | None = None


def begin(connection: Connection, version: int, at: datetime) -> None:
    """Note that a version's walk is to be done. It takes the place of earlier ones: the newest limits count."""
    open_ones = (pack_sweeps.c.finished_at.is_(None)) & (pack_sweeps.c.version != version)
    connection.execute(update(pack_sweeps).where(open_ones).values(finished_at=at))
    row = {"version": version, "started_at": at, "reached": "", "seen": 0, "changed": 0, "finished_at": None}
    insert_new(connection, pack_sweeps, [row])


def find_latest(connection: Connection) -> Sweep | None:
    """Return the walk of the newest version that needed one."""
    row = connection.execute(select(pack_sweeps).order_by(pack_sweeps.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else Sweep(**row._mapping)


def advance(
    connection: Connection, version: int, *, reached: str, seen: int, changed: int, finished_at: datetime | None
) -> None:
    """Note how far the walk has come; `seen` and `changed` are added to what they were."""
    connection.execute(
        update(pack_sweeps)
        .where(pack_sweeps.c.version == version)
        .values(
            reached=reached,
            seen=pack_sweeps.c.seen + seen,
            changed=pack_sweeps.c.changed + changed,
            finished_at=finished_at,
        )
    )
