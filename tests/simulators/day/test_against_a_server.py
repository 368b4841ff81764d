"""The whole of it: a server whose clock runs fast, hours with faults at every fifth source, and the verdict.

cameras, sensors ──> gateways ──> server ──> cases, each held against what was planted
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.parts.wardline import QUIET_DEMO, ROOT, run_wardline

SPEEDS = (180, 60, 20)
"""The first that the machine keeps up with is judged."""
TOO_LATE = 3


def play(speed: int, folder: Path) -> "subprocess.CompletedProcess[str]":
    trial = (*QUIET_DEMO, "--clock-speed", str(speed), "--clock-from", "2026-06-03T08:00+0800")
    with run_wardline(folder, trial) as server:
        command = [sys.executable, "-m", "simulators.day", "hours_of_faults", "--url", server.url]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_what_is_planted_is_a_case_and_what_goes_wrong_is_none(tmp_path: Path) -> None:
    for speed in SPEEDS:
        played = play(speed, tmp_path / str(speed))
        if played.returncode != TOO_LATE:
            break
    assert played.returncode == 0, played.stdout + played.stderr
    assert "planted 17, found 17, missed 0, false 0 (0.0%)" in played.stdout
    assert "10 posted, 10 in quarantine" in played.stdout


def test_without_a_server_it_says_so() -> None:
    command = [sys.executable, "-m", "simulators.day", "hours_of_faults", "--url", "http://127.0.0.1:1"]
    played = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert played.returncode == 2
    assert "cannot play to http://127.0.0.1:1" in played.stderr
