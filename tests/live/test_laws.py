"""The laws of the live protocol, on the hub and the snapshots, for lives that pass by chance."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch.access import Actor, list_within, may_see_fact
from dispatch.case import Case, apply
from dispatch.facts import FACTS, Fact
from dispatch.ids import AreaCode, CaseId, DepartmentId, WorkerId
from services.live.frames import facts_frames
from services.live.hub import QUEUED_MAX, Listener, grant, may_hear, may_see_staff
from services.live.snapshot import Snapshots
from services.live.views import case_row
from services.observe import clock
from services.store import journal
from tests.builders import AREAS, IN_G1, IN_G4, make_actor
from tests.parts.town import Town, open_database, run_town
from tests.services.engine.living import live

ALL = frozenset({"cases", "workers", "tasks", "metrics"})


def bounded(code: str, role: str = "dispatcher") -> Actor:
    area = AreaCode(code)
    return make_actor(role, area=area, areas=list_within(AREAS, area))


EVERYONE = {
    "dispatcher": make_actor("dispatcher"),
    "dispatcher of S1": bounded("S1"),
    "leader of MUN": make_actor("leader", department=DepartmentId("MUN")),
    "leader of SAN in S2": make_actor(
        "leader", department=DepartmentId("SAN"), area=AreaCode("S2"), areas=list_within(AREAS, AreaCode("S2"))
    ),
    "collector": make_actor("collector"),
    "ann": make_actor("worker", worker_id=WorkerId("ann")),
    "bob": make_actor("worker", worker_id=WorkerId("bob")),
    "partner": make_actor("integration"),
    "nobody": make_actor("no such role"),
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with run_town(open_database(tmp_path)) as running:
        yield running


async def usernames() -> dict[str, str]:
    return {"ann": "worker1"}


async def overview(_: Actor) -> dict[str, int]:
    return {"open": 1}


class Screen:
    """What a client makes of the protocol: a snapshot, and the facts after it."""

    def __init__(self, town: Town, actor: Actor, areas: frozenset[AreaCode] = frozenset()) -> None:
        self.town, self.actor = town, actor
        self.listener = Listener(actor, grant(actor, ALL), areas)
        self.seqs: list[int] = []
        self.heard: list[dict[str, Any]] = []
        self.cases: dict[str, Any] = {}
        self.on_duty: dict[str, bool] = {}

    async def open(self) -> None:
        self.listener.hold()
        self.town.hub.join(self.listener)
        frame = await self.snapshot(self.listener.hold)
        self.listener.release()
        self.cases = {row["id"]: row for row in frame.get("cases", frame.get("tasks", []))}
        self.on_duty = {row["id"]: row["on_duty"] for row in frame.get("workers", [])}

    async def snapshot(self, at_that_instant: Any = lambda: None) -> dict[str, Any]:
        maker = Snapshots(self.town.desk, self.town.hub, usernames, overview)
        frames = maker.take(self.actor, self.listener.topics, self.listener.areas, at_that_instant)
        (frame,) = [msgspec.json.decode(body) async for body in frames]
        assert frame["type"] == "snapshot"
        whole: dict[str, Any] = frame
        return whole

    async def snapshot_in_parts(self) -> dict[str, Any]:
        """Return what a client puts together from a snapshot in parts: it looks like a whole one."""
        maker = Snapshots(self.town.desk, self.town.hub, usernames, overview)
        frames = maker.take(self.actor, self.listener.topics, self.listener.areas, lambda: None, in_parts=True)
        head, *parts = [msgspec.json.decode(body) async for body in frames]
        assert head["type"] == "snapshot"
        if "metrics" in self.listener.topics:
            last = parts.pop()
            assert last["type"] == "metrics"
            head["metrics"] = last["overview"]
        expected = head.pop("parts")
        for topic, count in expected.items():
            mine = [part for part in parts if part["of"] == topic]
            assert [part["left"] == 0 for part in mine] == [False] * (len(mine) - 1) + [True]
            head[topic] = [expand(part["columns"], row) for part in mine for row in part["rows"]]
            assert len(head[topic]) == count
        whole: dict[str, Any] = head
        return whole

    def read(self) -> None:
        """Take what has come."""
        for text in self.listener.take():
            frame = msgspec.json.decode(text)
            assert frame["type"] == "facts"
            self.heard.extend(frame["facts"])
            self.seqs.extend(fact["seq"] for fact in frame["facts"])


def expand(columns: list[str], values: list[Any]) -> dict[str, Any]:
    """Return a row of a part as docs/live-protocol.md says that it is to be read."""
    row: dict[str, Any] = {"place": {}}
    for name, value in zip(columns, values, strict=True):
        if name.startswith("place."):
            row["place"][name.removeprefix("place.")] = value
        else:
            row[name] = value
    return row


class Folding:
    """A client's fold: cases by facts; a case that comes into view is asked for, one that leaves it is dropped."""

    def __init__(self, screen: Screen, cases: dict[CaseId, Case]) -> None:
        self.screen, self.cases = screen, cases

    async def apply(self) -> None:
        for told in self.screen.heard:
            if not told["case_id"]:
                if told["kind"] in ("WorkerSignedOn", "WorkerSignedOff"):
                    self.screen.on_duty[told["data"]["worker"]] = told["kind"] == "WorkerSignedOn"
                continue
            case_id = CaseId(told["case_id"])
            fact = Fact(
                case_id,
                msgspec.convert(told["at"], type=type(clock.now())),
                msgspec.convert(told["data"], FACTS[told["kind"]]),
            )
            before = self.cases.get(case_id) or await self._ask(case_id, told["seq"] - 1)
            after = self.cases[case_id] = apply(before, fact, told["seq"])
            if self.screen.actor.worker_id and self.screen.actor.worker_id not in (after.worker, *after.helpers):
                del self.cases[case_id]  # it is the last that he hears of it, until he is sent again

    async def _ask(self, case_id: CaseId, seq: int) -> Case | None:
        """Ask for a case that has come into view, as of then: the journal has it."""
        case = None
        for entry in await self.screen.town.db.read(lambda c: journal.list_of_case(c, case_id)):
            if entry.seq <= seq:
                case = apply(case, Fact(case_id, entry.at, journal.read_fact(entry)), entry.seq)
        return case

    def seen(self) -> dict[str, Any]:
        """Return the rows of what is open and in view."""
        actor, listener = self.screen.actor, self.screen.listener
        now, codes = clock.now(), self.screen.town.city.codes
        rows = [
            case_row(case, codes, now)
            for case in self.cases.values()
            if case.is_open
            and may_see_fact(actor, case.place.area, case.department, (case.worker,))
            and (not listener.areas or case.place.area in listener.areas)
            and (not actor.worker_id or case in self.screen.town.desk.state.book.tasks_of(actor.worker_id))
        ]
        return {row.id: plain(msgspec.json.decode(msgspec.json.encode(row))) for row in rows}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what depends on when it is looked at."""
    return {name: value for name, value in row.items() if name != "light"}


@pytest.mark.parametrize("who", [name for name in EVERYONE if name not in ("partner", "nobody")])
@pytest.mark.parametrize("seed", range(2))
async def test_a_snapshot_and_the_facts_after_it_are_a_later_snapshot(town: Town, who: str, seed: int) -> None:
    chance = random.Random(f"{who} {seed}")
    await live(town, chance, 40)
    screen = Screen(town, EVERYONE[who])
    await screen.open()
    begun = {CaseId(each): town.desk.state.book.cases[CaseId(each)] for each in screen.cases}
    await live(town, chance, 80)
    screen.read()
    folding = Folding(screen, begun)
    await folding.apply()
    later = await screen.snapshot()
    rows = later.get("cases", later.get("tasks", []))
    assert folding.seen() == {row["id"]: plain(row) for row in rows}
    if "workers" in later:
        assert screen.on_duty == {row["id"]: row["on_duty"] for row in later["workers"]}
    assert screen.seqs == sorted(set(screen.seqs))
    assert who == "collector" or screen.seqs, "nothing was told: the test proves nothing"


async def test_each_hears_exactly_what_he_may_see(town: Town) -> None:
    screens = {name: Screen(town, actor) for name, actor in EVERYONE.items() if grant(actor, ALL)}
    for screen in screens.values():
        await screen.open()
    await live(town, random.Random(5), 150)
    entries = {entry.seq: entry for entry in town.told}
    for name, screen in screens.items():
        screen.read()
        expected = [
            seq for seq, entry in entries.items() if may_hear(screen.listener, entry) and seq > screen_start(town)
        ]
        assert [seq for seq in screen.seqs if seq in expected] == screen.seqs, name
        for seq in screen.seqs:
            check_may_see(name, screen.actor, entries[seq])
    assert screens["dispatcher"].seqs == [seq for seq in entries if seq > screen_start(town)]


def screen_start(town: Town) -> int:
    """All signs of the first turn are told before anyone listens."""
    return sum(1 for entry in town.told[:3] if entry.kind == "WorkerSignedOn")


def check_may_see(name: str, actor: Actor, entry: journal.Entry) -> None:
    """What was heard concerns him: as it is, or as it was before this very fact."""
    if actor.worker_id:
        assert actor.worker_id in entry.workers, name
        return
    areas, departments = {entry.area, entry.was_area}, {entry.department, entry.was_department}
    if entry.case_id and actor.area:
        assert areas & {*actor.areas}, name
    if actor.department:
        assert actor.department in departments or not (entry.case_id or entry.department), name


async def test_a_worker_never_hears_of_anothers_task(town: Town) -> None:
    ann, bob = Screen(town, EVERYONE["ann"]), Screen(town, EVERYONE["bob"])
    await ann.open()
    await bob.open()
    case = await town.tell("hiss")
    assert case is not None
    assert case.worker == "ann"
    ann.read()
    bob.read()
    assert [each["kind"] for each in ann.heard] == ["TaskDispatched"]
    assert bob.heard == []
    await town.do(case, "reassign", worker="bob", reason="x")
    ann.read()
    bob.read()
    assert [each["kind"] for each in ann.heard] == ["TaskDispatched", "TaskWithdrawn"]
    assert [each["kind"] for each in bob.heard] == ["TaskDispatched"]
    case = await town.carry_out(town.open_cases()[0], "accept")
    ann.read()
    assert len(ann.heard) == 2
    assert (await ann.snapshot())["tasks"] == []
    assert [row["id"] for row in (await bob.snapshot())["tasks"]] == [case.id]


async def test_who_is_bound_by_an_area_hears_that_a_case_has_left_and_no_more(town: Town) -> None:
    screen = Screen(town, bounded("S1"))
    await screen.open()
    case = await town.tell("hiss")
    assert case is not None
    await town.do(case, "relocate", lon=IN_G4.lon, lat=IN_G4.lat)
    await town.do(case, "note", note="in the south now")
    await town.tell("south", lon=IN_G4.lon, lat=IN_G4.lat, category="E0201")
    screen.read()
    assert [each["kind"] for each in screen.heard] == ["CaseOpened", "CaseFiled", "TaskDispatched", "CaseRelocated"]
    assert (await screen.snapshot())["cases"] == []
    await town.do(case, "relocate", lon=IN_G1.lon, lat=IN_G1.lat)
    screen.read()
    assert [each["kind"] for each in screen.heard][4:] == ["CaseRelocated"]


@pytest.mark.parametrize("who", sorted(EVERYONE))
async def test_a_snapshot_in_parts_tells_what_the_whole_one_tells(town: Town, who: str) -> None:
    await live(town, random.Random(7), 60)
    screen = Screen(town, EVERYONE[who])
    whole, parts = await screen.snapshot(), await screen.snapshot_in_parts()
    for topic in ("cases", "tasks"):
        assert (topic in whole) == (topic in parts)
        rows = [{**row, "category": row["category"]["code"]} for row in whole.get(topic, [])]
        for row in rows:
            del row["light"]
        assert sorted(parts.get(topic, []), key=_id_of) == sorted(rows, key=_id_of)
    for topic in ("workers", "metrics"):
        assert parts.get(topic) == whole.get(topic)
    assert parts["seq"] == whole["seq"]


async def test_the_first_part_has_the_most_urgent_of_each_stage(town: Town) -> None:
    """So a screen shows the top of whatever queue it is about before the rest has come."""
    await live(town, random.Random(3), 80)
    cases = list(town.desk.state.book.open_cases())
    maker = Snapshots(town.desk, town.hub, usernames, overview)
    frames = maker.take(EVERYONE["dispatcher"], ALL, frozenset(), lambda: None, in_parts=True)
    _, first, *_ = [msgspec.json.decode(body) async for body in frames]
    shown = {row[first["columns"].index("id")] for row in first["rows"]}
    for stage in {case.stage for case in cases}:
        of_stage = [case for case in cases if case.stage is stage]
        soonest = min(of_stage, key=lambda case: case.due_at or case.opened_at)
        assert soonest.id in shown


def _id_of(row: dict[str, Any]) -> str:
    return str(row["id"])


async def test_an_area_that_was_asked_for_bounds_cases_and_not_staff(town: Town) -> None:
    screen = Screen(town, EVERYONE["dispatcher"], list_within(AREAS, AreaCode("S2")))
    await screen.open()
    await town.tell("north")
    await town.tell("south", lon=IN_G4.lon, lat=IN_G4.lat)
    await town.desk.set_duty(WorkerId("cai"), on=False)
    screen.read()
    assert {each["kind"] for each in screen.heard} == {"CaseOpened", "CaseFiled", "TaskDispatched", "WorkerSignedOff"}
    assert len({each["case_id"] for each in screen.heard}) == 2
    assert len((await screen.snapshot())["workers"]) == 3


def test_topics_are_granted_by_permission() -> None:
    assert grant(EVERYONE["dispatcher"], ALL) == ALL
    assert grant(EVERYONE["collector"], ALL) == {"cases", "tasks"}
    assert grant(EVERYONE["ann"], ALL) == {"cases", "tasks"}
    assert grant(EVERYONE["nobody"], ALL) == frozenset()


def test_staff_are_seen_within_the_department() -> None:
    leader = EVERYONE["leader of MUN"]
    assert may_see_staff(leader, "MUN")
    assert may_see_staff(leader, "")
    assert not may_see_staff(leader, "SAN")
    assert may_see_staff(EVERYONE["dispatcher of S1"], "SAN")


def test_a_long_catch_up_is_parted_and_loses_nothing() -> None:
    texts = [b'{"seq":%d}' % n for n in range(1_234)]
    frames = [msgspec.json.decode(frame)["facts"] for frame in facts_frames(texts)]
    assert [len(frame) for frame in frames] == [500, 500, 234]
    assert [fact["seq"] for frame in frames for fact in frame] == list(range(1_234))
    assert facts_frames([]) == []


def test_who_does_not_read_is_lost_and_costs_nothing_more() -> None:
    for frame in ("x", "x" * 1_000_000):
        listener = Listener(EVERYONE["dispatcher"], ALL)
        for _ in range(QUEUED_MAX + 1):
            listener.offer(frame)
        assert listener.lost
        assert (len(listener.frames), listener.queued_bytes) == (0, 0)


def test_what_is_held_during_a_catch_up_follows_it_in_order() -> None:
    listener = Listener(EVERYONE["dispatcher"], ALL)
    listener.hold()
    listener.offer("before the snapshot")
    listener.hold()
    for frame in ("1", "2"):
        listener.offer(frame)
    listener.release()
    listener.offer("3")
    assert listener.take() == ["1", "2", "3"]
    assert listener.take() == []


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
async def test_a_snapshot_of_ten_thousand_cases_does_not_hold_the_engine(town: Town, in_parts: bool) -> None:
    case = await town.tell("hiss")
    assert case is not None
    for n in range(10_000):
        town.desk.state.book.put(None, msgspec.structs.replace(case, id=CaseId(f"x{n}")))
    longest_s = held_s = 0.0
    maker = Snapshots(town.desk, town.hub, usernames, overview)

    async def take() -> list[bytes]:
        frames = maker.take(EVERYONE["dispatcher"], ALL, frozenset(), lambda: None, in_parts=in_parts)
        return [frame async for frame in frames]

    taking = asyncio.ensure_future(take())
    while not taking.done():
        before_s = time.thread_time()
        await asyncio.sleep(0)
        longest_s = max(longest_s, time.thread_time() - before_s)
        before_s = time.thread_time()
        async with town.desk.quiet():
            held_s = max(held_s, time.thread_time() - before_s)
    frames = [msgspec.json.decode(frame) for frame in await taking]
    assert sum(len(frame.get("rows", frame.get("cases", []))) for frame in frames) == 10_001
    # Of this thread alone, so that what else runs here does not count: 3-7 ms for the longest stop, nothing for the
    # engine.
    assert held_s < 0.1
    assert longest_s < 0.1
