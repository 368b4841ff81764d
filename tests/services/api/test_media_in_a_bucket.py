"""A city whose pictures lie in a bucket: kept there before anybody is answered, read from any server, gone from it when
they are deleted; and while it is away everything else goes on.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Connection, func, select, update

from dispatch.access import Role
from dispatch.citymap import City
from services.bootstrap import make_intake_app
from services.observe.clock import now
from services.settings import MediaBucket, Settings
from services.store.cache import FRESH_S
from services.store.database import Database
from services.store.tables import media
from tests.parts.bucket import Store, names_in
from tests.services.api.open311.partner import a_request, make_key
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.sounds import webm
from tests.services.api.test_evidence import add_camera, alert, find_case, form, media_of, photograph
from tests.services.api.world import World, open_world

WITHIN_S = 60.0
PROBLEM = "urn:wardline:problem:media-unreachable"


@asynccontextmanager
async def city_on(city: City, bucket: MediaBucket, root: Path, folder: str) -> AsyncIterator[World]:
    """Run the city on its one database, with a data folder of that name."""
    (root / folder).mkdir(exist_ok=True)
    async with open_world(city, root / folder, f"sqlite:///{root / 'city.sqlite3'}", media=bucket) as world:
        yield world


async def upload(client: AsyncClient, body: bytes) -> Response:
    return await client.post("/api/v1/media", files={"file": ("x", body, "application/octet-stream")})


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await ask():
            await asyncio.sleep(0.1)


def make_old(path: Path, age_s: float) -> None:
    os.utime(path, (time.time() - age_s,) * 2)


def count_rows(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(media)).scalar_one()


async def test_what_one_server_took_in_another_shows(city: City, s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    async with city_on(city, bucket, tmp_path, "first") as world, world.sign_in("lead", Role.LEADER) as client:
        picture, sound = [(await upload(client, body)).json()["id"] for body in (jpeg(400, 300), webm())]
        shown = await client.get(f"/api/v1/media/{picture}")
    async with city_on(city, bucket, tmp_path, "second") as world, world.again("lead") as client:
        assert not list((tmp_path / "second").rglob("*.jpg"))
        again = await client.get(f"/api/v1/media/{picture}")
        assert (again.status_code, again.content) == (200, shown.content)
        assert (await client.get(f"/api/v1/media/{picture}", params={"size": "thumb"})).status_code == 200
        heard = await client.get(f"/api/v1/media/{sound}")
        assert (heard.status_code, heard.content) == (200, webm())
        assert heard.headers["content-disposition"].endswith('.webm"')
    assert not (tmp_path / "first" / "media").exists()


async def test_the_job_keeps_the_bound_of_the_copies_and_nothing_is_lost(city: City, s3: Store, tmp_path: Path) -> None:
    bucket = s3.make(cache_bytes=1)
    async with city_on(city, bucket, tmp_path, "data") as world, world.sign_in("lead", Role.LEADER) as client:
        media_id = (await upload(client, jpeg(400, 300))).json()["id"]
        copies = list((tmp_path / "data" / "media-cache").rglob("*.jpg"))
        assert len(copies) == 2
        assert (await world.parts.schedule.run_now("media-cache")).last_changed == 0, "somebody may be reading them"
        for path in copies:
            make_old(path, 2 * FRESH_S)
        state = await world.parts.schedule.run_now("media-cache")
        assert (state.last_changed, state.failures) == (2, 0)
        assert not any(path.exists() for path in copies)
        assert (await client.get(f"/api/v1/media/{media_id}")).status_code == 200
    async with open_world(city, tmp_path) as world:
        state = await world.parts.schedule.run_now("media-cache")
        assert (state.last_changed, state.failures) == (0, 0), "a disk that keeps all is left alone"


async def test_what_is_erased_leaves_the_bucket(city: City, s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    async with city_on(city, bucket, tmp_path, "data") as world, world.sign_in("lead", Role.LEADER) as client:
        for body in (jpeg(400, 300), webm()):
            assert (await upload(client, body)).status_code == 201
        assert len(names_in(bucket)) == 3
        await world.parts.db.write(lambda connection: connection.execute(update(media).values(erased_at=now())))
        s3.line.cut()
        try:
            state = await world.parts.schedule.run_now("retention")
            assert "BucketAway" in state.last_error
        finally:
            s3.line.mend()
        assert await world.parts.db.read(count_rows) == 2, "what is not deleted there is deleted the next time"

        async def are_gone() -> bool:
            await world.parts.schedule.run_now("retention")
            return not names_in(bucket)

        await until(are_gone)
        assert await world.parts.db.read(count_rows) == 0
        assert not [path for path in (tmp_path / "data" / "media-cache").rglob("*") if path.is_file()]


async def test_while_the_bucket_is_away_pictures_are_refused_and_all_else_goes_on(
    city: City, s3: Store, tmp_path: Path
) -> None:
    bucket = s3.make()
    async with (
        city_on(city, bucket, tmp_path, "data") as world,
        world.sign_in("lead", Role.LEADER) as client,
        world.stranger() as citizen,
    ):
        key = await add_camera(world, city)
        shown, hidden = [(await upload(client, jpeg(400, side))).json()["id"] for side in (300, 200)]
        (tmp_path / "data" / "media-cache" / hidden[:2] / f"{hidden}.jpg").unlink()
        rows = await world.parts.db.read(count_rows)
        report = {"text": "井盖破损", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])}
        s3.line.cut()
        try:
            photos = {"photos": ("a.jpg", jpeg(64, 64), "image/jpeg")}
            for answer in (
                await upload(client, jpeg(96, 96)),
                await client.get(f"/api/v1/media/{hidden}"),
                await citizen.post("/api/v1/reports", data=report, files=photos),
            ):
                assert (answer.status_code, answer.json()["type"]) == (503, PROBLEM)
                assert int(answer.headers["retry-after"]) > 0
                assert bucket.bucket not in answer.text
            assert await world.parts.db.read(count_rows) == rows
            ready = await citizen.get("/readyz")
            assert (ready.status_code, ready.json()["media"]) == (200, "unreachable")
            assert (await client.get(f"/api/v1/media/{shown}")).status_code == 200, "it lies in the cache"
            page = await citizen.post(
                "/report/plain/",
                data={"text": "井盖", "action": "send", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])},
                files=photos,
            )
            assert page.status_code == 503
            plain = await citizen.post("/api/v1/reports", json={"text": "井盖", "lon": IN_GRID[0], "lat": IN_GRID[1]})
            assert plain.status_code == 201, plain.text
            told = await citizen.post(f"/api/v1/intake/hikvision?key={key}", **form(alert(1), photograph()))  # type: ignore[arg-type]
            assert told.status_code == 202, "no message is lost for its picture"
        finally:
            s3.line.mend()

        async def is_back() -> bool:
            return bool((await citizen.get("/readyz")).json()["media"] == "ready")

        await until(is_back)
        assert (await upload(client, jpeg(96, 96))).status_code == 201
        assert (await client.get(f"/api/v1/media/{hidden}")).status_code == 200
        photos = {"photos": ("a.jpg", jpeg(64, 64), "image/jpeg")}
        assert (await citizen.post("/api/v1/reports", data=report, files=photos)).status_code == 201


async def test_what_a_door_elsewhere_took_in_is_developed_by_the_server_with_the_engine(
    city: City, s3: Store, tmp_path: Path
) -> None:
    bucket, url = s3.make(), f"sqlite:///{tmp_path / 'city.sqlite3'}"
    async with city_on(city, bucket, tmp_path, "engine") as world, world.sign_in("desk", Role.DISPATCHER) as desk:
        key = await add_camera(world, city)
        db = Database(url)
        db.open()
        try:
            door = make_intake_app(Settings(data_dir=tmp_path / "door", database_url=url, media=bucket), db, city)
            transport = ASGITransport(door)
            async with AsyncClient(transport=transport, base_url="http://door.test") as camera:
                sent = await camera.post(f"/api/v1/intake/hikvision?key={key}", **form(alert(1), photograph()))  # type: ignore[arg-type]
                assert sent.status_code == 202
        finally:
            await db.close()
        assert not (tmp_path / "door").exists()
        (media_id,) = await media_of(desk, await find_case(desk))
        assert (await desk.get(f"/api/v1/media/{media_id}")).status_code == 200, "asked for before its turn"

        async def is_developed() -> bool:
            return names_in(bucket) == {f"{media_id[:2]}/{media_id}{end}" for end in (".jpg", "-thumb.jpg")}

        await until(is_developed)


@pytest.mark.parametrize("form_of", ["sheet", "open311"])
async def test_a_picture_that_cannot_be_read_now_is_no_failure_of_the_server(
    city: City, s3: Store, tmp_path: Path, form_of: str
) -> None:
    bucket = s3.make()
    async with (
        city_on(city, bucket, tmp_path, "data") as world,
        world.sign_in("lead", Role.LEADER) as client,
        world.stranger() as citizen,
    ):
        filing = {"api_key": await make_key(world), **a_request()}
        photo = {"media": ("a.jpg", jpeg(64, 64), "image/jpeg")}
        filed = (await citizen.post("/open311/v2/requests.json", data=filing, files=photo)).json()[0]
        case = await find_case(client)
        url = f"/api/v1/cases/{case['id']}/sheet"
        if form_of == "open311":
            (seen,) = (await citizen.get(f"/open311/v2/requests/{filed['service_request_id']}.json")).json()
            url = seen["media_url"].removeprefix("http://wardline.test")
        for path in (tmp_path / "data" / "media-cache").rglob("*.jpg"):
            path.unlink()
        s3.line.cut()
        try:
            answer = await client.get(url)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True), answer.text
        finally:
            s3.line.mend()

        async def is_back() -> bool:
            return (await client.get(url)).status_code == 200

        await until(is_back)
