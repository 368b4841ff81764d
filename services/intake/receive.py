"""From the bytes of a request to durable rows: the one way in, whatever the door."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from dispatch.ids import MessageId, SourceId
from services.engine.refusals import Overloaded, TooManyParts, UnknownFeed
from services.feeds import PARTS_MAX, Feed
from services.store import inbox
from services.store.database import Database
from services.store.inbox import Message

WAITING_MAX = 200_000
"""Messages stored and not yet read by the engine: a minute or two of work. Past it senders are asked to wait."""
WAITING_OF_ONE_MAX = 100_000
"""So many of one source: one that floods is asked to wait before the others are."""


class Inbox:
    """Stores messages, once each, and hands those that are new to the engine."""

    def __init__(
        self,
        db: Database,
        feeds: Mapping[str, Feed],
        hand_over: Callable[[Sequence[Message]], None],
        waiting: Callable[[], int],
        waiting_of: Callable[[SourceId], int] = lambda _source: 0,
    ) -> None:
        self.db, self.feeds, self._hand_over, self._waiting = db, feeds, hand_over, waiting
        self._waiting_of = waiting_of

    async def receive(self, feed: str, source: SourceId, body: bytes, received_at: datetime) -> list[MessageId]:
        """Store what the body holds; return the ids of its messages once they are durable.

        The same message again has the same id and no second effect.

        :raises UnknownFeed: if no feed has that name.
        :raises TooManyParts: past `PARTS_MAX` messages in one body.
        :raises Overloaded: while more than `WAITING_MAX` messages wait for the engine, or `WAITING_OF_ONE_MAX` of
            this source.
        """
        if self._waiting() > WAITING_MAX:
            raise Overloaded(f"{self._waiting()} messages wait to be read")
        if self._waiting_of(source) > WAITING_OF_ONE_MAX:
            raise Overloaded(f"{self._waiting_of(source)} messages of this source wait to be read")
        spoken = self.feeds.get(feed)
        if spoken is None:
            raise UnknownFeed(feed)
        parts = spoken.split(body)
        if len(parts) > PARTS_MAX:
            raise TooManyParts(f"{len(parts)} messages in one request; at most {PARTS_MAX}")
        messages = []
        for part in parts:
            key = spoken.key(part)
            # A key of the sender's and a hash of all bytes must never meet: they are marked apart.
            own = b"b" + part if key is None else b"k" + key
            if spoken.is_timeless(part):
                own = b"t" + received_at.isoformat().encode() + own
            messages.append(
                Message(
                    id=inbox.message_id(feed, source, own),
                    feed=feed,
                    source_id=source,
                    body=part,
                    received_at=received_at,
                )
            )
        fresh = await self.db.submit(inbox.store, messages)
        if fresh:
            self._hand_over(fresh)
        return [message.id for message in messages]
