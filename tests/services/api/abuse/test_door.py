"""The citizen's door under abuse: how often, with what proof, what is flagged and what is held."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from msgspec.structs import replace
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from dispatch.access import Role
from dispatch.city import Hotline
from dispatch.citymap import City
from dispatch.flags import FlagKind, FlagWord
from services.api.senders import network_of
from services.live.phones import read_phone
from services.store.abuse_tables import held_reports
from services.store.tables import audit, inbox, media, report_senders
from tests.services.api.places import IN_GRID
from tests.services.api.world import World, open_world

COVER = "P0101"
REPORT: dict[str, Any] = {"text": "井盖破损", "category": COVER, "lon": IN_GRID[0], "lat": IN_GRID[1]}


def solve(challenge: dict[str, Any]) -> str:
    """Do the work, as the page does it."""
    salt, wanted = challenge["salt"], challenge["challenge"]
    for number in range(challenge["maxnumber"] + 1):
        if sha256(f"{salt}{number}".encode()).hexdigest() == wanted:
            names = ("algorithm", "challenge", "salt", "signature")
            return base64.b64encode(
                json.dumps({**{name: challenge[name] for name in names}, "number": number}).encode()
            ).decode()
    raise AssertionError("no number fits")


async def challenge(client: AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/reports/challenge")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def send(client: AsyncClient, proof: str = "", **more: Any) -> Response:
    headers = {"X-Proof": proof} if proof else {}
    return await client.post("/api/v1/reports", json={**REPORT, **more}, headers=headers)


async def settle(world: World) -> None:
    for _ in range(200):
        await world.parts.desk.order(lambda turn: None)
        if not world.parts.desk.waiting():
            return
        await asyncio.sleep(0.01)


async def case_of(client: AsyncClient, number: str) -> dict[str, Any]:
    (row,) = (await client.get("/api/v1/cases", params={"number": number})).json()["items"]
    return dict((await client.get(f"/api/v1/cases/{row['id']}")).json())


@pytest.fixture
async def strict(city: City, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(city, tmp_path, challenge="always") as opened:
        yield opened


async def test_a_proof_is_asked_for_holds_once_and_not_for_another(strict: World) -> None:
    async with strict.stranger() as citizen:
        refused = await send(citizen)
        assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (428, "proof-required")
        asked = await challenge(citizen)
        assert asked["required"] is True
        proof = solve(asked["challenge"])
        assert (await send(citizen, proof)).status_code == 201
        assert (await send(citizen, proof)).status_code == 428
        forged = json.loads(base64.b64decode(proof)) | {"number": 0}
        for bad in ("x", "", base64.b64encode(json.dumps(forged).encode()).decode(), base64.b64encode(b"[]").decode()):
            assert (await send(citizen, bad)).status_code == 428


async def test_a_few_reports_need_no_proof_and_many_do(city: City, tmp_path: Path) -> None:
    async with open_world(city, tmp_path, challenge="auto") as opened, opened.stranger() as citizen:
        assert (await challenge(citizen))["required"] is False
        codes = [(await send(citizen, text=f"井盖 {n}")).status_code for n in range(8)]
        assert codes[:5] == [201] * 5
        assert codes[-1] == 428
        assert (await challenge(citizen))["required"] is True


async def test_a_browser_gets_one_random_id_for_our_own_pages_alone(world: World) -> None:
    async with world.stranger() as citizen:
        first = await send(citizen)
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "set-cookie" not in (await send(citizen)).headers
    kept = await world.parts.db.read(lambda c: list(c.scalars(select(report_senders.c.device))))
    assert "" in kept  # the first came without one
    assert all(len(each) in (0, 64) for each in kept)


def test_a_household_of_ipv6_is_one_sender_and_a_number_is_one_however_it_is_written() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::9") != network_of("2001:db8:1:2::9")
    assert network_of("::ffff:203.0.113.9") == network_of("203.0.113.9") == "203.0.113.9"
    found = [read_phone(written, Hotline()) for written in ("138 0013 8000", "+86-13800138000")]
    assert [each and each.kept for each in found] == ["+8613800138000"] * 2


async def test_words_of_the_list_are_told_to_the_acceptor_and_kept_from_the_public(city: City, tmp_path: Path) -> None:
    codes = replace(city.codes, moderation=(FlagWord("混蛋", FlagKind.INSULT),))
    there = type(city)(**{**{name: getattr(city, name) for name in city.__dataclass_fields__}, "codes": codes})
    async with open_world(there, tmp_path) as world, world.stranger() as citizen:
        receipt = (await send(citizen, text="井盖破损，混蛋")).json()
        await settle(world)
        async with world.sign_in("leader", Role.LEADER) as leader:
            case = await case_of(leader, receipt["number"])
            rules = {ground["rule"]: ground for ground in case["because"]}
            assert "混蛋" in rules["flag.insult"]["zh"]
            assert await public_numbers(citizen) == []
            done = await leader.post(f"/api/v1/cases/{case['id']}/commands/accept")
            assert done.status_code == 200, done.text
            assert await public_numbers(citizen) == [case["number"]]


async def public_numbers(client: AsyncClient) -> list[str]:
    return [row["service_request_id"] for row in (await client.get("/open311/v2/requests.json")).json()]


def picture(quality: int, size: tuple[int, int] = (640, 480)) -> bytes:
    image = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(image)
    for n in range(12):
        draw.ellipse((n * 40, n * 25, n * 40 + 120, n * 25 + 160), outline=(n * 20, 90, 200 - n * 10), width=9)
    out = BytesIO()
    image.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


async def test_the_same_picture_saved_anew_is_told_with_its_case(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        numbers = []
        for n, photo in enumerate((picture(90), picture(60, (500, 375)))):
            form = {
                "text": f"事 {n}",
                "category": ("P0101", "E0504")[n],
                "lon": str(IN_GRID[0]),
                "lat": str(IN_GRID[1]),
            }
            answer = await citizen.post("/api/v1/reports", data=form, files={"photos": ("a.jpg", photo, "image/jpeg")})
            assert answer.status_code == 201, answer.text
            numbers.append(answer.json()["number"])
            await settle(world)
        first, second = [await case_of(leader, number) for number in numbers]
        assert not [ground for ground in first["because"] if ground["rule"] == "flag.picture"]
        (ground,) = [ground for ground in second["because"] if ground["rule"] == "flag.picture"]
        assert first["number"] in ground["en"]


async def ban(client: AsyncClient, **more: Any) -> Response:
    return await client.post("/api/v1/bans", json={"reason": "a hundred false reports", **more})


async def test_a_banned_sender_reads_the_same_answer_and_is_held_until_somebody_decides(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        made = await ban(leader, kind="phone", value="+86 138 0013 8000")
        assert (made.status_code, made.json()["hint"]) == (201, "…8000")
        fine = await send(citizen, text="别人的井盖", phone="13900139000")
        held = await send(citizen, text="井盖又坏了", phone="138-0013-8000")
        assert (held.status_code, sorted(held.json())) == (fine.status_code, sorted(fine.json()))
        await settle(world)
        assert await messages(world) == 1
        assert (await citizen.get(f"/api/v1/reports/{held.json()['token']}")).json()["stage"] == "received"
        (row,) = (await leader.get("/api/v1/held")).json()["items"]
        assert (row["number"], row["text"], row["ban"]) == (
            held.json()["number"],
            "井盖又坏了",
            "a hundred false reports",
        )
        assert "138" not in json.dumps(row)
        released = await leader.post(f"/api/v1/held/{row['id']}/release")
        assert (released.status_code, released.json()["decided_by"]) == (200, "leader")
        assert (await leader.post(f"/api/v1/held/{row['id']}/release")).status_code == 409
        await settle(world)
        assert await messages(world) == 2
        assert (await citizen.get(f"/api/v1/reports/{held.json()['token']}")).json()["stage"] == "reported"
    deeds = await world.parts.db.read(lambda c: list(c.scalars(select(audit.c.action))))
    assert {"ban.made", "held.released"} <= set(deeds)


async def messages(world: World) -> int:
    return await world.parts.db.read(lambda c: c.scalar(select(func.count()).select_from(inbox)) or 0)


async def test_what_is_discarded_is_deleted_and_a_lifted_ban_holds_nothing_more(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        first = (await send(citizen)).json()
        await send(citizen)
        by_device = await ban(leader, kind="device", report=first["number"])
        assert by_device.status_code == 422  # the first report of a browser has no id yet
        second = (await send(citizen, text="井盖 2")).json()
        made = (await ban(leader, kind="device", report=second["number"])).json()
        await send(citizen, text="井盖 3")
        (row,) = (await leader.get("/api/v1/held")).json()["items"]
        gone = await leader.post(f"/api/v1/held/{row['id']}/discard")
        assert (gone.status_code, gone.json()["text"]) == (200, "")
        assert (await leader.delete(f"/api/v1/bans/{made['id']}")).status_code == 204
        await send(citizen, text="井盖 4")
        assert (await leader.get("/api/v1/held")).json()["items"] == []


async def held_bodies(world: World) -> list[tuple[str, bytes]]:
    return await world.parts.db.read(
        lambda c: [(row.state, row.body) for row in c.execute(select(held_reports).order_by(held_reports.c.created_at))]
    )


async def test_a_banned_sender_reads_and_deletes_what_is_held_and_does_not_notice(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        await ban(leader, kind="phone", value="13800138000")
        form = {
            "text": "张家门口的井盖",
            "address": "张家",
            "category": "P0101",
            "name": "张三",
            "phone": "13800138000",
        }
        photo = [("photos", ("a.jpg", picture(80), "image/jpeg"))]
        mine = (await citizen.post("/api/v1/reports", data=form, files=photo)).json()
        other = (await citizen.post("/api/v1/reports", json=form)).json()
        url = f"/api/v1/reports/{mine['token']}/data"
        data = (await citizen.get(url)).json()
        assert (data["text"], data["address"], len(data["photos"])) == ("张家门口的井盖", "张家", 1)
        assert (await citizen.delete(url)).json() == {"contact": "erased", "words": "when_ended"}, "as anybody is told"
        data = (await citizen.get(url)).json()
        assert (data["name"], data["text"], data["address"], data["photos"]) == ("", "", "", [])
        assert (await citizen.get(f"/api/v1/reports/{mine['token']}")).json()["stage"] == "received"
        assert (await citizen.delete(url)).status_code == 200, "once more is no harm"
        (left,) = (await leader.get("/api/v1/held")).json()["items"]
        assert left["number"] == other["number"], "another's stays"
        (gone,) = (await leader.get("/api/v1/held", params={"state": "discarded"})).json()["items"]
        assert (gone["number"], gone["text"], gone["decided_by"]) == (mine["number"], "", "reporter")
        assert (await leader.post(f"/api/v1/held/{gone['id']}/release")).status_code == 409
        (erased,) = await world.parts.db.read(lambda c: list(c.scalars(select(media.c.erased_at))))
        assert erased is not None
        async with world.sign_in("auditor", Role.AUDITOR) as auditor:
            report = (await auditor.get("/api/v1/privacy/retention")).json()
            assert (report["asked"], report["held"]) == (0, 0), "nothing of it waits for an end that never comes"


async def test_what_is_released_is_kept_once_and_deleted_with_its_case(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        await ban(leader, kind="phone", value="13800138000")
        sent = (await send(citizen, text="张家门口的井盖", phone="13800138000")).json()
        (row,) = (await leader.get("/api/v1/held")).json()["items"]
        await leader.post(f"/api/v1/held/{row['id']}/release")
        assert await held_bodies(world) == [("released", b"")], "it has become a message"
        await settle(world)
        case = await case_of(leader, sent["number"])
        assert case["text"] == "张家门口的井盖"
        # As those were kept that an earlier version has released.
        await world.parts.db.write(lambda c: c.execute(held_reports.update().values(body=b'{"text":"x"}')))
        assert (await citizen.post(f"/api/v1/reports/{sent['token']}/redact")).status_code == 200
        assert await held_bodies(world) == [("released", b"")]


async def test_a_network_is_held_as_far_as_it_goes_and_no_country_is(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        assert (await ban(leader, kind="network", value="10.0.0.0/8")).status_code == 422
        assert (await ban(leader, kind="network", value="nowhere")).status_code == 422
        assert (await ban(leader, kind="network", value="198.51.100.0/24")).status_code == 201
        await send(citizen)
        assert (await leader.get("/api/v1/held")).json()["items"] == []
        assert (await ban(leader, kind="network", value="127.0.0.0/16")).status_code == 201
        await send(citizen, text="井盖 2")
        assert len((await leader.get("/api/v1/held")).json()["items"]) == 1


async def test_bans_are_for_those_who_may(world: World) -> None:
    async with world.sign_in("acceptor", Role.ACCEPTOR) as client:
        assert (await client.get("/api/v1/held")).status_code == 200
        assert (await client.get("/api/v1/bans")).status_code == 403
    async with world.sign_in("worker", Role.WORKER) as client:
        assert (await client.get("/api/v1/held")).status_code == 403
