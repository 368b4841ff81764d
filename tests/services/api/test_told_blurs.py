"""Faces and plates that cameras tell of are hidden on their case's pictures from the first moment, but for the desk.

A camera of the feed hikvision posts a passing car with its plate; a Frigate is asked for the snapshot of another.
"""

import asyncio
from datetime import timedelta
from io import BytesIO

import numpy as np
from httpx import AsyncClient, Response
from PIL import Image

from dispatch.access import Role
from dispatch.citymap import City
from services.observe import clock
from services.store.media import list_cases_of
from tests.services.api.test_evidence import KIND, add_camera, alert, eventually, find_case, media_of
from tests.services.api.world import World
from tests.services.api.yard import yard

WIDTH, HEIGHT = 640, 360
PLATE = (0.4, 0.5, 0.1, 0.1)
"""Where the camera says that the plate is: x, y, width, height in shares."""
ANPR = (
    "<ANPR><pictureInfoList>"
    "<pictureInfo><fileName>licensePlatePicture.jpg</fileName><type>licensePlatePicture</type></pictureInfo>"
    "<pictureInfo><fileName>detectionPicture.jpg</fileName><type>detectionPicture</type>"
    "<plateRect><X>400</X><Y>500</Y><width>100</width><height>100</height></plateRect></pictureInfo>"
    "</pictureInfoList></ANPR>"
)


def chequers(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return a picture that is full of detail: squares of eight pixels, black and white, as large as JPEG's own."""
    y, x = np.indices((height, width)) // 8
    out = BytesIO()
    Image.fromarray(((x + y) % 2 * 255).astype("uint8")).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def detail_of(answer: Response, x: float, y: float, width: float, height: float) -> float:
    """Return how much there is to see in a part of a picture: the spread of its brightness, 0 to 127."""
    assert answer.status_code == 200, answer.text
    picture = Image.open(BytesIO(answer.content)).convert("L")
    left, top = round(x * picture.width), round(y * picture.height)
    part = picture.crop((left, top, round(left + width * picture.width), round(top + height * picture.height)))
    return float(np.asarray(part).std())


async def get_picture(client: AsyncClient, media_id: str, size: str = "full") -> Response:
    return await client.get(f"/api/v1/media/{media_id}", params={"size": size})


def is_hidden(answer: Response, box: tuple[float, float, float, float] = PLATE) -> bool:
    return detail_of(answer, *box) < 20


def is_clear(answer: Response, box: tuple[float, float, float, float]) -> bool:
    return detail_of(answer, *box) > 60


BESIDE = (0.1, 0.1, 0.2, 0.2)


def passing(*pictures: tuple[str, bytes]) -> dict[str, object]:
    parts = [("anpr.xml", "application/xml", alert(1, ANPR)), *((name, "image/jpeg", body) for name, body in pictures)]
    head = '--b\r\nContent-Disposition: form-data; name="{0}"; filename="{0}"\r\nContent-Type: {1}\r\n\r\n'
    lines = b"".join(head.format(name, kind).encode() + body + b"\r\n" for name, kind, body in parts)
    return {"content": lines + b"--b--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}


async def test_a_plate_that_a_camera_tells_of_is_seen_by_the_desk_alone(world: World, city: City) -> None:
    key = await add_camera(world, city)
    scene, plate = ("detectionPicture.jpg", chequers()), ("licensePlatePicture.jpg", chequers(160, 80))
    async with world.stranger() as camera:
        answer = await camera.post(f"/api/v1/intake/hikvision?key={key}", **passing(plate, scene))  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text
    async with (
        world.sign_in("leader", Role.LEADER) as leader,
        world.sign_in("supervisor", Role.SUPERVISOR) as supervisor,
    ):
        case = await find_case(leader)
        cut_out, media_id = await media_of(leader, case)
        for size in ("full", "thumb"):
            shown, clear = [await get_picture(client, media_id, size) for client in (supervisor, leader)]
            assert is_hidden(shown)
            assert "no-cache" in shown.headers["cache-control"]
            assert is_clear(clear, PLATE) or size == "thumb", "on a thumbnail squares of four pixels run together"
            assert detail_of(clear, *PLATE) > 3 * detail_of(shown, *PLATE)
            assert detail_of(shown, *BESIDE) > 3 * detail_of(shown, *PLATE)
            assert is_hidden(await get_picture(supervisor, cut_out, size), (0, 0, 1, 1))
        assert is_clear(await get_picture(supervisor, media_id), BESIDE)
        assert is_clear(await get_picture(leader, cut_out), (0, 0, 1, 1))
        worker = await send_somebody(world, leader, case)
        async with world.sign_in("worker", Role.WORKER, worker_id=worker) as phone:
            shown = await get_picture(phone, media_id)
            assert is_hidden(shown)
            assert is_clear(shown, BESIDE)
        # On paper it is as on the screen of who prints it.
        for client, other in ((supervisor, leader), (leader, supervisor)):
            sheet = (await client.get(f"/api/v1/cases/{case['id']}/sheet")).content
            assert (await get_picture(client, media_id, "thumb")).content in sheet
            assert (await get_picture(other, media_id, "thumb")).content not in sheet
        # The office sees what the camera has told, and changes it as its own.
        held = (await leader.get(f"/api/v1/media/{media_id}/blur")).json()["boxes"]
        assert held == [[0.375, 0.475, 0.15, 0.15]]
        assert (await leader.put(f"/api/v1/media/{media_id}/blur", json={"boxes": []})).status_code == 200
        assert is_clear(await get_picture(supervisor, media_id), PLATE)


async def send_somebody(world: World, leader: AsyncClient, case: dict[str, object]) -> str:
    """Have a worker handle the case, whatever has become of it by itself; return who."""
    worker = min(world.parts.city.codes.workers)
    url = f"/api/v1/cases/{case['id']}"
    now = (await leader.get(url)).json()
    if now["stage"] == "reported":
        now = (await leader.post(f"{url}/commands/file")).json()
    if now["worker"] != worker:
        command = "dispatch" if now["stage"] == "filed" else "reassign"
        answer = await leader.post(f"{url}/commands/{command}", json={"worker": worker})
        assert answer.status_code == 200, answer.text
    return worker


async def test_there_is_no_moment_at_which_it_is_seen(world: World, city: City) -> None:
    """Somebody who may not see it asks for the picture without end, from before it comes."""
    key = await add_camera(world, city)
    seen: list[Response] = []

    async def watch(client: AsyncClient) -> None:
        while not seen or seen[-1].status_code != 200:
            items = (await client.get("/api/v1/cases")).json()["items"]
            media = await media_of(client, items[0]) if items else []
            for media_id in media:
                seen.append(await get_picture(client, media_id))
            await asyncio.sleep(0)

    async with world.sign_in("supervisor", Role.SUPERVISOR) as supervisor, world.stranger() as camera:
        watching = asyncio.create_task(watch(supervisor))
        sent = await camera.post(
            f"/api/v1/intake/hikvision?key={key}",
            **passing(("detectionPicture.jpg", chequers())),  # type: ignore[arg-type]
        )
        assert sent.status_code == 202
        async with asyncio.timeout(20):
            await watching
    shown = [answer for answer in seen if answer.status_code == 200]
    assert shown
    assert all(is_hidden(answer) for answer in shown)


async def test_the_picture_that_is_fetched_of_a_frigate_is_hidden_where_frigate_says(world: World, city: City) -> None:
    started = clock.now() - timedelta(hours=2)
    x, y, width, height = PLATE
    object_of = {
        "id": "1.5-abc",
        "end_time": None,
        "data": {
            "region": [0.2, 0.2, 0.225, 0.4],
            "attributes": [{"label": "license_plate", "box": [x, y, width, height], "score": 0.9}],
        },
    }

    async with yard(world, city, object_of, chequers()) as post:
        after = {
            "id": "1.5-abc", "camera": "yard", "label": label_of(city), "start_time": started.timestamp(),
            "frame_time": clock.now().timestamp(), "has_snapshot": True, "stationary": True, "score": 0.99,
            "top_score": 0.99, "current_attributes": [{"label": "license_plate", "box": [1, 2, 3, 4], "score": 0.9}],
        }  # fmt: skip
        await post({"type": "new", "before": {}, "after": after})
        async with (
            world.sign_in("leader", Role.LEADER) as leader,
            world.sign_in("supervisor", Role.SUPERVISOR) as supervisor,
        ):
            case = await find_case(leader)

            async def pictured() -> dict[str, object] | None:
                media = await media_of(leader, case)
                return {"id": media[0]} if media else None

            media_id = str((await eventually(pictured, 20.0))["id"])
            assert await world.parts.db.read(lambda connection: list_cases_of(connection, media_id)) == [case["id"]]
            assert is_hidden(await get_picture(supervisor, media_id))
            assert is_clear(await get_picture(supervisor, media_id), BESIDE)
            assert is_clear(await get_picture(leader, media_id), PLATE)


def label_of(city: City) -> str:
    """Return a word of a detector for the kind of the camera."""
    return next(label for each in city.codes.video_types.values() if each.type == KIND for label in each.labels)
