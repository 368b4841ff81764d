"""Pictures in a bucket: durable there, copies here, and gone from both when they are deleted."""

import os
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from services.observe.clock import now
from services.settings import BadSetting, MediaBucket, Settings
from services.store.bucket import Bucket
from services.store.bucket_shelf import BucketShelf, open_shelf
from services.store.cache import FRESH_S, UNNAMED_S, Cache, tidy
from services.store.database import Database
from services.store.media import Medium, add_medium, remove_medium
from services.store.moving import Pushed, push_folder
from services.store.pictures import PictureFolder
from services.store.shelf import BucketAway, DiskShelf, on_shelf
from tests.parts.bucket import ACCESS_KEY, SECRET_KEY, Store, names_in
from tests.services.api.samples import jpeg


def id_of(n: int) -> str:
    return sha256(str(n).encode()).hexdigest()[:40]


def shelf_on(settings: MediaBucket, folder: Path) -> BucketShelf:
    return BucketShelf(folder, Bucket(settings, rest_s=0.0), settings.cache_bytes)


async def put_row(db: Database, media_id: str) -> None:
    medium = Medium(id=media_id, content_type="image/jpeg", width=1, height=1, size=1)
    await db.write(lambda connection: add_medium(connection, medium, "citizen", now()))


def make_old(path: Path, age_s: float) -> None:
    os.utime(path, (time.time() - age_s,) * 2)


async def test_what_one_server_has_stored_another_reads_and_deletes(s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    here, there = (PictureFolder(shelf_on(bucket, tmp_path / name)) for name in ("a", "b"))
    medium = await here.store(jpeg(400, 300))
    assert (await here.store(jpeg(400, 300))) == medium, "twice is once"
    first, second = await here.file(medium.id), await there.file(medium.id)
    assert first != second
    assert first.read_bytes() == second.read_bytes()
    assert (await there.file(medium.id, thumb=True)).exists()
    blurred = await there.blurred(medium.id, ((0.1, 0.1, 0.5, 0.5),))
    assert blurred.exists()
    assert names_in(bucket) == {f"{medium.id[:2]}/{medium.id}{end}" for end in (".jpg", "-thumb.jpg")}
    await there.delete([medium.id])
    assert names_in(bucket) == set()
    assert not second.exists()
    assert not blurred.exists()
    with pytest.raises(FileNotFoundError):
        await there.file(medium.id)


async def test_what_a_door_has_put_down_is_developed_where_the_engine_is(s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    door, engine = (PictureFolder(shelf_on(bucket, tmp_path / name)) for name in ("door", "engine"))
    raw = await door.put_down(jpeg(640, 480))
    other = await door.put_down(jpeg(320, 240))
    assert not (tmp_path / "door").exists(), "a door keeps nothing of anybody"
    assert set(await engine.list_undeveloped()) == {raw.id, other.id}
    developed = await engine.develop(raw.id)
    assert developed is not None
    assert (developed.width, developed.height) == (640, 480)
    assert raw.id in await engine.list_undeveloped(), "until its row is written"
    await engine.drop_raw(raw.id)
    await door.put_down(jpeg(640, 480))
    assert await engine.list_undeveloped() == [other.id], "it is there already"
    assert await engine.develop(raw.id) is None
    await engine.delete([other.id])
    assert await engine.list_undeveloped() == []


async def test_a_bucket_that_is_away_is_named_and_asked_again_later(s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    shelf = shelf_on(bucket, tmp_path)
    folder = PictureFolder(shelf)
    kept = await folder.store(jpeg(64, 64))
    (tmp_path / "media-cache" / kept.id[:2] / f"{kept.id}.jpg").unlink()
    s3.line.cut()
    try:
        for call in (
            lambda: folder.store(jpeg(96, 96)),
            lambda: folder.put_down(jpeg(96, 96)),
            lambda: folder.file(kept.id),
            folder.list_undeveloped,
            lambda: folder.delete([kept.id]),
        ):
            with pytest.raises(BucketAway) as away:
                await call()
            assert SECRET_KEY not in str(away.value)
            assert ACCESS_KEY not in str(away.value)
        assert not list((tmp_path / "media-cache").rglob("*.jpg")), "nothing is here that is not there"
    finally:
        s3.line.mend()
    shelf.check()
    assert (await folder.file(kept.id)).exists()


async def test_while_it_is_away_nobody_waits_for_it_again_and_again(s3: Store, tmp_path: Path) -> None:
    bucket = Bucket(s3.make(), rest_s=60.0)
    s3.line.cut()
    try:
        with pytest.raises(BucketAway):
            bucket.put("ab/x.jpg", b"x")
    finally:
        s3.line.mend()
    with pytest.raises(BucketAway, match="a moment ago"):
        bucket.put("ab/x.jpg", b"x")


def test_a_bucket_that_there_is_not_is_away_and_not_empty(s3: Store) -> None:
    bucket = Bucket(MediaBucket(bucket="nobody-has-made-it", endpoint=s3.make().endpoint), rest_s=0.0)
    for call in (
        lambda: bucket.put("ab/x.jpg", b"x"),
        lambda: bucket.get("ab/x.jpg"),
        lambda: list(bucket.iterate()),
        bucket.check,
    ):
        with pytest.raises(BucketAway):
            call()


async def test_the_cache_keeps_its_bound_and_forgets_what_was_deleted_elsewhere(db: Database, tmp_path: Path) -> None:
    cache = Cache(tmp_path, bytes_max=250)
    paths = [cache.put(f"{id_of(n)[:2]}/{id_of(n)}.jpg", b"x" * 100) for n in range(5)]
    for n in range(4):
        await put_row(db, id_of(n))
    for path, age_s in zip(paths, (4 * FRESH_S, 3 * FRESH_S, 2 * FRESH_S, 0, 2 * UNNAMED_S), strict=True):
        make_old(path, age_s)
    used = cache.find(f"{id_of(0)[:2]}/{id_of(0)}.jpg")
    assert used == paths[0], "the oldest, but somebody has just asked for it"
    at_s = datetime.now(UTC).timestamp()
    assert await tidy(db, cache, at_s) == 3
    assert [path.exists() for path in paths] == [True, False, False, True, False]
    assert await tidy(db, cache, at_s) == 0


async def test_what_was_asked_for_of_late_stays_though_it_is_too_much(db: Database, tmp_path: Path) -> None:
    cache = Cache(tmp_path, bytes_max=10)
    path = cache.put(f"{id_of(1)[:2]}/{id_of(1)}.jpg", b"x" * 100)
    assert await tidy(db, cache, datetime.now(UTC).timestamp()) == 0
    assert path.exists()


async def test_a_folder_is_pushed_once_without_what_nobody_keeps(db: Database, s3: Store, tmp_path: Path) -> None:
    bucket, disk = s3.make(), DiskShelf(tmp_path)
    folder = PictureFolder(disk)
    kept, gone, waiting = await folder.store(jpeg(64, 64)), await folder.store(jpeg(80, 64)), id_of(7)
    await folder.blurred(kept.id, ((0, 0, 0.5, 0.5),))
    disk.put_aside(waiting, jpeg(48, 48))
    disk.put_aside(kept.id, jpeg(64, 64))
    sound = f"rec-{id_of(8)}"
    disk.put(f"{id_of(8)[:2]}/{sound}.webm", b"sound")
    for media_id in (kept.id, waiting, sound):
        await put_row(db, media_id)
    there = Bucket(bucket, rest_s=0.0)
    first = await on_shelf(push_folder, db.engine, disk.folder, there)
    assert first == Pushed(sent=4, there=1, unnamed=2, taken_back=0)
    names = names_in(bucket)
    assert names == {
        f"{kept.id[:2]}/{kept.id}.jpg",
        f"{kept.id[:2]}/{kept.id}-thumb.jpg",
        f"{id_of(8)[:2]}/{sound}.webm",
        f"raw/{waiting}",
    }
    assert not any(gone.id in name for name in names)
    again = await on_shelf(push_folder, db.engine, disk.folder, there)
    assert again == Pushed(sent=0, there=5, unnamed=2, taken_back=0)
    assert (await PictureFolder(shelf_on(bucket, tmp_path / "new")).file(kept.id)).exists()


async def test_what_is_deleted_after_it_was_pushed_is_taken_back(db: Database, s3: Store, tmp_path: Path) -> None:
    bucket, disk = s3.make(), DiskShelf(tmp_path)
    folder, there = PictureFolder(disk), Bucket(bucket, rest_s=0.0)
    there.put("ab/of-somebody-else.jpg", b"x")
    kept, gone = await folder.store(jpeg(64, 64)), await folder.store(jpeg(80, 64))
    for each in (kept, gone):
        await put_row(db, each.id)
    assert (await on_shelf(push_folder, db.engine, disk.folder, there)).sent == 4
    await folder.delete([gone.id])
    await db.write(lambda connection: remove_medium(connection, gone.id))
    again = await on_shelf(push_folder, db.engine, disk.folder, there)
    assert again == Pushed(sent=0, there=2, unnamed=0, taken_back=2)
    names = {f"{kept.id[:2]}/{kept.id}{end}" for end in (".jpg", "-thumb.jpg")}
    assert names_in(bucket) == names | {"ab/of-somebody-else.jpg"}


async def test_a_full_disk_keeps_nothing_from_the_bucket_and_shows_nothing(s3: Store, tmp_path: Path) -> None:
    bucket = s3.make()
    (tmp_path / "media-cache").write_text("no folder can be made here")
    folder = PictureFolder(shelf_on(bucket, tmp_path))
    medium = await folder.store(jpeg(64, 64))
    assert len(names_in(bucket)) == 2
    with pytest.raises(BucketAway):
        await folder.file(medium.id)


async def test_who_is_forgotten_is_forgotten_in_the_folder_from_before_too(s3: Store, tmp_path: Path) -> None:
    former = await PictureFolder(DiskShelf(tmp_path)).store(jpeg(64, 64))
    await PictureFolder(shelf_on(s3.make(), tmp_path)).delete([former.id])
    assert not list((tmp_path / "media").rglob("*.jpg"))


def test_the_settings_say_where_and_hold_no_secret(s3: Store, tmp_path: Path) -> None:
    env = {
        "WARDLINE_DATA_DIR": str(tmp_path),
        "WARDLINE_MEDIA_S3": "s3://city-media/wardline/main/",
        "WARDLINE_MEDIA_S3_ENDPOINT": "http://10.0.0.5:9000/",
        "WARDLINE_MEDIA_CACHE_BYTES": "1000",
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    settings = Settings.from_env(env)
    assert settings.media == MediaBucket(
        bucket="city-media", prefix="wardline/main", endpoint="http://10.0.0.5:9000", cache_bytes=1000
    )
    assert SECRET_KEY not in repr(settings)
    assert isinstance(open_shelf(settings), BucketShelf)
    assert isinstance(open_shelf(Settings.from_env({"WARDLINE_DATA_DIR": str(tmp_path)})), DiskShelf)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WARDLINE_MEDIA_S3", "city-media"),
        ("WARDLINE_MEDIA_S3", "https://city-media"),
        ("WARDLINE_MEDIA_S3", "s3://key:secret@city-media/x"),
        ("WARDLINE_MEDIA_S3", "s3://city-media/../other"),
        ("WARDLINE_MEDIA_S3_ENDPOINT", "10.0.0.5:9000"),
        ("WARDLINE_MEDIA_S3_ENDPOINT", "http://key:secret@10.0.0.5"),
        ("WARDLINE_MEDIA_S3_ENDPOINT", "http://10.0.0.5/bucket"),
        ("WARDLINE_MEDIA_CACHE_BYTES", "20 GB"),
    ],
)
def test_what_names_no_bucket_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as refused:
        MediaBucket.from_env({name: value})
    assert "secret" not in str(refused.value)
