"""What makes a message this one: its key or its bytes, and its time of receipt where it tells none itself."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.ids import SourceId
from services.feeds import Picture, load_feeds, name_in, name_of, part_media, part_pictures, with_media
from services.intake.receive import Inbox
from services.store.inbox import Message

AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
PICTURE = b"\xff\xd8\xff\xe0 a picture "
LATER = AT + timedelta(seconds=5)


class FakeDatabase:
    """Keeps messages once each, by id."""

    def __init__(self) -> None:
        self.kept: dict[str, Message] = {}

    async def submit(self, _work: Callable[..., Any], messages: Sequence[Message]) -> list[Message]:
        fresh = [message for message in messages if message.id not in self.kept]
        self.kept |= {message.id: message for message in fresh}
        return fresh


def make_inbox() -> tuple[Inbox, list[Message]]:
    handed: list[Message] = []
    return Inbox(FakeDatabase(), load_feeds(), handed.extend, lambda: 0), handed  # type: ignore[arg-type]


async def take(inbox: Inbox, feed: str, body: bytes, at: datetime) -> list[str]:
    return [str(each) for each in await inbox.receive(feed, SourceId("gate"), body, at)]


async def test_what_tells_its_time_is_the_same_whenever_it_comes() -> None:
    inbox, handed = make_inbox()
    body = b'Code=ParkingDetection;action=Start;index=0;data={"UTC": 1772503140}'
    assert await take(inbox, "dahua", body, AT) == await take(inbox, "dahua", body, LATER)
    assert len(handed) == 1


async def test_a_heartbeat_is_heard_each_time_it_comes() -> None:
    inbox, handed = make_inbox()
    for at in (AT, LATER, LATER):
        await take(inbox, "dahua", b"Heartbeat", at)
    assert [message.received_at for message in handed] == [AT, LATER]


async def test_the_parts_of_a_form_are_messages_of_their_own_and_pictures_none() -> None:
    inbox, handed = make_inbox()
    alert = b"<EventNotificationAlert><eventType>%b</eventType></EventNotificationAlert>"
    parts = (alert % b"group", b"\xff\xd8\xff\xe0 a picture", b"<broken", alert % b"parking")
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n' + part + b"\r\n" for part in parts)
    assert len(await take(inbox, "hikvision", body + b"--b--\r\n", AT)) == 3
    assert [message.body for message in handed] == [alert % b"group", b"<broken", alert % b"parking"]


async def test_the_pictures_of_a_form_go_with_the_alert_before_them_and_are_no_part_of_its_identity() -> None:
    kept: list[bytes] = []

    async def keep(_source: SourceId, pictures: Sequence[bytes], _at: datetime) -> list[str]:
        kept.extend(pictures)
        return [f"{len(kept) - len(pictures) + n:040x}" for n in range(len(pictures))]

    inbox, handed = make_inbox()
    pictured = Inbox(FakeDatabase(), load_feeds(), handed.extend, lambda: 0, keep)  # type: ignore[arg-type]
    alert = b"<EventNotificationAlert><eventType>%b</eventType></EventNotificationAlert>"
    parts = (PICTURE + b"0", alert % b"group", PICTURE + b"1", alert % b"parking", PICTURE + b"2", PICTURE + b"3")
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="p"\r\n\r\n' + part + b"\r\n" for part in parts)
    ids = await take(pictured, "hikvision", body + b"--b--\r\n", AT)
    assert kept == [PICTURE + b"%d" % n for n in range(4)]
    assert [part_media(message.body) for message in handed] == [
        ((f"{0:040x}", f"{1:040x}"), alert % b"group"),
        ((f"{2:040x}", f"{3:040x}"), alert % b"parking"),
    ]
    assert ids == await take(inbox, "hikvision", body, AT), "whatever becomes of its pictures"


async def test_pictures_that_came_beside_a_body_are_those_of_its_message() -> None:
    async def keep(_source: SourceId, pictures: Sequence[bytes], _at: datetime) -> list[str]:
        return ["a" * 40] if pictures else []

    handed: list[Message] = []
    inbox = Inbox(FakeDatabase(), load_feeds(), handed.extend, lambda: 0, keep)  # type: ignore[arg-type]
    for pictures in ((PICTURE,), ()):
        await inbox.receive("dahua", SourceId("gate"), b"Code=A;action=Pulse;index=0", AT, pictures)
    assert part_media(handed[0].body) == (("a" * 40,), b"Code=A;action=Pulse;index=0")


async def test_the_names_of_pictures_stay_with_those_that_are_kept() -> None:
    async def keep(_source: SourceId, pictures: Sequence[bytes], _at: datetime) -> list[str]:
        return ["", *("b" * 40 for _ in pictures[1:])]

    handed: list[Message] = []
    inbox = Inbox(FakeDatabase(), load_feeds(), handed.extend, lambda: 0, keep)  # type: ignore[arg-type]
    pictures = [Picture.named(name, PICTURE) for name in ("lost.jpg", "", "scene.jpg", "other.jpg")]
    await inbox.receive("dahua", SourceId("gate"), b"Code=A;action=Pulse;index=0", AT, pictures)
    body = handed[0].body
    assert part_pictures(body) == ({"b" * 40: "scene.jpg"}, b"Code=A;action=Pulse;index=0")
    assert part_media(body)[0] == ("b" * 40,)


def test_a_picture_has_a_name_only_where_it_is_one() -> None:
    assert name_of(Picture.named("detectionPicture.jpg", b"x")) == "detectionPicture.jpg"
    for name in ("", "a b", "a=b", "a\nb", "../a", "x" * 65, "解放碑"):
        assert name_of(Picture.named(name, b"x")) == "", name
    assert name_of(b"x") == ""
    assert Picture.named("a", b"x") == b"x"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'form-data; name="a"; filename="b.jpg"', "b.jpg"),
        (b'form-data; filename="b.jpg"; name="a"', "b.jpg"),
        (b"attachment; FileName = b.jpg ", "b.jpg"),
        (b'form-data; name="a"', "a"),
        (b"form-data", ""),
        (b"", ""),
    ],
)
def test_the_name_of_a_part_is_that_of_its_file(disposition: bytes, name: str) -> None:
    assert name_in(disposition) == name


def test_a_line_of_pictures_with_names_says_which_has_which() -> None:
    body = with_media(("a" * 40, "b" * 40, "c" * 40), b"x", ("", "b.jpg"))
    assert part_pictures(body) == ({"a" * 40: "", "b" * 40: "b.jpg", "c" * 40: ""}, b"x")
    assert part_pictures(b"x") == ({}, b"x")
    assert with_media((), b"x", ("a",)) == b"x"


def test_a_line_of_pictures_is_told_from_a_message_that_only_begins_like_one() -> None:
    for body in (b"!", b"!\n", b"!abc\nx", b"! " + b"a" * 40 + b"\nx", b"!" + b"A" * 40 + b"\nx", b"<a/>"):
        assert part_media(body) == ((), body)
    assert part_media(with_media((), b"x")) == ((), b"x")
    assert part_media(with_media(("a" * 40, "b" * 40), b"x")) == (("a" * 40, "b" * 40), b"x")


class SlowDatabase(FakeDatabase):
    """Stores nothing before its gate is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def submit(self, work: Callable[..., Any], messages: Sequence[Message]) -> list[Message]:
        await self.gate.wait()
        return await super().submit(work, messages)


async def test_what_is_being_stored_is_not_offered_as_new() -> None:
    db, offered = SlowDatabase(), list[Message]()
    inbox = Inbox(db, load_feeds(), lambda _: None, lambda: 0, offer=offered.append)  # type: ignore[arg-type]
    body = b'{"text": "a lamp is out"}'
    first, second = (asyncio.create_task(take(inbox, "report", body, AT)) for _ in range(2))
    await asyncio.sleep(0)
    db.gate.set()
    assert await first == await second
    assert len(offered) == 1, "the engine could not take it, so it is being stored when it comes again"
    await take(inbox, "report", body, AT)
    assert len(offered) == 2, "whether it is stored the engine asks itself"
