"""What has become of requests, and what partners add to them (`servicerequestupdates`)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.access import Role
from services.api.open311.formats import format_time
from services.api.open311.updates import STATUSES
from services.observe.clock import now
from tests.services.api.open311.partner import LAT, V2, Partner, make_key, text_of
from tests.services.api.open311.test_refusals import check
from tests.services.api.samples import jpeg
from tests.services.api.world import World


async def case_of(client: AsyncClient, number: str) -> dict[str, Any]:
    (case,) = (await client.get("/api/v1/cases", params={"number": number})).json()["items"]
    return dict(case)


async def notes_of(client: AsyncClient, number: str) -> list[dict[str, Any]]:
    case = await case_of(client, number)
    journal = (await client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
    return [entry["data"] for entry in journal if entry["kind"] == "NoteAdded"]


async def test_each_step_that_the_public_is_told_is_an_update(partner: Partner, world: World) -> None:
    first, second = await partner.file(), await partner.file()
    async with world.sign_in("leader", Role.LEADER) as leader:
        case = await case_of(leader, first)
        for command, body in (("file", {}), ("force_close", {"reason": "gone"})):
            answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/{command}", json=body)
            assert answer.status_code == 200, answer.text
    found = await partner.get("servicerequestupdates", locale="en")
    told = [(each["service_request_id"], each["status"]) for each in found]
    assert {number for number, _ in told} == {first, second}, "both who told of it hear of it"
    assert next(status for number, status in told if number == first) == "in_progress"
    assert told[-1][1] == "no_further_action"
    assert len({each["update_id"] for each in found}) == len(found)
    for each in found:
        assert set(each) == {
            "update_id", "service_request_id", "status", "updated_datetime", "description", "media_url"
        }  # fmt: skip
        assert each["status"] in STATUSES
    assert [each["updated_datetime"] for each in found] == sorted(each["updated_datetime"] for each in found)
    only = await partner.get("servicerequestupdates", service_request_id=second)
    assert {each["service_request_id"] for each in only} == {second}
    root = await partner.xml("servicerequestupdates")
    assert root.tag == "service_request_updates"
    assert {each.tag for each in root} == {"request_update"}
    assert text_of(root, "request_update/media_url") == ""


async def test_updates_are_asked_by_their_time(partner: Partner, world: World) -> None:
    number = await partner.file()
    async with world.sign_in("leader", Role.LEADER) as leader:
        await leader.post(f"/api/v1/cases/{(await case_of(leader, number))['id']}/commands/file")
    hour = timedelta(hours=1)
    start, end = format_time(now() - hour), format_time(now() + hour)
    assert await partner.get("servicerequestupdates", start_date=start, end_date=end)
    assert await partner.get("servicerequestupdates", start_date=end) == []
    assert await partner.get("servicerequestupdates", end_date=start) == []


def an_update(number: str, **more: str) -> dict[str, str]:
    at = format_time(now())
    fields = {"service_request_id": number, "update_id": "77", "status": "OPEN", "updated_datetime": at}
    return fields | {"description": "还是不亮"} | more


async def post(partner: Partner, form: dict[str, str], suffix: str = "json", files: Any = None) -> Any:
    data = {"api_key": partner.key, **form}
    return await partner.client.post(f"{V2}/servicerequestupdates.{suffix}", data=data, files=files)


async def test_an_update_of_a_partner_is_a_note_of_the_case_once(partner: Partner, world: World) -> None:
    number = await partner.file()
    form = an_update(number, status="FIXED", updated_datetime="2026-03-01T08:00:00Z")
    answers = [await post(partner, form) for _ in range(2)]
    assert [answer.json() for answer in answers] == [[{"update_id": "77"}]] * 2
    xml = await post(partner, form, "xml")
    assert "<request_update><update_id>77</update_id></request_update>" in xml.text
    async with world.sign_in("leader", Role.LEADER) as leader:
        (note,) = await notes_of(leader, number)
        assert note["by"] == "open311:app"
        assert note["note"] == f"[{number} · FIXED · 2026-03-01T08:00:00Z]\n还是不亮"
        assert (await case_of(leader, number))["stage"] == "reported", "what it means, the city's people say"


async def test_two_at_once_with_one_id_are_one(partner: Partner, world: World) -> None:
    number = await partner.file()
    answers = await asyncio.gather(*(post(partner, an_update(number)) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert (await post(partner, an_update(number))).status_code == 200
    async with world.sign_in("leader", Role.LEADER) as leader:
        assert len(await notes_of(leader, number)) == 1


async def test_ids_of_two_partners_do_not_meet_and_a_closed_case_takes_notes(partner: Partner, world: World) -> None:
    number = await partner.file()
    other = Partner(partner.client, await make_key(world, "other"), world)
    async with world.sign_in("leader", Role.LEADER) as leader:
        case = await case_of(leader, number)
        assert (
            await leader.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "no"})
        ).status_code == 200
        for who in (partner, other):
            assert (await post(who, an_update(number))).status_code == 200
        assert [note["by"] for note in await notes_of(leader, number)] == ["open311:app", "open311:other"]


async def test_an_update_may_bring_a_picture(partner: Partner, world: World) -> None:
    number = await partner.file()
    answer = await post(partner, an_update(number), files={"media": ("a.jpg", jpeg(64, 64))})
    assert answer.status_code == 200, answer.text
    async with world.sign_in("leader", Role.LEADER) as leader:
        (note,) = await notes_of(leader, number)
        assert (await leader.get(f"/api/v1/media/{note['media'][0]}")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"service_request_id": "none"}, 404),
        ({"service_request_id": ""}, 400),
        ({"update_id": ""}, 400),
        ({"update_id": "x" * 101}, 400),
        ({"status": "EATEN"}, 400),
        ({"updated_datetime": "today"}, 400),
        ({"description": ""}, 400),
        ({"api_key": "none"}, 403),
    ],
)
async def test_an_update_that_does_not_fit_is_refused(
    partner: Partner, world: World, change: dict[str, str], status: int
) -> None:
    number = await partner.file()
    for suffix in ("json", "xml"):
        answer = await post(partner, an_update(number) | change, suffix)
        check(answer)
        assert answer.status_code == status
    async with world.sign_in("leader", Role.LEADER) as leader:
        assert await notes_of(leader, number) == []


async def test_other_cases_of_the_city_have_updates_too(partner: Partner, world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader:
        body = {"text": "灯坏了", "category": "P0118", "lon": 106.547, "lat": LAT}
        case = (await leader.post("/api/v1/cases", json=body)).json()
    found = await partner.get("servicerequestupdates")
    assert {each["service_request_id"] for each in found} == {case["number"]}
