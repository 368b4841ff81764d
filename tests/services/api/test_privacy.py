"""What is kept of a person: read and deleted by the private link, blurred by the office."""

from io import BytesIO
from typing import Any

import numpy as np
from httpx import AsyncClient, Response
from PIL import Image
from sqlalchemy import select

from dispatch.access import Role
from services.store.tables import events, inbox, reporters
from tests.services.api.samples import jpeg
from tests.services.api.test_reports import REPORT, follow
from tests.services.api.world import World

PERSON = {"name": "王小明", "phone": "13812345678", "address": "解放碑1号王家"}
LEFT_HALF = [[0, 0, 0.5, 1]]


async def send(citizen: AsyncClient, **more: str) -> dict[str, Any]:
    form = {name: str(value) for name, value in (REPORT | PERSON | more).items()}
    files = [("photos", ("a.jpg", jpeg(640, 480), "image/jpeg"))]
    answer = await citizen.post("/api/v1/reports", data=form, files=files)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    await follow(citizen, receipt["token"])
    return receipt


async def only_case(client: AsyncClient) -> dict[str, Any]:
    (case,) = (await client.get("/api/v1/cases")).json()["items"]
    found: dict[str, Any] = case
    return found


def colours_of(answer: Response, x: float) -> set[int]:
    """Return the colours of a column of a picture; neighbours of one square are alike but for JPEG's rounding."""
    assert answer.status_code == 200, answer.text
    picture = Image.open(BytesIO(answer.content)).convert("L")
    column = round(x * picture.width)
    return {int(np.asarray(picture)[y, column]) // 4 for y in range(0, picture.height, 3)}


async def test_who_reported_reads_all_that_is_kept_of_him_and_until_when(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        receipt = await send(citizen)
        url = f"/api/v1/reports/{receipt['token']}/data"
        data = (await citizen.get(url)).json()
        assert data["name"] == PERSON["name"]
        assert data["phone"] == PERSON["phone"]
        assert data["text"] == REPORT["text"]
        assert data["address"] == PERSON["address"]
        assert len(data["photos"]) == 1
        assert data["looks"] == []
        assert {each["field"]: each["until"] for each in data["kept"]} == {
            "contact": None, "words": None, "photos": None
        }  # fmt: skip
        case = await only_case(leader)
        await leader.get(f"/api/v1/cases/{case['id']}/reporter", params={"clear": "true"})
        assert len((await citizen.get(url)).json()["looks"]) == 1
        await leader.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "重复"})
        assert all(each["until"] for each in (await citizen.get(url)).json()["kept"])


async def test_he_deletes_his_numbers_at_once_and_his_words_once_the_case_has_ended(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        receipt = await send(citizen)
        url = f"/api/v1/reports/{receipt['token']}/data"
        assert (await citizen.delete(url)).json() == {"contact": "erased", "words": "when_ended"}
        data = (await citizen.get(url)).json()
        assert (data["name"], data["phone"], data["text"]) == ("", "", REPORT["text"])
        assert data["erase_asked_at"]
        case = await only_case(leader)
        await leader.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "重复"})
        assert (await citizen.delete(url)).json() == {"contact": "erased", "words": "erased"}
        data = (await citizen.get(url)).json()
        assert (data["text"], data["address"], data["photos"], data["erase_asked_at"]) == ("", "", [], None)
        seen = (await leader.get(f"/api/v1/cases/{case['id']}")).json()
        assert (seen["text"], seen["media"], seen["place"]["address"]) == ("", [], "")
        media_id = case["media"][0]
        assert (await leader.get(f"/api/v1/media/{media_id}")).status_code == 404
        assert (await follow(citizen, receipt["token"]))["stage"] == "void"

    def left(connection: Any) -> str:
        return str([connection.execute(select(table)).all() for table in (events, inbox, reporters)])

    stored = await world.parts.db.read(left)
    assert REPORT["text"] not in stored
    assert PERSON["phone"] not in stored


async def test_another_s_link_reads_and_deletes_nothing(world: World) -> None:
    async with world.stranger() as citizen:
        await send(citizen)
        url = f"/api/v1/reports/{'x' * 43}/data"
        assert (await citizen.get(url)).status_code == 404
        assert (await citizen.delete(url)).status_code == 404


async def test_what_the_office_blurs_is_unreadable_but_for_the_desk(world: World) -> None:
    async with (
        world.stranger() as citizen,
        world.sign_in("leader", Role.LEADER) as leader,
        world.sign_in("supervisor", Role.SUPERVISOR) as supervisor,
        world.sign_in("admin", Role.ADMIN) as admin,
    ):
        receipt = await send(citizen)
        case = await only_case(leader)
        media_id = case["media"][0]
        assert (await supervisor.put(f"/api/v1/media/{media_id}/blur", json={"boxes": LEFT_HALF})).status_code == 403
        answer = await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": LEFT_HALF})
        assert answer.json() == {"boxes": LEFT_HALF}
        own = f"/api/v1/reports/{receipt['token']}/photos/{media_id}"
        for client, path in ((citizen, own), (supervisor, f"/api/v1/media/{media_id}")):
            for size in ("full", "thumb"):
                picture = await client.get(path, params={"size": size})
                assert len(colours_of(picture, 0.25)) < 12
                assert len(colours_of(picture, 0.75)) > 30
                assert "no-cache" in picture.headers["cache-control"]
        assert len(colours_of(await leader.get(f"/api/v1/media/{media_id}"), 0.25)) > 30
        (deed,) = (await admin.get("/api/v1/audit", params={"action": "picture"})).json()["items"]
        assert (deed["action"], deed["subject"]) == ("picture.blurred", media_id)
        await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": []})
        assert len(colours_of(await citizen.get(own), 0.25)) > 30


async def test_the_reporter_blurs_his_own_picture_and_takes_back_nothing_of_the_office_s(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        receipt = await send(citizen)
        media_id = (await only_case(leader))["media"][0]
        await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": LEFT_HALF})
        own = f"/api/v1/reports/{receipt['token']}/photos/{media_id}"
        answer = await citizen.put(f"{own}/blur", json={"boxes": [[0.6, 0, 0.4, 1]]})
        assert len(answer.json()["boxes"]) == 2
        assert len(colours_of(await citizen.get(own), 0.75)) < 12
        assert len(colours_of(await citizen.get(own), 0.25)) < 12
        other = f"/api/v1/reports/{receipt['token']}/photos/{'0' * 40}/blur"
        assert (await citizen.put(other, json={"boxes": LEFT_HALF})).status_code == 404


async def test_boxes_outside_the_picture_are_refused(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        await send(citizen)
        media_id = (await only_case(leader))["media"][0]
        for boxes in ([[-0.1, 0, 1, 1]], [[0, 0, 2, 1]], [[0, 0, 1]], [[0.1, 0.1, 0.2, 0.2]] * 51, "all"):
            answer = await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": boxes})
            assert answer.status_code == 422, boxes
        # A box may reach over the edge from inside: what lies beyond it is no picture.
        edge = [[0.9, 0.9, 1, 1]]
        assert (await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": edge})).status_code == 200
        assert (await citizen.get("/api/v1/cases")).status_code == 401


async def test_what_is_due_is_said_to_the_auditor_alone(world: World) -> None:
    async with world.sign_in("auditor", Role.AUDITOR) as auditor, world.sign_in("leader", Role.LEADER) as leader:
        found = (await auditor.get("/api/v1/privacy/retention")).json()
        assert (found["rows"], found["asked"]) == ([], 0)
        assert (await leader.get("/api/v1/privacy/retention")).status_code == 403
