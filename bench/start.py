"""How long a server takes from its process to the first answered request.

    wardline bench start --times 9

The demo city's pack is loaded into a database of its own, with `--open` cases at work. `wardline serve` is then started
again and again, each time until `/healthz` answers 200, and ended. The first start is told by itself: it reads
and checks the pack and keeps what it has read; those after it take that.

Wall time is from the making of the process to the answer. CPU is what the process (all its threads) has used until
then: what other work of the machine does to it is less. Percentiles are nearest-rank. Because a figure is worth nothing
without its machine, the CPU time of 20 million additions of Python's is measured beside it.
"""

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.city import PACK
from bench.crowd import fill
from bench.end_to_end import HOST, free_port
from bench.load import cpu_of, percentile
from services.engine.loading import load_pack, read_city
from services.observe import clock
from services.settings import Settings
from services.store.migrate import open_database

START_MAX_S = 300.0
ASK_EVERY_S = 0.01
ADDING = "total = 0\nfor _ in range(20_000_000): total += 1"
"""As a program of its own has it, with global names."""
TARGET_S = 3.0


class Start(NamedTuple):
    wall_s: float
    cpu_s: float


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; return 1 if the middle start took longer than the target."""
    parser = argparse.ArgumentParser(prog="wardline bench start", description=__doc__)
    parser.add_argument("--times", type=int, default=9, help="starts after the first")
    parser.add_argument("--open", type=int, default=0, help="open cases in the database")
    parser.add_argument("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="wardline-bench-") as folder:
        figures = _measure(Path(folder), given.times, given.open)
    print(json.dumps(figures, indent=1))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if figures["wall_p50_s"] > TARGET_S else 0


def _measure(data: Path, times: int, count: int) -> dict[str, float]:
    env = {**os.environ, "WARDLINE_DATA_DIR": str(data), "WARDLINE_LOG_LEVEL": "warning"}
    db = open_database(Settings.from_env(env))
    load_pack(db, PACK)
    if count:
        with db.engine.begin() as connection:
            fill(connection, read_city(db), count, clock.now())
    db.engine.dispose()
    first, *starts = [start_once(env, free_port()) for _ in range(times + 1)]
    figures = {"starts": times, "open": count, "first_wall_s": first.wall_s, "first_cpu_s": first.cpu_s}
    for name in Start._fields:
        ordered = sorted(getattr(each, name) for each in starts)
        shares = {"p50": 0.5, "p90": 0.9, "max": 1.0}
        figures |= {f"{name.removesuffix('_s')}_{each}_s": percentile(ordered, share) for each, share in shares.items()}
    figures["additions_cpu_s"] = _time_additions()
    return {name: round(value, 3) for name, value in figures.items()}


def start_once(env: dict[str, str], port: int) -> Start:
    """Start the server, ask until it answers, and end it."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "services", "serve", "--port", str(port)], env=env)
    try:
        while time.perf_counter() < begun + START_MAX_S:
            if process.poll() is not None:
                raise RuntimeError(f"the server ended with {process.returncode}")
            if _answers(port):
                return Start(time.perf_counter() - begun, cpu_of(psutil.Process(process.pid)))
            time.sleep(ASK_EVERY_S)
        raise RuntimeError("the server does not answer")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=START_MAX_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _time_additions() -> float:
    begun = time.process_time()
    exec(ADDING, {})
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
