"""Cameras: Frigate messages of what they see, with its dwell, and a picture once it has lasted.

A camera's clock is not sped up: what must last 300 s is sent as having begun that much earlier, so that the
city's rules see the same dwell at every speed.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from simulators.clock import now
from simulators.frequencies import draw_category
from simulators.pace import Channel, Moment, plan
from simulators.pictures import draw_snapshot
from simulators.stage import Stage
from simulators.wire import JsonObject, Refused, Unreachable
from simulators.world import Sender

DWELL_S = 300.0
"""As long as the longest common dwell; what must last longer than it lasts `LONG_DWELL_S`."""
LONG_DWELL_S = 1_900.0
LONG_DWELL = frozenset({"bicycle_parking", "shared_bike_parking", "dumped_materials", "hung_laundry", "overflowing_bin",
                        "dirty_road", "piled_sundries", "advert_board"})  # fmt: skip
STAYS_S = (900.0, 5400.0)
"""How long a thing stays after it has counted, in city seconds."""
PASSING_SHARE = 0.35
"""Cars that stop for less than the dwell, per happening: none of them may become a case."""
FALSE_SHARE = 0.03
OPENING, OPENING_GAP_S = 6, 2.5
"""Things that stand there already when the simulators begin, and the wall seconds between their first words."""
COCO_LABELS = {"illegal_parking": "car", "blocked_fire_lane": "blocked_fire_lane"}
INTAKE = "/api/v1/intake/frigate"


@dataclass
class Episode:
    """One tracked object. `start_time` in seconds since 1970, as Frigate tells it."""

    id: str
    camera: Sender
    kind: str
    label: str
    score: float
    start_time: float
    box: tuple[int, int, int, int]
    media: str = ""
    updates: int = 0


async def run_cameras(stage: Stage) -> None:
    """Play every happening that cameras see; returns when the last thing has gone."""
    random = stage.stream("cameras")
    moments = plan(stage.scenario, Channel(stage.scenario.shares.video, "video"), random)
    async with asyncio.TaskGroup() as group:
        for number in range(OPENING):
            group.create_task(_guarded(stage, Moment(0.0, None), random.getrandbits(48), wait_s=number * OPENING_GAP_S))
        for moment in moments:
            seed = random.getrandbits(48)
            passing = random.random() < PASSING_SHARE
            await stage.time.sleep_until(moment.at_s)
            group.create_task(_guarded(stage, moment, seed))
            if passing:
                group.create_task(_pass_by(stage, seed + 1))


async def _guarded(stage: Stage, moment: Moment, seed: int, wait_s: float | None = None) -> None:
    """One happening that cannot be told does not stop the others. With `wait_s` it stands there already."""
    try:
        if wait_s is not None:
            await asyncio.sleep(wait_s)
        await _play(stage, moment, Random(seed), already=wait_s is not None)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"frigate {refused}")


async def _play(stage: Stage, moment: Moment, random: Random, *, already: bool) -> None:
    episode = begin_episode(stage, moment, random)
    dwell_s = dwell_of(episode.kind)
    if already:
        episode.start_time -= dwell_s / stage.time.speed
    elif random.random() < FALSE_SHARE:
        await _send(stage, episode, "new", false_positive=True)
        return
    else:
        await _send(stage, episode, "new")
        await stage.time.sleep(dwell_s)
    episode.media = await _upload(stage, episode, random)
    stage.ledger.expect_case("frigate")
    stay_s, left = random.uniform(*STAYS_S), 3
    while left:
        await _send(stage, episode, "update")
        await stage.time.sleep(stay_s / 3)
        left -= 1
    await _send(stage, episode, "end")


async def _pass_by(stage: Stage, seed: int) -> None:
    """A car that stands for a minute and drives on."""
    random = Random(seed)
    camera = random.choice(stage.world.cameras)
    at = now().timestamp()
    episode = Episode(f"{at:.6f}-{random.getrandbits(24):06x}", camera, "illegal_parking", "car", 0.8, at, _box(random))
    try:
        await _send(stage, episode, "new")
        await stage.time.sleep(min(60.0, 60.0 * stage.time.speed))
        await _send(stage, episode, "update")
        await _send(stage, episode, "end")
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"frigate {refused}")


def begin_episode(stage: Stage, moment: Moment, random: Random) -> Episode:
    """Return what a camera begins to see now; kinds are drawn as often as their categories occur."""
    wanted = moment.surge.video if moment.surge else ()
    kind = random.choice(wanted) if wanted else _draw_kind(stage, random)
    able = [camera for camera in stage.world.cameras if kind in camera.kinds] or stage.world.cameras
    dwell_s = dwell_of(kind)
    start = now() - timedelta(seconds=dwell_s - dwell_s / stage.time.speed)
    score = min(0.99, max(0.55, random.gauss(0.88, 0.07)))
    label = COCO_LABELS.get(kind, kind) if random.random() < 0.6 else kind
    at = start.timestamp()
    return Episode(f"{at:.6f}-{random.getrandbits(24):06x}", random.choice(able), kind, label, score, at, _box(random))


def dwell_of(kind: str) -> float:
    """How long a thing is watched before it counts, in city seconds: a little more than the city's tables ask."""
    return (LONG_DWELL_S if kind in LONG_DWELL else DWELL_S) + 5.0


def _draw_kind(stage: Stage, random: Random) -> str:
    """A kind by how often its category occurs, among those that some camera looks for."""
    by_category: dict[str, list[str]] = {}
    for kind in sorted({kind for camera in stage.world.cameras for kind in camera.kinds}):
        by_category.setdefault(stage.world.category_of_video.get(kind, ""), []).append(kind)
    return random.choice(by_category[draw_category(random, by_category)])


def message_of(episode: Episode, kind: str, at: float, *, false_positive: bool = False) -> JsonObject:
    """Return a message of Frigate's `frigate/events` (docs.frigate.video/integrations/mqtt)."""
    left, top, right, bottom = episode.box
    after: dict[str, Any] = {
        "id": episode.id,
        "camera": episode.camera.external_id,
        "frame_time": at,
        "snapshot_time": at,
        "label": episode.label,
        "sub_label": None,
        "top_score": round(episode.score, 4),
        "false_positive": false_positive,
        "start_time": episode.start_time,
        "end_time": at if kind == "end" else None,
        "score": round(episode.score - 0.02, 4),
        "box": [left, top, right, bottom],
        "area": (right - left) * (bottom - top),
        "ratio": round((right - left) / (bottom - top), 3),
        "region": [max(0, left - 60), max(0, top - 60), right + 60, bottom + 60],
        "stationary": kind != "new",
        "motionless_count": int((at - episode.start_time) * 5),
        "position_changes": 1,
        "current_zones": [],
        "entered_zones": [],
        "has_clip": False,
        "has_snapshot": bool(episode.media),
    }
    if episode.media:
        after["wardline_media"] = [episode.media]
    return {"type": kind, "before": {**after, "end_time": None}, "after": after}


async def _send(stage: Stage, episode: Episode, kind: str, *, false_positive: bool = False) -> None:
    message = message_of(episode, kind, now().timestamp(), false_positive=false_positive)
    await stage.wire.post_key(INTAKE, stage.keys[episode.camera.gateway], message)
    stage.ledger.sent("frigate")


async def _upload(stage: Stage, episode: Episode, random: Random) -> str:
    camera = episode.camera
    picture = draw_snapshot(camera.id, episode.kind, episode.score, now(), camera.external_id, random)
    return await stage.wire.put_picture(stage.keys[camera.gateway], picture)


def _box(random: Random) -> tuple[int, int, int, int]:
    left, top = random.randint(40, 420), random.randint(120, 220)
    return left, top, left + random.randint(60, 180), top + random.randint(50, 110)
