"""The other nouns: city, places, workers, sources, messages, accounts, health, the screens."""

import json
from pathlib import Path

import pytest

from dispatch.access import Role
from dispatch.citymap import City
from services.api.logins import (
    DEMO_PASSWORD,
    BadAccount,
    DemoAccounts,
    create_account,
    create_demo_accounts,
    refuse_demo_accounts,
)
from services.observe.clock import now
from services.store import sources
from services.store.accounts import Account, NameTaken
from tests.services.api.places import IN_GRID, OUTSIDE
from tests.services.api.samples import jpeg
from tests.services.api.world import World


async def test_the_city_says_when_it_works_and_what_of_it_is_estimated(world: World) -> None:
    async with world.stranger() as client:
        told = (await client.get("/api/v1/city/calendars")).json()
    office, always, sanitation = told["calendars"]
    assert office["hours"] == [{"start": "09:00", "end": "12:00"}, {"start": "14:00", "end": "18:00"}]
    assert office["weekend"] == [5, 6]
    assert "2026-10-10" in office["workdays"]
    assert always["hours"] == [{"start": "00:00", "end": "24:00"}]
    assert always["holidays"] == []
    assert [each["is_desk"] for each in told["calendars"]] == [False, True, False]
    assert {"category": "E0403", "department": "", "area": ""} in always["serves"]
    assert sanitation["serves"] == [{"category": "", "department": "sanitation", "area": ""}]
    assert told["years"] == [{"year": 2026, "is_estimated": False}, {"year": 2027, "is_estimated": True}]
    days = {day["date"]: day for day in told["days"]}
    assert days["2027-10-01"] == {
        "date": "2027-10-01",
        "is_worked": False,
        "name": {"zh": "国庆节", "en": "National Day"},
        "is_estimated": True,
        "calendars": [],
    }


async def test_the_city_tells_a_screen_all_it_needs_once(world: World) -> None:
    async with world.stranger() as client:
        city = (await client.get("/api/v1/city")).json()
        assert city["id"] == "yuzhong"
        assert len(city["areas"]["streets"]) == 11
        assert all(area["name"]["zh"] and area["center"] for area in city["areas"]["streets"])
        assert len(city["categories"]) == 185
        assert city["stages"][0] == "reported"
        west, south, east, north = city["bbox"]
        assert west < city["center"][0] < east
        assert south < city["center"][1] < north
        street = city["areas"]["streets"][0]["code"]
        grids = (await client.get("/api/v1/city/grids.geojson", params={"street": street})).json()
        assert grids["type"] == "FeatureCollection"
        assert all(feature["properties"]["code"].startswith(street) for feature in grids["features"])


async def test_the_basemap_is_served_by_ranges(world: World) -> None:
    async with world.stranger() as client:
        url = (await client.get("/api/v1/city")).json()["basemap"]
        part = await client.get(url, headers={"Range": "bytes=0-6"})
        assert part.status_code == 206
        assert part.content == b"PMTiles"
        assert part.headers["content-range"].startswith("bytes 0-6/")


async def test_places_are_found_by_name_and_by_position(world: World) -> None:
    async with world.stranger() as client:
        items = (await client.get("/api/v1/places", params={"q": "解放碑"})).json()["items"]
        assert items
        assert all("解放碑" in item["name"]["zh"] or item["name"]["en"] for item in items)
        lon, lat = IN_GRID
        place = (await client.get("/api/v1/locate", params={"lon": lon, "lat": lat})).json()
        assert len(place["grid"]) == 15
        lon, lat = OUTSIDE
        assert (await client.get("/api/v1/locate", params={"lon": lon, "lat": lat})).json()["inside"] is False


async def test_a_worker_tells_where_he_is_and_signs_on_and_off(world: World) -> None:
    worker = min(world.parts.city.codes.workers)
    async with world.sign_in("w1", Role.WORKER, worker_id=worker) as phone, world.sign_in("d", Role.DISPATCHER) as desk:
        lon, lat = IN_GRID
        assert (await phone.post("/api/v1/workers/me/duty", json={"on_duty": True})).status_code == 200
        assert (await phone.post("/api/v1/workers/me/position", json={"lon": lon, "lat": lat})).status_code == 204
        for on in (True, False):
            assert (await phone.post("/api/v1/workers/me/duty", json={"on_duty": on})).json()["on_duty"] is on
            rows = {row["id"]: row for row in (await desk.get("/api/v1/workers")).json()["items"]}
            assert rows[worker]["on_duty"] is on
            assert (await phone.get("/api/v1/workers/me")).json() == rows[worker]
        way = await phone.get(
            "/api/v1/workers/me/way", params={"from_lon": lon, "from_lat": lat, "to_lon": lon, "to_lat": lat + 0.001}
        )
        assert way.json()["distance_m"] >= 111
        assert way.json()["points"][0] == [lon, lat]
        assert rows[worker]["point"] == [lon, lat]
        assert rows[worker]["username"] == "w1"
        assert (await phone.get("/api/v1/workers")).status_code == 403
        assert (await desk.get("/api/v1/workers/me")).status_code == 403
        assert (await desk.post("/api/v1/workers/me/duty", json={"on_duty": True})).status_code == 403
        other = await desk.post(f"/api/v1/workers/{worker}/duty", json={"on_duty": True})
        assert other.json()["on_duty"] is True
        assert (await desk.post("/api/v1/workers/nobody/duty", json={"on_duty": True})).status_code == 404


async def test_sources_are_listed_with_their_state_and_get_keys(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin, world.stranger() as gateway:
        items = (await admin.get("/api/v1/sources", params={"kind": "camera"})).json()["items"]
        assert len(items) == 600
        assert {item["state"] for item in items} == {"never"}
        assert all(item["heading_deg"] is not None for item in items[:5])
        page = (await admin.get("/api/v1/sources", params={"limit": 2})).json()
        rest = (await admin.get("/api/v1/sources", params={"limit": 2, "after": page["next"]})).json()
        assert {item["id"] for item in page["items"]}.isdisjoint({item["id"] for item in rest["items"]})
        hotline = next(item for item in (await admin.get("/api/v1/sources?kind=desk")).json()["items"])
        key = (await admin.post(f"/api/v1/sources/{hotline['id']}/key")).json()["key"]
        headers = {"Authorization": f"Bearer {key}"}
        body = {"channel": "hotline", "text": "a"}
        answer = await gateway.post("/api/v1/intake/report", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        items = (await admin.get("/api/v1/sources", params={"state": "live,silent"})).json()["items"]
        assert hotline["feed"] == "report"
        assert (await admin.post("/api/v1/sources/none/key")).status_code == 404
    async with world.sign_in("dispatcher", Role.DISPATCHER) as client:
        assert (await client.post(f"/api/v1/sources/{hotline['id']}/key")).status_code == 403


async def test_what_could_not_be_read_is_shown_with_its_reason_and_can_be_replayed(world: World) -> None:
    key = await world.parts.db.write(lambda c: sources.add_key(c, "desk-hotline", now()))  # type: ignore[arg-type]
    async with world.stranger() as gateway, world.sign_in("leader", Role.LEADER) as leader:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        sent = await gateway.post("/api/v1/intake/report", content=b'{"text": ', headers=headers)
        assert sent.status_code == 202, sent.text
        (message_id,) = sent.json()["message_ids"]
        await world.parts.desk.order(lambda turn: None)
        (row,) = (await leader.get("/api/v1/messages")).json()["items"]
        assert row["id"] == message_id
        assert row["reason"] == "json"
        assert row["body"] == '{"text": '
        again = await leader.post(f"/api/v1/messages/{message_id}/replay")
        assert again.status_code == 202
        await world.parts.desk.order(lambda turn: None)
        assert (await leader.get(f"/api/v1/messages/{message_id}")).json()["state"] == "quarantined"
        assert (await leader.post("/api/v1/messages/none/replay")).status_code == 404
    async with world.sign_in("dispatcher", Role.DISPATCHER) as client:
        assert (await client.post(f"/api/v1/messages/{message_id}/replay")).status_code == 403


async def test_pictures_of_staff_and_cameras(world: World) -> None:
    key = await world.parts.db.write(lambda c: sources.add_key(c, "gw-video-001", now()))  # type: ignore[arg-type]
    async with world.stranger() as camera, world.sign_in("leader", Role.LEADER) as leader:
        file = {"file": ("a.jpg", jpeg(300, 200), "image/jpeg")}
        refused = await camera.post("/api/v1/media", files=file)
        assert refused.status_code == 401
        sent = await camera.post("/api/v1/media", files=file, headers={"Authorization": f"Bearer {key}"})
        assert sent.status_code == 201, sent.text
        assert (await leader.post("/api/v1/media", files=file)).json() == sent.json()
        got = await leader.get(sent.json()["thumbnail_url"])
        assert got.headers["content-type"] == "image/jpeg"
        assert "immutable" in got.headers["cache-control"]
        assert (await camera.get(sent.json()["url"])).status_code == 401
        assert (await leader.get("/api/v1/media/nothing")).status_code == 404


async def test_an_administrator_makes_closes_and_mends_accounts(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin, world.stranger() as client:
        made = (await admin.post("/api/v1/users", json={"username": "new", "role": "dispatcher"})).json()
        login = {"username": "new", "password": made["password"]}
        assert (await client.post("/api/v1/session", json=login)).status_code == 200
        again = await admin.post("/api/v1/users", json={"username": "new", "role": "dispatcher"})
        assert again.status_code == 409
        fresh = (await admin.post("/api/v1/users/new/password")).json()["password"]
        assert (await client.post("/api/v1/session", json=login)).status_code == 401
        login["password"] = fresh
        assert (await client.post("/api/v1/session", json=login)).status_code == 200
        closed = await admin.patch("/api/v1/users/new", json={"disabled": True})
        assert closed.json()["disabled"] is True
        assert (await client.post("/api/v1/session", json=login)).status_code == 401
        assert (await admin.patch("/api/v1/users/admin", json={"disabled": True})).status_code == 409
        assert (await admin.patch("/api/v1/users/none", json={"disabled": True})).status_code == 404
        assert "password" not in (await admin.get("/api/v1/users")).text
        deeds = (await admin.get("/api/v1/audit", params={"action": "account"})).json()["items"]
        assert [deed["action"] for deed in deeds] == ["account.closed", "account.password-reset", "account.added"]
        assert {(deed["username"], deed["subject"]) for deed in deeds} == {("admin", "new")}
    async with world.sign_in("dispatcher", Role.DISPATCHER) as client:
        assert (await client.get("/api/v1/users")).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"role": "king"},
        {"area": "999"},
        {"department": "none"},
        {"worker_id": "none"},
        {"username": "a b"},
        {"username": "a\nb"},
        {"password": "short"},
        {"password": DEMO_PASSWORD},
        {"name_zh": "\x00"},
    ],
)
async def test_an_account_that_cannot_be_is_refused(world: World, body: dict[str, str]) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        answer = await admin.post("/api/v1/users", json={"username": "new", "role": "dispatcher"} | body)
    assert answer.status_code == 422, answer.text


async def test_a_server_that_is_no_demo_refuses_to_start_with_the_demo_accounts(world: World, city: City) -> None:
    await world.parts.db.read(refuse_demo_accounts)
    accounts = await world.parts.db.write(lambda connection: create_demo_accounts(connection, city, now()))
    again = await world.parts.db.write(lambda connection: create_demo_accounts(connection, city, now()))
    assert accounts == again
    names = {account.username for account in accounts}
    assert {"dispatcher", "acceptor", "leader", "supervisor", "admin", "collector1", "worker1", "worker80"} <= names
    with pytest.raises(DemoAccounts):
        await world.parts.db.read(refuse_demo_accounts)
    async with world.stranger() as client:
        for name in ("dispatcher", "worker80"):
            answer = await client.post("/api/v1/session", json={"username": name, "password": DEMO_PASSWORD})
            assert answer.status_code == 200
        assert answer.json()["worker_id"] in city.codes.workers


async def test_the_command_makes_accounts_by_the_same_rules(world: World, city: City) -> None:
    account = Account(id="", username="chief", role="leader", area="500103001")
    stored = await world.parts.db.write(lambda c: create_account(c, account, "a good password", city, now()))
    assert stored.id
    with pytest.raises(NameTaken):
        await world.parts.db.write(lambda c: create_account(c, account, "a good password", city, now()))
    with pytest.raises(BadAccount):
        await world.parts.db.write(lambda c: create_account(c, account, DEMO_PASSWORD, city, now()))


async def test_health_and_readiness_and_prometheus(world: World) -> None:
    async with world.stranger() as client:
        assert (await client.get("/healthz")).json()["status"] == "alive"
        assert (await client.get("/readyz")).json()["status"] == "ready"
        text = (await client.get("/metrics")).text
    assert "wardline_facts_total" in text


async def test_the_screens_are_served_with_the_caching_their_names_allow(world: World) -> None:
    front = world.parts.settings.front_dir
    for path, text in (("console/index.html", "<html>console"), ("assets/app-1a2b.js", "1"), ("favicon.svg", "<svg/>")):
        file = Path(front, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    async with world.stranger() as client:
        assert (await client.get("/")).headers["location"] == "/login/"
        page = await client.get("/console/")
        assert page.text == "<html>console"
        assert page.headers["cache-control"] == "no-cache"
        assert "immutable" in (await client.get("/assets/app-1a2b.js")).headers["cache-control"]
        assert (await client.get("/favicon.svg")).status_code == 200
        assert (await client.get("/console")).headers["location"].endswith("/console/")
        for path in ("/nothing", "/console/../../secret", "/assets/%2e%2e/%2e%2e/test.sqlite3", "/board/"):
            assert (await client.get(path)).status_code == 404


async def test_every_answer_carries_the_security_headers_and_no_name_of_the_server(world: World) -> None:
    async with world.stranger() as client:
        for path in ("/api/v1/city", "/nothing", "/api/v1/me", "/"):
            answer = await client.get(path)
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers
        assert (await client.get("/api/v1/me")).headers["cache-control"] == "no-store"


async def test_the_description_is_served_and_is_what_the_generated_page_says(world: World) -> None:
    async with world.stranger() as client:
        served = (await client.get("/api/openapi.json")).json()
    page = Path(__file__).resolve().parents[3] / "docs" / "generated" / "openapi.json"
    assert served == json.loads(page.read_text(encoding="utf-8"))
