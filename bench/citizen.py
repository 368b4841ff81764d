"""How many citizens may report at once: reports a second, plain and with a photograph of 3 MB, each durable.

    wardline bench citizen --seconds 8

One server process on the demo city (SQLite, full sync); this program is the load, a process of its own on the same
machine. First plain reports (JSON: words, a kind, a place), then reports with one photograph (multipart), against the
same server. Each way is a closed loop: `--connections` (of those with a photograph `--photo-connections`) send the next
report when the last is answered, for `--seconds`. No two reports are the same happening, so each opens a case.

The public's rate limit stands. The server is told to trust its proxy (`WARDLINE_TRUST_PROXY`), and each report comes
from an address of its own, as reports of many people do. A proof of work is not asked for (`WARDLINE_CHALLENGE`): it
would be the load's time that is measured.

At the end the server is killed (SIGKILL) and the reports are counted in the database: the exit status is 1 if one that
was answered is not there. The ratio is to the 12 reports a second of Signalen (the figure of issue 5's target of
1,200); it was not measured here beside ours.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import uvloop
from PIL import Image
from sqlalchemy import func, select

from bench.city import list_happenings
from bench.end_to_end import HOST, free_port, running
from bench.load import Sender, cpu_of, percentile
from services.city.build import build_city
from services.cli.demo import PACK
from services.engine.loading import load_pack
from services.settings import Settings
from services.store.database import Database
from services.store.migrate import open_database
from services.store.tables import inbox, reports

SIGNALEN_PER_S = 12.0
"""Plain reports a second of Signalen, as the target was set by."""
CONNECTIONS, PHOTO_CONNECTIONS = 32, 4
PHOTO_SIDES, PHOTO_BYTES = (4_000, 3_000), 3_000_000
"""A telephone's twelve megapixels."""
PHOTOS = 4
"""Different ones: the same again would be stored once."""
HAPPENINGS = 60_000
BOUNDARY = "wardline-bench"


@dataclass
class Figures:
    """Of one way."""

    answered: int = 0
    refused: int = 0
    took_s: float = 0.0
    cpu_s: float = 0.0
    answers_ms: list[float] = field(default_factory=list)

    def note(self, status: int, took_ms: float) -> None:
        """Count an answer."""
        if status == HTTPStatus.CREATED:
            self.answered += 1
            self.answers_ms.append(took_ms)
        else:
            self.refused += 1

    def view(self) -> dict[str, Any]:
        answers = sorted(self.answers_ms)
        return {
            "reports_per_s": round(self.answered / self.took_s, 1),
            "p50_ms": round(percentile(answers, 0.5), 2) if answers else None,
            "p99_ms": round(percentile(answers, 0.99), 2) if answers else None,
            "answered": self.answered,
            "refused": self.refused,
            "cpu_ms_per_report": round(self.cpu_s * 1000 / max(1, self.answered), 2),
        }


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if an answered report is not in the database."""
    parser = argparse.ArgumentParser(prog="wardline bench citizen", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each way (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--photo-connections", type=int, default=PHOTO_CONNECTIONS)
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wardline-bench-") as folder:
        figures = measure(Path(folder), given.seconds, given.connections, given.photo_connections)
    print(json.dumps(figures, indent=1), flush=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if figures["lost"] else 0


def measure(folder: Path, seconds: float, connections: int, photo_connections: int) -> dict[str, Any]:
    """Return the figures of both ways, measured one after the other in one run."""
    data = str(folder / "data")
    env = {
        **os.environ,
        "WARDLINE_DATA_DIR": data,
        "WARDLINE_LOG_LEVEL": "warning",
        "WARDLINE_TRUST_PROXY": "true",
        "WARDLINE_CHALLENGE": "never",
    }
    settings = Settings.from_env(env)
    happenings = _prepare(settings)
    addresses, photos = _addresses(), [make_photo(seed) for seed in range(PHOTOS)]
    port = free_port()
    with running([sys.executable, "-m", "services", "serve", "--port", str(port)], env, port) as process:
        plain = uvloop.run(_send(process, port, _plain(happenings, addresses), seconds, connections))
        photo = uvloop.run(_send(process, port, _with_photo(happenings, addresses, photos), seconds, photo_connections))
        process.kill()
        process.wait()
    kept = _count(settings)
    answered = plain.answered + photo.answered
    return {
        "plain": plain.view(),
        "photo": {**photo.view(), "photo_bytes": len(photos[0])},
        "ratio_to_signalen": round(plain.answered / plain.took_s / SIGNALEN_PER_S, 1),
        "lost": max(0, answered - kept),
    }


def _prepare(settings: Settings) -> Iterator[tuple[str, float, float]]:
    """Load the demo city; return happenings of which no two are the same."""
    db = open_database(settings)
    read, _version = load_pack(db, PACK)
    db.engine.dispose()
    found = [(code, point.lon, point.lat) for code, point in islice(list_happenings(build_city(read)), HAPPENINGS)]
    return cycle(found)


def _addresses() -> Iterator[str]:
    """Yield addresses of many people (RFC 6598: those behind a provider's one)."""
    for n in count():
        yield f"100.{64 + n // 65_536 % 64}.{n // 256 % 256}.{n % 256}"


def make_photo(seed: int) -> bytes:
    """Return a photograph of some 3 MB: a slope of colours with a sensor's noise, and what a telephone writes of it."""
    noise = np.random.default_rng(seed)
    width, height = PHOTO_SIDES
    slope = np.linspace(40, 200, width)[None, :, None] + np.linspace(0, 40, height)[:, None, None]
    grain = noise.normal(0, 6, (height, width, 1)) + noise.normal(0, 1.5, (height, width, 3))
    picture = Image.fromarray(np.clip(slope + grain, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[271], exif[306] = "Wardline", "2026:03:01 08:00:00"
    best = b""
    for quality in range(95, 40, -3):
        out = BytesIO()
        picture.save(out, "JPEG", quality=quality, exif=exif)
        best = out.getvalue()
        if len(best) <= PHOTO_BYTES * 1.1:
            break
    return best


# --- what is sent --------------------------------------------------------------------------------------------


def _head(port: int, content_type: str, size: int, address: str) -> bytes:
    return (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: {HOST}:{port}\r\nX-Forwarded-For: {address}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {size}\r\n\r\n"
    ).encode()


Make = Callable[[int], bytes]
"""From the port to one request."""


def _plain(happenings: Iterator[tuple[str, float, float]], addresses: Iterator[str]) -> Make:
    numbers = count()

    def make(port: int) -> bytes:
        code, lon, lat = next(happenings)
        said = {"text": f"第 {next(numbers)} 件：路边有问题", "category": code, "lon": lon, "lat": lat}
        body = json.dumps(said).encode()
        return _head(port, "application/json", len(body), next(addresses)) + body

    return make


def _with_photo(
    happenings: Iterator[tuple[str, float, float]], addresses: Iterator[str], photos: Sequence[bytes]
) -> Make:
    chosen = cycle(photos)

    def make(port: int) -> bytes:
        code, lon, lat = next(happenings)
        fields = {"text": "照片里的问题", "category": code, "lon": str(lon), "lat": str(lat)}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        file = 'Content-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg'
        parts += [f"--{BOUNDARY}\r\n{file}\r\n\r\n".encode(), next(chosen), f"\r\n--{BOUNDARY}--\r\n".encode()]
        body = b"".join(parts)
        return _head(port, f"multipart/form-data; boundary={BOUNDARY}", len(body), next(addresses)) + body

    return make


async def _send(process: psutil.Process, port: int, make: Make, seconds: float, connections: int) -> Figures:
    figures = Figures()
    begun, cpu = time.perf_counter(), cpu_of(process)
    senders = [Sender(port, lambda: make(port), begun + seconds, figures.note) for _ in range(connections)]
    await asyncio.gather(*(sender.run(HOST) for sender in senders))
    figures.took_s, figures.cpu_s = time.perf_counter() - begun, cpu_of(process) - cpu
    return figures


def _count(settings: Settings) -> int:
    """Return how many reports are there with the message that they are of."""
    db = Database(settings.database_url)
    with db.engine.connect() as connection:
        query = select(func.count()).select_from(reports.join(inbox, inbox.c.id == reports.c.message_id))
        found = connection.scalar(query) or 0
    db.engine.dispose()
    return found


if __name__ == "__main__":
    sys.exit(main())
