"""Workers: each signs in, hears of tasks on his own socket, walks the roads to them, and does the work.

What he may do next is what the server says he may (`allowed_commands`), so a task that was taken from him or
sent back to him needs no rule of its own here.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from gis.point import LonLat, distance_m
from simulators.clock import now
from simulators.pictures import draw_after
from simulators.stage import Stage
from simulators.walking import step_along
from simulators.wire import JsonObject, Refused, Session, Unreachable

LEFT_TO_PEOPLE = frozenset({"worker1"})
"""Accounts that someone may use in a browser: the simulators never touch them."""
ROSTER_EVERY_S = 30.0
SIGN_IN_GAP_S = 0.15
"""Wall seconds between two sign-ins: a password's hash costs the server on purpose."""
TICK_S = 3.0
"""Wall seconds between two positions of a moving worker; `IDLE_TICK_S` of one who waits."""
IDLE_TICK_S = 20.0
WALK_MPS, DRIVE_MPS = 1.35, 6.5
DRIVES_FROM_M = 900.0
STROLL_M = 350.0
AGAIN_S = (1.0, 20.0)
"""Wait before a lost socket is opened again: from, and at most."""
REASONS = (
    "设备不在身边 (no tools with me)",
    "正在处理另一件急事 (busy with an urgent case)",
    "不属于我的职责 (not my duty)",
)
NOTES = ("已处置完毕 (done)", "已清理干净 (cleaned up)", "已劝离并教育 (moved on and warned)", "已修复 (repaired)")


@dataclass
class Phone:
    """One worker's phone: where he is, and the cases that were sent to him and are not finished, oldest first."""

    session: Session
    worker: str
    at: LonLat
    random: Random
    colleagues: int = 0
    """Others of his department on duty when he came on."""
    tasks: dict[str, JsonObject] = field(default_factory=dict)
    rang: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, case_id: str, case: JsonObject) -> None:
        self.tasks[case_id] = case
        self.rang.set()

    def drop(self, case_id: str) -> None:
        self.tasks.pop(case_id, None)


async def run_workers(stage: Stage, admin: Session) -> None:
    """Keep a phone running for everyone on duty; those who come on duty later join. Runs until cancelled."""
    running: set[str] = set()
    async with asyncio.TaskGroup() as group:
        while True:
            on_duty = [row for row in await _roster(stage, admin) if row["on_duty"] and row["username"]]
            crews = Counter(row["department"] for row in on_duty)
            for row in on_duty:
                username = row["username"]
                if username not in running | LEFT_TO_PEOPLE:
                    running.add(username)
                    group.create_task(_live(stage, row, crews[row["department"]] - 1))
                    await asyncio.sleep(SIGN_IN_GAP_S)
            await asyncio.sleep(ROSTER_EVERY_S)


async def _roster(stage: Stage, admin: Session) -> list[JsonObject]:
    try:
        return await admin.list_all("/api/v1/workers")
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"workers {refused}")
        return []


async def _live(stage: Stage, row: JsonObject, colleagues: int) -> None:
    try:
        session = await stage.wire.sign_in(row["username"], stage.password)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"sign in {row['username']}: {refused}")
        return
    phone = Phone(session, row["id"], LonLat(*row["point"]), stage.stream(f"worker/{row['id']}"), colleagues)
    async with asyncio.TaskGroup() as group:
        group.create_task(_listen(stage, phone))
        group.create_task(_work(stage, phone))


async def _listen(stage: Stage, phone: Phone) -> None:
    """Hold the socket open; after a break, go on from the last seq."""
    after: int | None = None
    wait_s = AGAIN_S[0]
    url = f"{stage.wire.url.replace('http', 'ws', 1)}/ws/live"
    while True:
        try:
            async with connect(url, additional_headers={"Cookie": phone.session.cookie}, max_size=None) as socket:
                await socket.send(json.dumps({"type": "subscribe", "topics": ["tasks"], "after": after, "area": None}))
                wait_s = AGAIN_S[0]
                after = await _hear(phone, socket, after)
        except (OSError, TimeoutError, ConnectionClosed, InvalidHandshake) as error:
            stage.ledger.refuse(f"socket {type(error).__name__}")
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, AGAIN_S[1])


async def _hear(phone: Phone, socket: ClientConnection, after: int | None) -> int | None:
    """Read frames until the socket ends; return the last seq heard, None where the server wants a fresh start."""
    try:
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] == "resync":
                return None
            after = hear_frame(phone, frame, after)
    except ConnectionClosed:
        return after
    return after


def hear_frame(phone: Phone, frame: Mapping[str, Any], after: int | None) -> int | None:
    """Take in one frame of the live protocol; return the seq that it leads up to."""
    if frame["type"] == "snapshot":
        phone.tasks.clear()
        for case in frame.get("tasks", ()):
            phone.take(case["id"], case)
    for fact in frame.get("facts", ()):
        _hear_fact(phone, fact)
    seqs = [fact["seq"] for fact in frame.get("facts", ())]
    reached: int | None = seqs[-1] if seqs else frame.get("seq", after)
    return reached


def _hear_fact(phone: Phone, fact: Mapping[str, Any]) -> None:
    kind, data, case_id = fact["kind"], fact["data"], fact["case_id"]
    if data.get("worker") == phone.worker:
        if kind == "TaskDispatched":
            phone.take(case_id, data["case"])
        elif kind == "CaseReworked":
            phone.take(case_id, phone.tasks.get(case_id, {}))
        elif kind in {"TaskWithdrawn", "TaskDeclined"}:
            phone.drop(case_id)
    elif kind in {"CaseVoided", "CaseClosed"}:
        phone.drop(case_id)


async def _work(stage: Stage, phone: Phone) -> None:
    while True:
        case_id = next(iter(phone.tasks), None)
        if case_id is None:
            await _idle(stage, phone)
            continue
        try:
            await _do_task(stage, phone, case_id)
        except Refused as refused:
            # The desk or the engine was faster: the case is no longer his.
            stage.ledger.refuse(f"task {refused.status} {refused.kind}")
            phone.drop(case_id)
        except Unreachable as error:
            stage.ledger.refuse(f"task {error}")


async def _idle(stage: Stage, phone: Phone) -> None:
    """Stroll about until the phone rings."""
    phone.rang.clear()
    target = LonLat(phone.at.lon + phone.random.uniform(-1, 1) * STROLL_M / 97_000,
                    phone.at.lat + phone.random.uniform(-1, 1) * STROLL_M / 111_000)  # fmt: skip
    try:
        async with asyncio.timeout(IDLE_TICK_S):
            await phone.rang.wait()
    except TimeoutError:
        way = await _find_way(stage, phone, target)
        phone.at = step_along(way[:-1] or way, WALK_MPS * IDLE_TICK_S * min(stage.time.speed, 5.0))[0]
        await _tell_position(stage, phone)


async def _do_task(stage: Stage, phone: Phone, case_id: str) -> None:
    """Go on with one case as far as the server lets him."""
    habits = stage.scenario.habits
    case = await phone.session.get(f"/api/v1/cases/{case_id}")
    if "accept" in case["allowed_commands"] and case["worker"] == phone.worker:
        await stage.time.sleep(phone.random.uniform(*habits.accept_s))
        # Nobody leaves a case to no one: he declines while there is a colleague who has not been asked.
        if phone.random.random() < habits.decline and case["attempts"] <= phone.colleagues - 1:
            await phone.session.command(case_id, "decline", reason=phone.random.choice(REASONS))
            stage.ledger.did("declined")
            phone.drop(case_id)
            return
        case = await phone.session.command(case_id, "accept")
        stage.ledger.did("accepted")
    if "depart" in case["allowed_commands"]:
        case = await phone.session.command(case_id, "depart")
    if "arrive" in case["allowed_commands"]:
        await _go_to(stage, phone, case["place"])
        case = await phone.session.command(case_id, "arrive", lon=phone.at.lon, lat=phone.at.lat)
        stage.ledger.did("arrived")
    if "report_handled" in case["allowed_commands"]:
        await stage.time.sleep(phone.random.uniform(*habits.handle_s))
        await _report_handled(stage, phone, case)
    phone.drop(case_id)


async def _go_to(stage: Stage, phone: Phone, place: JsonObject) -> None:
    if place["lon"] is None:
        return
    target = LonLat(place["lon"], place["lat"])
    speed = DRIVE_MPS if distance_m(phone.at, target) > DRIVES_FROM_M else WALK_MPS
    way = await _find_way(stage, phone, target)
    while len(way) > 1:
        await asyncio.sleep(TICK_S)
        way = step_along(way, speed * TICK_S * stage.time.speed)
        phone.at = way[0]
        await _tell_position(stage, phone)


async def _find_way(stage: Stage, phone: Phone, target: LonLat) -> list[LonLat]:
    """Ask for the way as a phone does; straight on where the server gives none."""
    ends = {"from_lon": phone.at.lon, "from_lat": phone.at.lat, "to_lon": target.lon, "to_lat": target.lat}
    try:
        found = await phone.session.get("/api/v1/workers/me/way", **ends)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"way {refused}")
        return [phone.at, target]
    return [phone.at, *(LonLat(*point) for point in found["points"]), target]


async def _report_handled(stage: Stage, phone: Phone, case: JsonObject) -> None:
    """Done, with a picture; some cut corners, and the thing is still there on it."""
    badly = phone.random.random() < stage.scenario.habits.bad_work
    caption = f"{case['number']} {phone.worker}"
    picture = draw_after(case["source"] or case["id"], now(), caption, phone.random, done=not badly,
                         label=case["category"]["code"])  # fmt: skip
    media = await phone.session.put_picture(picture)
    await phone.session.command(case["id"], "report_handled", note=phone.random.choice(NOTES), media=[media])
    (stage.badly_done.add if badly else stage.badly_done.discard)(case["id"])
    stage.ledger.did("handled")


async def _tell_position(stage: Stage, phone: Phone) -> None:
    try:
        body = {"lon": round(phone.at.lon, 6), "lat": round(phone.at.lat, 6), "at": now().isoformat()}
        await phone.session.post("/api/v1/workers/me/position", body)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"position {refused}")
