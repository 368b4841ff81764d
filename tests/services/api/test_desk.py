"""What the console asks beside the cases: searching, counting, what is like a case, views, mentions, and the sheet."""

from typing import Any

import msgspec
import pytest
from httpx import AsyncClient

from dispatch.access import Role
from dispatch.ids import CaseId
from services.observe.clock import now
from services.store import journal
from services.store.audit import list_deeds
from services.store.journal import Batch, Entry
from services.store.reporters import Reporter, add_reporter
from tests.services.api.places import IN_GRID, far_apart
from tests.services.api.test_cases import open_case
from tests.services.api.world import World


async def list_ids(client: AsyncClient, **query: Any) -> list[str]:
    answer = await client.get("/api/v1/cases", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def three_cases(world: World, client: AsyncClient) -> list[dict[str, Any]]:
    texts = ("较场口路灯不亮", "解放碑垃圾箱满溢", "Litter at the monument")
    return [
        await open_case(client, text=text, lon=lon, lat=lat)
        for text, (lon, lat) in zip(texts, far_apart(world.parts.city, 3, different_streets=True), strict=True)
    ]


# --- searching ---------------------------------------------------------------------------------------------


async def test_a_case_is_found_as_soon_as_it_is_there(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        lamp, bins, litter = await three_cases(world, client)
        assert await list_ids(client, q="路灯") == [lamp["id"]]
        assert await list_ids(client, q="垃圾箱 解放碑") == [bins["id"]]
        assert await list_ids(client, q="MONUM") == [litter["id"]]
        assert await list_ids(client, q=lamp["number"]) == [lamp["id"]]
        assert await list_ids(client, q=lamp["category"]["name"]["zh"]) == [litter["id"], bins["id"], lamp["id"]]
        assert await list_ids(client, q="没有这样的词语") == []


async def test_a_case_that_moves_is_found_by_its_new_street(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        places = far_apart(world.parts.city, 2, different_streets=True)
        case = await open_case(client, lon=places[0][0], lat=places[0][1])
        lon, lat = places[1]
        moved = await client.post(f"/api/v1/cases/{case['id']}/commands/relocate", json={"lon": lon, "lat": lat})
        streets = {
            area["code"]: area["name"]["zh"] for area in (await client.get("/api/v1/city")).json()["areas"]["streets"]
        }
        before, after = case["place"]["street"], moved.json()["place"]["street"]
        assert before != after
        assert await list_ids(client, q=streets[after]) == [case["id"]]
        assert await list_ids(client, q=streets[before]) == []


async def test_who_reported_is_searched_only_by_who_may_and_the_audit_says_so(world: World) -> None:
    await world.parts.db.write(lambda c: add_reporter(c, Reporter(id="r1", name="王小明", phone="13812345678"), now()))
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        assert await list_ids(client, person="小明") == []
    deeds = await world.parts.db.read(lambda c: list_deeds(c, before=None, limit=10))
    assert [(each.deed.username, each.deed.action, each.deed.subject) for each in deeds][:1] == [
        ("acceptor", "reporter.searched", "小明")
    ]
    async with world.sign_in("supervisor", Role.SUPERVISOR) as client:
        answer = await client.get("/api/v1/cases", params={"person": "小明"})
    assert answer.status_code == 403


@pytest.mark.parametrize("sort", ["newest", "oldest", "due"])
async def test_a_list_is_sorted_as_it_was_asked_for(world: World, sort: str) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        await three_cases(world, client)
        items = (await client.get("/api/v1/cases", params={"sort": sort})).json()["items"]
    key = "due_at" if sort == "due" else "opened_at"
    assert items == sorted(items, key=lambda item: item[key], reverse=sort == "newest")
    assert len(items) == 3


# --- counting ----------------------------------------------------------------------------------------------


async def test_queues_are_counted_by_stage_within_a_filter_and_what_one_may_see(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        lamp, *_ = await three_cases(world, client)
        stages = (await client.get("/api/v1/queues")).json()["stages"]
        assert sum(row["cases"] for row in stages) == 3
        assert all(row["overdue"] == 0 for row in stages)
        street = lamp["place"]["street"]
        inside = (await client.get("/api/v1/queues", params={"street": street})).json()["stages"]
        assert 1 <= sum(row["cases"] for row in inside) < 3
        assert (await client.get("/api/v1/queues", params={"stage": "nonsense"})).status_code == 422
    async with world.sign_in("worker", Role.WORKER, worker_id="nobody") as client:
        assert (await client.get("/api/v1/queues")).json()["stages"] == []


# --- what is like it ---------------------------------------------------------------------------------------


async def test_near_cases_of_the_same_category_are_told_the_nearest_first(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        lon, lat = IN_GRID
        here = await open_case(client, text="a")
        other = await open_case(client, text="b", category="E0102", lon=lon + 0.0002, lat=lat)
        near = await open_case(client, text="c", lon=lon + 0.0015, lat=lat)
        found = (await client.get(f"/api/v1/cases/{here['id']}/similar")).json()["items"]
        assert [row["case"]["id"] for row in found] == [near["id"], other["id"]]
        assert found[0]["same_category"] is True
        assert 100 < found[0]["distance_m"] < 200
        assert found[1]["same_category"] is False
        assert found[1]["distance_m"] < 60
        within = (await client.get(f"/api/v1/cases/{here['id']}/similar", params={"within_m": 50})).json()["items"]
        assert near["id"] not in [row["case"]["id"] for row in within if not row["same_street"]]


async def test_what_is_like_a_case_is_told_only_to_who_may_see_it(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        here = await open_case(client, text="a")
        await open_case(client, text="b", lon=IN_GRID[0] + 0.0015)
    async with world.sign_in("elsewhere", Role.DISPATCHER, area="nowhere") as client:
        assert (await client.get(f"/api/v1/cases/{here['id']}/similar")).status_code == 404


# --- views -------------------------------------------------------------------------------------------------


async def test_a_view_is_kept_renamed_shared_begun_with_and_deleted(world: World) -> None:
    async with world.sign_in("ann", Role.DISPATCHER) as ann, world.sign_in("bob", Role.DISPATCHER) as bob:
        made = (await ann.post("/api/v1/views", json={"name": " 解放碑街道 ", "query": "street=500103001"})).json()
        assert made["name"] == "解放碑街道"
        assert made["mine"] is True
        path = f"/api/v1/views/{made['id']}"
        assert (await bob.get("/api/v1/views")).json()["items"] == []
        assert (await bob.patch(path, json={"name": "mine now"})).status_code == 404

        assert (await ann.patch(path, json={"name": "碑", "shared": True})).json()["name"] == "碑"
        (seen,) = (await bob.get("/api/v1/views")).json()["items"]
        assert (seen["query"], seen["mine"], seen["owner"]) == ("street=500103001", False, "ann")
        assert (await bob.delete(path)).status_code == 403
        assert (await bob.put("/api/v1/me/default-view", json={"id": made["id"]})).status_code == 204
        assert (await bob.get("/api/v1/views")).json()["default"] == made["id"]

        await ann.patch(path, json={"shared": False})
        assert (await bob.get("/api/v1/views")).json() == {"items": [], "default": ""}
        assert (await bob.put("/api/v1/me/default-view", json={"id": made["id"]})).status_code == 404
        assert (await ann.delete(path)).status_code == 204
        assert (await ann.get("/api/v1/views")).json()["items"] == []


@pytest.mark.parametrize(
    "body", [{"name": "", "query": "a"}, {"name": "a" * 81, "query": ""}, {"name": "a\x00", "query": ""}]
)
async def test_a_view_without_a_name_that_can_be_read_is_refused(world: World, body: dict[str, str]) -> None:
    async with world.sign_in("ann", Role.DISPATCHER) as ann:
        assert (await ann.post("/api/v1/views", json=body)).status_code == 422


async def test_an_administrator_may_tidy_up_a_shared_view(world: World) -> None:
    async with world.sign_in("ann", Role.DISPATCHER) as ann, world.sign_in("root", Role.ADMIN) as root:
        made = (await ann.post("/api/v1/views", json={"name": "x", "query": "", "shared": True})).json()
        assert (await root.delete(f"/api/v1/views/{made['id']}")).status_code == 204


# --- colleagues and mentions -------------------------------------------------------------------------------


async def test_colleagues_are_people_whose_accounts_are_open(world: World) -> None:
    await world.add("gateway", Role.INTEGRATION)
    async with world.sign_in("ann", Role.DISPATCHER, name_zh="安") as ann:
        rows = (await ann.get("/api/v1/colleagues")).json()["items"]
    assert [(row["username"], row["name"]["zh"]) for row in rows if row["username"] in ("ann", "gateway")] == [
        ("ann", "安")
    ]


async def test_who_is_named_in_a_note_is_told_and_says_that_he_has_seen_it(world: World) -> None:
    async with world.sign_in("ann", Role.DISPATCHER) as ann:
        case = await open_case(ann)
        seq = world.parts.desk.state.seq + 1
        data = msgspec.json.encode({"by": "bob", "note": "看看", "mentions": ["ann", "ann", "cai"]})
        entry = Entry(
            seq=seq,
            at=now(),
            kind="NoteAdded",
            case_id=CaseId(case["id"]),
            area="",
            department="",
            workers=(),
            data=data,
        )
        world.parts.follower.note([entry], [])
        (told,) = (await ann.get("/api/v1/me/mentions")).json()["items"]
        assert (told["seq"], told["case_id"], told["seen"]) == (seq, case["id"], False)
        assert (await ann.post("/api/v1/me/mentions/seen", json={"seq": seq})).status_code == 204
        (told,) = (await ann.get("/api/v1/me/mentions")).json()["items"]
        assert told["seen"] is True


# --- the sheet ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_case_sheet_is_a_pdf_with_its_own_typeface(world: World, lang: str) -> None:
    async with world.sign_in("leader", Role.LEADER, name_zh="李值班", name_en="Lee") as client:
        case = await open_case(client)
        await client.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "第一行\n" + "长" * 900})
        answer = await client.get(f"/api/v1/cases/{case['id']}/sheet", params={"lang": lang})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"NotoSansSC" in answer.content
    assert b"%%EOF" in answer.content[-16:]


async def test_a_sheet_is_given_only_to_who_may_see_the_case(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
    async with world.sign_in("elsewhere", Role.DISPATCHER, area="nowhere") as client:
        assert (await client.get(f"/api/v1/cases/{case['id']}/sheet")).status_code == 404


async def test_a_case_with_a_thousand_facts_has_a_sheet_of_the_last_of_them(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        first = world.parts.desk.state.seq + 1
        world.parts.desk.state.seq += 1_000
        entries = [
            Entry(
                seq=first + n,
                at=now(),
                kind="NoteAdded",
                case_id=CaseId(case["id"]),
                area="",
                department="",
                workers=(),
                data=msgspec.json.encode({"by": "leader", "note": f"note {n}"}),
            )
            for n in range(1_000)
        ]
        await world.parts.db.submit(journal.record, Batch(entries=entries))
        answer = await client.get(f"/api/v1/cases/{case['id']}/sheet")
    assert answer.status_code == 200
    assert len(answer.content) < 400_000
