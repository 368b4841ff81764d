"""From an accepted POST to the frame on the worker's socket, durable commits included.

    wardline bench end-to-end --rate 100 --seconds 20

One server process (SQLite, full sync), this load generator on the same machine. Each event is a CloudEvent of its own
category and place, opens its own case, is filed and assigned to one of 200 workers; 200 phones and five consoles
listen. The clock runs from before the POST is written to when the frame with its TaskDispatched is read. The
floor (bench/floor.py) is driven by the same generator in the same run. CPU is the server process's own.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import psutil
import uvloop

from bench.city import list_happenings, write_pack
from bench.load import Result, cpu_of, drain, listen, make_request, percentile, send_at_rate, watch_all, watch_tasks
from dispatch.access import Role
from dispatch.ids import DepartmentId, SourceId, WorkerId
from services.city.build import build_city
from services.cli.history import ensure_source
from services.engine.loading import load_pack
from services.observe import clock
from services.settings import Settings
from services.store import accounts, sources
from services.store.accounts import Account
from services.store.migrate import open_database

WORKERS, CONSOLES = 200, 5
WARM_UP_S = 3.0
HOST = "127.0.0.1"


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if an answered event was lost or told twice."""
    parser = argparse.ArgumentParser(prog="wardline bench end-to-end", description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--no-floor", action="store_true", help="leave the floor out")
    parser.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite (an empty database)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wardline-bench-") as folder:
        figures = _measure_wardline(Path(folder), given.rate, given.seconds, given.database_url)
    if not given.no_floor:
        with tempfile.TemporaryDirectory(prefix="wardline-floor-") as folder:
            figures["floor"] = _measure_floor(Path(folder), given.rate, given.seconds)
        figures["ratio_p99"] = round(figures["p99_ms"] / figures["floor"]["p99_ms"], 2)
    print(json.dumps(figures, indent=1))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if figures["lost"] or figures["doubled"] else 0


def _figures(result: Result, rate: float, cpu_s: float) -> dict:  # type: ignore[type-arg]
    latencies = result.latencies_ms
    sent = len(result.sent_at)
    return {
        "rate": rate,
        "sent": sent,
        "refused": result.refused,
        "lost": sum(token not in result.got_at for token in result.sent_at),
        "doubled": sum(n > 1 for n in result.seen.values()),
        "p50_ms": round(percentile(latencies, 0.50), 2),
        "p99_ms": round(percentile(latencies, 0.99), 2),
        "p999_ms": round(percentile(latencies, 0.999), 2),
        "max_ms": round(latencies[-1], 2) if latencies else None,
        "cpu_ms_per_event": round(cpu_s * 1000 / max(sent, 1), 3),
        "generator_late_ms": round(result.late_s * 1000, 1),
    }


# --- Wardline --------------------------------------------------------------------------------------------


def _measure_wardline(folder: Path, rate: float, seconds: float, database_url: str) -> dict:  # type: ignore[type-arg]
    pack, data = folder / "pack", folder / "data"
    write_pack(pack, WORKERS)
    env = {**os.environ, "WARDLINE_DATA_DIR": str(data), "WARDLINE_LOG_LEVEL": "warning"}
    if database_url:
        env["WARDLINE_DATABASE_URL"] = database_url
    settings = Settings.from_env(env)
    key, tokens, happenings = _prepare(settings, pack, int(rate * (seconds + WARM_UP_S)) + 1)
    port = free_port()
    with running([sys.executable, "-m", "services", "serve", "--port", str(port)], env, port) as process:
        return uvloop.run(_drive_wardline(process, port, key, tokens, happenings, rate))


def _prepare(settings: Settings, pack: Path, count: int) -> tuple[str, list[str], list[tuple[str, float, float]]]:
    """Load the pack; make a source with a key, and an account with a token for each phone and console."""
    db = open_database(settings)
    read, _version = load_pack(db, pack)
    city = build_city(read)
    now = clock.now()
    tokens = []
    with db.engine.begin() as connection:
        source = ensure_source(connection, "cloudevents")
        key = sources.add_key(connection, SourceId(source), now)
        people = [(f"bench-{worker}", Role.WORKER, worker) for worker in sorted(city.codes.workers)]
        people += [(f"bench-console-{n}", Role.DISPATCHER, WorkerId("")) for n in range(CONSOLES)]
        password_hash = "!"  # no hash: nobody logs in, the sockets use tokens
        for name, role, worker in people:
            account = Account(
                id=name, username=name, role=role, worker_id=worker, department=DepartmentId(""), is_demo=False
            )
            accounts.add_account(connection, account, password_hash, now)
            token = secrets.token_urlsafe(24)
            accounts.add_token(connection, token, name, "bench", now, None)
            tokens.append(token)
    db.engine.dispose()
    return key, tokens, [(code, point.lon, point.lat) for code, point in islice(list_happenings(city), count)]


async def _drive_wardline(
    process: psutil.Process,
    port: int,
    key: str,
    tokens: list[str],
    happenings: list[tuple[str, float, float]],
    rate: float,
) -> dict:  # type: ignore[type-arg]
    result, tasks = Result(), []
    url = f"ws://{HOST}:{port}/ws/live"
    for token in tokens[:WORKERS]:
        tasks.append(asyncio.create_task(watch_tasks(await listen(url, token, ["tasks"]), result)))
    for token in tokens[WORKERS:]:
        tasks.append(asyncio.create_task(watch_all(await listen(url, token, ["cases", "workers"]))))
    requests = [
        (name, make_request(HOST, port, "/api/v1/events", key, make_cloudevent(name, *happening)))
        for n, happening in enumerate(happenings)
        for name in (f"bench-{n}",)
    ]
    return await _run_load(process, port, requests, rate, result, tasks)


def make_cloudevent(name: str, category: str, lon: float, lat: float) -> bytes:
    """Return an event that opens a case of its own, with its name as text."""
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "city.wardline.event",
            "source": "bench",
            "id": name,
            "data": {"category": category, "text": name, "lon": lon, "lat": lat, "confidence": 0.99},
        }
    ).encode()


async def _run_load(
    process: psutil.Process,
    port: int,
    requests: list[tuple[str, bytes]],
    rate: float,
    result: Result,
    tasks: list["asyncio.Task[None]"],
) -> dict:  # type: ignore[type-arg]
    warm = int(rate * WARM_UP_S)
    await send_at_rate(HOST, port, requests[:warm], rate, result)
    await drain(result)
    result.sent_at.clear()
    result.late_s = 0.0
    before_s = cpu_of(process)
    await send_at_rate(HOST, port, requests[warm:], rate, result)
    await drain(result)
    cpu_s = cpu_of(process) - before_s
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return _figures(result, rate, cpu_s)


# --- the floor -------------------------------------------------------------------------------------------


def _measure_floor(folder: Path, rate: float, seconds: float) -> dict:  # type: ignore[type-arg]
    port = free_port()
    with running([sys.executable, "-m", "bench.floor", str(port), str(folder)], dict(os.environ), port) as process:
        return uvloop.run(_drive_floor(process, port, rate, int(rate * (seconds + WARM_UP_S)) + 1))


async def _drive_floor(process: psutil.Process, port: int, rate: float, count: int) -> dict:  # type: ignore[type-arg]
    result, tasks = Result(), []
    url = f"ws://{HOST}:{port + 1}/"
    for _ in range(WORKERS):
        tasks.append(asyncio.create_task(watch_tasks(await listen(url, "", ["tasks"]), result)))
    for _ in range(CONSOLES):
        tasks.append(asyncio.create_task(watch_all(await listen(url, "", ["cases"]))))
    requests = [
        (name, make_request(HOST, port, "/", "-", make_cloudevent(name, "E0102", 106.5, 29.5)))
        for name in (f"floor-{n}" for n in range(count))
    ]
    return await _run_load(process, port, requests, rate, result, tasks)


# --- processes -------------------------------------------------------------------------------------------


def free_port() -> int:
    """Return a port that is free, with the next one."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind((HOST, 0))
            port: int = one.getsockname()[1]
            try:
                two.bind((HOST, port + 1))
            except OSError:
                continue
            return port


@contextmanager
def running(command: list[str], env: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """Start the server and wait until it answers; stop it at the end."""
    process = subprocess.Popen(command, env=env)
    try:
        _wait_for(port, process)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with socket.create_connection((HOST, port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server does not answer")


if __name__ == "__main__":
    sys.exit(main())
