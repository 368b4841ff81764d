"""Messages that wait for the engine, taken up in turn from all sources: who sends most waits longest."""

from collections import deque
from collections.abc import Collection, Sequence

from dispatch.ids import MessageId, SourceId
from services.store.inbox import Message

SHARE = 8
"""Messages of one source taken before the next source's: a few, so that a gateway's children are read together."""
LOUDEST_MIN = 1
LOUDEST_MAX = 256
"""Bounds of the messages of one source in a turn while others speak too: between them as many as are read in
`READING_S`: one message may hold hundreds of readings."""
READING_S = 0.002
"""How long the messages of a turn may take to be read while several speak: what is set aside takes a third of what is
decided, so time says better than a number how much a flood may delay the others."""
COMPANY_TURNS = 200
"""Turns for which a source counts as not alone after another one was heard: some seconds of a busy engine."""


class FairQueue:
    """Queues by source, each in the order of receipt; taken in rounds."""

    def __init__(self) -> None:
        self._lines: dict[SourceId, deque[Message]] = {}
        self._order: deque[SourceId] = deque()
        self._size = 0
        self._company = 0
        self._share = float(SHARE)
        self._last: SourceId | None = None

    def __len__(self) -> int:
        return self._size

    def put(self, message: Message) -> None:
        line = self._lines.get(message.source_id)
        if line is None:
            line = self._lines[message.source_id] = deque()
            self._order.append(message.source_id)
        line.append(message)
        self._size += 1

    def clear(self) -> None:
        self._lines.clear()
        self._order.clear()
        self._size = 0

    def size_of(self, source_id: SourceId) -> int:
        """Return how many messages of a source wait."""
        line = self._lines.get(source_id)
        return len(line) if line else 0

    def take(self, limit: int, suspects: Collection[MessageId] = ()) -> list[Message]:
        """Take up to `limit` messages in rounds over the sources. A suspect is taken alone."""
        taken: list[Message] = []
        waiting: list[SourceId] = []
        counts: dict[SourceId, int] = {}
        share = int(self._share) if self._company else limit
        while self._order and len(taken) < limit:
            source_id = self._order.popleft()
            line = self._lines[source_id]
            if line[0].id in suspects:
                if not taken:
                    taken.append(line.popleft())
                    self._close(source_id, line)
                    break
                waiting.append(source_id)
                continue
            before = counts.get(source_id, 0)
            count = self._take_share(line, min(SHARE, limit - len(taken), share - before), suspects, taken)
            counts[source_id] = before + count
            if counts[source_id] >= share and line:
                waiting.append(source_id)
            else:
                self._close(source_id, line)
        # First in the next turn: a suspect must be tried at last, and who was held to his share has waited.
        self._order.extendleft(reversed(waiting))
        self._size -= len(taken)
        self._note_company(counts)
        return taken

    def pace(self, spent_s: float) -> None:
        """Note how long the messages of the last turn took to be read, to take more or fewer of the loudest."""
        if self._company and spent_s > 0:
            factor = min(max(READING_S / spent_s, 0.5), 1.2)
            self._share = min(max(self._share * factor, LOUDEST_MIN), LOUDEST_MAX)

    @staticmethod
    def _take_share(line: deque[Message], count: int, suspects: Collection[MessageId], taken: list[Message]) -> int:
        before = len(taken)
        while line and len(taken) - before < count and line[0].id not in suspects:
            taken.append(line.popleft())
        return len(taken) - before

    def _close(self, source_id: SourceId, line: Sequence[Message]) -> None:
        if line:
            self._order.append(source_id)
        else:
            del self._lines[source_id]

    def _note_company(self, counts: Collection[SourceId]) -> None:
        only = next(iter(counts), None) if len(counts) == 1 else None
        if len(counts) > 1 or (only is not None and self._last not in (None, only)):
            self._company = COMPANY_TURNS
        elif self._company:
            self._company -= 1
        self._last = only or self._last

    def remove(self, message: Message) -> None:
        """Take out a message, wherever it stands."""
        line = self._lines.get(message.source_id)
        if not line:
            return
        kept = deque(each for each in line if each.id != message.id)
        self._size -= len(line) - len(kept)
        if kept:
            self._lines[message.source_id] = kept
        else:
            del self._lines[message.source_id]
            self._order.remove(message.source_id)
