"""A04 to A10. Stories of a case in the small city: ann and bob (municipal), cai (sanitation).

A04  two citizens and a partner tell of one thing      -> one case
A05  nobody is free                                    -> the queue, until someone signs on
A06  a worker declines                                 -> the next one is sent
A07  it lies outside the city                          -> a person looks
A08  a message cannot be read                          -> quarantine; mended and replayed
A09  the check fails                                   -> rework, then closed
A10  the limit passes                                  -> overdue, once
"""

import asyncio
import json
from pathlib import Path

import msgspec
import pytest

from dispatch.category import Limit, LimitUnit
from dispatch.ids import MessageId, WorkerId
from services.store import inbox
from tests.builders import IN_G1, OUTSIDE
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.taxonomy import CATEGORIES, GAS

ANN, BOB = WorkerId("ann"), WorkerId("bob")


async def report(town: Town, text: str, **more: object) -> MessageId:
    place = {"lon": IN_G1.lon, "lat": IN_G1.lat}
    (message,) = await town.send("report", "desk", {"text": text, **place, **more})
    return message


async def test_a04_two_citizens_and_a_partner_tell_of_one_thing(town: Town) -> None:
    await report(town, "smell of gas at the monument")
    (waiting,) = town.open_cases()
    assert (waiting.stage, waiting.waiting) == ("reported", "wait.people"), "a citizen's word is looked at first"
    await report(town, "沼气味很重", lon=IN_G1.lon + 0.0002)
    await town.tell("detector", confidence=0.95)
    (case,) = town.open_cases()
    assert case.id == waiting.id
    assert case.events == 3
    assert case.stage == "dispatched", "a sure word of a machine makes it sure"
    await report(town, "smell of gas", lon=IN_G1.lon + 0.003)
    assert len(town.open_cases()) == 2, "three hundred metres away is another one"


async def test_a05_nobody_is_free_until_someone_signs_on(town: Town) -> None:
    for worker in (ANN, BOB):
        await town.desk.set_duty(worker, on=False)
    case = await town.tell("hiss")
    assert case is not None
    assert (case.stage, case.worker) == ("filed", "")
    assert case.waiting.startswith("queue.")
    assert await town.kinds(case) == ["CaseOpened", "CaseFiled", "CaseQueued"]
    await town.desk.set_duty(WorkerId("cai"), on=True)
    assert town.open_cases()[0].stage == "filed", "sanitation does not come for gas"
    await town.desk.set_duty(BOB, on=True)
    (sent,) = town.open_cases()
    assert (sent.stage, sent.worker, town.load_of("bob")) == ("dispatched", BOB, 1)
    assert town.notices[-1].recipient == BOB


async def test_a06_a_worker_declines_and_the_next_is_sent(town: Town) -> None:
    case = await town.tell("hiss")
    assert case is not None
    assert case.worker == ANN, "she is nearer"
    case = await town.do(case, "decline", "worker", reason="my van is broken")
    assert (case.worker, case.declined_by, case.attempts) == (BOB, (ANN,), 2)
    assert (town.load_of("ann"), town.load_of("bob")) == (0, 1)
    case = await town.do(case, "decline", "worker", reason="so is mine")
    assert (case.stage, case.worker) == ("filed", "")
    await town.desk.set_duty(ANN, on=True)
    assert town.open_cases()[0].stage == "filed", "who has declined is not asked again by a rule"
    case = await town.do(case, "dispatch", worker="ann")
    assert case.worker == ANN


async def test_a07_what_lies_outside_the_city_goes_to_a_person(town: Town) -> None:
    case = await town.tell("hiss", lon=OUTSIDE.lon, lat=OUTSIDE.lat, confidence=0.99)
    assert case is not None
    assert (case.stage, case.waiting, case.place.inside) == ("reported", "wait.outside", False)
    moved = await town.do(case, "relocate", lon=IN_G1.lon, lat=IN_G1.lat, reason="a swapped digit")
    filed = await town.do(moved, "file")
    assert (filed.stage, filed.place.grid) == ("dispatched", "S1G1")


async def test_a08_what_cannot_be_read_waits_with_its_reason_and_can_be_replayed(town: Town) -> None:
    good = {"text": "smell of gas", "lon": IN_G1.lon, "lat": IN_G1.lat, "key": "good"}
    bad = {"text": "smell of gas", "lon": 500, "lat": 0, "key": "bad"}
    ids = await town.send("report", "desk", [bad, good, {"nonsense": 1}])
    assert await town.states() == {"done": 1, "quarantined": 2}
    assert len(town.open_cases()) == 1
    message = await town.db.write(lambda connection: inbox.replay(connection, ids[0]))
    assert message is not None
    town.desk.hand_over([message])
    await town.read_all()
    assert await town.states() == {"done": 1, "quarantined": 2}, "it is as unreadable as before"
    again = await town.send("report", "desk", [bad, good])
    assert again == ids[:2], "the same messages again are the same"
    assert len(town.open_cases()) == 1


async def test_a08_a_source_that_was_not_known_is_and_then_it_is_read(tmp_path: Path) -> None:
    body = json.dumps({"text": "smell of gas", "lon": IN_G1.lon, "lat": IN_G1.lat}).encode()
    async with run_town(open_database(tmp_path)) as town:
        (message,) = await town.send("report", "a kiosk", body)
        assert await town.states() == {"quarantined": 1}
    city = make_town_city()
    kiosk = msgspec.structs.replace(city.codes.sources["desk"], id="a kiosk")  # type: ignore[index]
    with_kiosk = make_town_city(sources={**city.codes.sources, "a kiosk": kiosk})
    async with run_town(open_database(tmp_path), with_kiosk) as town:
        replayed = await town.db.write(lambda connection: inbox.replay(connection, message))
        assert replayed is not None
        town.desk.hand_over([replayed])
        await town.read_all()
        assert await town.states() == {"done": 1}
        assert [case.source_id for case in town.open_cases()] == ["a kiosk"]


async def test_a09_a_check_that_fails_means_rework_and_then_it_is_closed(town: Town) -> None:
    case = await town.tell("hiss")
    assert case is not None
    case = await town.carry_out(case, "accept", "depart", "arrive", "report_handled")
    again = await town.do(case, "check", "collector", passed=False, note="it still smells")
    assert (again.stage, again.worker, again.reworks) == ("rework", case.worker, 1)
    assert again.task_id != case.task_id
    assert town.notices[-1].recipient == case.worker, "his phone must hear of it"
    again = await town.carry_out(again, "accept", "arrive", "report_handled")
    closed = await town.do(again, "check", "collector", passed=True)
    assert (closed.stage, closed.on_time, closed.reworks) == ("closed", True, 1)
    assert town.load_of(case.worker) == 0
    assert town.open_cases() == []


@pytest.fixture
async def hasty_town(tmp_path: Path):  # type: ignore[no-untyped-def]
    """A town where gas must be dealt with within a second."""
    limit = Limit(1 / 3600, LimitUnit.URGENT_HOURS)
    hasty = [
        msgspec.structs.replace(each, normal_limit=limit, urgent_limit=limit) if each.code == GAS else each
        for each in CATEGORIES
    ]
    async with run_town(
        open_database(tmp_path), make_town_city(categories={each.code: each for each in hasty})
    ) as town:
        yield town


async def test_a10_a_limit_that_passes_is_told_once(hasty_town: Town) -> None:
    case = await hasty_town.tell("hiss")
    assert case is not None
    for _ in range(100):
        if hasty_town.open_cases()[0].overdue:
            break
        await asyncio.sleep(0.05)
    (late,) = hasty_town.open_cases()
    assert late.overdue
    told = hasty_town.told[-1]
    assert told.kind == "CaseOverdue"
    assert late.due_at is not None
    assert 0 <= (told.at - late.due_at).total_seconds() < 2, "within half a second and one commit, on a busy machine"
    await asyncio.sleep(1.2)
    assert (await hasty_town.kinds(case)).count("CaseOverdue") == 1
    closed = await hasty_town.do(
        await hasty_town.carry_out(late, "accept", "arrive", "report_handled"), "check", passed=True
    )
    assert (closed.stage, closed.on_time) == ("closed", False)
