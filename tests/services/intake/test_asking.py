"""What messages would have us ask their senders: pictures, and to be told all anew; seldom, and with bounds."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from dispatch.city import Source
from dispatch.ids import SourceId
from services.feeds import Ask, FetchPicture, Publish, Withdraw
from services.intake.asking import ABOUT_BYTES_MAX, FETCHES_MAX, Asker, Pace
from services.intake.pulls.credentials import Credentials
from services.store.pictures import MAX_FILE_BYTES
from tests.parts.devices import Asked, run_device, say
from tests.services.api.samples import jpeg
from tests.services.intake.pulling import make_source, until, write_secrets

JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"
FAST = Pace(publish_gap_s=0.0, fetch_again_s=(0.01, 0.02))
IMAGE = "Content-Type: image/jpeg"


class Outside:
    """Who is asked and told; `is_away` while there is no broker."""

    def __init__(self, *sources: Source) -> None:
        self.sources = {source.id: source for source in sources}
        self.told: list[str] = []
        self.brought: list[tuple[str, bytes, Sequence[bytes]]] = []
        self.is_away = False

    async def tell(self, topic: str, payload: bytes) -> bool:
        if not self.is_away:
            self.told.append(topic)
        return not self.is_away

    async def bring(self, source: Source, message: bytes, pictures: Sequence[bytes]) -> None:
        self.brought.append((source.id, message, tuple(pictures)))

    def take(self, asker: Asker, *asks: Ask) -> None:
        for source in self.sources:
            asker.take([(source, ask) for ask in asks])


@asynccontextmanager
async def run_asker(
    outside: Outside, secrets: str | Path = "", *, broker: bool = True, pace: Pace = FAST
) -> AsyncIterator[Asker]:
    asker = Asker(
        outside.sources.get,
        Credentials(str(secrets)),
        tell=outside.tell if broker else None,
        bring=outside.bring,
        pace=pace,
    )
    task = asyncio.create_task(asker.run())
    try:
        yield asker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def rebirth(key: str = "n", wait_s: float = 0.0) -> Publish:
    return Publish(key=key, topic=f"rebirth/{key}", payload=b"", wait_s=wait_s)


async def test_a_sender_is_told_once_in_a_while_however_often_it_is_asked_for() -> None:
    outside = Outside(make_source("sparkplug", ""))
    async with run_asker(outside) as asker:
        for _ in range(50):
            outside.take(asker, rebirth("n"), rebirth("m"))
        await until(lambda: len(outside.told) == 2)
        outside.take(asker, rebirth("n"), rebirth("o"))
        await until(lambda: "rebirth/o" in outside.told)
        assert sorted(outside.told) == ["rebirth/m", "rebirth/n", "rebirth/o"]
    async with run_asker(outside, pace=replace(FAST, publish_every_s=0.0)) as asker:
        for count in (4, 5):
            outside.take(asker, rebirth("n"))
            await until(lambda: len(outside.told) == count)  # noqa: B023


async def test_what_is_withdrawn_before_its_time_is_not_told() -> None:
    outside = Outside(make_source("sparkplug", ""))
    async with run_asker(outside) as asker:
        outside.take(asker, rebirth("n", 0.1), rebirth("m", 0.1), Withdraw(key="n"), Withdraw(key="never asked"))
        outside.take(asker, rebirth("o", 0.15))
        await until(lambda: "rebirth/o" in outside.told)
        assert outside.told == ["rebirth/m", "rebirth/o"]


async def test_without_a_broker_nobody_is_told_and_one_that_is_away_is_asked_again() -> None:
    outside = Outside(make_source("sparkplug", ""))
    async with run_asker(outside, broker=False) as asker:
        outside.take(asker, rebirth())
    async with run_asker(outside) as asker:
        outside.is_away = True
        outside.take(asker, rebirth())
        await until(lambda: not asker._waiting)
        outside.is_away = False
        outside.take(asker, rebirth())
        await until(lambda: outside.told == ["rebirth/n"])


def snapshot(key: str = "1", *paths: str) -> FetchPicture:
    return FetchPicture(
        key=key, paths=paths or (f"/api/events/{key}/snapshot.jpg",), message=b'{"picture of": "%b"}' % key.encode()
    )


async def test_a_picture_is_fetched_once_and_brought_with_its_message(tmp_path: Path) -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(writer, "200 OK", JPEG, IMAGE)

    async with run_device(answer) as device:
        source = make_source("frigate", device.url + "/")
        outside = Outside(source)
        async with run_asker(outside, write_secrets(tmp_path)) as asker:
            for _ in range(5):
                outside.take(asker, snapshot("1"), snapshot("2"))
            await until(lambda: len(outside.brought) == 2)
        assert sorted(outside.brought) == [(source.id, b'{"picture of": "%d"}' % n, (JPEG,)) for n in (1, 2)]
        assert sorted(asked.target for asked in device.asked) == [f"/api/events/{n}/snapshot.jpg" for n in (1, 2)]


async def test_what_the_sender_tells_of_a_picture_comes_back_with_its_message() -> None:
    picture = jpeg(64, 48)
    told = {
        "/good": b' {"data": {"box": [0.1, 0.2]}, "id": "\xe4\xb8\xad"} ',
        "/not-utf8": b'{"id": "\xff"}',
        "/no": b"{",
    }

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.target == "/picture":
            await say(writer, "200 OK", picture, IMAGE)
        elif asked.target == "/broken":
            await say(writer, "200 OK", JPEG, IMAGE)
        elif asked.target == "/large":
            await say(writer, "200 OK", b'"' + b"x" * ABOUT_BYTES_MAX + b'"', "Content-Type: application/json")
        elif asked.target == "/page":
            await say(writer, "200 OK", b"{}", "Content-Type: text/html")
        elif asked.target in told:
            await say(writer, "200 OK", told[asked.target], "Content-Type: application/json; charset=utf-8")
        else:
            await say(writer, "404 Not Found", b"{}", "Content-Type: application/json")

    async with run_device(answer, is_signed=False) as device:
        outside = Outside(make_source("frigate", device.url))
        async with run_asker(outside) as asker:
            for about in ("/good", "/not-utf8", "/no", "/large", "/page", "/none"):
                path = "/broken" if about == "/none" else "/picture"
                outside.take(asker, FetchPicture(key=about, paths=(path,), message=b'{"of": "a"} ', about=about))
            await until(lambda: len(outside.brought) == 6)
    of_picture = {"path": "/picture", "width": 64, "height": 48}
    of_broken = {"path": "/broken", "width": 0, "height": 0}
    brought = [json.loads(message) for _, message, _ in outside.brought]
    assert {each["of"] for each in brought} == {"a"}
    assert sorted((each["picture"]["path"], each["about"] is not None) for each in brought) == [
        ("/broken", False), *[("/picture", False)] * 4, ("/picture", True)
    ]  # fmt: skip
    assert next(each for each in brought if each["about"])["about"] == {"data": {"box": [0.1, 0.2]}, "id": "中"}
    assert all(each["picture"] in (of_picture, of_broken) for each in brought)


async def test_a_picture_that_is_not_written_yet_is_asked_for_again_and_then_another() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        is_there = asked.target == "/b" and len(device.asked) > 4
        await say(writer, "200 OK" if is_there else "404 Not Found", JPEG, IMAGE)

    async with run_device(answer, is_signed=False) as device:
        outside = Outside(make_source("frigate", device.url))
        async with run_asker(outside) as asker:
            outside.take(asker, snapshot("1", "/a", "/b"))
            await until(lambda: len(outside.brought) == 1)
        assert [asked.target for asked in device.asked] == ["/a", "/a", "/a", "/b", "/b"]


async def test_what_is_no_picture_is_too_large_or_leads_elsewhere_is_not_brought() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        kind = asked.target.partition("?")[0]
        if kind == "/text":
            await say(writer, "200 OK", b"<html>", "Content-Type: text/html")
        elif kind == "/large":
            await say(writer, "200 OK", b"x" * (MAX_FILE_BYTES + 1), IMAGE)
        elif kind == "/empty":
            await say(writer, "200 OK", b"", IMAGE)
        elif kind == "/elsewhere":
            await say(writer, "302 Found", b"", "Location: /picture")
        else:
            await say(writer, "200 OK", JPEG, IMAGE)

    async with run_device(answer, is_signed=False) as device:
        outside = Outside(make_source("frigate", device.url))
        async with run_asker(outside) as asker:
            bad = [snapshot(name, f"/{name}") for name in ("text", "large", "empty", "elsewhere")]
            outside.take(asker, *bad, snapshot("good", "/picture"))
            await until(lambda: len(device.asked) == 4 * 3 + 1, 30)
            await until(lambda: bool(outside.brought))
        assert [message for _, message, _ in outside.brought] == [b'{"picture of": "good"}']
        assert {asked.target for asked in device.asked} == {"/text", "/large", "/empty", "/elsewhere", "/picture"}


async def test_who_declares_no_address_is_not_asked_and_nobody_else_either() -> None:
    outside = Outside(make_source("frigate", ""))
    async with run_asker(outside) as asker:
        outside.take(asker, snapshot())
        asker.take([(SourceId("nobody"), snapshot())])
        assert asker._fetches.empty()


async def test_a_sender_that_does_not_answer_stops_no_other() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(writer, "200 OK", JPEG, IMAGE)

    async with run_device(answer, is_signed=False) as device:
        dead = make_source("frigate", "http://127.0.0.1:9", "dead")
        outside = Outside(dead, make_source("frigate", device.url, "alive"))
        async with run_asker(outside) as asker:
            for n in range(5):
                outside.take(asker, snapshot(str(n)))
            await until(lambda: len(outside.brought) == 5)
        assert {source for source, _, _ in outside.brought} == {"frigate:alive"}


async def test_more_pictures_than_can_wait_are_left_out() -> None:
    outside = Outside(make_source("frigate", "http://127.0.0.1:9"))
    asker = Asker(outside.sources.get, Credentials(), tell=None, bring=outside.bring)
    outside.take(asker, *(snapshot(str(n)) for n in range(FETCHES_MAX + 10)))
    assert asker._fetches.qsize() == FETCHES_MAX


async def test_a_picture_that_nobody_could_be_asked_for_is_asked_for_by_the_next_message() -> None:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(writer, "200 OK", JPEG, IMAGE)

    async with run_device(answer, is_signed=False) as device:
        outside = Outside(make_source("frigate", "http://127.0.0.1:9"))
        async with run_asker(outside) as asker:
            outside.take(asker, snapshot())
            await until(lambda: not asker._fetched._at)
            outside.sources[SourceId("frigate:nvr")] = make_source("frigate", device.url)
            outside.take(asker, snapshot())
            await until(lambda: len(outside.brought) == 1)
