"""What one sees bounds what one gets: pictures, names and telephones, on every way out."""

import asyncio
import json
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from gis.point import LonLat
from services.api.app import ROUTERS
from services.engine.people import actor_of
from services.live.hub import Listener
from services.live.snapshot import Snapshots
from services.store.accounts import Account
from tests.services.api.places import far_apart
from tests.services.api.samples import jpeg
from tests.services.api.world import World

NAME, PHONE = "欧阳不留名", "13987654321"


async def upload(client: AsyncClient, side: int = 100) -> str:
    answer = await client.post("/api/v1/media", files={"file": ("a.jpg", jpeg(side, 80), "image/jpeg")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def open_with(client: AsyncClient, point: tuple[float, float], *media: str, **more: object) -> dict[str, Any]:
    body = {"text": "井盖破损", "lon": point[0], "lat": point[1], "media": list(media), **more}
    answer = await client.post("/api/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    case: dict[str, Any] = answer.json()
    return case


async def sees(client: AsyncClient, media_id: str) -> bool:
    full = await client.get(f"/api/v1/media/{media_id}")
    thumb = await client.get(f"/api/v1/media/{media_id}", params={"size": "thumb"})
    assert full.status_code == thumb.status_code
    assert full.status_code in (200, 404), full.text
    return full.status_code == 200


async def test_a_picture_is_seen_by_who_sent_it_and_by_who_sees_its_case(world: World, city: City) -> None:
    (here, there) = far_apart(city, 2, different_streets=True)
    street = {"here": city.locate(LonLat(*here)).street, "there": city.locate(LonLat(*there)).street}
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("near", Role.DISPATCHER, area=street["here"]) as near,
        world.sign_in("far", Role.DISPATCHER, area=street["there"]) as far,
        world.sign_in("phone", Role.WORKER, worker_id=min(city.codes.workers)) as phone,
        world.sign_in("dept", Role.DEPARTMENT_DISPATCHER, department=min(city.codes.departments)) as dept,
    ):
        loose = await upload(desk, 90)
        assert await sees(desk, loose), "his own, before it belongs to anything"
        assert not await sees(near, loose)
        picture = await upload(desk)
        case = await open_with(desk, here, picture)
        assert case["place"]["street"] == street["here"]
        assert await sees(desk, picture)
        assert await sees(near, picture)
        assert not await sees(far, picture), "another area"
        assert not await sees(phone, picture), "no task of his"
        assert (await sees(dept, picture)) is (case["department"] == min(city.codes.departments))
        again = await upload(far)
        assert again == picture
        assert await sees(far, picture), "he has the same picture himself"


async def test_the_pictures_of_a_task_are_seen_by_its_worker_while_it_is_his(world: World, city: City) -> None:
    (here,) = far_apart(city, 1)
    workers = sorted(city.codes.workers)[:2]
    async with (
        world.sign_in("desk", Role.LEADER) as desk,
        world.sign_in("one", Role.WORKER, worker_id=workers[0]) as one,
        world.sign_in("two", Role.WORKER, worker_id=workers[1]) as two,
    ):
        await one.post("/api/v1/workers/me/duty", json={"on_duty": True})
        await two.post("/api/v1/workers/me/duty", json={"on_duty": True})
        picture = await upload(desk)
        case = await open_with(desk, here, picture)
        url = f"/api/v1/cases/{case['id']}/commands"
        if case["stage"] == "reported":
            await desk.post(f"{url}/file", json={})
        now = (await desk.get(f"/api/v1/cases/{case['id']}")).json()
        command = "dispatch" if now["stage"] == "filed" else "reassign"
        if now["worker"] != workers[0]:
            answer = await desk.post(f"{url}/{command}", json={"worker": workers[0]})
            assert answer.status_code == 200, answer.text
        assert await sees(one, picture)
        assert not await sees(two, picture)
        after = await upload(one, 120)
        for step, body in (("acknowledge", {}), ("arrive", {}), ("report_handled", {"note": "好了", "media": [after]})):
            assert (await one.post(f"{url}/{step}", json=body)).status_code == 200, step
        assert await sees(desk, after), "what he attached belongs to the case now"
        assert not await sees(two, after)


async def test_a_source_and_a_stranger_see_no_picture(world: World) -> None:
    async with world.sign_in("desk", Role.DISPATCHER) as desk, world.stranger() as stranger:
        picture = await upload(desk)
        assert (await stranger.get(f"/api/v1/media/{picture}")).status_code == 401


async def test_a_citizen_sees_his_own_picture_by_his_link_and_no_other(world: World, city: City) -> None:
    lon, lat = far_apart(city, 1)[0]
    async with world.stranger() as citizen:
        form = {"text": "路灯不亮", "lon": str(lon), "lat": str(lat)}
        sent = await citizen.post(
            "/api/v1/reports", data=form, files=[("photos", ("a.jpg", jpeg(70, 70), "image/jpeg"))]
        )
        token = sent.json()["token"]
        follow = (await citizen.get(f"/api/v1/reports/{token}")).json()
        assert (await citizen.get(follow["photos"][0])).status_code == 200
        assert (await citizen.get(f"/api/v1/reports/{token}/photos/{'0' * 40}")).status_code == 404
    async with world.sign_in("aud", Role.ADMIN) as admin:
        messages = (await admin.get("/api/v1/messages", params={"state": "done"})).text
        assert token not in messages, "the link's secret is the citizen's alone"


# --- names and telephones ---------------------------------------------------------------------------------------------


async def report_with_name(world: World, city: City) -> dict[str, Any]:
    lon, lat = far_apart(city, 1)[0]
    async with world.stranger() as citizen:
        body = {"text": "井盖破损", "lon": lon, "lat": lat, "name": NAME, "phone": PHONE}
        sent = await citizen.post("/api/v1/reports", json=body)
        assert sent.status_code == 201, sent.text
        for _ in range(100):
            followed = (await citizen.get(f"/api/v1/reports/{sent.json()['token']}")).json()
            if followed["stage"] != "received":
                return dict(sent.json())
            await asyncio.sleep(0.05)
    raise AssertionError("the report was not read")


@asynccontextmanager
async def reported(world: World, city: City) -> AsyncIterator[tuple[AsyncClient, dict[str, Any]]]:
    receipt = await report_with_name(world, city)
    async with world.sign_in("admin", Role.ADMIN) as admin:
        (case,) = (await admin.get("/api/v1/cases")).json()["items"]
        yield admin, {**case, "token": receipt["token"]}


async def test_who_reported_is_masked_until_somebody_asks_and_then_it_is_in_the_audit(world: World, city: City) -> None:
    async with reported(world, city) as (admin, case):
        url = f"/api/v1/cases/{case['id']}/reporter"
        masked = (await admin.get(url)).json()
        assert masked == {"name": "欧****", "phone": "139****4321", "email": "", "masked": True}
        assert not (await admin.get("/api/v1/audit", params={"action": "reporter"})).json()["items"]
        clear = (await admin.get(url, params={"clear": True})).json()
        assert clear == {"name": NAME, "phone": PHONE, "email": "", "masked": False}
        (act,) = (await admin.get("/api/v1/audit", params={"action": "reporter"})).json()["items"]
        assert (act["username"], act["subject"]) == ("admin", case["id"])
        async with world.sign_in("w", Role.SUPERVISOR) as supervisor:
            assert (await supervisor.get(url)).status_code == 403
            assert (await supervisor.get(url, params={"clear": True})).status_code == 403


def fill_in(path: str, values: Mapping[str, str]) -> str:
    """Return the path with its parameters; one of any length (`{name:path}`) is filled as the others are."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values[found[1]], path)


TELLS = {"getCaseReporter", "getOwnData"}
"""What tells a name: to the desk on a deliberate act, and to himself by his own private link."""


async def test_no_other_route_tells_a_name_or_a_telephone(world: World, city: City) -> None:
    """Every GET that there is, asked by an administrator for the case, its message and its report."""
    async with reported(world, city) as (admin, case):
        await admin.get(f"/api/v1/cases/{case['id']}/reporter", params={"clear": True})
        (message,) = (await admin.get("/api/v1/messages", params={"state": "done"})).json()["items"]
        ids = {"case_id": case["id"], "message_id": message["id"], "token": case["token"]}
        fill = defaultdict(lambda: "x", ids)
        asked = 0
        for router in ROUTERS:
            for route in router.routes:
                path = getattr(route, "path", "")
                if "GET" not in getattr(route, "methods", ()) or route.operation_id in TELLS:  # type: ignore[attr-defined]
                    continue
                answer = await admin.get(fill_in(path, fill), params={"from": "2026-01-01", "to": "2030-01-01"})
                plain = await admin.get(fill_in(path, fill))
                for text in (answer.text, plain.text):
                    assert NAME not in text, path
                    assert PHONE not in text, path
                asked += plain.status_code == 200
        assert asked >= 30
        assert NAME not in json.dumps((await admin.get("/api/v1/audit")).json(), ensure_ascii=False)


async def test_no_socket_tells_a_name_or_a_telephone(world: World, city: City) -> None:
    parts = world.parts
    everybody = actor_of(Account(id="x", username="x", role=Role.ADMIN), city)
    listener = Listener(everybody, frozenset({"cases", "workers", "metrics", "tasks"}))
    parts.hub.join(listener)
    async with reported(world, city) as (_, case):

        async def usernames() -> dict[str, str]:
            return {}

        snapshots = Snapshots(parts.desk, parts.hub, usernames, parts.overview)
        told = snapshots.take(everybody, listener.topics, frozenset(), lambda: None)
        snapshot = b"".join([frame async for frame in told])
        frames = "".join(listener.take())
        assert case["id"] in frames
        assert case["id"].encode() in snapshot
        for text in (frames, snapshot.decode()):
            assert NAME not in text
            assert PHONE not in text


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bounds", [{"role": Role.WORKER, "worker_id": "any"}, {"role": Role.DEPARTMENT_DISPATCHER, "department": ""}]
)
async def test_who_sees_his_own_tasks_or_nothing_sees_no_figures_whatever_he_is_granted(
    world: World, city: City, bounds: dict[str, Any]
) -> None:
    custom = {"id": "figures", "base": bounds["role"], "name_zh": "数", "name_en": "Figures"}
    async with world.sign_in("admin", Role.ADMIN) as admin:
        grants = {"permissions": ["cases.read", "metrics.read", "workers.read"], "commands": []}
        await admin.post("/api/v1/roles", json=custom | grants)
    more = {"worker_id": min(city.codes.workers)} if "worker_id" in bounds else {}
    async with world.sign_in("odd", bounds["role"], custom_role="figures", **more) as odd:
        assert (await odd.get("/api/v1/metrics/overview")).status_code == 403
        assert (await odd.get("/api/v1/cases")).json()["items"] == []
