"""Plays a day against a server: learns its clock, posts every message at its time, and asks what came of it."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from time import monotonic
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simulators.day.judging import Figures, Findings, Opened, judge, report
from simulators.day.parts import Calendar, Letter, Plan
from simulators.day.planting import make_plan
from simulators.day.spec import Day
from simulators.wire import JsonObject, Refused, Unreachable, Wire
from simulators.world import World, read_world

LEARN_S = 1.0
"""Wall seconds over which the server's speed is measured at first."""
LOOK_S = 2.0
"""Wall seconds between two looks at its clock: what the first look was wrong by grows with the day."""
PAUSE_S = 0.02
GATHER_S = 0.1
"""Wall seconds in which the readings of one gateway become one POST, as gateways of the field gather them."""
LAG_MOST_S = 900.0
"""Of the server's clock: with messages later than this, it is the machine that is judged and not the city's rules."""
BATCH_MAX = 200
"""Readings of one POST."""
SETTLE_H = 0.25
"""Hours that are waited after the last message: what rests on time alone comes with it."""


class ServerClock:
    """The server's time, as its answers tell it: a straight line through the first look and the last."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._first: tuple[float, datetime] | None = None
        self._last: tuple[float, datetime] | None = None

    async def learn(self) -> None:
        """Look twice, a little apart."""
        self._first = await self._look()
        await asyncio.sleep(LEARN_S)
        self._last = await self._look()

    async def keep_learning(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self._last = await self._look()

    async def _look(self) -> tuple[float, datetime]:
        began_s = monotonic()
        shown = datetime.fromisoformat((await _get(self._wire, "/healthz"))["at"])
        return (began_s + monotonic()) / 2, shown

    @property
    def speed(self) -> float:
        assert self._first is not None, "the clock was not learned"
        assert self._last is not None
        return (self._last[1] - self._first[1]).total_seconds() / (self._last[0] - self._first[0])

    def now(self) -> datetime:
        assert self._last is not None, "the clock was not learned"
        return self._last[1] + timedelta(seconds=(monotonic() - self._last[0]) * self.speed)


async def _get(wire: Wire, path: str) -> JsonObject:
    answer: JsonObject = (await wire.send("GET", path)).json()
    return answer


@dataclass
class Post:
    """Takes the letters of the day, and posts each gateway's in order: readings together, the rest one by one."""

    wire: Wire
    clock: ServerClock
    calendar: Calendar
    keys: dict[str, str]
    waiting: dict[tuple[str, str], deque[Letter]] = field(default_factory=dict)
    tasks: dict[tuple[str, str], "asyncio.Task[None]"] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lag_most_s: float = 0.0

    async def run(self, plan: Plan) -> None:
        """Post all letters, each no earlier than its time; return when the last is answered, or all is too late."""
        for letter in plan.letters:
            if self.lag_most_s > LAG_MOST_S:
                break
            while (ahead_s := letter.at_s - self._now_s()) > 0:
                await asyncio.sleep(max(PAUSE_S, min(1.0, ahead_s / self.clock.speed)))
            queue = (letter.gateway, letter.feed)
            self.waiting.setdefault(queue, deque()).append(letter)
            if queue not in self.tasks or self.tasks[queue].done():
                self.tasks[queue] = asyncio.create_task(self._empty(queue))
        await asyncio.gather(*self.tasks.values())

    def _now_s(self) -> float:
        return (self.clock.now() - self.calendar.began_at).total_seconds()

    async def _empty(self, queue: tuple[str, str]) -> None:
        gateway, feed = queue
        letters = self.waiting[queue]
        await asyncio.sleep(GATHER_S)
        while letters:
            self.lag_most_s = max(self.lag_most_s, self._now_s() - letters[0].at_s)
            body = letters.popleft().body
            if isinstance(body, bytes) or feed != "telemetry":
                await self._send(gateway, feed, body, 1)
                continue
            batch = [body]
            while letters and len(batch) < BATCH_MAX and not isinstance(letters[0].body, bytes):
                batch.append(letters.popleft().body)  # type: ignore[arg-type]
            await self._send(gateway, feed, batch, len(batch))

    async def _send(self, gateway: str, feed: str, body: Any, number: int) -> None:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        headers = {"Authorization": f"Bearer {self.keys[gateway]}", "Content-Type": "application/json"}
        try:
            await self.wire.send("POST", f"/api/v1/intake/{feed}", headers=headers, **given)
        except (Refused, Unreachable) as refused:
            self.refused[f"{feed} {refused}"] += 1
        else:
            self.messages[feed] += number


class Wish(NamedTuple):
    """Where to play, as whom, and with which chance."""

    url: str
    seed: int
    admin: str
    password: str


async def play_day(day: Day, wish: Wish) -> tuple[Findings, Figures]:
    """Play the day and return what came of it, having printed the report.

    :raises Unreachable: if there is no server; `Refused` if it does not let the administrator in.
    """
    wire = Wire(wish.url)
    clock = ServerClock(wire)
    try:
        admin = await wire.sign_in(wish.admin, wish.password)
        world, city = _some_of(await read_world(admin), day.share, wish.seed), await admin.get("/api/v1/city")
        keys = {each: str((await admin.post(f"/api/v1/sources/{each}/key", {}))["key"]) for each in world.gateways}
        await clock.learn()
        calendar = _calendar(clock, city)
        plan = make_plan(day, world, _categories(world, city), calendar, wish.seed)
        print(_announce(day, world, clock, plan, wish.seed), flush=True)
        began_s = monotonic()
        post = await _post_all(Post(wire, clock, calendar, keys), plan)
        took_s = monotonic() - began_s
        # A session of the city's clock does not last a day.
        again = await wire.sign_in(wish.admin, wish.password)
        opened = [_opened(row, calendar) for row in await again.list_all("/api/v1/cases", limit=200)]
        quarantined = await again.list_all("/api/v1/messages", state="quarantined", limit=200)
    finally:
        await wire.close()
    findings = judge(plan.planted, opened)
    figures = Figures(post.messages, len(quarantined), plan.broken, post.refused, post.lag_most_s, took_s)
    print(report(findings, figures), flush=True)
    return findings, figures


def _some_of(world: World, share: float, seed: int) -> World:
    """Return the city with so many of its cameras and sensors."""
    random = Random(f"{seed}/share")
    cameras = random.sample(world.cameras, round(len(world.cameras) * share))
    sensors = random.sample(world.sensors, round(len(world.sensors) * share))
    return replace(world, cameras=cameras, sensors=sensors)


async def _post_all(post: Post, plan: Plan) -> Post:
    learning = asyncio.create_task(post.clock.keep_learning())
    try:
        await post.run(plan)
        await asyncio.sleep(SETTLE_H * 3600 / post.clock.speed)
    finally:
        learning.cancel()
        await asyncio.gather(learning, return_exceptions=True)
    return post


def is_too_late(figures: Figures) -> bool:
    """Say whether the machine was too slow for the speed, so that the day says nothing of the rules."""
    return figures.lag_most_s > LAG_MOST_S


def is_good(day: Day, findings: Findings, figures: Figures) -> bool:
    """Say whether the day came out as it should."""
    return (
        len(findings.missed) <= day.missed_most
        and findings.false_share <= day.false_share_most
        and figures.quarantined == figures.broken
        and not is_too_late(figures)
        and not figures.refused
    )


def _calendar(clock: ServerClock, city: JsonObject) -> Calendar:
    began_at = clock.now()
    local = began_at.astimezone(ZoneInfo(city["timezone"]))
    return Calendar(began_at, local.hour + local.minute / 60)


def _categories(world: World, city: JsonObject) -> dict[str, str]:
    return {**world.category_of_video, **{row["type"]: row["category"] for row in city["sensor_types"]}}


def _opened(row: JsonObject, calendar: Calendar) -> Opened:
    at_s = (datetime.fromisoformat(row["opened_at"]) - calendar.began_at).total_seconds()
    return Opened(row["number"], row["category"]["code"], row["source"], at_s, row["events"], row["text"])


def _announce(day: Day, world: World, clock: ServerClock, plan: Plan, seed: int) -> str:
    return (
        f"{day.name}: {day.title_en} / {day.title_zh}. {len(world.cameras)} cameras, {len(world.sensors)} sensors, "
        f"{day.hours:g} hours at {clock.speed:.0f} times the speed: {day.hours * 60 / clock.speed:.1f} minutes. "
        f"{len(plan.planted)} happenings planted, seed {seed}."
    )
