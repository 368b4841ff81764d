"""Cases over the API: opened by hand, listed, looked at, moved on."""

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.access import Role
from services.live.views import CaseView
from services.observe.clock import now
from tests.services.api.places import IN_GRID, OUTSIDE, far_apart
from tests.services.api.world import World


async def open_case(client: AsyncClient, **fields: Any) -> dict[str, Any]:
    body = {"category": "E0504", "lon": IN_GRID[0], "lat": IN_GRID[1], "text": "垃圾满溢"} | fields
    answer = await client.post("/api/v1/cases", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_case_by_hand_has_a_number_a_place_down_to_the_grid_and_its_reasons(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        case = await open_case(client)
        assert case["number"]
        assert len(case["place"]["grid"]) == 15
        assert case["place"]["street"].startswith("500103")
        assert case["category"]["name"]["zh"]
        assert case["because"]
        assert all(reason["zh"] and reason["en"] for reason in case["because"])
        again = await client.get(f"/api/v1/cases/{case['id']}")
        assert again.json() | {"allowed_commands": 0} == case | {"allowed_commands": 0}
        assert again.headers["etag"] == f'"{case["version"]}"'


@pytest.mark.parametrize(
    ("role", "channel", "waits"),
    [
        (Role.ACCEPTOR, "console", False),
        (Role.COLLECTOR, "patrol", False),
        (Role.ACCEPTOR, "hotline", True),
        (Role.INTEGRATION, "console", True),
        (Role.INTEGRATION, "patrol", True),
    ],
)
async def test_what_the_city_s_own_people_open_is_not_verified_again(
    world: World, role: Role, channel: str, waits: bool
) -> None:
    async with world.sign_in("who", role) as client:
        case = await open_case(client, channel=channel)
    assert ("wait.people" in [reason["rule"] for reason in case["because"]]) is waits
    assert (case["stage"] == "reported") is waits


async def test_a_case_outside_the_city_is_said_to_be_so_and_waits_for_a_person(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        case = await open_case(client, lon=OUTSIDE[0], lat=OUTSIDE[1])
    assert case["place"]["inside"] is False
    assert case["stage"] == "reported"
    assert case["waiting"]


async def test_the_same_happening_again_is_the_same_case(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        first, second = await open_case(client), await open_case(client)
        assert first["id"] == second["id"]
        assert second["events"] == 2
        events = (await client.get(f"/api/v1/cases/{first['id']}/events")).json()["items"]
        assert len(events) == 2


async def test_an_unknown_category_is_named(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        answer = await client.post("/api/v1/cases", json={"category": "X9", "text": "a"})
    assert answer.status_code == 422
    assert "X9" in answer.json()["detail"]


async def test_the_straight_path_goes_by_commands_and_each_stage_keeps_its_time(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        worker = await free_worker(client, case)
        path: list[tuple[str, dict[str, Any]]] = [
            ("accept", {}),
            ("depart", {}),
            ("arrive", {"lon": IN_GRID[0], "lat": IN_GRID[1]}),
            ("report_handled", {"note": "清理完毕"}),
            ("check", {"passed": True}),
        ]
        if case["stage"] == "reported":
            path.insert(0, ("file", {}))
        for command, data in path:
            if command == "accept":
                case = await make_dispatched(client, case, worker)
            answer = await client.post(f"/api/v1/cases/{case['id']}/commands/{command}", json=data)
            assert answer.status_code == 200, (command, answer.text)
            case = answer.json()
    assert case["stage"] == "closed"
    assert case["on_time"] is True
    times = ["opened", "filed", "dispatched", "accepted", "arrived", "handled", "checked", "closed"]
    stamps = [case[f"{name}_at"] for name in times]
    assert None not in stamps
    assert stamps == sorted(stamps)


async def free_worker(client: AsyncClient, case: dict[str, Any]) -> str:
    workers = (await client.get("/api/v1/workers")).json()["items"]
    return str(workers[0]["id"])


async def make_dispatched(client: AsyncClient, case: dict[str, Any], worker: str) -> dict[str, Any]:
    """Send someone where the desk has not done so by itself."""
    case = (await client.get(f"/api/v1/cases/{case['id']}")).json()
    if case["stage"] == "filed":
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/dispatch", json={"worker": worker})
        assert answer.status_code == 200, answer.text
        case = answer.json()
    assert case["stage"] == "dispatched"
    return case


async def test_an_illegal_move_says_what_is_legal_now(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/close")
        assert answer.status_code == 409
        problem = answer.json()
        assert problem["type"] == "urn:wardline:problem:illegal-move"
        assert problem["legal"] == case["allowed_commands"]
        assert problem["words"]["zh"] != problem["words"]["en"]
        allowed = (await client.get(f"/api/v1/cases/{case['id']}")).json()["allowed_commands"]
        assert "close" not in allowed


async def test_a_command_that_there_is_not_is_not_found(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/explode")
    assert answer.status_code == 404
    assert "note" in answer.json()["legal"]


async def test_a_role_may_not_do_what_is_not_its_work(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader:
        case = await open_case(leader)
    async with world.sign_in("supervisor", Role.SUPERVISOR) as client:
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "no"})
        assert answer.status_code == 403
        assert (await client.post("/api/v1/cases", json={"text": "a"})).status_code == 403


async def test_who_decides_on_an_old_version_is_told_so_and_nothing_happens(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        url = f"/api/v1/cases/{case['id']}/commands/note"
        old = f'"{case["version"]}"'
        first = await client.post(url, json={"note": "one"}, headers={"If-Match": old})
        second = await client.post(url, json={"note": "two"}, headers={"If-Match": old})
        assert first.status_code == 200
        assert second.status_code == 412
        assert second.json()["version"] == first.json()["version"]
        journal = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        assert [fact["data"]["note"] for fact in journal if fact["kind"] == "NoteAdded"] == ["one"]
        broken = await client.post(url, json={"note": "three"}, headers={"If-Match": "abc"})
        assert broken.status_code == 400


async def test_a_command_sent_twice_under_one_key_happens_once(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        url = f"/api/v1/cases/{case['id']}/commands/note"
        key = {"Idempotency-Key": "phone-17"}
        first = await client.post(url, json={"note": "once"}, headers=key)
        second = await client.post(url, json={"note": "once"}, headers=key)
        other = await client.post(url, json={"note": "another"}, headers=key)
        assert first.json() == second.json()
        assert second.headers["idempotency-replayed"] == "true"
        assert other.status_code == 422
        assert other.json()["type"] == "urn:wardline:problem:idempotency-key-reused"
        journal = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        assert sum(fact["kind"] == "NoteAdded" for fact in journal) == 1


async def test_the_same_key_at_the_same_moment_happens_once(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        url = f"/api/v1/cases/{case['id']}/commands/note"
        calls = [client.post(url, json={"note": "x"}, headers={"Idempotency-Key": "k"}) for _ in range(8)]
        codes = sorted(answer.status_code for answer in await asyncio.gather(*calls))
        assert set(codes) <= {200, 409}
        assert codes[0] == 200
        journal = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        assert sum(fact["kind"] == "NoteAdded" for fact in journal) == 1


async def test_a_refused_request_does_not_use_its_key_up(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        url = f"/api/v1/cases/{case['id']}/commands/note"
        key = {"Idempotency-Key": "k2"}
        assert (await client.post(url, json={"note": ""}, headers=key)).status_code == 422
        assert (await client.post(url, json={"note": "good"}, headers=key)).status_code == 200


async def test_keys_of_two_people_are_two_keys(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader, world.sign_in("chief", Role.LEADER) as chief:
        case = await open_case(leader)
        url = f"/api/v1/cases/{case['id']}/commands/note"
        for client in (leader, chief):
            answer = await client.post(url, json={"note": "same"}, headers={"Idempotency-Key": "k3"})
            assert "idempotency-replayed" not in answer.headers


async def test_pages_stay_put_while_new_cases_come_in(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        points = far_apart(world.parts.city, 12)
        old = [(await open_case(client, lon=lon, lat=lat))["id"] for lon, lat in points[:9]]
        seen: list[str] = []
        after = ""
        for extra in (*points[9:], None):
            page = (await client.get("/api/v1/cases", params={"limit": 3, "after": after})).json()
            seen += [case["id"] for case in page["items"]]
            after = page["next"] or ""
            if extra is not None:
                await open_case(client, lon=extra[0], lat=extra[1])
            if not after:
                break
        assert seen == list(reversed(old))


async def test_the_list_counts_exactly_when_asked(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        for lon, lat in far_apart(world.parts.city, 3):
            await open_case(client, lon=lon, lat=lat)
        page = (await client.get("/api/v1/cases", params={"limit": 1, "count": "exact"})).json()
    assert page["total"] == 3
    assert len(page["items"]) == 1
    assert page["next"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"stage": "open"}, True),
        ({"stage": "closed"}, False),
        ({"category": "E0504,E0505"}, True),
        ({"category": "E0505"}, False),
        ({"q": "满溢"}, True),
        ({"q": "100%_"}, False),
        ({"bbox": "106,29,107,30"}, True),
        ({"bbox": "106,29,106.1,30"}, False),
        ({"opened_from": "2020-01-01T00:00:00Z"}, True),
        ({"opened_to": "2020-01-01T00:00:00Z"}, False),
        ({"overdue": "false"}, True),
        ({"overdue": "true"}, False),
        ({"source": "user:acceptor"}, True),
        ({"feed": "frigate"}, False),
        ({"street": "nowhere"}, False),
        ({"mine": "true"}, False),
        ({"closed_from": "2020-01-01T00:00:00Z"}, False),
        ({"reckoned_from": "2020-01-01T00:00:00Z"}, False),
    ],
)
async def test_a_filter_finds_and_leaves_out(world: World, query: dict[str, str], found: bool) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        case = await open_case(client)
        answer = await client.get("/api/v1/cases", params=query)
    assert answer.status_code == 200, answer.text
    assert ([row["id"] for row in answer.json()["items"]] == [case["id"]]) is found


@pytest.mark.parametrize(
    "query",
    [
        {"stage": "sleeping"},
        {"bbox": "1,2,3"},
        {"bbox": "nan,nan,nan,nan"},
        {"bbox": "10,10,5,5"},
        {"opened_from": "2026-01-01T00:00:00"},
        {"opened_from": "0001-01-01T00:00:00Z"},
        {"opened_to": "9999-12-31T23:59:59-14:00"},
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "9" * 400},
        {"after": "garbage"},
        {"after": "AAAA"},
        {"nonsense": "1"},
        {"q": "x" * 300},
    ],
)
async def test_a_query_that_means_nothing_is_refused_with_the_field_named(world: World, query: dict[str, str]) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        answer = await client.get("/api/v1/cases", params=query)
    assert answer.status_code == 422, answer.text
    assert next(iter(query)) in answer.text


async def test_a_list_row_is_a_case_without_what_is_said_of_one_reader(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        case = await open_case(client)
        row = (await client.get("/api/v1/cases")).json()["items"][0]
    of_one = {"allowed_commands", "because", "clock", "marks", "before", "ratings", "withdrawn"}
    assert set(case) - set(row) == of_one
    assert set(case) == set(CaseView.__struct_fields__)


async def test_an_account_of_an_area_sees_that_area_and_no_other(world: World) -> None:
    city = world.parts.city
    (lon, lat), (other_lon, other_lat) = far_apart(city, 2, different_streets=True)
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        here, there = await open_case(client, lon=lon, lat=lat), await open_case(client, lon=other_lon, lat=other_lat)
    for level in ("street", "community", "grid"):
        async with world.sign_in(f"local-{level}", Role.LEADER, area=here["place"][level]) as client:
            listed = (await client.get("/api/v1/cases")).json()["items"]
            assert [row["id"] for row in listed] == [here["id"]]
            for part in ("", "/journal", "/events"):
                assert (await client.get(f"/api/v1/cases/{here['id']}{part}")).status_code == 200
                assert (await client.get(f"/api/v1/cases/{there['id']}{part}")).status_code == 404
            note = await client.post(f"/api/v1/cases/{there['id']}/commands/note", json={"note": "a"})
            assert note.status_code == 404


async def test_an_account_of_an_area_that_is_gone_sees_nothing(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        await open_case(client)
    async with world.sign_in("ghost", Role.LEADER, area="999") as client:
        assert (await client.get("/api/v1/cases")).json()["items"] == []


async def test_a_worker_sees_his_own_tasks_only(world: World) -> None:
    mine, other = sorted(world.parts.city.codes.workers)[:2]
    async with world.sign_in("leader", Role.LEADER) as leader:
        case = await open_case(leader)
        if case["stage"] == "reported":
            case = (await leader.post(f"/api/v1/cases/{case['id']}/commands/file")).json()
        command = "dispatch" if case["stage"] == "filed" else "reassign"
        if case["worker"] != mine:
            answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/{command}", json={"worker": mine})
            assert answer.status_code == 200, answer.text
    async with (
        world.sign_in("w1", Role.WORKER, worker_id=mine) as client,
        world.sign_in("w2", Role.WORKER, worker_id=other) as stranger,
        world.sign_in("w3", Role.WORKER) as nobody,
    ):
        assert len((await client.get("/api/v1/cases", params={"mine": "true"})).json()["items"]) == 1
        assert (await client.post(f"/api/v1/cases/{case['id']}/commands/accept")).status_code == 200
        for outsider in (stranger, nobody):
            assert (await outsider.get("/api/v1/cases")).json()["items"] == []
            assert (await outsider.get(f"/api/v1/cases/{case['id']}")).status_code == 404


async def test_the_journal_pages_by_seq_and_tells_its_reasons(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
        for n in range(3):
            await client.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": str(n)})
        whole = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        parts, after = [], "0"
        while after:
            page = await client.get(f"/api/v1/cases/{case['id']}/journal", params={"after": after, "limit": 2})
            parts += page.json()["items"]
            after = page.json()["next"]
    assert parts == whole
    assert [fact["seq"] for fact in whole] == sorted({fact["seq"] for fact in whole})
    assert whole[0]["kind"] == "CaseOpened"
    assert whole[0]["because"]


async def test_people_and_senders_are_told_by_their_names(world: World) -> None:
    async with world.sign_in("li", Role.DISPATCHER, name_zh="李梅", name_en="Mei Li") as client:
        case = await open_case(client)
        await client.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "seen"})
        facts = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        events = (await client.get(f"/api/v1/cases/{case['id']}/events")).json()["items"]
    assert [event["source"] for event in events] == ["user:li"]
    assert events[0]["source_name"] == {"zh": "李梅", "en": "Mei Li"}
    by = {fact["kind"]: fact["by_name"] for fact in facts}
    assert by["NoteAdded"] == {"zh": "李梅", "en": "Mei Li"}
    assert by["CaseFiled"] is None, "a rule filed it"


async def test_a_picture_that_there_is_not_cannot_be_attached(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        body = {"text": "a", "media": ["0" * 40]}
        answer = await client.post("/api/v1/cases", json=body)
        assert answer.status_code == 422
        case = await open_case(client)
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/report_handled", json={"media": ["0" * 40]})
        assert answer.status_code == 422


async def test_the_light_is_as_of_now(world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as client:
        case = await open_case(client)
    assert case["light"] in ("green", "none")
    assert case["opened_at"] <= now().isoformat().replace("+00:00", "Z")
