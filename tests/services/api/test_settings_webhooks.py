"""A webhook's mapping is tried in the settings on a body as the system would post it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch.access import Role
from tests.services.api.settled import LITTER, Admin, open_settled, sign_in
from tests.services.api.world import World

BODY = {
    "alarms": [
        {"code": LITTER, "words": "litter", "lon": 106.505, "lat": 29.505, "t": 1_780_000_000},
        {"code": LITTER, "words": "more", "level": 3},
    ]
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_settled(tmp_path) as opened:
        yield opened


@pytest.fixture
async def admin(world: World) -> AsyncIterator[Admin]:
    async with sign_in(world) as signed:
        yield signed


async def write(admin: Admin, **fields: str) -> None:
    for field, expression in fields.items():
        await admin.add("webhooks", {"mapping": "parks", "field": field, "expression": expression})


async def attempt(admin: Admin, sample: Any, status: int = 200, mapping: str = "parks") -> Any:
    body = sample if isinstance(sample, str) else json.dumps(sample)
    answer = await admin.client.post("/api/v1/settings/webhooks/try", json={"mapping": mapping, "sample": body})
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_sample_shows_what_it_would_tell(world: World, admin: Admin) -> None:
    await write(admin, items="alarms", category="code", text="words", lon="lon", lat="lat", at="t", severity="level")
    tried = await attempt(admin, BODY)
    assert (tried["mapping"], tried["count"], tried["fault"]) == ("parks", 2, None)
    first, second = tried["said"]
    assert (first["what"], first["word"], first["text"], first["severity"]) == ("event", LITTER, "litter", 2)
    assert first["name"]["en"]
    assert first["point"] == [106.505, 29.505]
    assert first["at"].startswith("2026-05-28T")
    assert (second["severity"], second["point"]) == (3, None)
    assert list(world.parts.desk.state.book.open_cases()) == []


async def test_a_measured_value_is_a_reading(admin: Admin) -> None:
    await write(admin, metric="m", value="v")
    (said,) = (await attempt(admin, {"m": "CH4", "v": "12.5"}))["said"]
    assert (said["what"], said["metric"], said["value"], said["source"]) == ("reading", "CH4", 12.5, "")


@pytest.mark.parametrize(
    ("fields", "sample", "reason", "place"),
    [
        ({"category": "code"}, "{not json", "json", ""),
        ({"category": "code", "severity": "s"}, {"code": LITTER, "s": "high"}, "shape", "severity"),
        ({"category": "code", "items": "code"}, {"code": LITTER}, "mapping", "items"),
        ({"category": "code", "text": "abs(code)"}, {"code": LITTER}, "mapping", "text"),
        ({"category": "code"}, {"other": 1}, "empty", ""),
    ],
)
async def test_a_fault_is_told_with_its_place(
    admin: Admin, fields: dict[str, str], sample: Any, reason: str, place: str
) -> None:
    await write(admin, **fields)
    tried = await attempt(admin, sample)
    assert (tried["count"], tried["said"]) == (0, [])
    fault = tried["fault"]
    assert (fault["reason"], fault["field"], fault["expression"]) == (reason, place, fields.get(place, ""))
    assert fault["detail"]


async def test_what_cannot_be_tried_is_refused_by_name(admin: Admin) -> None:
    await write(admin, category="code")
    assert (await attempt(admin, {}, 404, mapping="nothing"))["type"].endswith("not-found")
    await attempt(admin, "", 422)
    await write(admin, lat="((")
    assert (await attempt(admin, BODY, 422))["type"].endswith("settings-faulty")


async def test_who_may_not_edit_the_settings_may_not_try(world: World) -> None:
    async with world.sign_in("li", Role.DISPATCHER) as client:
        answer = await client.post("/api/v1/settings/webhooks/try", json={"mapping": "a", "sample": "{}"})
    assert answer.status_code == 403
