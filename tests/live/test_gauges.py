"""What /metrics says of a running server moves with the city."""

import json
import time

import httpx
from websockets.sync.client import connect

from tests.parts.wardline import Wardline

WITHIN_S = 10.0


def _read(server: Wardline) -> dict[str, float]:
    lines = httpx.get(f"{server.url}/metrics", timeout=10).text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line.startswith("wardline_") and "{" not in line)
    return {name: float(value) for name, value in pairs}


def test_open_cases_and_sockets_are_counted(server: Wardline) -> None:
    with server.sign_in("dispatcher") as session:
        cookie = {"Cookie": f"wardline_session={session.cookies['wardline_session']}"}
        case = {"text": "井盖破损", "category": "E0102", "lon": 106.577, "lat": 29.557}
        assert session.post("/api/v1/cases", json=case).status_code == 201
        with connect(server.live_url, additional_headers=cookie, max_size=None) as socket:
            socket.send(json.dumps({"type": "subscribe", "topics": ["cases"], "after": None}))
            socket.recv()
            until = time.monotonic() + WITHIN_S
            while (seen := _read(server))["wardline_listeners"] != 1 and time.monotonic() < until:
                time.sleep(0.1)
    assert (seen["wardline_open_cases"], seen["wardline_listeners"], seen["wardline_inbox_pending"]) == (1, 1, 0)
