"""Sensors: readings that follow the hours, with noise, faults and dropouts; and now and then a real exceedance.

Readings carry the wall's time: what must last (`persist_s`) lasts that long at every speed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sin
from random import Random
from typing import NamedTuple

from simulators.clock import now
from simulators.pace import Channel, Moment, plan
from simulators.stage import Stage
from simulators.wire import JsonObject, Refused, Unreachable
from simulators.world import Sender, SensorLevels

PERIOD_S = 300.0
"""City seconds between two ordinary rounds of readings."""
SHORTEST_PERIOD_S = 120.0
"""And wall seconds at least: 845 terminals are a load of their own at any speed."""
FAST_S = 8.0
"""Wall seconds between readings of a sensor that sees something."""
SEEN_S = 40.0
"""Wall seconds by which an exceedance outlasts the time that it must persist."""
DROPOUT, SPIKE = 0.004, 0.001
"""Chance per reading that a terminal falls silent for a while, or tells one wild value."""
DROPOUT_ROUNDS = (3, 20)
INTAKE = "/api/v1/intake/telemetry"


class Series(NamedTuple):
    """An ordinary course: mean, swing over the day, noise, and how long an exceedance must persist."""

    mean: float
    swing: float
    noise: float
    persist_s: float
    floor: float = 0.0


SERIES: Mapping[str, Series] = {
    "septic_gas": Series(2.2, 1.1, 0.5, 60),
    "septic_h2s": Series(1.6, 0.8, 0.3, 60),
    "road_ponding": Series(0.2, 0.1, 0.2, 120),
    "rainfall_1h": Series(0.1, 0.1, 0.1, 0),
    "bin_fill": Series(40, 22, 3, 600),
    "street_light_fault": Series(0.9, 0.1, 0.03, 600),
    "street_light_leakage": Series(2, 0.6, 0.4, 5),
    "bridge_strain": Series(0.32, 0.1, 0.02, 10),
    "bridge_deflection": Series(0.28, 0.1, 0.02, 10),
    "bridge_vibration": Series(0.06, 0.03, 0.01, 600),
    "bridge_wind": Series(3.5, 1.5, 0.8, 600),
    "zone_noise": Series(50, 5, 1.5, 600),
    "site_noise_day": Series(55, 5, 2, 300),
    "dust_pm10": Series(70, 20, 8, 900),
    "dust_pm25": Series(32, 10, 4, 900),
    "tree_tilt": Series(0.4, 0.1, 0.1, 60),
    "cover_tilt": Series(0.5, 0.1, 0.3, 2),
    "cover_open": Series(0, 0, 0, 30),
}
"""Sensor type -> its course. Types that the city has and this table lacks are left silent."""

SWITCHES = frozenset({"cover_open"})
ENDS_SOON_S = 130.0
"""Of the ordinary run of things, only what persists up to this long is played: others would outlast a short run."""


@dataclass
class Mood:
    """A terminal's state: rounds that it stays silent, and the value it has frozen at by a fault."""

    silent: int = 0
    busy: bool = False


def ordinary_value(kind: str, hour: float, random: Random) -> float:
    """Return a reading of a quiet day: highest in the early afternoon, never below the series' floor."""
    series = SERIES[kind]
    wave = series.swing * sin((hour - 8) / 24 * 2 * pi)
    value = max(series.floor, series.mean + wave + random.gauss(0, series.noise))
    return float(round(value)) if kind in SWITCHES else round(value, 3)


def raised_value(levels: SensorLevels, grade: int, random: Random) -> float:
    """Return a reading of grade 2 (warning) or 3 (alarm), a tenth beyond its level; below it for what must not fall."""
    wanted = levels.alarm if grade == 3 or levels.warning is None else levels.warning
    level = wanted if wanted is not None else 1.0
    if levels.type in SWITCHES:
        return level
    falls = levels.warning is not None and SERIES[levels.type].mean > levels.warning
    beyond = 0.9 if falls else 1.1
    return round(level * (beyond + random.uniform(-0.03, 0.03)), 3)


async def run_sensors(stage: Stage) -> None:
    """Send rounds of readings until the scenario ends, and play its exceedances beside."""
    moods = {sensor.id: Mood() for sensor in stage.world.sensors}
    random = stage.stream("sensors")
    moments = plan(stage.scenario, Channel(stage.scenario.shares.sensor, "sensor"), random)
    async with asyncio.TaskGroup() as group:
        group.create_task(_send_rounds(stage, moods))
        for moment in moments:
            seed = random.getrandbits(48)
            await stage.time.sleep_until(moment.at_s)
            group.create_task(_exceed(stage, moment, moods, Random(seed)))


async def _send_rounds(stage: Stage, moods: Mapping[str, Mood]) -> None:
    random = stage.stream("sensors/rounds")
    period_s = max(PERIOD_S, SHORTEST_PERIOD_S * stage.time.speed)
    ends_s = stage.scenario.hours * 3600
    while stage.time.elapsed_s() < ends_s:
        hour = (stage.scenario.starts_at + stage.time.elapsed_s() / 3600) % 24
        by_gateway: defaultdict[str, list[JsonObject]] = defaultdict(list)
        for sensor in stage.world.sensors:
            values = _round_of(sensor, moods[sensor.id], hour, random)
            if values:
                by_gateway[sensor.gateway].append(message_of(stage, sensor, values))
        pause_s = period_s / max(1, len(by_gateway))
        for gateway, batch in sorted(by_gateway.items()):
            if stage.time.elapsed_s() < ends_s:
                await _post(stage, gateway, batch)
                await stage.time.sleep(min(pause_s, ends_s - stage.time.elapsed_s()))
        if not by_gateway:
            await stage.time.sleep(min(period_s, ends_s - stage.time.elapsed_s()))


def _round_of(sensor: Sender, mood: Mood, hour: float, random: Random) -> dict[str, float]:
    """A terminal's values of this round by type; none while it is silent or tells of an exceedance by itself."""
    if mood.silent:
        mood.silent -= 1
        return {}
    if mood.busy:
        return {}
    if random.random() < DROPOUT:
        mood.silent = random.randint(*DROPOUT_ROUNDS)
        return {}
    values = {kind: ordinary_value(kind, hour, random) for kind in sensor.kinds if kind in SERIES}
    if values and random.random() < SPIKE:
        kind = random.choice(sorted(values))
        if kind not in SWITCHES and SERIES[kind].persist_s >= 5:
            values[kind] = round(values[kind] * 9 + 5, 3)
    return values


def message_of(stage: Stage, sensor: Sender, values: Mapping[str, float]) -> JsonObject:
    """Return one terminal's message in the feed's own format."""
    readings = [
        {"metric": levels.metric, "value": value, "unit": levels.unit}
        for kind, value in values.items()
        if (levels := stage.world.sensor_types.get(kind)) is not None
    ]
    return {"source": sensor.external_id, "at": now().isoformat(), "readings": readings}


async def _exceed(stage: Stage, moment: Moment, moods: Mapping[str, Mood], random: Random) -> None:
    kind = _draw_kind(stage, moment, random)
    able = [sensor for sensor in stage.world.sensors if kind in sensor.kinds and not moods[sensor.id].busy]
    if not kind or not able:
        return
    sensor = random.choice(able)
    mood, levels = moods[sensor.id], stage.world.sensor_types[kind]
    mood.busy = True
    hour = (stage.scenario.starts_at + moment.at_s / 3600) % 24
    grade = 3 if random.random() < 0.35 else 2
    stage.ledger.expect_case("telemetry")
    for _ in range(int((SERIES[kind].persist_s + SEEN_S) / FAST_S) + 1):
        await _post(stage, sensor.gateway, [message_of(stage, sensor, {kind: raised_value(levels, grade, random)})])
        await asyncio.sleep(FAST_S)
    for _ in range(int(SERIES[kind].persist_s / FAST_S) + 2):
        await _post(stage, sensor.gateway, [message_of(stage, sensor, {kind: ordinary_value(kind, hour, random)})])
        await asyncio.sleep(FAST_S)
    mood.busy = False


def _draw_kind(stage: Stage, moment: Moment, random: Random) -> str:
    """Of a surge, one of its types; else a type whose exceedance ends soon, as often as there are terminals of it."""
    have = {kind for sensor in stage.world.sensors for kind in sensor.kinds if kind in stage.world.sensor_types}
    wanted = moment.surge.sensor if moment.surge else tuple(sorted(SERIES))
    able = [kind for kind in wanted if kind in have and kind in SERIES]
    if not moment.surge:
        able = [kind for kind in able if SERIES[kind].persist_s <= ENDS_SOON_S]
    return random.choice(able) if able else ""


async def _post(stage: Stage, gateway: str, batch: list[JsonObject]) -> None:
    try:
        await stage.wire.post_key(INTAKE, stage.keys[gateway], batch)
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"telemetry {refused}")
    else:
        stage.ledger.sent("telemetry", len(batch))
