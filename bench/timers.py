"""How late timers are told, how long a storm of them takes, and that kill -9 loses none.

    wardline bench timers --open 1000000 --due 10000

One server process on a city with `--open` open cases, each with a timer that is far off. It is started once, to see
how long that takes and how much memory it holds. Then cases are added whose limits pass while it runs
(`bench/open_cases.py`), and it is started again:

1. `--spread` timers, at moments drawn over 20 seconds.
2. A storm: `--due` timers at one moment. Meanwhile somebody writes notes on other cases, twenty a second, over HTTP.
3. `--killed` timers over four seconds; in the midst of them the process is killed (SIGKILL) and started again.

A timer is late by the time of its fact in the journal less the time at which it was due. The storm is over when its
last fact can be read from the database by another process. In the end each timer must have exactly one fact.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import httpx
import psutil
from sqlalchemy import func, select

from bench.city import write_pack
from bench.end_to_end import HOST, free_port
from bench.load import percentile
from bench.open_cases import add_due, add_lying, make_patterns
from dispatch.access import Role
from dispatch.ids import CaseId, DepartmentId, WorkerId
from services.city.build import build_city
from services.engine.loading import load_pack
from services.observe import clock
from services.settings import Settings
from services.store import accounts
from services.store.accounts import Account
from services.store.database import Database
from services.store.migrate import open_database
from services.store.tables import cases as cases_table
from services.store.tables import journal as journal_table

WORKERS = 200
SPREAD_S, STORM_AFTER_S, KILLED_AFTER_S, KILLED_S = 20.0, 25.0, 50.0, 4.0
"""When the three parts begin, from when the server is ready."""
NOTE_EVERY_S = 0.05
START_MAX_S = 600.0
SETTLE_S = 5.0
TARGET_LATE_S, TARGET_STORM_S = 1.0, 5.0


class Server:
    """The process that is measured."""

    def __init__(self, env: dict[str, str], port: int) -> None:
        self._env, self.port = env, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return after how many seconds it is ready."""
        begun = time.monotonic()
        command = [sys.executable, "-m", "services", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(command, env=self._env)
        while time.monotonic() < begun + START_MAX_S:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}")
            with suppress(OSError), urlopen(f"http://{HOST}:{self.port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - begun
            time.sleep(0.05)
        raise RuntimeError("the server is not ready")

    def memory_mb(self) -> float:
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6

    def end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if a timer was lost or told twice, or a target was missed."""
    parser = argparse.ArgumentParser(prog="wardline bench timers", description=__doc__)
    parser.add_argument("--open", type=int, default=100_000, help="open cases whose timers are far off")
    parser.add_argument("--due", type=int, default=10_000, help="timers due at one moment")
    parser.add_argument("--spread", type=int, default=1_000, help="timers spread over 20 s")
    parser.add_argument("--killed", type=int, default=2_000, help="timers over the 4 s in which the server is killed")
    parser.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite (an empty database)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wardline-bench-") as folder:
        figures = _measure(Path(folder), given)
    print(json.dumps(figures, indent=1))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    missed = figures["late_p99_s"] >= TARGET_LATE_S or figures["storm_s"] > TARGET_STORM_S
    return 1 if figures["lost"] or figures["doubled"] or missed else 0


def _measure(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    pack, chance = folder / "pack", random.Random(given.seed)
    write_pack(pack, WORKERS)
    env = {**os.environ, "WARDLINE_DATA_DIR": str(folder / "data"), "WARDLINE_LOG_LEVEL": "warning"}
    if given.database_url:
        env["WARDLINE_DATABASE_URL"] = given.database_url
    db = open_database(Settings.from_env(env))
    city = build_city(load_pack(db, pack)[0])
    patterns = make_patterns(city, clock.now())
    add_lying(db, patterns, given.open, clock.now())
    token = _make_leader(db)
    server = Server(env, free_port())
    try:
        start_s = server.start()
        memory_mb = server.memory_mb()
        server.end(signal.SIGTERM)
        base = clock.now() + timedelta(seconds=SETTLE_S + 1.5 * start_s + (given.due + given.killed) / 1_000)
        spread = [base + timedelta(seconds=chance.random() * SPREAD_S) for _ in range(given.spread)]
        storm_at = base + timedelta(seconds=STORM_AFTER_S)
        killed_at = base + timedelta(seconds=KILLED_AFTER_S)
        killed = [killed_at + timedelta(seconds=chance.random() * KILLED_S) for _ in range(given.killed)]
        times: dict[CaseId, datetime] = {}
        for name, moments in (("spread", spread), ("storm", [storm_at] * given.due), ("killed", killed)):
            times.update(zip(add_due(db, patterns, name, moments), moments, strict=True))
        server.start()
        if clock.now() >= base:
            raise RuntimeError("the second start took so much longer than the first that the timers passed meanwhile")
        _sleep_until(storm_at - timedelta(seconds=1))
        notes_s, storm_s = asyncio.run(_watch_storm(db, server, token, storm_at))
        _sleep_until(killed_at + timedelta(seconds=0.5 + chance.random() * (KILLED_S - 1)))
        server.end(signal.SIGKILL)
        restart_s = server.start()
        _sleep_until(killed_at + timedelta(seconds=KILLED_S))
        _wait_until_told(db, len(times))
    finally:
        with suppress(ProcessLookupError):
            server.end(signal.SIGKILL)
    figures = {
        "open": given.open,
        "start_s": round(start_s, 2),
        "restart_s": round(restart_s, 2),
        "memory_mb": round(memory_mb),
        **_figures(_list_told(db), times),
        "storm_s": round(storm_s, 2),
        "notes_in_storm": len(notes_s),
        "note_p50_ms": round(percentile(notes_s, 0.5) * 1000, 1),
        "note_max_ms": round(notes_s[-1] * 1000, 1) if notes_s else 0.0,
    }
    db.engine.dispose()
    return figures


def _figures(told: Sequence[tuple[CaseId, datetime]], times: dict[CaseId, datetime]) -> dict[str, float]:
    counts = Counter(case_id for case_id, _ in told)
    late = sorted((at - times[case_id]).total_seconds() for case_id, at in told if case_id.startswith("spread"))
    storm = sorted((at - times[case_id]).total_seconds() for case_id, at in told if case_id.startswith("storm"))
    return {
        "timers": len(times),
        "lost": sum(not counts[case_id] for case_id in times),
        "doubled": sum(n > 1 for n in counts.values()),
        "early": sum(at < times[case_id] for case_id, at in told),
        "late_p50_s": round(percentile(late, 0.5), 4),
        "late_p99_s": round(percentile(late, 0.99), 4),
        "late_max_s": round(late[-1], 4) if late else 0.0,
        "storm_late_max_s": round(storm[-1], 3) if storm else 0.0,
    }


async def _watch_storm(db: Database, server: Server, token: str, storm_at: datetime) -> tuple[list[float], float]:
    """Return how long notes took meanwhile, in seconds, sorted; and after how many seconds the storm was durable."""
    took: list[float] = []
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{server.port}", headers=headers, timeout=60) as client:
        writing = asyncio.create_task(_write_notes(client, storm_at, took))
        until = time.monotonic() + 60
        while time.monotonic() < until and await asyncio.to_thread(_count_untold, db, storm_at) > 0:
            await asyncio.sleep(0.05)
        storm_s = (clock.now() - storm_at).total_seconds()
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
    return sorted(took), storm_s


async def _write_notes(client: httpx.AsyncClient, begin: datetime, took: list[float]) -> None:
    await asyncio.sleep(max(0.0, (begin - clock.now()).total_seconds()))
    n = 0
    while True:
        at = time.monotonic()
        answer = await client.post(f"/api/v1/cases/lying-{n:09d}/commands/note", json={"note": "in the storm"})
        answer.raise_for_status()
        took.append(time.monotonic() - at)
        n += 1
        await asyncio.sleep(max(0.0, NOTE_EVERY_S - took[-1]))


def _make_leader(db: Database) -> str:
    token = secrets.token_urlsafe(24)
    with db.engine.begin() as connection:
        account = Account(
            id="bench", username="bench", role=Role.LEADER, worker_id=WorkerId(""), department=DepartmentId(""),
            is_demo=False,
        )  # fmt: skip
        accounts.add_account(connection, account, "!", clock.now())  # no hash: nobody logs in, the token is enough
        accounts.add_token(connection, token, "bench", "bench", clock.now(), None)
    return token


_OVERDUE = journal_table.c.kind == "CaseOverdue"


def _count_untold(db: Database, until: datetime) -> int:
    """Count the timers that have passed and are still in the index. (Asked of the index alone: a look at ten thousand
    rows, over and over, would take a third of a core from the server.)
    """
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(cases_table.c.next_timer_at <= until)) or 0


def _list_told(db: Database) -> list[tuple[CaseId, datetime]]:
    with db.engine.connect() as connection:
        rows = connection.execute(select(journal_table.c.case_id, journal_table.c.at).where(_OVERDUE))
        return [(CaseId(row.case_id), row.at) for row in rows]


def _wait_until_told(db: Database, count: int) -> None:
    """Wait until all are told, or until it is plain that some are not."""
    until = time.monotonic() + 30
    while time.monotonic() < until and len(_list_told(db)) < count:
        time.sleep(0.2)
    time.sleep(1)  # what is told twice would be now


def _sleep_until(at: datetime) -> None:
    time.sleep(max(0.0, (at - clock.now()).total_seconds()))


if __name__ == "__main__":
    sys.exit(main())
