"""Follows what partners do with the requests that they have: their status by number, and their updates where they have
such. What is new becomes facts of the case; the desk's own flow decides what follows.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from dispatch.forwarding import News
from dispatch.ids import CaseId
from dispatch.partners import Meaning, Partner, Updates
from dispatch.record import Forward
from dispatch.redaction import black_out
from services.engine import forwarding
from services.engine.desk import Desk
from services.observe import clock, counters
from services.partners.client import BATCH, Busy, Endpoint, NotSent, Refused, Unsure
from services.partners.forwarder import Forwarder
from services.partners.times import read_time
from services.partners.wire import Row
from services.store import journal, parcels
from services.store.case_queries import list_going_on
from services.store.database import Database
from services.store.parcels import Followed, PartnerState

OVERLAP = timedelta(minutes=15)
"""How far back of the last look updates are read again: some are entered late, and clocks differ."""
LOOK_BACK = timedelta(hours=24)
"""How far back the first look goes, and at most any: FixMyStreet sweeps a day too."""
REST_MAX = timedelta(hours=1)
"""A partner who does not answer is asked at least so often again."""
LINGER = timedelta(days=7)
"""How long a request is followed after its case has ended here."""
NOTE_MAX = 2_000

log = structlog.get_logger(__name__)


class Follower:
    """Asks each partner whose time has come. Run by a job."""

    def __init__(self, db: Database, desk: Desk, forwarder: Forwarder) -> None:
        self.db, self.desk, self.forwarder = db, desk, forwarder

    async def follow_due(self) -> int:
        """Ask the partners whose time has come; return how many cases have heard something."""
        partners, now = self.desk.city.codes.partners, clock.now()
        if not partners:
            return 0
        states = await self.db.read(parcels.load_states)
        due = [
            (partner, state)
            for partner in partners.values()
            if _is_due(partner, state := states.get(partner.id, PartnerState(partner=partner.id)), now)
        ]
        return sum(await asyncio.gather(*(self._follow(partner, state) for partner, state in due)))

    async def _follow(self, partner: Partner, state: PartnerState) -> int:
        now = clock.now()
        followed = await self.db.read(lambda c: parcels.list_followed(c, partner.id, now))
        if not followed:
            return 0
        try:
            endpoint = self.forwarder.endpoint_of(partner)
            heard, read_until = 0, state.read_until
            if partner.updates is not Updates.NONE:
                heard = await self._read_updates(endpoint, followed, read_until, now)
                read_until = now
            # After the updates, which say more: a request that is closed may be done or refused.
            heard += await self._read_statuses(endpoint, followed)
        except (NotSent, Unsure, Busy, Refused) as error:
            log.warning("partner not followed", partner=partner.id, error=str(error))
            counters.FOLLOWED.labels(partner.id, "failed").inc()
            failed = replace(state, polled_at=now, failures=state.failures + 1, error=str(error)[: parcels.DETAIL_MAX])
            await self.db.write(lambda c: parcels.save_state(c, failed))
            return 0
        counters.FOLLOWED.labels(partner.id, "answered").inc()
        fine = PartnerState(partner=partner.id, polled_at=now, read_until=read_until, answered_at=now)
        await self.db.write(lambda c: parcels.save_state(c, fine))
        await self._let_go(partner, followed, now)
        return heard

    async def _read_statuses(self, endpoint: Endpoint, followed: Sequence[Followed]) -> int:
        heard = 0
        by_number = {each.request_id: each for each in followed}
        numbers = list(by_number)
        for start in range(0, len(numbers), BATCH):
            for row in await endpoint.list_requests(numbers[start : start + BATCH]):
                one = by_number[row["service_request_id"]]
                heard += await self._tell(endpoint.partner, one, _news_of(endpoint.partner, one, row))
        return heard

    async def _read_updates(
        self, endpoint: Endpoint, followed: Sequence[Followed], read_until: datetime | None, now: datetime
    ) -> int:
        since = max(now - LOOK_BACK, read_until - OVERLAP) if read_until else now - LOOK_BACK
        partner, by_number = endpoint.partner, {each.request_id: each for each in followed}
        rows = [
            row
            for row in await endpoint.list_updates(since, now + OVERLAP)
            if row.get("service_request_id") in by_number and row.get("update_id")
        ]
        ids = [row["update_id"][:200] for row in rows]
        known = await self.db.read(lambda c: parcels.known_updates(c, partner.id, ids)) if ids else set()
        heard = 0
        for row in sorted(rows, key=lambda row: row.get("updated_datetime", "")):
            if row["update_id"][:200] in known or (said_at := read_time(row.get("updated_datetime", ""))) is None:
                continue
            one = by_number[row["service_request_id"]]
            word, meaning = partner.read_status(row.get("external_status_code", ""), row.get("status", ""))
            news = News(
                reference=one.reference,
                word=word,
                meaning=meaning,
                note=black_out(row.get("description", ""))[:NOTE_MAX],
                update_id=row["update_id"][:200],
                said_at=said_at,
            )
            heard += await self._tell(partner, one, news)
        return heard

    async def _tell(self, partner: Partner, one: Followed, news: News) -> bool:
        case_id = CaseId(one.case_id)
        case = await self.db.read(lambda c: journal.find_case(c, case_id))
        forward = case.find_forward(one.reference) if case else None
        if forward is None:
            return False
        if not news.update_id:
            news = _plainly(news, forward)
            is_same = (forward.word, forward.meaning or Meaning.OPEN) == (news.word, news.meaning)
            if is_same and news.note in ("", forward.note):
                return False  # nothing new, as almost always: no turn of the engine for it
        await self.desk.recall(case_id)
        return await self.desk.order(lambda turn: forwarding.note_news(turn, partner.id, case_id, news))

    async def _let_go(self, partner: Partner, followed: Sequence[Followed], now: datetime) -> None:
        """Follow the requests of cases that have ended for a few days more and no longer."""
        ids = sorted({each.case_id for each in followed})
        going_on = await self.db.read(lambda c: list_going_on(c, ids))
        over = [each.request_id for each in followed if each.case_id not in going_on]
        if over:
            await self.db.write(lambda c: parcels.follow_until(c, partner.id, over, now + LINGER))


def _is_due(partner: Partner, state: PartnerState, now: datetime) -> bool:
    if state.polled_at is None:
        return True
    wait = timedelta(minutes=partner.poll_min)
    if state.failures:
        wait = max(wait, min(wait * 2 ** min(state.failures, 10), REST_MAX))
    return now - state.polled_at >= wait


_CLOSED = frozenset({Meaning.HANDLED, Meaning.REFUSED})


def _plainly(news: News, forward: Forward) -> News:
    """Return news of a status without what is known better: `closed` says nothing new of what was done or refused,
    and `open` nothing of what is being worked on or was just sent.
    """
    if news.word.lower() not in ("open", "closed"):
        return news
    known = Meaning(forward.meaning) if forward.meaning else Meaning.OPEN
    if (known in _CLOSED) is not (news.meaning in _CLOSED):
        return news
    return replace(news, word=forward.word, meaning=known)


def _news_of(partner: Partner, one: Followed, row: Row) -> News:
    """Return what a request's record says: its detailed status where the partner has one, else open or closed."""
    word, meaning = partner.read_status(row.get("detailed_status", ""), row.get("status", ""))
    if meaning is Meaning.OPEN and row.get("status", "").lower() == "closed":
        word, meaning = partner.read_status("closed")
    return News(
        reference=one.reference,
        word=word,
        meaning=meaning,
        note="" if partner.updates is not Updates.NONE else black_out(row.get("status_notes", ""))[:NOTE_MAX],
        said_at=read_time(row.get("updated_datetime", "")),
    )
