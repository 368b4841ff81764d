"""Pictures that devices send with their messages: evidence of the case, ours before anyone sees them, never in the way.

A camera of the feed hikvision that was made by hand posts forms, or is pulled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path

from httpx import AsyncClient
from PIL import Image

from dispatch.access import Role
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import SourceId
from gis.point import LonLat
from services.observe import clock
from services.store import sources
from services.store.media import find_medium
from services.store.pictures import PictureFolder
from services.store.shelf import DiskShelf
from tests.parts.devices import Asked, begin, never, part, run_device
from tests.services.api.places import far_apart
from tests.services.api.samples import jpeg
from tests.services.api.world import World

KIND = "exposed_litter"


async def add_camera(world: World, city: City, name: str = "gate", pull: str = "") -> str:
    """Make a camera; return its key."""
    (place,) = far_apart(city, 1)
    made = Source(
        id=SourceId(f"hikvision:{name}"),
        feed="hikvision",
        kind="gateway",
        external_id=name,
        name_zh=name,
        name_en=name,
        point=LonLat(*place),
        kinds=(KIND,),
        pull=pull,
    )

    def write(connection: object) -> str:
        sources.add_source(connection, made, clock.now())  # type: ignore[arg-type]
        return sources.add_key(connection, made.id, clock.now())  # type: ignore[arg-type]

    return await world.parts.db.write(write)


def alert(n: int, more: str = "") -> bytes:
    return (
        f"<EventNotificationAlert><channelID>{n}</channelID><dateTime>{clock.now().isoformat()}</dateTime>"
        f"<eventType>fielddetection</eventType><eventState>active</eventState>{more}</EventNotificationAlert>"
    ).encode()


def form(*bodies: bytes) -> dict[str, object]:
    lines = b"".join(b"--b\r\nContent-Disposition: form-data; name=x\r\n\r\n" + body + b"\r\n" for body in bodies)
    return {"content": lines + b"--b--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


async def post(world: World, key: str, *bodies: bytes) -> list[str]:
    async with world.stranger() as client:
        answer = await client.post(f"/api/v1/intake/hikvision?key={key}", **form(*bodies))  # type: ignore[arg-type]
    assert answer.status_code == 202, answer.text
    ids: list[str] = answer.json()["message_ids"]
    return ids


async def find_case(client: AsyncClient, within_s: float = 20.0) -> dict[str, object]:
    return await eventually(lambda: _first_case(client), within_s)


async def _first_case(client: AsyncClient) -> dict[str, object] | None:
    items = (await client.get("/api/v1/cases")).json()["items"]
    return (await client.get(f"/api/v1/cases/{items[0]['id']}")).json() if items else None


async def eventually(ask: Callable[[], Awaitable[dict[str, object] | None]], within_s: float) -> dict[str, object]:
    async with asyncio.timeout(within_s):
        while True:
            found = await ask()
            if found:
                return found
            await asyncio.sleep(0.05)


async def media_of(client: AsyncClient, case: dict[str, object]) -> list[str]:
    events = (await client.get(f"/api/v1/cases/{case['id']}/events")).json()["items"]
    return [each for event in events for each in event.get("media", [])]


def photograph(width: int = 640) -> bytes:
    exif = Image.Exif()
    exif[0x013B] = "Zhang San"
    return jpeg(width, 480, exif=exif)


async def test_the_pictures_of_a_form_are_evidence_of_its_case_and_ours(world: World, city: City) -> None:
    key = await add_camera(world, city)
    (message,) = await post(world, key, alert(1), photograph(), photograph(320))
    assert message
    async with world.sign_in("desk", Role.DISPATCHER) as desk, world.sign_in("nobody", Role.WORKER) as other:
        case = await find_case(desk)
        media = await media_of(desk, case)
        assert len(media) == 2
        for media_id in media:
            for size in ("full", "thumb"):
                answer = await desk.get(f"/api/v1/media/{media_id}", params={"size": size})
                assert answer.status_code == 200, answer.text
                with Image.open(BytesIO(answer.content)) as picture:
                    assert picture.format == "JPEG"
                    assert not picture.getexif()
                    assert size == "full" or max(picture.size) <= 320
            assert (await other.get(f"/api/v1/media/{media_id}")).status_code == 404


async def test_what_is_no_picture_costs_its_message_nothing(world: World, city: City) -> None:
    key = await add_camera(world, city)
    cut = photograph()[:2_000]
    await post(world, key, alert(1), b"\xff\xd8\xff\xe0 no picture at all", cut)
    async with world.sign_in("desk", Role.DISPATCHER) as desk:
        case = await find_case(desk)
        # The second one begins as a picture does. That it is broken is seen when it is developed.
        (media_id,) = await media_of(desk, case)
        assert (await desk.get(f"/api/v1/media/{media_id}")).status_code == 404

        async def forgotten() -> dict[str, object] | None:
            found = await world.parts.db.read(lambda connection: find_medium(connection, media_id))
            return {"yes": True} if found is None else None

        await eventually(forgotten, 20.0)


async def test_the_same_message_again_with_its_pictures_is_the_same_message(world: World, city: City) -> None:
    key = await add_camera(world, city)
    body, picture = alert(1), photograph()
    first = await post(world, key, body, picture)
    assert await post(world, key, body, picture) == first
    assert await post(world, key, body) == first
    async with world.sign_in("desk", Role.DISPATCHER) as desk:
        assert len(await media_of(desk, await find_case(desk))) == 1


async def test_a_camera_that_is_pulled_brings_its_pictures_and_shows_how_its_line_stands(
    world: World, city: City
) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        seen = alert(1, "<detectionPicturesNumber>1</detectionPicturesNumber>")
        writer.write(part(seen) + part(photograph(), "image/jpeg"))
        await never()

    async with run_device(stream, is_signed=False) as device:
        await add_camera(world, city, "pulled", device.url)
        async with world.sign_in("desk", Role.DISPATCHER) as desk:
            case = await find_case(desk)
            (media_id,) = await media_of(desk, case)
            assert (await desk.get(f"/api/v1/media/{media_id}")).status_code == 200
            rows = (await desk.get("/api/v1/sources", params={"feed": "hikvision"})).json()["items"]
            line = {row["id"]: row["line"] for row in rows}["hikvision:pulled"]
            assert (line["state"], line["connections"], line["received"]) == ("connected", 1, 1)
            assert {row["line"] for row in rows if row["id"] != "hikvision:pulled"} <= {None}


async def test_a_picture_that_was_put_down_before_a_crash_is_developed_after_it(tmp_path: Path) -> None:
    before = PictureFolder(DiskShelf(tmp_path))
    medium = await before.put_down(photograph())
    after = PictureFolder(DiskShelf(tmp_path))
    assert await after.list_undeveloped() == [medium.id]
    developed = await after.develop(medium.id)
    assert developed is not None
    assert (developed.width, developed.height) == (640, 480)
    assert await after.list_undeveloped() == [medium.id], "until its row is written"
    await after.drop_raw(medium.id)
    assert await after.list_undeveloped() == []
    assert await after.put_down(photograph()) == medium
    assert await after.list_undeveloped() == [], "it is there already"
    assert await after.develop(medium.id) is None
