"""What is written after the commit, as the measures are: by which words a case is found, and who was named in a note.

It is no part of the engine's own commit: to find a case a second later costs nobody anything, and forty words a case
would cost every commit. The seq that was reached stands beside them; what a crash leaves undone is done at the next
start.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from math import ceil

import msgspec

from dispatch.case import Case
from dispatch.city import Codes
from dispatch.facts import NoteAdded
from dispatch.ids import CaseId, CategoryCode
from dispatch.place import Place
from services.engine.turn import Change
from services.store import search
from services.store.database import Database
from services.store.journal import Entry, last_seq, list_after
from services.store.search import Mention, Step, Words
from services.store.words import tokens_of

FLUSH_EVERY_S = 1.0
CASES_LEAST, CASES_MOST = 16, 64
"""Cases in one commit: of the least some two milliseconds of the loop, which makes the words, and of the writer. More
make the engine wait, fewer cost a full server more."""
PAGES = 8
"""In so many commits is written what a second brings, as far as the bounds allow."""
FACTS_PER_PAGE = 2_000
NAMES_KEPT = 4_096
"""Names of categories and areas whose words are kept: a city has some hundreds."""
MENTIONS_MAX = 50
"""People named in one note; a longer list is a mistake."""


class _Named(msgspec.Struct):
    """What is read of a note."""

    mentions: list[str] = []


_named = msgspec.json.Decoder(_Named)


class Follower:
    """What is to be written and is not yet."""

    def __init__(self, db: Database, codes: Callable[[], Codes]) -> None:
        self.db, self.codes = db, codes
        self.seq = 0
        self._cases: dict[CaseId, Case] = {}
        self._mentions: list[Mention] = []
        self._flushing = asyncio.Lock()
        self._written = 0
        self._is_whole = False
        """Whether all older cases are in the index; before that the head must not move."""

    async def start(self) -> None:
        """Begin after the last fact of the journal, before the engine does. What is older is taken up by `catch_up`."""
        self.seq = await self.db.read(last_seq)
        self._written = await self.db.read(search.read_head)
        self._is_whole = self._written >= self.seq

    async def catch_up(self) -> None:
        """Index what an earlier process, or an earlier version, has left undone. It gives way to all else."""
        if self._is_whole:
            return
        head, reached, after = self._written, await self.db.read(last_seq), ""
        while page := await self.db.read(lambda c, a=after: search.list_unknown(c, head, a)):  # type: ignore[misc]
            after = page[-1].id
            await self._write([self._words(case) for case in page], (), None)
        await self._write((), await self._list_left_mentions(head, reached), reached)
        self._written, self._is_whole = reached, True

    async def _list_left_mentions(self, head: int, reached: int) -> list[Mention]:
        """Return who was named after `head`; where nothing was ever written nobody waits for it."""
        named: list[Mention] = []
        while head and (page := await self.db.read(lambda c, h=head: list_after(c, h, FACTS_PER_PAGE, until=reached))):  # type: ignore[misc]
            head = page[-1].seq
            named += [mention for entry in page for mention in mentions_of(entry)]
        return named

    def note(self, entries: Sequence[Entry], changes: Sequence[Change]) -> None:
        """Take over what a turn has brought about."""
        for change in changes:
            if is_found_anew(change.before, change.after):
                self._cases[change.after.id] = change.after
        for entry in entries:
            self._mentions += mentions_of(entry)
        if entries:
            self.seq = entries[-1].seq

    def pause_s(self) -> float:
        """Return how long to wait before the next page: what a second brings is spread over the next one."""
        return FLUSH_EVERY_S / max(1, ceil(len(self._cases) / self._page()))

    def _page(self) -> int:
        return min(CASES_MOST, max(CASES_LEAST, ceil(len(self._cases) / PAGES)))

    async def flush_some(self) -> None:
        """Write one page of what there is."""
        await self.flush(self._page())

    async def flush(self, limit: int | None = None) -> None:
        """Write what there is, or so many cases of it; return when it is found. Who searches calls it first."""
        async with self._flushing:
            found = dict(islice(self._cases.items(), limit))
            named, self._mentions = self._mentions, []
            # What is still to be written is not behind the head.
            seq = self.seq if self._is_whole and len(found) == len(self._cases) else None
            for case_id in found:
                del self._cases[case_id]
            if not found and not named and seq in (None, self._written):
                return
            try:
                await self._write_all(list(found.values()), named, seq)
            except BaseException:
                # Tried again with the next flush, unless a newer value of the case has come meanwhile.
                self._cases = {**found, **self._cases}
                self._mentions = named + self._mentions
                raise

    async def _write_all(self, found: Sequence[Case], named: Sequence[Mention], seq: int | None) -> None:
        last = max(0, len(found) - CASES_MOST)
        for start in range(0, last, CASES_MOST):
            page = found[start : min(start + CASES_MOST, last)]
            await self._write([self._words(case) for case in page], (), None)
        await self._write([self._words(case) for case in found[last:]], named, seq)
        self._written = seq or self._written

    async def _write(self, words: Sequence[Words], named: Sequence[Mention], seq: int | None) -> None:
        await self.db.submit(search.follow, Step(words, named, seq), patient=True)

    def _words(self, case: Case) -> Words:
        return words_of(case, self.codes())


def is_found_anew(before: Case | None, after: Case) -> bool:
    """Return whether a case is found by other words than before."""
    if before is None:
        return True
    if before.text != after.text:
        return True
    return (before.place, before.category, before.reporter) != (after.place, after.category, after.reporter)


def words_of(case: Case, codes: Codes) -> Words:
    """Return what a case is found by: number, text, address, and the names of its category and its areas."""
    own = tokens_of((case.number, case.place.address, case.text))
    named = chain.from_iterable(map(_tokens_of_name, _names(codes, case.category, case.place)))
    return Words(case.id, case.opened_at, case.reporter, " ".join(dict.fromkeys((*own, *named))))


@lru_cache(maxsize=NAMES_KEPT)
def _tokens_of_name(name: str) -> tuple[str, ...]:
    return tuple(tokens_of((name,)))


def _names(codes: Codes, category: CategoryCode, place: Place) -> Iterator[str]:
    row = codes.categories.get(category)
    if row is not None:
        yield from (row.name_zh, row.name_en)
    for code in (place.street, place.community):
        area = codes.areas.get(code)
        if area is not None:
            yield from (area.name_zh, area.name_en)


def mentions_of(entry: Entry) -> list[Mention]:
    """Return who is named in a note; nobody in any other fact."""
    if entry.kind != NoteAdded.__name__ or b'"mentions"' not in entry.data:
        return []
    try:
        names = _named.decode(entry.data).mentions
    except msgspec.DecodeError:
        return []
    return [
        Mention(username=name, seq=entry.seq, case_id=entry.case_id, at=entry.at)
        for name in dict.fromkeys(names[:MENTIONS_MAX])
    ]
