"""A rule of sensors is tried in the settings before it is switched on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch.ids import SourceId
from services.observe.clock import now
from tests.services.api.settled import Admin, open_settled, sign_in
from tests.services.api.world import World

SENSOR = {
    "id": "S1", "feed": "telemetry", "kind": "sensor", "external_id": "s-1", "name_zh": "井", "name_en": "Well",
    "lon": "106.505", "lat": "29.505", "kinds": "septic_gas",
}  # fmt: skip
RULE = {"id": "gas_low", "type": "septic_gas", "warning": "4", "persist_s": "0", "active": "false"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_settled(tmp_path) as opened:
        yield opened


@pytest.fixture
async def admin(world: World) -> AsyncIterator[Admin]:
    async with sign_in(world) as signed:
        yield signed


async def attempt(admin: Admin, status: int = 200, **body: Any) -> Any:
    answer = await admin.client.post("/api/v1/settings/sensing/try", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_a_rule_of_the_draft_is_tried_on_what_the_sensors_have_told(world: World, admin: Admin) -> None:
    await admin.add("sources", SENSOR)
    await admin.publish()
    body = b'{"readings": [{"metric": "CH4", "value": 5}]}'
    await world.parts.inbox.receive("telemetry", SourceId("S1"), body, now())
    desk = world.parts.desk
    while not desk.state.sensing:
        await desk.order(lambda _turn: None)
    await admin.add("sensing", RULE)
    tried = await attempt(admin, rule="gas_low", days=7)
    assert (tried["cases"], tried["advisories"], tried["was_cases"]) == (1, 0, None)
    (opening,) = tried["openings"]
    assert (opening["source_id"], opening["source"]["en"], opening["level"]) == ("S1", "Well", 2)
    assert opening["said"] == "5 %LEL"
    assert opening["closed_at"] is None
    assert list(desk.state.book.open_cases()) == []
    (usual,) = [await attempt(admin, rule="septic_gas")]
    assert (usual["cases"], usual["was_cases"], usual["readings"]) == (0, 0, 1)


async def test_what_cannot_be_tried_is_refused_by_name(admin: Admin) -> None:
    assert (await attempt(admin, 404, rule="nothing"))["type"].endswith("not-found")
    await attempt(admin, 422, rule="septic_gas", days=1_000)
    await admin.add("sensing", {**RULE, "warning": "many"})
    assert (await attempt(admin, 422, rule="gas_low"))["type"].endswith("settings-faulty")
