"""D10. A caller is heard, and called back.

The telephone of the first desk rings, over the wire, while the server is killed between what the caller says and what
the desk makes of it; what was told once is there once. His case ends, and he is called back.
"""

from pathlib import Path
from typing import Any

import httpx

from tests.parts.wardline import run_wardline

NUMBER = "13812345678"
SAID = {"key": "d" * 32, "number": NUMBER, "text": "路边垃圾桶满了没人清理", "category": "E0504", "callback": True}
PLACE = {"lon": 106.5470, "lat": 29.5560}


def call(url: str, key: str, event: str) -> dict[str, Any]:
    body = {"event": event, "call_id": "d10", "number": NUMBER, "agent": "8001"}
    answer = httpx.post(
        f"{url}/api/v1/hotline/calls", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30
    )
    answer.raise_for_status()
    return dict(answer.json())


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def test_a_caller_is_heard_once_through_a_crash_and_called_back(tmp_path: Path) -> None:
    with run_wardline(tmp_path / "data") as server:
        with server.sign_in("admin") as admin:
            key = done(admin.post("/api/v1/sources/desk-hotline/key"))["key"]
        with server.sign_in("acceptor") as desk:
            done(desk.put("/api/v1/hotline/seat", json={"extension": "8001"}))
            rang = call(server.url, key, "ringing")
            (ringing,) = done(desk.get("/api/v1/hotline/desk"))["live"]
            assert (ringing["operator"], ringing["number"]) == ("acceptor", "+8613812345678")
            body = {**SAID, **PLACE, "call_id": rang["id"]}
            taken = done(desk.post("/api/v1/hotline/reports", json=body))
        server.kill()
        server.start()
        with server.sign_in("acceptor") as desk:
            again = done(desk.post("/api/v1/hotline/reports", json=body | {"file": True}))
            assert (again["number"], again["case"]["id"]) == (taken["number"], taken["case"]["id"])
            assert again["case"]["filed_at"], "what was left undone is done"
            assert again["case"]["events"] == 1
            assert call(server.url, key, "answered")["state"] == "answered"
            assert call(server.url, key, "ended")["id"] == rang["id"]
            caller = done(desk.get("/api/v1/hotline/callers", params={"number": NUMBER}))
            assert [each["number"] for each in caller["reports"]] == [taken["number"]]
            done(desk.post(f"/api/v1/cases/{again['case']['id']}/commands/void", json={"reason": "nothing there"}))
            (due,) = done(desk.get("/api/v1/hotline/callbacks"))["items"]
            assert due["report"] == taken["number"]
            done(desk.post(f"/api/v1/hotline/callbacks/{due['report']}/claim"))
            said = {"reached": True, "satisfied": True, "note": "thank you"}
            done(desk.post(f"/api/v1/hotline/callbacks/{due['report']}/result", json=said))
        server.kill()
        server.start()
        with server.sign_in("acceptor") as desk:
            told = done(desk.get("/api/v1/hotline/callbacks"))
            assert told["items"] == []
            assert told["figures"]["satisfaction_rate"]["value"] == 1.0
            (behind,) = done(desk.get(told["figures"]["satisfied"]["link"]))["items"]
            assert behind["id"] == again["case"]["id"]
