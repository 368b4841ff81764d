"""The whole of it: a real server, the demo city, a scenario played over the wire, and the verdict.

cameras, sensors, citizens ──> server ──> workers' sockets ──> handled ──> checked ──> closed
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.scenario import FOLDER
from tests.parts.wardline import ROOT, Wardline


def simulate(server: Wardline, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "simulators", *words, "--url", server.url]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.slow
def test_a_short_day_is_played_handled_and_closed(server: Wardline, tmp_path: Path) -> None:
    scenario = tmp_path / "quick.toml"
    day = (FOLDER / "ordinary_day.toml").read_text(encoding="utf-8")
    # An exceedance lasts minutes of the wall's clock at any speed: the sensors only tell that all is well.
    scenario.write_text(day.replace("sensor = 0.04", "sensor = 0"), encoding="utf-8")
    with server.sign_in("worker1") as person:  # his phone is left to who sits at the screen: here nobody does
        person.post("/api/v1/workers/me/duty", json={"on_duty": False}).raise_for_status()
    played = simulate(server, str(scenario), "--minutes", "0.4", "--speed", "150", "--seed", "4")
    assert played.returncode == 0, played.stdout + played.stderr + server.log()
    assert played.stdout.count("PASS") == 6
    with server.sign_in("dispatcher") as client:
        cases = client.get("/api/v1/cases", params={"limit": 200}).json()["items"]
        assert {case["stage"] for case in cases} <= {"closed", "void"}
        closed = [case for case in cases if case["stage"] == "closed"]
        assert {"frigate", "report"} <= {case["feed"] for case in closed}
        assert all(case["media"] for case in closed if case["feed"] == "frigate")
        assert not [case for case in cases if case["worker"] == "W001"]
        media = client.get(f"/api/v1/media/{next(case['media'][0] for case in closed if case['media'])}")
        assert media.headers["content-type"] == "image/jpeg"


def test_without_a_server_it_says_so() -> None:
    command = [sys.executable, "-m", "simulators", "ordinary_day", "--url", "http://127.0.0.1:1", "--minutes", "0.01"]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert played.returncode == 2
    assert "cannot play to http://127.0.0.1:1" in played.stderr


def test_an_unknown_scenario_is_answered_with_those_there_are() -> None:
    command = [sys.executable, "-m", "simulators", "no_such"]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert played.returncode == 2
    assert "flood_night, golden_week, ordinary_day" in played.stderr
