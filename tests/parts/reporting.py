"""A citizen's report over the wire, and a duty leader who deals with it."""

from typing import Any

import httpx

from tests.parts.wardline import Wardline
from tests.services.api.places import IN_GRID

REPORT: dict[str, Any] = {"text": "路边垃圾桶满了没人清理", "category": "E0504", "lon": IN_GRID[0], "lat": IN_GRID[1]}


def send_report(server: Wardline, **more: Any) -> tuple[str, str]:
    """Send a report; return its number and the token of its private link."""
    answer = httpx.post(f"{server.url}/api/v1/reports", json=REPORT | more, timeout=30).raise_for_status().json()
    return answer["number"], answer["token"]


def case_of(client: httpx.Client, number: str) -> dict[str, Any]:
    """Return the case that a report has become, once the desk has read it."""
    for _ in range(200):
        items = client.get("/api/v1/cases", params={"number": number}).raise_for_status().json()["items"]
        if items:
            return dict(items[0])
    raise AssertionError("the desk has not read the report")


def give(client: httpx.Client, case_id: str, name: str, **data: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/cases/{case_id}/commands/{name}", json=data)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def close(client: httpx.Client, number: str, picture: bytes = b"") -> None:
    """Bring a report's case to its end, with a picture of how it looks then."""
    case = case_of(client, number)
    if case["stage"] in ("reported", "reopened"):
        case = give(client, case["id"], "file")
    if case["stage"] == "filed":
        (worker, *_) = client.get("/api/v1/workers").raise_for_status().json()["items"]
        give(client, case["id"], "dispatch", worker=worker["id"])
    media = []
    if picture:
        upload = client.post("/api/v1/media", files={"file": ("after.jpg", picture, "image/jpeg")})
        media = [upload.raise_for_status().json()["id"]]
    give(client, case["id"], "acknowledge")
    give(client, case["id"], "arrive")
    give(client, case["id"], "report_handled", media=media)
    assert give(client, case["id"], "check", passed=True)["stage"] == "closed"
