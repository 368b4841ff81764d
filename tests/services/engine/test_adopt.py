"""Another version of the city is taken up between two turns, and nobody loses anything by it."""

import asyncio
import contextlib
import json
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from dispatch.city import Duty, Source
from dispatch.ids import MessageId, SourceId, WorkerId
from gis.point import LonLat
from services.observe import clock
from services.store.database import Database
from tests.builders import GRE, IN_G1, IN_G4, SAN, SOURCES, WORKERS, make_city, make_codes, make_worker
from tests.parts.town import ALWAYS, PARTNER, Town, fold, make_town_city, open_database, run_town
from tests.taxonomy import GAS, LITTER

NEW = Source(id=SourceId("new"), feed="cloudevents", kind="gateway", external_id="new", name_zh="新", name_en="New")


def another_city(**changes: Any) -> Any:
    """Return the town's city with other rows."""
    codes = make_codes(sources=[*SOURCES, PARTNER, NEW])
    return make_city(codes=replace(codes, **{"shifts": ALWAYS, **changes}))


async def test_what_follows_is_decided_by_the_new_city(town: Town) -> None:
    first = await town.tell("before", category=LITTER, n="1")
    assert first is not None
    duties = (Duty(department=GRE, trade="sanitation"), *town.city.codes.duties[:1])
    await town.desk.adopt(another_city(duties=duties))
    second = await town.tell("after", category=LITTER, n="2", lon=IN_G4.lon, lat=IN_G4.lat)
    assert second is not None
    assert (first.department, second.department) == (SAN, GRE)
    assert town.desk.state.book.find(first.id) == first, "what was decided stands"


async def test_staff_and_what_is_known_of_them_stay(town: Town) -> None:
    case = await town.tell("gas", n="1")
    assert case is not None
    assert case.worker
    town.desk.set_position(WorkerId("ann"), LonLat(106.51, 29.51))
    town.desk.set_position(WorkerId("bob"), IN_G4)
    signed = {each.worker: each.on_duty for each in town.desk.state.roster}
    staff = {each.id: each for each in (*WORKERS, make_worker("dan")) if each.id != "bob" or case.worker == "bob"}
    await town.desk.adopt(another_city(workers=staff))
    roster = town.desk.state.roster
    assert {each.worker for each in roster} == set(staff)
    assert roster.get(WorkerId("ann")).point == LonLat(106.51, 29.51)
    assert roster.get(case.worker).open_tasks == 1
    assert all(each.on_duty == signed[each.worker] for each in roster if each.worker in signed)
    assert set(town.desk.state.positions) <= set(staff)
    await town.desk.set_duty(WorkerId("dan"), on=True)
    assert roster.get(WorkerId("dan")).on_duty


async def test_a_new_worker_is_signed_on_by_his_shift(town: Town) -> None:
    staff = {each.id: each for each in (*WORKERS, make_worker("dan"))}
    await town.desk.adopt(another_city(workers=staff))
    async with asyncio.timeout(10):
        while not town.desk.state.roster.get(WorkerId("dan")).on_duty:
            await asyncio.sleep(0.05)


async def test_sources_keys_and_who_was_heard_stay(town: Town) -> None:
    by_hand = replace(NEW, id=SourceId("cloudevents:hand"), external_id="hand")
    senders = town.desk.state.senders
    senders.add(by_hand)
    senders.add_key("hash", PARTNER.id)
    senders.add_key("other", NEW.id)
    await town.tell("gas", n="1")
    heard = senders.last_heard[PARTNER.id]
    senders.lose(SourceId("cam1"))
    assert senders.find_by_key("other") is None
    await town.desk.adopt(another_city())
    renewed = town.desk.state.senders
    assert renewed.find(by_hand.id) == by_hand
    assert renewed.find_by_key("hash") == PARTNER
    assert renewed.find_by_key("other") == NEW, "a key may be older than its source"
    assert renewed.last_heard[PARTNER.id] == heard
    assert "cam1" in renewed.lost
    without = make_city(codes=replace(make_codes(sources=[]), shifts=ALWAYS))
    await town.desk.adopt(without)
    assert town.desk.state.senders.find(PARTNER.id) is None
    assert town.desk.state.senders.find(by_hand.id) == by_hand


async def test_no_message_is_lost_or_doubled_while_cities_change(town: Town) -> None:
    cities = [another_city(), make_town_city(), another_city(duties=(Duty(department=GRE),))]
    sent: list[MessageId] = []

    async def speak() -> None:
        for n in range(150):
            place = {"lon": IN_G1.lon, "lat": IN_G1.lat, "episode": f"e{n}"}
            said = {"specversion": "1.0", "id": str(n), "source": "t", "type": "t", "data": {"category": GAS, **place}}
            sent.extend(await town.inbox.receive("cloudevents", PARTNER.id, _json(said), clock.now()))
            await asyncio.sleep(0)

    async def change() -> None:
        for n in range(30):
            await town.desk.adopt(cities[n % len(cities)])
            await asyncio.sleep(0.002)

    await asyncio.gather(speak(), change())
    await town.read_all()
    assert await town.states() == {"done": 150}
    assert len(set(sent)) == 150
    told = [entry.seq for entry in town.told]
    assert told == list(range(1, len(told) + 1))
    assert {case.id: case for case in town.open_cases()} == {
        case_id: case for case_id, case in (await town.fold()).items() if case.is_open
    }


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


class Failing(Database):
    """A database whose next commit of a turn fails."""

    fails = 0

    def submit(self, bulk: Any, value: Any, *, patient: bool = False) -> Any:
        if self.fails and getattr(bulk, "__name__", "") == "record":
            self.fails -= 1
            return super().submit(_fail, value)
        return super().submit(bulk, value, patient=patient)


def _fail(_connection: Any, _values: Any) -> Any:
    raise ValueError("no room")


async def test_a_turn_that_fails_leaves_the_new_city_and_the_old_cases(tmp_path: Any) -> None:
    open_database(tmp_path).engine.dispose()
    db = Failing(f"sqlite:///{tmp_path / 'town.sqlite3'}")
    async with run_town(db) as town:
        case = await town.tell("gas", n="1")
        after = another_city()
        db.fails = 1
        with contextlib.suppress(ValueError):
            await town.desk.adopt(after)
        await town.desk.adopt(after)
        assert town.desk.city is after
        assert town.desk.state.city is after
        assert town.open_cases() == [case]
        assert fold(await town.entries()) == {case.id: case}  # type: ignore[union-attr]


async def test_positions_are_told_of_those_who_are_there(town: Town) -> None:
    town.desk.set_position(WorkerId("ann"), IN_G4)
    await town.desk.adopt(another_city(workers={}))
    assert town.desk.state.positions == {}
    town.desk.set_position(WorkerId("ann"), IN_G4)
    assert town.desk.state.positions == {}
    assert clock.now() - town.desk.state.senders.listening_since < timedelta(minutes=5)
