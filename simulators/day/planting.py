"""What is planted where and when, which sources are unwell, and all that is said of it: a day, made out of chance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import count
from random import Random

from gis.point import LonLat, distance_m
from simulators.actors.cameras import dwell_of
from simulators.actors.sensors import SERIES
from simulators.day.cameras import Sight, Watcher, Way
from simulators.day.parts import Calendar, Letter, Plan, Planted
from simulators.day.sensors import Clock, Habit, Span, Terminal
from simulators.day.spec import Day
from simulators.world import Sender, World

LASTS_S = 600.0
"""How much longer than its type asks an exceedance lasts, and a thing at least stands."""
STANDS_S = (900.0, 4_500.0)
SLACK_S = 900.0
"""How much later than its end a case may still be opened and be that of the happening."""
FIRST_S = 1_200.0
"""Nothing is planted before: every source has spoken once by then."""
LEARNED_S = 6_300.0
"""Until then what a clock is off by is being learned (five rounds), and nothing is planted on a wrong one."""
HELD_S = 2_400.0
"""How long a sensor holds back what it measures: less than the hour after which it counts as silent."""
SILENT_S = 3_600.0
"""After how long the city counts a sensor as silent."""
SAME_M, VIEWS_M = 400.0, 260.0
"""No two planted happenings of one category are nearer, and no two that cameras see: they would be one by right."""
NO_KINDS = frozenset({"street_light_fault", "site_noise_day"})
"""Types that the city looks at in some hours only: whether one of them should be a case depends on the hour."""
SHORT_PERSIST_S = 120.0
CHATTERING = frozenset({"septic_gas", "septic_h2s", "road_ponding", "tree_tilt", "cover_open"})
"""Types whose exceedance must last, so that one that lasts ten seconds is none."""
CRITICAL = frozenset({"septic_gas", "septic_h2s"})
WRONG = (Clock.SLOW, Clock.FAST, Clock.EPOCH, Clock.FUTURE)
OFFLINE = "device_offline"
"""The sensor type whose category maintenance cases have."""


class NoRoom(ValueError):
    """The city has too few sources for all that is to be planted."""


@dataclass
class Planter:
    """Plants one thing after another, each at a source of its own and far enough from the others."""

    day: Day
    world: World
    categories: Mapping[str, str]
    """Of each sensor and video type."""
    random: Random
    planted: list[Planted] = field(default_factory=list)
    habits: dict[str, Habit] = field(default_factory=dict)
    sights: dict[str, list[Sight]] = field(default_factory=dict)
    dead: str = ""
    """The gateway that falls silent."""

    def plant_all(self) -> None:
        """Plant and break whatever the day says.

        :raises NoRoom: if the city has not enough sources for it.
        """
        self._plant()
        self._break()

    def _plant(self) -> None:
        """Plant what must become a case."""
        wanted = self.day.planted
        self._kill_gateways(wanted.dead_gateways)
        for n in range(wanted.dead_sensors):
            self._kill_sensor(n)
        for n in range(wanted.bad_clock):
            clock = WRONG[n % len(WRONG)]
            self._exceed(f"clock {clock} {n}", SHORT_PERSIST_S, first_s=LEARNED_S, clock=clock)
        for n in range(wanted.flapping):
            self._exceed(f"flapping {n}", SHORT_PERSIST_S, flaps=8)
        for n in range(wanted.late_and_true):
            self._exceed(f"late and true {n}", SHORT_PERSIST_S, held=True)
        for n in range(wanted.exceedance):
            self._exceed(f"exceedance {n}", 900.0)
        for way, number in (
            (Way.RENUMBERED, wanted.renumbered),
            (Way.ENDLESS, wanted.endless),
            (Way.PLAIN, wanted.seen),
        ):
            for n in range(number):
                self._stand(f"seen {way} {n}", way)

    def _break(self) -> None:
        """Let go wrong what must be none."""
        faults = self.day.faults
        for _ in range(faults.chatter):
            sensor, kind = self._choose_sensor(CHATTERING)
            from_s = self._when(FIRST_S, 900)
            self.habits[sensor.id] = Habit(spans=[Span(kind, from_s, from_s + 300, 10.0, 10.0, 10.0)], drops=False)
        for _ in range(faults.late_and_over):
            self._deliver_late_what_is_over()
        for _ in range(faults.gushes):
            self.habits[self._choose_sensor(None)[0].id] = Habit(gush_s=self._when(FIRST_S, 900))
        for n in range(faults.bad_clock_quiet):
            clock = WRONG[n % len(WRONG)]
            self.habits[self._choose_sensor(None)[0].id] = Habit(clock=clock)
        for _ in range(faults.dead_quiet):
            sensor = self._choose_sensor(None, but=CRITICAL)[0]
            self.habits[sensor.id] = Habit(silent=[(self._when(FIRST_S, SILENT_S), float("inf"))])

    # --- sensors -------------------------------------------------------------------------------------------

    def _exceed(
        self,
        name: str,
        persist_most_s: float,
        *,
        first_s: float = FIRST_S,
        clock: Clock = Clock.RIGHT,
        flaps: int = 0,
        held: bool = False,
    ) -> None:
        """Let a sensor be over its level for as long as its type asks and more; going to and fro if it `flaps`."""
        kinds = frozenset(
            kind for kind, series in SERIES.items() if series.persist_s <= persist_most_s and kind not in NO_KINDS
        )
        sensor, kind = self._choose_sensor(kinds)
        turn_s = SERIES[kind].persist_s + 180
        lasts_s = 2 * turn_s * flaps if flaps else SERIES[kind].persist_s + LASTS_S + (2 * LASTS_S if held else 0)
        from_s = self._when(first_s + (HELD_S if held else 0), lasts_s + SLACK_S)
        grade = 3 if self.random.random() < 0.35 else 2
        span = Span(kind, from_s, from_s + lasts_s, grade=grade)
        if flaps:
            span = span._replace(up_s=turn_s, down_s=turn_s)
        delivered = [(from_s + LASTS_S - HELD_S, from_s + LASTS_S)] if held else []
        self.habits[sensor.id] = Habit(clock=clock, spans=[span], held=delivered, drops=False)
        self._must(name, self.categories[kind], sensor, from_s, from_s + lasts_s + SLACK_S)

    def _deliver_late_what_is_over(self) -> None:
        sensor, kind = self._choose_sensor(
            frozenset(kind for kind, series in SERIES.items() if series.persist_s <= SHORT_PERSIST_S) - NO_KINDS
        )
        held_s = self._when(FIRST_S, HELD_S + SLACK_S)
        over_s = held_s + 60 + SERIES[kind].persist_s + 240
        self.habits[sensor.id] = Habit(
            spans=[Span(kind, held_s + 60, over_s)], held=[(held_s, held_s + HELD_S)], drops=False
        )

    def _kill_sensor(self, n: int) -> None:
        sensor, _ = self._choose_sensor(CRITICAL, at_other_gateways=True)
        from_s = self._when(FIRST_S, SILENT_S + SLACK_S)
        self.habits[sensor.id] = Habit(silent=[(from_s, float("inf"))], drops=False)
        self._must(
            f"dead sensor {n}", self.categories[OFFLINE], sensor, from_s + SILENT_S / 2, from_s + SILENT_S + SLACK_S
        )

    def _kill_gateways(self, number: int) -> None:
        """Let all that stands behind a gateway be silent for a while: nothing else is planted there."""
        gateways = sorted({sensor.gateway for sensor in self.world.sensors})
        for gateway in self.random.sample(gateways, number):
            lasts_s = min(3 * 3600.0, max(1.5 * SILENT_S, self.day.hours * 3600 * 0.4))
            from_s = self._when(FIRST_S, lasts_s + SLACK_S)
            self.dead = gateway
            for sensor in self.world.sensors:
                if sensor.gateway == gateway:
                    self.habits[sensor.id] = Habit(silent=[(from_s, from_s + lasts_s)])
            self.planted.append(
                Planted(
                    f"dead gateway {gateway}", self.categories[OFFLINE], frozenset({gateway}),
                    from_s + SILENT_S / 2, from_s + SILENT_S + SLACK_S,
                )
            )  # fmt: skip

    def _choose_sensor(
        self, kinds: frozenset[str] | None, *, but: frozenset[str] = frozenset(), at_other_gateways: bool = False
    ) -> tuple[Sender, str]:
        """Return a sensor that nothing is the matter with yet, and one of its kinds; of each kind as often."""
        wanted = sorted((frozenset(SERIES) - NO_KINDS if kinds is None else kinds) & self.categories.keys())
        self.random.shuffle(wanted)
        taken = {sensor.gateway for sensor in self.world.sensors if self.habits.get(sensor.id, Habit()).silent}
        for kind in wanted:
            able = [
                sensor
                for sensor in self.world.sensors
                if kind in sensor.kinds
                and sensor.id not in self.habits
                and but.isdisjoint(sensor.kinds)
                and not (at_other_gateways and sensor.gateway in taken)
            ]
            self.random.shuffle(able)
            category = self.categories[OFFLINE] if at_other_gateways else self.categories[kind]
            found = next((sensor for sensor in able if self._is_free(category, sensor.point, is_seen=False)), None)
            if found is not None:
                return found, kind
        raise NoRoom(f"no sensor is left for {', '.join(wanted)}")

    # --- cameras -------------------------------------------------------------------------------------------

    def _stand(self, name: str, way: Way) -> None:
        """Let a thing stand before a camera for longer than the city's tables ask."""
        cameras = list(self.world.cameras)
        self.random.shuffle(cameras)
        for camera in cameras:
            kinds = [kind for kind in camera.kinds if kind in self.categories]
            if camera.id in self.sights or not kinds:
                continue
            kind = self.random.choice(kinds)
            if not self._is_free(self.categories[kind], camera.point, is_seen=True):
                continue
            least_s, most_s = STANDS_S
            lasts_s = dwell_of(kind) + self.random.uniform(least_s, max(least_s, min(most_s, self.day.hours * 600)))
            if way is Way.RENUMBERED:
                lasts_s = 2.5 * (dwell_of(kind) + 900)
            if self.day.hours * 3600 - FIRST_S - SLACK_S < lasts_s:
                continue
            from_s = self._when(FIRST_S, lasts_s + SLACK_S)
            self.sights[camera.id] = [Sight(kind, from_s, from_s + lasts_s, way)]
            self._must(name, self.categories[kind], camera, from_s, from_s + lasts_s + SLACK_S)
            return
        raise NoRoom("no camera is left that stands far enough from what is planted")

    # --- both ----------------------------------------------------------------------------------------------

    def _must(self, name: str, category: str, source: Sender, from_s: float, to_s: float) -> None:
        self.planted.append(Planted(name, category, frozenset({source.id}), from_s, to_s, source.point))

    def _is_free(self, category: str, point: LonLat, *, is_seen: bool) -> bool:
        cameras = {camera.id for camera in self.world.cameras} if is_seen else set()
        for other in self.planted:
            if other.point is None:
                continue
            away_m = distance_m(point, other.point)
            if other.category == category and away_m < SAME_M:
                return False
            if is_seen and not other.sources.isdisjoint(cameras) and away_m < VIEWS_M:
                return False
        return True

    def _when(self, first_s: float, before_end_s: float) -> float:
        last_s = self.day.hours * 3600 - before_end_s
        if last_s < first_s:
            raise NoRoom(f"{self.day.hours:g} hours are too short for what takes {first_s + before_end_s:.0f} s")
        return round(self.random.uniform(first_s, last_s), 3)


def make_plan(day: Day, world: World, categories: Mapping[str, str], calendar: Calendar, seed: int) -> Plan:
    """Return the whole day; the same for the same city, seed and beginning.

    :raises NoRoom: if the city has not enough sources for what is planted.
    """
    planter = Planter(day, world, categories, Random(f"{seed}/planting"))
    planter.plant_all()
    numbers = count()
    faults = day.faults
    terminals = (
        Terminal(
            sensor=sensor,
            habit=planter.habits.get(sensor.id, Habit()),
            levels=world.sensor_types,
            calendar=calendar,
            random=Random(f"{seed}/{sensor.id}"),
            hours=day.hours,
            every_s=day.sensor_every_s,
            dropout=faults.dropout_share,
            spike=faults.spike_share,
            repeated=faults.repeated_share,
            numbers=numbers,
        )
        for sensor in world.sensors
    )
    watchers = (
        Watcher(
            camera=camera,
            sights=planter.sights.get(camera.id, ()),
            calendar=calendar,
            random=Random(f"{seed}/{camera.id}"),
            hours=day.hours,
            passes_per_h=day.passes_per_h,
            numbers=numbers,
        )
        for camera in world.cameras
    )
    said = [*(each.speak() for each in terminals), *(each.speak() for each in watchers), _broken(planter, numbers)]
    return Plan(merge(*said), planter.planted, faults.broken)


def _broken(planter: Planter, numbers: "count[int]") -> Iterator[Letter]:
    """Yield messages that end in the middle, of gateways that are not dead."""
    day, random = planter.day, planter.random
    gateways = [(each, feed) for each, feed in sorted(planter.world.gateways.items()) if each != planter.dead]
    able = [(each, feed) for each, feed in gateways if feed in ("telemetry", "frigate")]
    for at_s in sorted(random.uniform(0, day.hours * 3600) for _ in range(day.faults.broken)):
        gateway, feed = random.choice(able)
        whole = f'{{"type": "new", "source": "cut {at_s:.3f}", "readings": [{{"metric": "CH4", "val'
        yield Letter(at_s, next(numbers), gateway, feed, whole.encode())
