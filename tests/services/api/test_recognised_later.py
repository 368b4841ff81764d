"""A plate that a Frigate reads once its snapshot is here is hidden on that snapshot, but for the desk."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from dispatch.access import Role
from dispatch.citymap import City
from services.observe import clock
from tests.services.api.test_evidence import eventually, find_case, media_of
from tests.services.api.test_told_blurs import PLATE, chequers, get_picture, is_clear, is_hidden, label_of
from tests.services.api.world import World
from tests.services.api.yard import yard

LATER: dict[str, dict[str, Any]] = {
    "the camera": {"type": "lpr", "id": "1.5-abc", "camera": "yard", "plate": "AB1234", "score": 0.9, "timestamp": 0},
    "its next message": {"recognized_license_plate": ["AB1234", 0.9]},
}


@pytest.mark.parametrize("merged", [False, True], ids=["alone", "merged"])
@pytest.mark.parametrize("by", LATER)
async def test_a_plate_that_is_read_later_is_hidden_on_the_picture_that_is_here(
    world: World, city: City, by: str, merged: bool
) -> None:
    after = {
        "id": "1.5-abc", "camera": "yard", "label": label_of(city), "has_snapshot": True, "stationary": True,
        "start_time": (clock.now() - timedelta(hours=2)).timestamp(), "frame_time": clock.now().timestamp(),
        "score": 0.99, "top_score": 0.99,
    }  # fmt: skip
    async with (
        yard(world, city, {"data": {}}, chequers()) as post,
        world.sign_in("leader", Role.LEADER) as leader,
        world.sign_in("supervisor", Role.SUPERVISOR) as supervisor,
    ):

        async def read_later(n: int) -> None:
            now_s = clock.now().timestamp() + n
            if "type" in LATER[by]:
                await post(LATER[by] | {"timestamp": now_s})
            else:
                await post({"type": "update", "after": after | LATER[by] | {"frame_time": now_s}})

        await post({"type": "new", "after": after})
        case = await find_case(leader)

        async def pictured() -> dict[str, Any] | None:
            media = await media_of(leader, case)
            return {"id": media[0]} if media else None

        media_id = str((await eventually(pictured, 20.0))["id"])
        assert is_clear(await get_picture(supervisor, media_id), PLATE)
        if merged:
            await merge_away(leader, case)
        await read_later(1)

        async def told() -> dict[str, Any] | None:
            held = (await leader.get(f"/api/v1/media/{media_id}/blur")).json()
            return held if held["boxes"] else None

        assert (await eventually(told, 20.0))["boxes"] == [[0, 0, 1, 1]]
        assert is_hidden(await get_picture(supervisor, media_id), (0, 0, 1, 1))
        assert is_clear(await get_picture(leader, media_id), PLATE)
        assert (await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": []})).status_code == 200
        await read_later(2)

        async def all_read() -> dict[str, Any] | None:
            waiting = await world.parts.db.read(
                lambda c: c.scalar(text("SELECT count(*) FROM inbox WHERE state = 'pending'"))
            )
            return None if waiting else {"waiting": 0}

        await eventually(all_read, 20.0)
        assert is_clear(await get_picture(supervisor, media_id), PLATE), "the office has the last word"
        assert len((await leader.get("/api/v1/cases")).json()["items"]) == 1 + merged


async def merge_away(leader: Any, case: dict[str, Any]) -> None:
    """Merge the case into another of another place, which is open then."""
    body = {"channel": "patrol", "lon": case["place"]["lon"] + 0.004, "lat": case["place"]["lat"], "accuracy_m": 5}
    master = await leader.post("/api/v1/cases", json=body | {"category": case["category"]["code"], "text": "the same"})
    assert master.status_code == 201, master.text
    assert master.json()["id"] != case["id"]
    into = {"into": master.json()["number"], "reason": "the same"}
    merging = await leader.post(f"/api/v1/cases/{case['id']}/commands/merge", json=into)
    assert merging.status_code == 200, merging.text
