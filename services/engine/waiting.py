"""What waits for the engine: messages that are durable, and such that become so in the commit of the turn that reads
them (docs/adr/0065).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dispatch.ids import MessageId, SourceId
from services.engine.fairness import FairQueue
from services.store.inbox import Message

ARRIVING_MAX = 64
"""While more wait, a message is stored before it is read: so it is answered sooner."""

Known = Callable[[MessageId], bool]
"""Whether a message of that id is stored, said at once."""


class Taken(NamedTuple):
    """The messages of one turn. `is_trial`: it is one that a turn could not be committed with, and is tried alone."""

    messages: list[Message]
    is_trial: bool


class Waiting:
    """Messages in the order in which they are read, each once."""

    def __init__(self, is_known: Known | None = None) -> None:
        """`is_known` None: everything is stored before it is read."""
        self._is_known = is_known
        self._line = FairQueue()
        self._queued: set[MessageId] = set()
        self._wanted: set[MessageId] = set()
        """Messages that a person has asked for to be read again."""
        self._suspects: set[MessageId] = set()
        """Messages of a turn that could not be committed because of what it held: each is tried alone."""
        self._arriving: dict[MessageId, asyncio.Future[bool]] = {}
        self._is_open = False

    def __len__(self) -> int:
        return len(self._line)

    def size_of(self, source_id: SourceId) -> int:
        """Return how many messages of a source wait."""
        return self._line.size_of(source_id)

    # --- in ------------------------------------------------------------------------------------------------

    def put(self, messages: Iterable[Message]) -> None:
        """Queue messages that are durable; one that is queued already is not queued twice."""
        for message in messages:
            if message.id not in self._queued:
                self._queue(message)

    def want(self, message: Message) -> None:
        """Queue a durable message that a person has asked for to be read again."""
        self._wanted.add(message.id)
        self.put([message])

    def offer(self, message: Message) -> "asyncio.Future[bool] | None":
        """Queue a message that is stored nowhere yet. The answer is True once it is durable together with what it has
        brought about, False if it must be stored as any other; None says so at once.
        """
        if (arriving := self._arriving.get(message.id)) is not None:
            return arriving
        if self._is_known is None or not self._is_open or len(self._line) >= ARRIVING_MAX:
            return None
        if message.id in self._queued or self._is_known(message.id):
            return None
        answer = self._arriving[message.id] = asyncio.get_running_loop().create_future()
        self._queue(message)
        return answer

    def _queue(self, message: Message) -> None:
        self._queued.add(message.id)
        self._line.put(message)

    # --- out -----------------------------------------------------------------------------------------------

    def take(self, limit: int) -> Taken:
        """Return what is read in one turn."""
        messages = self._line.take(limit, self._suspects)
        return Taken(messages, is_trial=bool(messages) and messages[0].id in self._suspects)

    def is_wanted(self, message: Message) -> bool:
        return message.id in self._wanted

    def arriving_of(self, messages: Iterable[Message]) -> list[Message]:
        """Return those of a turn's messages that are stored nowhere yet."""
        return [message for message in messages if message.id in self._arriving] if self._arriving else []

    def pace(self, spent_s: float) -> None:
        """Note how long the messages of the last turn took to be read."""
        self._line.pace(spent_s)

    def done(self, messages: Sequence[Message]) -> None:
        """Forget messages whose turn is durable, and answer those that became so with it."""
        ids = [message.id for message in messages]
        for known in (self._queued, self._suspects, self._wanted):
            known.difference_update(ids)
        for each in ids if self._arriving else ():
            _answer(self._arriving.pop(each, None), is_durable=True)

    # --- when a turn has failed ----------------------------------------------------------------------------

    def close(self) -> None:
        """Send back what is stored nowhere yet, and take in nothing of that kind: it must be stored first."""
        self._is_open = False
        arriving, self._arriving = self._arriving, {}
        for answer in arriving.values():
            _answer(answer, is_durable=False)

    def begin(self) -> None:
        """Forget what was queued: it is read from the inbox once more."""
        self.close()
        self._line.clear()
        self._queued.clear()

    def open(self) -> None:
        """Take in again what is stored nowhere yet."""
        self._is_open = True

    def suspect(self, messages: Sequence[Message]) -> Message | None:
        """Have each message of a turn that could not be committed tried alone; return the one at fault, which was."""
        if len(messages) != 1 or messages[0].id not in self._suspects:
            self._suspects.update(message.id for message in messages)
            return None
        return messages[0]

    def drop(self, message: Message) -> None:
        """Forget a message that is put aside."""
        self._suspects.discard(message.id)
        self._queued.discard(message.id)
        self._line.remove(message)


def _answer(answer: "asyncio.Future[bool] | None", *, is_durable: bool) -> None:
    if answer is not None and not answer.done():
        answer.set_result(is_durable)
