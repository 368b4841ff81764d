"""What the desk does while a test looks at another screen."""

from typing import Any

import httpx

LITTER = "E0102"
STEPS = (106.5735, 29.5585)
"""A place in the demo city."""


def send_task(desk: httpx.Client, worker: str, text: str) -> dict[str, Any]:
    """Open a case by hand and send a worker to it, whoever the rules would have sent."""
    lon, lat = STEPS
    body = {"text": text, "category": LITTER, "lon": lon, "lat": lat, "channel": "hotline"}
    case = _done(desk.post("/api/v1/cases", json=body))
    if case["stage"] == "reported":
        case = _done(desk.post(f"/api/v1/cases/{case['id']}/commands/file", json={}))
    if case["worker"] != worker:
        command = "reassign" if case["worker"] else "dispatch"
        case = _done(desk.post(f"/api/v1/cases/{case['id']}/commands/{command}", json={"worker": worker}))
    return case


def list_facts(desk: httpx.Client, case_id: str) -> list[str]:
    """Return the kinds of a case's facts, in order."""
    return [each["kind"] for each in _done(desk.get(f"/api/v1/cases/{case_id}/journal"))["items"]]


def _done(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body
