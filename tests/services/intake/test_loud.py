"""Who is loud waits for others that are, and nobody waits for him."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dispatch.ids import SourceId
from services.feeds import load_feeds
from services.intake.loud import AT_ONCE_BYTES, LOUD_BURST, LOUD_PER_S, Gate, Loudness
from services.intake.receive import Inbox
from services.store.inbox import Message

AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
LOUD, CALM = SourceId("loud"), SourceId("calm")


# --- how loud? -------------------------------------------------------------------------------------------------------


def test_a_source_is_loud_past_its_burst_and_calm_again_once_it_has_leaked() -> None:
    loudness = Loudness()
    loudness.add(LOUD, int(LOUD_BURST), AT)
    assert not loudness.is_loud(LOUD, AT)
    loudness.add(LOUD, int(LOUD_PER_S), AT)
    assert loudness.is_loud(LOUD, AT)
    assert loudness.is_loud(LOUD, AT + timedelta(seconds=0.9))
    assert not loudness.is_loud(LOUD, AT + timedelta(seconds=1))
    assert not loudness.is_loud(CALM, AT)


def test_who_sends_no_more_than_he_may_is_never_loud() -> None:
    loudness = Loudness()
    for second in range(3_600):
        at = AT + timedelta(seconds=second)
        loudness.add(LOUD, int(LOUD_PER_S), at)
        assert not loudness.is_loud(LOUD, at)


# --- the gate --------------------------------------------------------------------------------------------------------


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Visitors:
    """Go through a gate and stay until they are told to leave."""

    def __init__(self, at_once: int) -> None:
        self.gate, self.order = Gate(at_once), list[int]()
        self.inside: dict[int, int] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._ends: dict[int, asyncio.Event] = {}

    async def come(self, name: int, size: int) -> None:
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._visit(name, size))
        await settle()

    async def _visit(self, name: int, size: int) -> None:
        async with self.gate.let_in(size):
            self.order.append(name)
            self.inside[name] = size
            try:
                await self._ends[name].wait()
            finally:
                del self.inside[name]

    async def leave(self, name: int) -> None:
        self._ends[name].set()
        await settle()

    async def give_up(self, name: int) -> None:
        self.tasks[name].cancel()
        with suppress(asyncio.CancelledError):
            await self.tasks[name]
        await settle()


async def test_they_come_in_by_their_order_as_far_as_there_is_room() -> None:
    them = Visitors(10)
    for name, size in enumerate((4, 6, 1, 9)):
        await them.come(name, size)
    assert them.order == [0, 1]
    await them.leave(0)
    assert them.order == [0, 1, 2]  # 9 does not fit beside 6 and 1
    await them.leave(1)
    assert them.order == [0, 1, 2, 3]


async def test_what_is_larger_than_the_gate_goes_alone() -> None:
    them = Visitors(10)
    await them.come(0, 1)
    await them.come(1, 1_000)
    await them.come(2, 1)
    assert them.order == [0]
    await them.leave(0)
    assert them.order == [0, 1]
    await them.leave(1)
    assert them.order == [0, 1, 2]


@given(
    st.lists(
        st.tuples(st.sampled_from(["come", "leave", "give up"]), st.integers(0, 14), st.integers(1, 14)), max_size=40
    )
)
def test_whoever_comes_leaves_or_gives_up_there_are_never_too_many_and_none_waits_for_nothing(
    steps: list[tuple[str, int, int]],
) -> None:
    async def live() -> None:
        them, coming = Visitors(10), 0
        for what, who, size in steps:
            if what == "come":
                await them.come(coming, size)
                coming += 1
            elif who < coming:
                await (them.leave(who) if what == "leave" else them.give_up(who))
            assert sum(them.inside.values()) <= 10 or len(them.inside) == 1
            assert them.inside or all(task.done() for task in them.tasks.values())
        for name in range(coming):
            await them.leave(name)
        assert all(task.done() for task in them.tasks.values())
        assert them.order == sorted(them.order)

    asyncio.run(live())


# --- the way in ------------------------------------------------------------------------------------------------------


class SlowDatabase:
    """Stores nothing before it is told to."""

    def __init__(self) -> None:
        self.waiting: list[tuple[SourceId, asyncio.Future[Any], Sequence[Message]]] = []

    async def submit(self, _work: object, messages: Sequence[Message]) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.waiting.append((messages[0].source_id, future, messages))
        return await future

    async def store_first(self) -> None:
        _, future, messages = self.waiting.pop(0)
        future.set_result(messages)
        await settle()

    def sources(self) -> list[SourceId]:
        return [source for source, _, _ in self.waiting]


def bodies(count: int) -> list[bytes]:
    text = "x" * (AT_ONCE_BYTES // 2 + 1)
    return [b'{"text":"%d %s"}' % (n, text.encode()) for n in range(count)]


async def test_a_loud_source_is_taken_little_at_once_and_in_order_and_the_others_beside_it() -> None:
    db, handed = SlowDatabase(), list[Message]()
    inbox = Inbox(db, load_feeds(), handed.extend, lambda: 0)  # type: ignore[arg-type]
    inbox._loudness.add(LOUD, int(LOUD_BURST) + 1, AT)
    wanted = bodies(3)
    tasks = [asyncio.create_task(inbox.receive("report", LOUD, body, AT)) for body in wanted]
    await settle()
    assert db.sources() == [LOUD]
    tasks.append(asyncio.create_task(inbox.receive("report", CALM, wanted[0], AT)))
    await settle()
    assert db.sources() == [LOUD, CALM]
    # Calm again by the clock, but two of its own wait: it must not overtake itself.
    late = asyncio.create_task(inbox.receive("report", LOUD, b'{"text":"last"}', AT + timedelta(hours=1)))
    await settle()
    assert db.sources() == [LOUD, CALM]
    while db.waiting:
        await db.store_first()
    await asyncio.gather(*tasks, late)
    assert [each.body for each in handed if each.source_id == LOUD] == [*wanted, b'{"text":"last"}']
    again = asyncio.create_task(inbox.receive("report", LOUD, b'{"text":"calm"}', AT + timedelta(hours=2)))
    await settle()
    await db.store_first()
    assert await again
