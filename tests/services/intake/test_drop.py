"""Files that are dropped: read when whole, once, and never out of the drop."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.city import Source
from dispatch.ids import SourceId
from services.intake.drop import Drop
from services.intake.receive import Unwanted
from services.observe import clock

MET = Source(id=SourceId("cap:met"), feed="cap", kind="gateway", external_id="met", name_zh="", name_en="")


class Shelf:
    """A store that remembers; `fail` makes the next fail."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, bytes, datetime]] = []
        self.fail: Exception | None = None

    async def __call__(self, source: Source, body: bytes, at: datetime) -> None:
        if self.fail is not None:
            raise self.fail
        self.kept.append((source.id, body, at))

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body, _ in self.kept]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop" / "cap" / "met"
    made.mkdir(parents=True)
    return made


def make_drop(folder: Path, store: Shelf, now: Callable[[], datetime] = clock.now) -> Drop:
    def find(feed: str, name: str) -> Source | None:
        return MET if (feed, name) == ("cap", "met") else None

    return Drop(folder.parents[1], find_source=find, store=store, now=now, size_max=1_000)


async def look(drop: Drop, times: int = 2) -> None:
    for _ in range(times):
        await drop.look()


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


async def test_a_file_is_read_when_it_has_stood_still_and_then_lies_in_done(folder: Path) -> None:
    store = Shelf()
    drop = make_drop(folder, store)
    (folder / "a.xml").write_bytes(b"<al")
    assert await drop.look() == 0, "who knows whether it is whole"
    (folder / "a.xml").write_bytes(b"<alert/>")
    assert await drop.look() == 0, "it was not"
    assert await drop.look() == 1
    assert store.bodies == [b"<alert/>"]
    assert (names(folder), names(folder / "done")) == (["done"], ["a.xml"])
    await look(drop, 3)
    assert len(store.kept) == 1


@pytest.mark.parametrize("name", ["a.xml.part", "a.tmp", "a.FILEPART", ".a.xml", "a.xml~"])
async def test_a_file_that_is_still_written_by_its_name_waits_until_it_is_renamed(folder: Path, name: str) -> None:
    store = Shelf()
    drop = make_drop(folder, store)
    (folder / name).write_bytes(b"<alert/>")
    await look(drop, 3)
    assert store.kept == []
    (folder / name).rename(folder / "a.xml")
    await look(drop)
    assert store.bodies == [b"<alert/>"]


async def test_a_file_that_was_stored_but_not_moved_when_we_were_killed_is_the_same_message(folder: Path) -> None:
    first, second = Shelf(), Shelf()
    (folder / "a.xml").write_bytes(b"<alert/>")
    drop = make_drop(folder, first)
    drop._settle = lambda *_: None  # type: ignore[method-assign] # killed just before
    await look(drop)
    await look(make_drop(folder, second, lambda: clock.now() + timedelta(hours=2)))
    assert first.kept == second.kept, "its time of receipt too, by which a timeless message is told"
    assert names(folder / "done") == ["a.xml"]


@pytest.mark.parametrize("own", [datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
async def test_a_file_that_brings_another_day_s_time_came_now(folder: Path, own: datetime) -> None:
    store = Shelf()
    (folder / "a.xml").write_bytes(b"<alert/>")
    os.utime(folder / "a.xml", (own.timestamp(), own.timestamp()))
    before = clock.now()
    await look(make_drop(folder, store))
    ((_, _, at),) = store.kept
    assert before - timedelta(seconds=1) <= at <= clock.now()
    assert datetime.fromtimestamp((folder / "done" / "a.xml").stat().st_mtime, UTC) == at


async def test_what_cannot_be_stored_for_now_lies_where_it_is(folder: Path) -> None:
    store = Shelf()
    store.fail = OSError("the disk is full")
    drop = make_drop(folder, store)
    (folder / "a.xml").write_bytes(b"<alert/>")
    await look(drop, 3)
    assert names(folder) == ["a.xml"]
    store.fail = None
    await look(drop)
    assert store.bodies == [b"<alert/>"]


async def refusal_of(folder: Path, store: Shelf | None = None) -> str:
    """Return the reason that stands beside the only file that was refused."""
    store = store or Shelf()
    await look(make_drop(folder, store))
    assert store.kept == []
    assert not (folder / "done").exists()
    (reason,) = (folder / "failed").glob("*.reason.txt")
    assert names(folder / "failed") == sorted([reason.name, reason.name.removesuffix(".reason.txt")])
    return reason.read_text().strip()


async def test_a_file_that_is_too_large_is_put_aside_unread(folder: Path) -> None:
    (folder / "a.xml").write_bytes(b"x" * 1_001)
    assert await refusal_of(folder) == "1001 bytes; at most 1000"


async def test_an_empty_file_is_put_aside(folder: Path) -> None:
    (folder / "a.xml").touch()
    assert await refusal_of(folder) == "it is empty"


async def test_a_message_that_never_can_be_stored_is_put_aside(folder: Path) -> None:
    store = Shelf()
    store.fail = Unwanted("20000 messages in one request; at most 10000")
    (folder / "a.xml").write_bytes(b"<alert/>")
    assert await refusal_of(folder, store) == "20000 messages in one request; at most 10000"


async def test_a_file_of_a_source_that_nobody_knows_is_put_aside(folder: Path) -> None:
    other = folder.parent / "unknown"
    other.mkdir()
    (other / "a.xml").write_bytes(b"<alert/>")
    assert await refusal_of(other) == "the city knows no source 'unknown' of the feed 'cap'"


async def test_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    (folder / "a.xml").symlink_to(secret)
    assert await refusal_of(folder) == "it is no plain file"
    assert secret.read_bytes() == b"key"


async def test_a_second_name_of_another_file_is_not_read(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    (folder / "a.xml").hardlink_to(secret)
    assert await refusal_of(folder) == "it has a second name elsewhere"


async def test_a_pipe_holds_nobody_up(folder: Path) -> None:
    os.mkfifo(folder / "a.xml")
    assert await refusal_of(folder) == "it is no plain file"


async def test_folders_that_are_links_are_none_and_nothing_lies_deeper(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "met"
    outside.mkdir(parents=True)
    (outside / "a.xml").write_bytes(b"<alert/>")
    (folder / "deep").mkdir()
    (folder / "deep" / "a.xml").write_bytes(b"<alert/>")
    folder.parent.joinpath("linked").symlink_to(outside)
    folder.parents[1].joinpath("telemetry").symlink_to(outside.parent)
    (folder.parents[1] / "a.xml").write_bytes(b"<alert/>")
    store = Shelf()
    await look(make_drop(folder, store), 3)
    assert store.kept == []
    assert names(outside) == ["a.xml"]


async def test_done_that_is_a_link_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder / "done").symlink_to(tmp_path / "outside")
    (folder / "a.xml").write_bytes(b"<alert/>")
    store = Shelf()
    await look(make_drop(folder, store), 4)
    assert names(tmp_path / "outside") == []
    assert len(store.kept) == 1, "it is read once, though it cannot be moved"


async def test_a_name_that_is_taken_in_done_is_given_a_number(folder: Path) -> None:
    store = Shelf()
    drop = make_drop(folder, store)
    for n in range(3):
        (folder / "a.xml").write_bytes(b"<alert>%d</alert>" % n)
        await look(drop)
    assert names(folder / "done") == ["a.xml", "a.xml.1", "a.xml.2"]
    assert len(store.kept) == 3


async def test_a_file_that_comes_under_the_name_of_one_just_read_is_not_taken_for_it(folder: Path) -> None:
    class Replacing(Shelf):
        async def __call__(self, source: Source, body: bytes, at: datetime) -> None:
            await super().__call__(source, body, at)
            if len(self.kept) == 1:
                (folder / "new.part").write_bytes(b"<alert>2, and longer</alert>")
                (folder / "new.part").replace(folder / "a.xml")

    store = Replacing()
    drop = make_drop(folder, store)
    (folder / "a.xml").write_bytes(b"<alert>1</alert>")
    await look(drop, 4)
    assert store.bodies == [b"<alert>1</alert>", b"<alert>2, and longer</alert>"]


async def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert await make_drop(tmp_path / "a" / "b" / "c", Shelf()).look() == 0
