"""`wardline demo`: a city at work, on this machine, in one command."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import Process
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
import structlog

from dispatch.ids import SourceId
from services.api.logins import DEMO_PASSWORD, create_demo_accounts
from services.bootstrap import Platform
from services.cli import serve as serving
from services.cli.history import ensure_source
from services.engine.loading import ensure_city
from services.observe import clock, log
from services.observe.memory import collecting_no_garbage
from services.settings import Settings
from services.store import journal
from services.store.migrate import open_database

PACK = Path(__file__).resolve().parents[2] / "cities" / "yuzhong"
HISTORY_DAYS = 14
LINES_PER_MESSAGE = 200
"""Records sent to the inbox in one go."""

logger = structlog.get_logger(__name__)


@click.command()
@click.option("--port", type=int, help="Port to listen on (WARDLINE_PORT, 8000).")
@click.option("--scenario", default="ordinary_day", show_default=True, help="What the simulators play; none: nothing.")
@click.option("--speed", type=float, default=30.0, show_default=True, help="How much faster than life they play it.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--history/--no-history", default=True, show_default=True, help="Fill the past two weeks at first start.")
@click.option("--clock-speed", type=click.FloatRange(1), default=1.0, help="For a trial: how fast its clock runs.")
@click.option(
    "--clock-from",
    type=click.DateTime(["%Y-%m-%dT%H:%M%z"]),
    help="For a trial, on data of its own: what its clock shows at the start, as 2026-06-03T00:00+0800.",
)
def demo(
    port: int | None,
    scenario: str,
    speed: float,
    seed: int,
    history: bool,
    clock_speed: float,
    clock_from: datetime | None,
) -> None:
    """Start the demo city with its simulators."""
    if clock_speed > 1 or clock_from is not None:
        clock.run_faster(clock_from or clock.now(), clock_speed)
    settings = replace(Settings.from_env(), demo=True)
    log.set_up(os.environ.get("WARDLINE_LOG_LEVEL", "warning"))
    db = open_database(settings)
    with collecting_no_garbage(stays=True):
        city = ensure_city(db, PACK, settings.data_dir)
    with db.engine.begin() as connection:
        create_demo_accounts(connection, city, clock.now())
        is_new = journal.last_seq(connection) == 0
        if is_new:
            ensure_source(connection, "history")
    url_port = port or settings.port

    async def beside(platform: Platform) -> None:
        _greet(settings.host, url_port)
        if is_new and history:
            await _fill_history(platform, seed)
        if scenario != "none":
            await _play(scenario, f"http://127.0.0.1:{url_port}", speed, seed)

    serving.run(settings, db, city, host=settings.host, port=url_port, beside=beside)
    click.echo("\nWardline has stopped; the city's data lie in " + str(settings.data_dir))


def _greet(host: str, port: int) -> None:
    base = f"http://{host}:{port}"
    click.echo(
        f"""
Wardline · 望线 — the demo city of Yuzhong (synthetic boundaries) is at work.

  console   {base}/console/      dispatcher, acceptor, leader
  board     {base}/board/        supervisor
  worker    {base}/worker/       worker1, worker2, ...   (open it on a phone)
  citizen   {base}/report/       no login
  admin     {base}/admin/        admin, auditor
  others    {base}/login/        collector1..3 check what was handled; deptdispatcher sends for one department

  password of all of them: {DEMO_PASSWORD}

Ctrl-C stops it."""
    )
    sys.stdout.flush()


async def _fill_history(platform: Platform, seed: int) -> None:
    """Bring two weeks of past cases in, so that the board has something to compare with."""
    maker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators.history", "--days", str(HISTORY_DAYS), "--seed", str(seed), "--pack", str(PACK)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await maker.communicate()
    if maker.returncode:
        logger.warning("the past two weeks were not made", exit_code=maker.returncode)
        return
    lines = [json.loads(line) for line in out.splitlines() if line]
    for start in range(0, len(lines), LINES_PER_MESSAGE):
        body = json.dumps(lines[start : start + LINES_PER_MESSAGE], ensure_ascii=False).encode()
        await platform.inbox.receive("history", SourceId("import:history"), body, clock.now())


async def _play(scenario: str, url: str, speed: float, seed: int) -> None:
    """Run the simulators for as long as the server runs."""
    player = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators", scenario, "--url", url, "--speed", str(speed), "--seed", str(seed), "--forever"),
    )
    try:
        await player.wait()
        logger.warning("the simulators have ended", exit_code=player.returncode)
    finally:
        await _end(player)


async def _end(player: Process) -> None:
    if player.returncode is None:
        player.terminate()
        try:
            async with asyncio.timeout(5):
                await player.wait()
        except TimeoutError:
            player.kill()
