"""The `wardline` command as a process: it starts, says where it is, stops cleanly, and refuses what it must not do."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.parts.processes import NotReady, can_connect
from tests.parts.wardline import DEMO_PASSWORD, Wardline, run_wardline

PLAYING_DEMO = ("demo", "--scenario", "ordinary_day", "--no-history")


def children_of(server: Wardline) -> list[psutil.Process]:
    return psutil.Process(server.pid).children(recursive=True)


@pytest.mark.parametrize("how", ["interrupt", "stop"])
def test_the_demo_ends_at_a_signal_with_status_0_and_leaves_nothing_running(tmp_path: Path, how: str) -> None:
    with run_wardline(tmp_path / "data", PLAYING_DEMO) as server:
        until = time.monotonic() + 20
        while not (players := children_of(server)) and time.monotonic() < until:
            time.sleep(0.05)
        assert players, "the simulators did not start"
        assert getattr(server, how)() == 0, server.log()
        psutil.wait_procs(players, timeout=5)
        assert not any(player.is_running() for player in players)
        assert not can_connect(server.port)
        assert "Traceback" not in server.log()


def test_the_demo_prints_its_addresses_and_logins(server: Wardline) -> None:
    told = server.log()
    for path in ("/console/", "/board/", "/worker/", "/report/"):
        assert f"{server.url}{path}" in told
    assert DEMO_PASSWORD in told


def test_a_second_start_finds_the_city_as_it_was(server: Wardline) -> None:
    with server.sign_in("dispatcher") as desk:
        opened = desk.post("/api/v1/cases", json={"text": "井盖破损", "lon": 106.57, "lat": 29.557})
        assert opened.is_success, opened.text
    server.kill()
    server.start()
    with server.sign_in("dispatcher") as desk:
        assert desk.get(f"/api/v1/cases/{opened.json()['id']}").json()["number"] == opened.json()["number"]


def test_a_server_that_is_no_demo_refuses_the_demo_s_accounts(server: Wardline, tmp_path: Path) -> None:
    server.stop()
    with pytest.raises(NotReady, match="demo"), run_wardline(tmp_path / "data", ("serve",)):
        pass


def test_a_server_without_a_city_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="wardline city load"), run_wardline(tmp_path / "data", ("serve",)):
        pass


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    server = Wardline(tmp_path / "data")
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(AssertionError, match="cannot listen on") as failed:
            server.run("demo", "--scenario", "none", "--no-history")
    assert "Traceback" not in str(failed.value)


def test_two_engines_on_one_database_are_refused(server: Wardline, tmp_path: Path) -> None:
    with pytest.raises(NotReady), run_wardline(tmp_path / "data"):
        pass
    with server.sign_in("dispatcher") as desk:
        assert desk.get("/api/v1/cases").is_success


def test_a_source_s_key_is_the_last_word_and_opens_its_door(server: Wardline) -> None:
    key = server.add_source("report", "my desk")
    sent = {"channel": "hotline", "text": "井盖破损", "lon": 106.57, "lat": 29.557}
    first, again = server.post("report", key, sent), server.post("report", key, sent)
    assert first.status_code == 202, first.text
    assert first.json() == again.json()
    assert server.post("report", key + "x", sent).status_code == 401


def test_a_bad_setting_is_named() -> None:
    command = [sys.executable, "-m", "services", "serve"]
    done = subprocess.run(
        command, env={"WARDLINE_PORT": "eighty"}, capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 1
    assert "WARDLINE_PORT" in done.stderr
    assert "Traceback" not in done.stderr
