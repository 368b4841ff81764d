"""What the jobs do, over the engine and the store."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dispatch.health.judge import Condition, judge
from dispatch.health.rules import HealthRules
from services.engine import messages, orders, rounds, sensing
from services.engine.desk import Desk
from services.engine.episodes import forget_old
from services.engine.forgetting import forget
from services.engine.renewal import Renewal
from services.engine.senders import Senders
from services.engine.tally import Tally
from services.live.push import Pusher
from services.live.tracks import Tracks
from services.notify.letters import Letters
from services.observe import clock, counters
from services.partners.follower import Follower as PartnerFollower
from services.partners.forwarder import Forwarder
from services.settings import Settings
from services.store import abuse, inbox, parcels
from services.store.accounts import delete_ended_sessions
from services.store.bucket_shelf import BucketShelf, open_shelf
from services.store.cache import tidy
from services.store.contacts import delete_unconfirmed
from services.store.idempotency import delete_kept
from services.store.letters import delete_ended
from services.store.outbox import delete_told
from services.store.pictures import PictureFolder

DELETE_PER_TURN = 5_000
"""Rows deleted in one transaction: more would hold up what comes in."""
ANSWERS_KEPT_FOR = timedelta(days=2)
"""How long an Idempotency-Key is remembered."""

UNCONFIRMED_KEPT_FOR = timedelta(days=1)
"""How long an address is kept that nobody has confirmed."""
LETTERS_KEPT_FOR = timedelta(days=30)
"""How long it can be seen what has become of a letter."""

SENDERS_KEPT_FOR = timedelta(days=30)
"""How long it is known from where a report came: so long somebody may look at it and say that it was abuse."""
HELD_KEPT_FOR = timedelta(days=90)
"""How long it is known what was decided on a held report."""
PARCELS_KEPT_FOR = timedelta(days=90)
"""How long a parcel that is settled, and news that was taken, is remembered."""
NOTICES_KEPT_FOR = timedelta(days=14)
"""How long a notice waits for somebody who does not come: what it tells of is on his screen when he does."""


class CityChores:
    """See `services.jobs.schedule.Chores`."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        tally: Tally,
        renewal: Renewal,
        pusher: Pusher,
        tracks: Tracks,
        letters: Letters,
        forwarder: Forwarder,
    ) -> None:
        self.settings, self.db, self.desk, self.tally = settings, desk.db, desk, tally
        self.renewal, self.pusher, self.tracks, self.letters = renewal, pusher, tracks, letters
        self.forwarder, self.partners = forwarder, PartnerFollower(desk.db, desk, forwarder)

    async def retry_unassigned(self) -> int:
        if not self.desk.state.book.queue:
            return 0
        return await self.desk.order(orders.retry_queue)

    async def note_silent_sources(self) -> int:
        senders = self.desk.state.senders
        is_due = rounds.has_absent(senders) or senders.list_silent(clock.now())
        lost = await self.desk.order(rounds.note_silent) if is_due else 0
        await self.desk.save_sources()
        await asyncio.to_thread(_gauge, senders, self.desk.city.health, clock.now())
        return lost

    async def tell_overdue_sensors(self) -> int:
        if not sensing.has_overdue(self.desk.state, clock.now()):
            return 0
        return await self.desk.order(messages.tell_overdue)

    async def renew_city(self) -> int:
        return await self.renewal.renew()

    async def recompute_measures(self) -> int:
        return await self.tally.recompute()

    async def push_tasks(self) -> int:
        return await self.pusher.push_due()

    async def tell_citizens(self) -> int:
        return await self.letters.run()

    async def write_to_partners(self) -> int:
        return await self.forwarder.send_due()

    async def follow_partners(self) -> int:
        return await self.partners.follow_due()

    async def settle_tracks(self) -> int:
        return await self.tracks.settle()

    async def delete_old(self) -> int:
        now = clock.now()
        while await self.desk.order(forget_old):
            continue
        deleted = await self.db.write(lambda connection: delete_ended_sessions(connection, now))
        deleted += await self.db.write(lambda connection: delete_kept(connection, now - ANSWERS_KEPT_FOR))
        deleted += await self.db.write(lambda connection: delete_told(connection, now - NOTICES_KEPT_FOR))
        deleted += await self.db.write(lambda c: delete_unconfirmed(c, now - UNCONFIRMED_KEPT_FOR))
        deleted += await self.db.write(lambda connection: delete_ended(connection, now - LETTERS_KEPT_FOR))
        before = now - timedelta(days=self.settings.inbox_keep_days)
        deleted += await self.db.write(lambda connection: parcels.delete_old(connection, now - PARCELS_KEPT_FOR))
        senders, held = now - SENDERS_KEPT_FOR, now - HELD_KEPT_FOR
        deleted += await self.db.write(lambda connection: abuse.delete_old(connection, now, senders, held))

        def delete_page(connection: Connection) -> int:
            return inbox.delete_done_before(connection, before, DELETE_PER_TURN)

        while page := await self.db.write(delete_page, patient=True):
            deleted += page
        return deleted + await forget(self.desk, PictureFolder(open_shelf(self.settings)))

    async def tidy_media(self) -> int:
        shelf = open_shelf(self.settings)
        return await tidy(self.db, shelf.cache, clock.now().timestamp()) if isinstance(shelf, BucketShelf) else 0


def _gauge(senders: Senders, rules: HealthRules, at: datetime) -> None:
    """Say in the metrics how many sources are how. In a thread of its own: a city's thousands take milliseconds."""
    found = Counter(judge(each, senders.signs_of(each.id), rules, at)[0].condition for each in list(senders))
    for condition in Condition:
        counters.SOURCES.labels(condition.value).set(found[condition])
