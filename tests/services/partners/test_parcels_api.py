"""The list of dead parcels, over HTTP: who sees it, another try, giving up, and what of it is in the audit."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from msgspec.structs import replace
from sqlalchemy import select

from dispatch.access import Role
from dispatch.citymap import City
from services.city.build import build_city
from services.city.read import read_pack
from services.store.tables import audit
from tests.parts.open311_partner import KEY, PartnerServer
from tests.services.api.places import IN_GRID
from tests.services.api.world import World, open_world
from tests.services.partners.conftest import a_partner, a_rule

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"
COVER = "P0101"


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(read_pack(YUZHONG))


@pytest.fixture
async def world(city: City, partner: PartnerServer, tmp_path: Path) -> AsyncIterator[World]:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'[gasworks]\napi_key = "{KEY}"\n')
    rules = {COVER: (a_rule(category=COVER),)}
    codes = replace(city.codes, partners={"gasworks": a_partner(partner.url)}, forwarding=rules)
    there = type(city)(**{**{name: getattr(city, name) for name in city.__dataclass_fields__}, "codes": codes})
    async with open_world(there, tmp_path, partner_secrets=str(secrets)) as opened:
        yield opened


async def open_case(client: AsyncClient) -> dict[str, Any]:
    lon, lat = IN_GRID
    form = {"category": COVER, "lon": lon, "lat": lat, "text": "a cover is broken", "channel": "console"}
    answer = await client.post("/api/v1/cases", json=form)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send(world: World) -> None:
    await world.parts.schedule.run_now("write-to-partners")


async def listed(client: AsyncClient, state: str = "dead") -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/parcels", params={"state": state})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_a_dead_parcel_is_listed_tried_again_and_settled(world: World, partner: PartnerServer) -> None:
    partner.fails = ["400"]
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        await send(world)
        (dead,) = await listed(client)
        assert (dead["number"], dead["reason"]) == (case["number"], "refused")
        assert dead["partner_name"]["en"] == "Gasworks"
        (row,) = (await client.get("/api/v1/partners")).json()["items"]
        assert (row["dead"], row["waiting"]) == (1, 0)
        again = await client.post(f"/api/v1/parcels/{dead['id']}/retry")
        assert (again.status_code, again.json()["state"]) == (200, "waiting")
        assert (await client.post(f"/api/v1/parcels/{dead['id']}/retry")).status_code == 409
        await send(world)
        assert (await listed(client), len(await listed(client, "settled"))) == ([], 1)
        facts = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        named = {fact["kind"]: fact["by_name"] for fact in facts if fact["kind"].startswith("Forward")}
        assert named["ForwardTaken"]["zh"] == "燃气公司"
    assert "parcel.retried" in await world.parts.db.read(lambda c: list(c.scalars(select(audit.c.action))))


async def test_a_parcel_that_is_given_up_is_a_fact_of_its_case(world: World, partner: PartnerServer) -> None:
    partner.fails = ["403"]
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        await send(world)
        (dead,) = await listed(client)
        given = await client.post(f"/api/v1/parcels/{dead['id']}/give-up")
        assert (given.status_code, given.json()["state"]) == (200, "given_up")
        facts = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        assert [fact["data"].get("by") for fact in facts if fact["kind"] == "ForwardFailed"] == [None, "leader"]


async def test_parcels_are_for_those_who_may(world: World) -> None:
    async with world.sign_in("worker", Role.WORKER) as client:
        assert (await client.get("/api/v1/parcels")).status_code == 403
    async with world.sign_in("dispatcher", Role.DISPATCHER) as client:
        assert await listed(client) == []
        assert (await client.post("/api/v1/parcels/1-gasworks/retry")).status_code == 403
    async with world.sign_in("leader", Role.LEADER) as client:
        assert (await client.post("/api/v1/parcels/1-gasworks/retry")).status_code == 404


async def test_the_metrics_say_how_many_parcels_are_dead(world: World, partner: PartnerServer) -> None:
    partner.fails = ["400"]
    async with world.sign_in("leader", Role.LEADER) as client:
        await open_case(client)
        await send(world)
        assert 'wardline_parcels{state="dead"} 1.0' in (await client.get("/metrics")).text
