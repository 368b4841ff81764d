"""A crossing with twelve cameras that all look at its middle, on a real server: what cameras say, and what came of it.

      c3  c4
  c2          c5
c1      ^       c6        each 35 m from the middle, its view 60 degrees wide and 60 m deep
c12   middle    c7        h1 is a camera of another make, far from it all
  c11         c8
      c10 c9
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from dispatch.access import Role
from dispatch.case import Case
from dispatch.facts import FactData
from dispatch.ids import CaseId
from gis.point import LonLat
from gis.views import METRES_PER_DEGREE
from services.api.passwords import hash_password
from services.city.pack import STANDARD_DIR
from services.observe import clock
from services.store import case_rows, journal
from services.store.accounts import Account, add_account
from services.store.database import Database
from services.store.tables import cases
from tests.parts.wardline import DEMO_PASSWORD, Wardline
from tests.services.city.small_pack import FILES

MIDDLE = LonLat(106.515, 29.505)
FAR = LonLat(106.503, 29.503)
CAMERAS = tuple(f"c{n}" for n in range(1, 13))
WAIT_S = 60.0
"""For a machine that is busy with other things."""

Seen = dict[str, Any]


def _sources() -> str:
    head = FILES["sources.csv"].splitlines()[0]
    rows = []
    for n, name in enumerate(CAMERAS):
        turn = radians(30 * n)
        lon = MIDDLE.lon + 35 * sin(turn) / (METRES_PER_DEGREE * cos(radians(MIDDLE.lat)))
        lat = MIDDLE.lat + 35 * cos(turn) / METRES_PER_DEGREE
        heading = (30 * n + 180) % 360
        rows.append(f"{name},frigate,camera,{name},相机{n},Camera {n},{lon:.6f},{lat:.6f},wgs84,,,,0,{heading},60,60")
    rows.append(f"h1,hikvision,camera,1,远处,Far away,{FAR.lon},{FAR.lat},wgs84,,crowd,,0,0,60,60")
    return "\n".join([head, *rows]) + "\n"


def _video_types(clear_after_s: float | None) -> str:
    """Return the standard's video types, with another time of silence where one is given."""
    text = (STANDARD_DIR / "video_types.csv").read_text("utf-8")
    if clear_after_s is None:
        return text
    head, *rows = text.splitlines()
    at = head.split(",").index("clear_after_s")
    # The cells before it hold no quotes.
    changed = [",".join([*(cells := row.split(","))[:at], f"{clear_after_s:g}", *cells[at + 1 :]]) for row in rows]
    return "\n".join([head, *changed]) + "\n"


class Crossing:
    """The server, the keys of what sends to it, and its books."""

    def __init__(self, folder: Path, *, clear_after_s: float | None = None, autofile: str = "") -> None:
        self.server = Wardline(folder / "data", ("serve",))
        pack = {
            **FILES,
            "sources.csv": _sources(),
            "duties.csv": "department,category,trade,area\nworks,,,\n",
            "video_types.csv": _video_types(clear_after_s),
        }
        if autofile:
            pack["autofile.csv"] = autofile
        for name, text in pack.items():
            path = folder / "pack" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.server.run("city", "load", str(folder / "pack"))
        self.db = Database(f"sqlite:///{self.server.data_dir / 'wardline.sqlite3'}")
        boss = Account(id="boss", username="boss", role=Role.LEADER)
        with self.db.engine.begin() as connection:
            add_account(connection, boss, hash_password(DEMO_PASSWORD), clock.now())
        self.keys = {feed: self.server.add_source(feed, f"{feed}-gateway") for feed in ("frigate", "hikvision")}
        self.http = httpx.Client(timeout=30)

    def send(self, feed: str, body: Any) -> None:
        headers = {"Authorization": f"Bearer {self.keys[feed]}"}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.http.post(f"{self.server.url}/api/v1/intake/{feed}", headers=headers, **content)
        assert answer.status_code == 202, answer.text

    def see(self, camera: str, kind: str, label: str, seen: Seen) -> None:
        """Let a Frigate camera tell of a tracked object."""
        after = {"camera": camera, "label": label, "top_score": 0.93, "stationary": True, **seen}
        self.send("frigate", {"type": kind, "before": after, "after": after})

    def list_cases(self) -> list[Case]:
        with self.db.engine.connect() as connection:
            docs = connection.scalars(select(cases.c.doc).order_by(cases.c.opened_at, cases.c.id))
            return [case_rows.read_case(doc) for doc in docs]

    def facts(self, case: Case) -> list[FactData]:
        with self.db.engine.connect() as connection:
            entries = journal.list_of_case(connection, CaseId(case.id), limit=100_000)
        return [journal.read_fact(entry) for entry in entries]

    def until(self, is_so: Callable[[Sequence[Case]], bool]) -> list[Case]:
        """Wait until the books are so."""
        end = time.monotonic() + WAIT_S
        while not is_so(found := self.list_cases()):
            assert time.monotonic() < end, [(case.number, case.stage, case.events) for case in found]
            time.sleep(0.05)
        return found

    def heard(self, events: int) -> list[Case]:
        """Wait until so many events have been taken into cases."""
        return self.until(lambda found: sum(case.events for case in found) >= events)

    def do(self, case: Case, name: str, **data: Any) -> None:
        with self.server.sign_in("boss") as boss:
            answer = boss.post(f"/api/v1/cases/{case.id}/commands/{name}", json=data)
            assert answer.status_code == 200, answer.text

    def ask(self, path: str) -> Mapping[str, Any]:
        with self.server.sign_in("boss") as boss:
            answer = boss.get(f"/api/v1/{path}")
            assert answer.status_code == 200, answer.text
            body: Mapping[str, Any] = answer.json()
            return body


@contextmanager
def open_crossing(folder: Path, **changes: Any) -> Iterator[Crossing]:
    crossing = Crossing(folder, **changes)
    crossing.server.start()
    try:
        yield crossing
    finally:
        crossing.http.close()
        crossing.server.kill()


def alert(word: str, state: str, count: int | None = None) -> bytes:
    """Return what a Hikvision camera posts; firmware that does not count its posts gives no `count`."""
    counted = f"<activePostCount>{count}</activePostCount>" if count is not None else ""
    return (
        '<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">'
        f"<channelID>1</channelID>{counted}<eventType>{word}</eventType><eventState>{state}</eventState>"
        # Each is another message: without a time of its own the same bytes would be a retry of the last.
        f"<eventDescription>{time.time_ns()}</eventDescription></EventNotificationAlert>"
    ).encode()
