"""From the journal to letters: whom a fact is news for, and what one letter tells of it all.

A fold of the journal that stands beside the engine: the seq that it has reached is written in one commit with what it
has noted, so that after a crash nobody is told twice and nobody is forgotten. What has gathered for one subscription
is one letter, and there is a pause between two.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.case import Case
from dispatch.citymap import City
from dispatch.ids import CaseId
from dispatch.public_words import say_kind
from services.observe import clock
from services.store import journal, letters, subscriptions
from services.store.database import Database
from services.store.journal import Entry
from services.store.subscriptions import Subscription, Wish

FACTS_PER_PAGE = 1_000
PAGES_PER_RUN = 20
"""Facts that one run looks at; the next is seconds away."""
LETTERS_PER_RUN = 100
SETTLE = timedelta(seconds=20)
"""Filed, sent and accepted come within seconds of each other, and are one letter."""
CASE_GAP = timedelta(minutes=5)
"""The pause between two letters about one case."""
ITEMS_MAX = 20
"""What one letter lists, the latest; of the others it says how many."""

ANSWERED = "ReporterAnswered"
REOPENED = "CaseReopened"
NOT_NEWS = frozenset({"CaseQueued"})
"""Told on the page and worth no letter: nothing has moved."""
AREA_NEWS = frozenset({"CaseFiled", "CaseClosed", "CaseForceClosed", REOPENED})
"""What one who follows an area is told: that something begins, and that it ends."""
_ANSWER = ("answered", "办公室已答复您的留言，请打开链接查看", "The office has answered you; open the link to read it")


class _To(Struct):
    report: str = ""


class Gatherer:
    """Notes what is news, and makes letters of it. `gather` is run by a job.

    `open_link` opens a sealed private token ("" where it cannot).
    """

    def __init__(
        self,
        db: Database,
        city: Callable[[], City],
        *,
        public_url: str,
        digest: timedelta,
        open_link: Callable[[str], str],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.db, self.city, self.now = db, city, now
        self.public_url, self.digest, self.open_link = public_url, digest, open_link

    async def gather(self) -> int:
        """Follow the journal and write the letters that are due; return how many."""
        for _ in range(PAGES_PER_RUN):
            if not await self._follow():
                break
        due = await self.db.read(lambda c: subscriptions.list_due(c, self.now(), LETTERS_PER_RUN))
        for each, seqs in due:
            await self._write(each, seqs)
        return len(due)

    async def _follow(self) -> bool:
        """Look at the next page of facts; False where there is none."""
        page, has_any, head, last = await self.db.read(_read_page)
        if head is None or not has_any:
            if head != last:
                await self.db.write(lambda connection: subscriptions.put_head(connection, last))
            return False
        if not page:
            return False
        news = [each for each in page if _is_news(each)]
        told = await self.db.read(lambda connection: self._match(connection, news)) if news else {}
        now = self.now()
        seqs = {wish.id: seqs for wish, seqs in told.items()}
        due = {wish.id: self._due_at(wish, now) for wish in told}

        def write(connection: Connection) -> None:
            subscriptions.add_tellings(connection, seqs, due)
            subscriptions.put_head(connection, page[-1].seq)

        await self.db.write(write)
        return len(page) == FACTS_PER_PAGE

    def _due_at(self, wish: Wish, now: datetime) -> datetime:
        gap = self.digest if wish.kind == "area" else CASE_GAP
        return max(now + SETTLE, wish.sent_at + gap) if wish.sent_at else now + SETTLE

    def _match(self, connection: Connection, news: Sequence[Entry]) -> Mapping[Wish, list[int]]:
        """Return who is to be told of which facts."""
        told: dict[Wish, list[int]] = {}
        by_case: dict[str, list[Entry]] = {}
        for entry in news:
            by_case.setdefault(entry.case_id, []).append(entry)
        cases = {each: case for each in by_case if (case := journal.find_case(connection, CaseId(each)))}
        for master, case in cases.items():
            for duplicate in case.merged:  # it hears of its master's end by a fact of its own
                again = [each for each in by_case[master] if each.kind in (ANSWERED, REOPENED)]
                by_case.setdefault(duplicate, []).extend(again)
        for wish in subscriptions.list_of_cases(connection, list(by_case)):
            for entry in by_case[wish.case_id]:
                if _is_for(wish, entry):
                    told.setdefault(wish, []).append(entry.seq)
        self._match_areas(connection, news, cases, told)
        return told

    def _match_areas(
        self,
        connection: Connection,
        news: Sequence[Entry],
        cases: Mapping[str, Case],
        told: dict[Wish, list[int]],
    ) -> None:
        """Add who follows an area in which one of the facts is: of public categories alone."""
        categories = self.city().codes.categories
        public = [
            (entry, case)
            for entry in news
            if entry.kind in AREA_NEWS
            and (case := cases.get(entry.case_id)) is not None
            and (row := categories.get(case.category)) is not None
            and row.is_public
        ]
        areas = {code for _, case in public for code in _areas_of(case)}
        wishes = subscriptions.list_of_areas(connection, areas) if areas else []
        for entry, case in public:
            for wish in wishes:
                if wish.area in _areas_of(case) and wish.category in ("", case.category):
                    told.setdefault(wish, []).append(entry.seq)

    async def _write(self, wish: Subscription, seqs: Sequence[int]) -> None:
        """Make the letter of what has gathered, and forget that, in one commit."""
        now, until = self.now(), seqs[-1] if seqs else 0
        values = await self.db.read(lambda connection: self._values(connection, wish, seqs))

        def write(connection: Connection) -> None:
            if values is not None:
                letters.add_letter(connection, f"{wish.id}-{until}", wish.contact_id, "news", values, now)
            subscriptions.settle(connection, wish.id, until, now)

        await self.db.write(write)

    def _values(self, connection: Connection, wish: Subscription, seqs: Sequence[int]) -> Mapping[str, Any] | None:
        """Return what the letter's template needs; None where nothing is left to tell."""
        entries = journal.list_by_seq(connection, seqs[-ITEMS_MAX:])
        cases = {each: journal.find_case(connection, CaseId(each)) for each in {entry.case_id for entry in entries}}
        items = [
            item
            for entry in entries
            if (case := cases[entry.case_id]) is not None and (item := self._item(entry, case)) is not None
        ]
        if not items:
            return None
        link = self.open_link(wish.sealed_link) if wish.sealed_link else ""
        zh, en = self._about(wish, [case for case in cases.values() if case is not None])
        city = self.city().name
        return {
            "kind": wish.kind,
            "city_zh": city.zh,
            "city_en": city.en,
            "about_zh": zh,
            "about_en": en,
            "items": items,
            "cases": len(cases),
            "left": len(seqs) - len(items),
            "url": f"{self.public_url}/report/{link if '/' in link else f'#/follow/{link}'}" if link else "",
            "end_url": f"{self.public_url}/api/v1/unsubscribe/{wish.token}",
        }

    def _item(self, entry: Entry, case: Case) -> Mapping[str, str] | None:
        words = _words_of(entry)
        if words is None:
            return None
        zh, en = self._name_of(case.category)
        street_zh, street_en = self._area_of(case.place.street)
        at = f"{entry.at.astimezone(self.city().timezone):%Y-%m-%d %H:%M}"
        return {
            "head_zh": " · ".join(each for each in (at, zh, street_zh) if each),
            "head_en": " · ".join(each for each in (at, en, street_en) if each),
            "zh": words[1],
            "en": words[2],
            "url": "",
        }

    def _about(self, wish: Subscription, cases: Sequence[Case]) -> tuple[str, str]:
        if wish.kind == "area":
            names = [self._area_of(wish.area), self._name_of(wish.category) if wish.category else ("", "")]
        else:
            names = [self._name_of(cases[-1].category), (wish.number or cases[-1].number,) * 2]
        return " ".join(zh for zh, _ in names if zh), " ".join(en for _, en in names if en)

    def _name_of(self, category: str) -> tuple[str, str]:
        row = self.city().codes.categories.get(category)  # type: ignore[call-overload]
        return (row.name_zh, row.name_en) if row else ("您反映的事项", "what you reported")

    def _area_of(self, code: str) -> tuple[str, str]:
        area = self.city().codes.areas.get(code)  # type: ignore[call-overload]
        return (area.name_zh, area.name_en) if area else ("", "")


def _read_page(connection: Connection) -> tuple[list[Entry], bool, int | None, int]:
    head, last = subscriptions.read_head(connection), journal.last_seq(connection)
    has_any = subscriptions.has_any(connection)
    page = journal.list_after(connection, head, FACTS_PER_PAGE) if head is not None and has_any else []
    return page, has_any, head, last


def _is_news(entry: Entry) -> bool:
    return bool(entry.case_id) and entry.kind not in NOT_NEWS and _words_of(entry) is not None


def _words_of(entry: Entry) -> tuple[str, str, str] | None:
    return _ANSWER if entry.kind == ANSWERED else say_kind(entry.kind, entry.data)


def _is_for(wish: Wish, entry: Entry) -> bool:
    """Say whether a fact of the case is for one who follows it: an answer is for whom it was written."""
    if entry.kind != ANSWERED:
        return True
    to = msgspec.json.decode(entry.data, type=_To).report
    return wish.kind == "report" and to in ("", wish.number)


def _areas_of(case: Case) -> Iterable[str]:
    place = case.place
    return {str(code) for code in (place.district, place.street, place.community, place.grid) if code}
