"""Where workers on duty were lately."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from gis.point import LonLat
from services.store.tables import worker_tracks
from services.store.upsert import insert_new


class TrackPoint(Struct, frozen=True, kw_only=True):
    """One position of a worker, WGS-84."""

    worker: str
    at: datetime
    point: LonLat
    accuracy_m: float | None


def add_points(connection: Connection, points: Iterable[TrackPoint]) -> None:
    rows = [
        {
            "worker_id": each.worker,
            "at": each.at,
            "lon": each.point.lon,
            "lat": each.point.lat,
            "accuracy_m": each.accuracy_m,
        }
        for each in points
    ]
    insert_new(connection, worker_tracks, rows)


def list_points(connection: Connection, worker: str, since: datetime) -> Sequence[TrackPoint]:
    """Return a worker's positions since then, oldest first."""
    columns = worker_tracks.c
    query = select(columns.at, columns.lon, columns.lat, columns.accuracy_m)
    query = query.where(columns.worker_id == worker, columns.at >= since).order_by(columns.at)
    return [
        TrackPoint(worker=worker, at=row.at, point=LonLat(row.lon, row.lat), accuracy_m=row.accuracy_m)
        for row in connection.execute(query)
    ]


def delete_points(connection: Connection, before: datetime) -> int:
    """Delete what is older; return how many."""
    return connection.execute(delete(worker_tracks).where(worker_tracks.c.at < before)).rowcount


def forget_points(connection: Connection, worker: str) -> int:
    """Delete all that is known of where a worker was; return how many."""
    return connection.execute(delete(worker_tracks).where(worker_tracks.c.worker_id == worker)).rowcount
