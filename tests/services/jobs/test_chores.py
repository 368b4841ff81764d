"""What the jobs do, on a town in this process."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from dispatch.ids import SourceId, WorkerId
from services.engine.renewal import Renewal
from services.entrances import LateClient
from services.jobs.chores import CityChores
from services.live.push import Pusher
from services.live.tracks import Tracks
from services.live.webpush import make_sealer
from services.notify.letters import make_letters
from services.observe import clock
from services.partners.forwarder import Forwarder
from services.partners.secrets import PartnerSecrets
from services.settings import Settings
from services.store import inbox
from services.store.inbox import Outcome
from services.store.pictures import PictureFolder
from services.store.shelf import DiskShelf
from tests.builders import SOURCES
from tests.parts.town import PARTNER, Town, make_town_city, open_database, run_town
from tests.services.store.samples import make_message


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    talkative = [msgspec.structs.replace(each, silent_after_s=60) if each.id == "gas1" else each for each in SOURCES]
    city = make_town_city(sources={each.id: each for each in (*talkative, PARTNER)})
    async with run_town(open_database(tmp_path), city) as running:
        yield running


def chores_of(town: Town, **settings: int) -> CityChores:
    made = Settings(data_dir=Path(), database_url=town.db.url, **settings)  # type: ignore[arg-type]
    sealer = make_sealer(replace(made, data_dir=Path(town.db.url.removeprefix("sqlite:///")).parent))
    pusher = Pusher(town.db, lambda: town.desk.city, sealer, LateClient().get)
    renewal = Renewal(town.db, town.desk, None)
    tracks = Tracks(town.db, town.desk, timedelta(hours=2))
    letters = make_letters(made, town.db, lambda: town.desk.city, LateClient().get, lambda sealed: sealed)
    forwarder = Forwarder(town.db, town.desk, PartnerSecrets(), PictureFolder(DiskShelf(made.data_dir)))
    return CityChores(made, town.desk, town.tally, renewal, pusher, tracks, letters, forwarder)


async def test_cases_that_nobody_could_be_sent_to_are_tried_again(town: Town) -> None:
    chores = chores_of(town)
    assert await chores.retry_unassigned() == 0
    for worker in ("ann", "bob"):
        await town.desk.set_duty(WorkerId(worker), on=False)
    await town.tell("hiss")
    assert await chores.retry_unassigned() == 0
    town.desk.state.roster.set_duty(WorkerId("bob"), on_duty=True)
    assert await chores.retry_unassigned() == 1
    assert [case.worker for case in town.open_cases()] == ["bob"]


async def test_a_source_that_falls_silent_is_lost_once(town: Town) -> None:
    chores, gas = chores_of(town), SourceId("gas1")
    await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": 1}]})
    assert await chores.note_silent_sources() == 0
    long_ago = clock.now() - timedelta(hours=1)
    town.desk.state.senders.hear(gas, long_ago)
    town.desk.state.senders.listening_since = long_ago
    assert await chores.note_silent_sources() == 1
    assert town.told[-1].kind == "SourceLost"
    assert await chores.note_silent_sources() == 0
    await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": 2}]})
    assert town.told[-1].kind == "SourceRestored"


async def test_only_what_is_past_its_time_is_deleted(town: Town) -> None:
    now = clock.now()
    old = [make_message(str(n).encode(), at=now - timedelta(days=91)) for n in range(3)]
    young = make_message(b"young", at=now)
    await town.db.submit(inbox.store, [*old, young])
    done = [Outcome(message_id=message.id, at=now) for message in (*old[:2], young)]
    bad = Outcome(message_id=old[2].id, at=now, state="quarantined", reason="json")
    await town.db.write(lambda connection: inbox.settle(connection, [*done, bad]))
    assert await chores_of(town, inbox_keep_days=90).delete_old() == 2
    assert await town.states() == {"done": 1, "quarantined": 1}
