"""What happens in a city that a browser looks at, told over the wire as cameras, sensors, citizens and staff do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import httpx

from gis.point import LonLat
from simulators.pictures import draw_snapshot
from tests.parts.wardline import Wardline

PARKING_CAMERA = "daping_001"
"""Looks for parked cars among other things; its gateway speaks for it."""
PARKING_GATEWAY = "gw-video-012"
PARKING_DEPARTMENT = "enforcement"

_serial = count(1)


def make_key(server: Wardline, source_id: str) -> str:
    """Return a new key of a source of the city pack."""
    with server.sign_in("admin") as admin:
        answer = admin.post(f"/api/v1/sources/{source_id}/key")
        answer.raise_for_status()
        return str(answer.json()["key"])


def take_picture(kind: str = "illegal_parking", place: str = "daping") -> bytes:
    """Return a drawn JPEG of something wrong in a street."""
    return draw_snapshot(place, kind, 0.93, datetime.now(UTC), place, Random(next(_serial)))


def see(
    server: Wardline, key: str, camera: str = PARKING_CAMERA, kind: str = "illegal_parking", score: float = 0.93
) -> str:
    """Let a camera tell of what has stood before it for an hour, with a picture, and how sure it is; return the
    object's id.
    """
    bearer = {"Authorization": f"Bearer {key}"}
    picture = {"file": ("snapshot.jpg", take_picture(kind, camera), "image/jpeg")}
    media = httpx.post(f"{server.url}/api/v1/media", files=picture, headers=bearer, timeout=30).raise_for_status()
    now = datetime.now(UTC).timestamp()
    seen = f"{now:.6f}-{next(_serial):06x}"
    after = {
        "id": seen,
        "camera": camera,
        "label": kind,
        "top_score": score,
        "start_time": now - 3_600,
        "frame_time": now,
        "stationary": True,
        "false_positive": False,
        "wardline_media": [media.json()["id"]],
    }
    server.post("frigate", key, {"type": "new", "before": after, "after": after}).raise_for_status()
    return seen


def measure(server: Wardline, key: str, sensor: str, metric: str, unit: str, value: float) -> None:
    """Let a sensor measure a value for two minutes."""
    end = datetime.now(UTC)
    readings = [
        {"metric": metric, "value": value, "unit": unit, "at": (end - timedelta(seconds=gone_s)).isoformat()}
        for gone_s in (120, 60, 0)
    ]
    server.post("telemetry", key, {"source": sensor, "readings": readings}).raise_for_status()


def report(server: Wardline, text: str, point: LonLat, *, with_photo: bool = True, **more: str) -> dict[str, Any]:
    """Let a citizen report something, as a rule with a photo; return the receipt: number, token, url.

    Drawn photos may look alike, and who sends what another has sent is looked at first, not shown at once.
    """
    form = {"text": text, "lon": str(point.lon), "lat": str(point.lat), "accuracy_m": "15", **more}
    parts: dict[str, Any] = {name: (None, value) for name, value in form.items()}
    if with_photo:
        parts["photos"] = ("photo.jpg", take_picture("overflowing_bin", text), "image/jpeg")
    answer = httpx.post(f"{server.url}/api/v1/reports", files=parts, timeout=30)
    return dict(answer.raise_for_status().json())


@contextmanager
def desk_of(server: Wardline, user: str = "dispatcher") -> Iterator["Desk"]:
    with server.sign_in(user) as client:
        yield Desk(client)


class Desk:
    """Someone at the desk who works without a browser."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def list_workers(self, department: str = "") -> list[dict[str, Any]]:
        query = {"department": department} if department else {}
        return list(self._get("/api/v1/workers", query)["items"])

    def list_cases(self, **query: str) -> list[dict[str, Any]]:
        return list(self._get("/api/v1/cases", {"limit": "200", **query})["items"])

    def leave_on_duty(self, department: str, workers: Sequence[str]) -> None:
        """See to it that of a department these and no others are on duty, whatever the time of day."""
        for worker in self.list_workers(department):
            if worker["on_duty"] is not (on := worker["id"] in workers):
                duty = self.client.post(f"/api/v1/workers/{worker['id']}/duty", json={"on_duty": on})
                duty.raise_for_status()

    def open(self, channel: str, point: LonLat, **fields: str) -> dict[str, Any]:
        body = {"channel": channel, "lon": point.lon, "lat": point.lat, "accuracy_m": 10, **fields}
        return dict(self.client.post("/api/v1/cases", json=body).raise_for_status().json())

    def give(self, case_id: str, command: str, **data: Any) -> dict[str, Any]:
        answer = self.client.post(f"/api/v1/cases/{case_id}/commands/{command}", json=data)
        return dict(answer.raise_for_status().json())

    def find_places(self, words: str) -> list[LonLat]:
        found = self._get("/api/v1/places", {"q": words, "limit": "20"})["items"]
        return [LonLat(*each["point"]) for each in found]

    def _get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        return dict(self.client.get(path, params=query).raise_for_status().json())
