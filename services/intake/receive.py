"""From the bytes of a request to durable rows: the one way in, whatever the door."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from dispatch.ids import MessageId, SourceId
from services.engine.refusals import Overloaded, TooManyParts, UnknownFeed
from services.feeds import PARTS_MAX, Feed, Pictured, name_of, with_media
from services.intake.loud import Gate, Loudness
from services.store import inbox
from services.store.database import Database
from services.store.inbox import Message

WAITING_MAX = 200_000
"""Messages stored and not yet read by the engine: a minute or two of work. Past it senders are asked to wait."""
WAITING_OF_ONE_MAX = 100_000
"""So many of one source: one that floods is asked to wait before the others are."""

OFFERED_MAX = 8
"""Messages of one body that the engine may take in before they are stored: of more, their sender would wait for all."""


class Unwanted(Exception):
    """The inbox will never take this message (too large, a feed that does not exist): sending it again is of no use."""


Offer = Callable[[Message], "asyncio.Future[bool] | None"]
"""To the engine: a message that is not stored yet. It says later, or at once by None, whether it is durable."""

KeepPictures = Callable[[SourceId, Sequence[bytes], datetime], Awaitable[Sequence[str]]]
"""(source, pictures, received at): the id of each once they are durable, "" for one that is not kept."""


async def keep_none(_source: SourceId, _pictures: Sequence[bytes], _at: datetime) -> Sequence[str]:
    """Keep no picture."""
    return ()


class Inbox:
    """Stores messages, once each, and hands those that are new to the engine."""

    def __init__(
        self,
        db: Database,
        feeds: Mapping[str, Feed],
        hand_over: Callable[[Sequence[Message]], None],
        waiting: Callable[[], int],
        keep_pictures: KeepPictures = keep_none,
        waiting_of: Callable[[SourceId], int] = lambda _source: 0,
        offer: Offer = lambda _message: None,
    ) -> None:
        self.db, self.feeds, self._hand_over, self._waiting = db, feeds, hand_over, waiting
        self._waiting_of, self._keep_pictures, self._offer = waiting_of, keep_pictures, offer
        self._loudness, self._gate = Loudness(), Gate()
        self._at_gate: Counter[SourceId] = Counter()
        self._on_their_way: Counter[MessageId] = Counter()
        """Messages that are being stored: the same again, from another sender, is not new."""

    async def receive(
        self, feed: str, source: SourceId, body: bytes, received_at: datetime, pictures: Sequence[bytes] = ()
    ) -> list[MessageId]:
        """Store what the body holds; return the ids of its messages once they are durable.

        The same message again has the same id and no second effect. `pictures` came with the body, beside those in it.

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
        if source not in self._at_gate and not self._loudness.is_loud(source, received_at):
            return await self._take(spoken, source, body, received_at, pictures, may_offer=True)
        # Who waits is loud until he is in: what he sends later must not overtake it.
        self._at_gate[source] += 1
        try:
            async with self._gate.let_in(len(body)):
                return await self._take(spoken, source, body, received_at, pictures)
        finally:
            self._at_gate[source] -= 1
            if not self._at_gate[source]:
                del self._at_gate[source]

    async def _take(
        self,
        spoken: Feed,
        source: SourceId,
        body: bytes,
        received_at: datetime,
        pictures: Sequence[bytes],
        *,
        may_offer: bool = False,
    ) -> list[MessageId]:
        parts = _pictured(spoken, body, pictures)
        self._loudness.add(source, len(parts), received_at)
        if len(parts) > PARTS_MAX:
            raise TooManyParts(f"{len(parts)} messages in one request; at most {PARTS_MAX}")
        messages = []
        for part, seen in parts:
            key = spoken.key(part)
            # A key of the sender's and a hash of all bytes must never meet: they are marked apart.
            own = b"b" + part if key is None else inbox.KEYED + key
            if spoken.is_timeless(part):
                own = b"t" + received_at.isoformat().encode() + own
            messages.append(
                Message(
                    id=inbox.message_id(spoken.name, source, own),
                    feed=spoken.name,
                    source_id=source,
                    # Outside its id: a message that comes again is the same, whatever became of its pictures.
                    body=await self._with_pictures(source, seen, received_at, part) if seen else part,
                    received_at=received_at,
                )
            )
        left = await self._offer_each(messages) if may_offer and len(messages) <= OFFERED_MAX else messages
        if left:
            await self._store(left)
        return [message.id for message in messages]

    async def _store(self, messages: Sequence[Message]) -> None:
        """Store messages, and hand over those that are new."""
        ids = [message.id for message in messages]
        self._on_their_way.update(ids)
        try:
            fresh = await self.db.submit(inbox.store, messages)
            if fresh:
                self._hand_over(fresh)
        finally:
            self._on_their_way.subtract(ids)
            for each in ids:
                if not self._on_their_way[each]:
                    del self._on_their_way[each]

    async def _offer_each(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Have the engine take in what it can at once; return what must be stored first."""
        offered = [None if message.id in self._on_their_way else self._offer(message) for message in messages]
        # Shielded: of two senders of one message, one that hangs up must not take the other's answer with him.
        taken = [answer is not None and await asyncio.shield(answer) for answer in offered]
        return [message for message, is_durable in zip(messages, taken, strict=True) if not is_durable]

    async def _with_pictures(
        self, source: SourceId, pictures: Sequence[bytes], received_at: datetime, part: bytes
    ) -> bytes:
        """Keep the pictures of a message; return it with their ids and names, each once."""
        ids = await self._keep_pictures(source, pictures, received_at)
        names: dict[str, str] = {}
        for media_id, picture in zip(ids, pictures, strict=False):
            if media_id:
                names[media_id] = names.get(media_id) or name_of(picture)
        return with_media(tuple(names), part, tuple(names.values()))


def _pictured(feed: Feed, body: bytes, pictures: Sequence[bytes]) -> Sequence[Pictured]:
    """Return the messages of a body, each with its pictures."""
    if feed.split_pictured is None:
        return [(part, pictures) for part in feed.split(body)]
    return [(part, (*pictures, *own)) for part, own in feed.split_pictured(body)]
