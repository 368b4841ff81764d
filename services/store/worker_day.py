"""A worker's own day, counted from the cases that were his."""

from datetime import datetime
from itertools import pairwise

from msgspec import Struct
from sqlalchemy import Connection, and_, case, func, select

from services.store.tables import cases, journal


class DayFigures(Struct, frozen=True, kw_only=True):
    """What one has done since an instant. Spans are means in seconds, None where there is nothing to mean."""

    handled: int
    on_time: int
    reworked: int
    open: int
    to_accept_s: float | None
    to_arrive_s: float | None
    to_handle_s: float | None


def count_day(connection: Connection, worker: str, since: datetime) -> DayFigures:
    """Return the figures of a worker since an instant (index `ix_cases_worker_is_open`)."""
    mine = cases.c.worker == worker
    done = and_(mine, cases.c.handled_at >= since)
    kept = case((and_(cases.c.due_at.is_not(None), cases.c.handled_at > cases.c.due_at), 0), else_=1)
    row = connection.execute(
        select(
            func.count().label("handled"),
            func.sum(kept).label("on_time"),
            func.sum(case((cases.c.reworks > 0, 1), else_=0)).label("reworked"),
        ).where(done)
    ).one()
    times = (cases.c.dispatched_at, cases.c.accepted_at, cases.c.arrived_at, cases.c.handled_at)
    spans: tuple[list[float], ...] = ([], [], [])
    for found in connection.execute(select(*times).where(done)):
        for number, (start, end) in enumerate(pairwise(found)):
            if start is not None and end is not None:
                spans[number].append((end - start).total_seconds())
    return DayFigures(
        handled=row.handled,
        on_time=int(row.on_time or 0),
        reworked=int(row.reworked or 0),
        open=connection.scalar(select(func.count()).where(mine, cases.c.is_open, cases.c.handled_at.is_(None))) or 0,
        to_accept_s=_mean(spans[0]),
        to_arrive_s=_mean(spans[1]),
        to_handle_s=_mean(spans[2]),
    )


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None


def was_concerned(connection: Connection, case_id: str, worker: str, since: datetime) -> bool:
    """Return whether a case was the worker's at some time since then."""
    query = select(journal.c.seq).where(
        journal.c.case_id == case_id, journal.c.at >= since, journal.c.workers.contains(f"|{worker}|")
    )
    return connection.execute(query.limit(1)).first() is not None
