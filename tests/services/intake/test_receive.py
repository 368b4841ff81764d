"""What makes a message this one: its key or its bytes, and its time of receipt where it tells none itself."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dispatch.ids import SourceId
from services.feeds import load_feeds
from services.intake.receive import Inbox
from services.store.inbox import Message

AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
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
