"""K04. The power goes while pictures come, and the disk with it.

    an office   --POST /media-->       [ server ]  -->  a bucket
    a camera    --POST intake form-->     ^
                                       kill -9, KILLS times; in the end its folder of copies is lost too

What was answered is shown by a server that has nothing but the database and the bucket; no row names a picture that
is not there.
"""

import itertools
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from threading import Event

import httpx

from tests.parts.bucket import Store, environment_of, names_in
from tests.parts.wardline import Wardline, run_wardline
from tests.services.api.samples import jpeg
from tests.services.api.test_evidence import alert, form

KILLS = 2
BEFORE_A_KILL = 6
"""Pictures that are answered before the power goes."""


@dataclass
class Senders:
    """An office and a camera that send picture after picture, each one until it is answered."""

    url: str
    key: str
    uploaded: list[str] = field(default_factory=list)
    told: int = 0
    stopping: Event = field(default_factory=Event)
    _sides: Iterator[int] = field(default_factory=lambda: itertools.count(200))

    def upload(self) -> None:
        while not self.stopping.is_set():
            with suppress(httpx.TransportError):
                files = {"file": ("a.jpg", jpeg(next(self._sides), 150), "image/jpeg")}
                answer = httpx.post(
                    f"{self.url}/api/v1/media", files=files, headers={"Authorization": f"Bearer {self.key}"}, timeout=30
                )
                assert answer.status_code == 201, answer.text
                self.uploaded.append(answer.json()["id"])

    def tell(self) -> None:
        for n in itertools.count(1):
            if self.stopping.is_set():
                return
            with suppress(httpx.TransportError):
                body = form(alert(n), jpeg(next(self._sides), 170))
                answer = httpx.post(f"{self.url}/api/v1/intake/hikvision?key={self.key}", timeout=30, **body)  # type: ignore[arg-type]
                assert answer.status_code == 202, answer.text
                self.told += 1


def media_ids(server: Wardline) -> set[str]:
    with sqlite3.connect(server.data_dir / "wardline.sqlite3") as connection:
        return {row[0] for row in connection.execute("SELECT id FROM media")}


def test_what_was_answered_is_in_the_bucket_whenever_the_power_goes(s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    with run_wardline(tmp_path / "data", env=environment_of(bucket)) as server:
        key = server.add_source("hikvision", "gate")
        senders = Senders(server.url, key)
        with ThreadPoolExecutor(2) as threads:
            running = [threads.submit(send) for send in (senders.upload, senders.tell)]
            try:
                for _ in range(KILLS):
                    enough = len(senders.uploaded) + BEFORE_A_KILL
                    while len(senders.uploaded) < enough and not any(each.done() for each in running):
                        Event().wait(0.02)
                    server.kill()
                    server.start()
            finally:
                senders.stopping.set()
            for each in running:
                each.result()
        server.kill()
        assert senders.told > 0
        names, rows = names_in(bucket), media_ids(server)
        assert set(senders.uploaded) <= rows
        kept = {media_id for media_id in rows if {f"raw/{media_id}", f"{media_id[:2]}/{media_id}.jpg"} & names}
        assert kept == rows, "no row is without its picture"
        rmtree(server.data_dir / "media-cache")
        assert not (server.data_dir / "media").exists()
        server.start()
        with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as client:
            assert client.get("/readyz").json()["media"] == "ready"
        with server.sign_in("dispatcher") as desk:
            case = desk.get("/api/v1/cases").json()["items"][0]
            events = desk.get(f"/api/v1/cases/{case['id']}/events").json()["items"]
            for media_id in [each for event in events for each in event.get("media", [])]:
                assert desk.get(f"/api/v1/media/{media_id}").status_code == 200
        assert "a-secret" not in server.log()
