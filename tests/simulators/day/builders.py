"""A small city for a day of faults: two gateways of each kind with what stands behind them, far apart."""

from datetime import UTC, datetime

from gis.point import LonLat
from simulators.day.parts import Calendar
from simulators.day.spec import Day, Faults, Planted
from simulators.world import Sender, SensorLevels, World

CALENDAR = Calendar(datetime(2026, 6, 2, 16, tzinfo=UTC), 0.0)
CATEGORIES = {
    "septic_gas": "E0496",
    "road_ponding": "E0406",
    "bin_fill": "E0190",
    "device_offline": "P0136",
    "illegal_parking": "E0505",
    "overflowing_bin": "E0190",
}
LEVELS = {
    "septic_gas": SensorLevels("septic_gas", "CH4", "%LEL", 10, 25, 50),
    "road_ponding": SensorLevels("road_ponding", "depth", "cm", 10, 15, 25),
    "bin_fill": SensorLevels("bin_fill", "fill", "%", 75, 90, 100),
}
NO_FAULTS = Faults(
    repeated_share=0,
    dropout_share=0,
    spike_share=0,
    chatter=0,
    late_and_over=0,
    gushes=0,
    bad_clock_quiet=0,
    dead_quiet=0,
    broken=0,
)
NOTHING = Planted(
    exceedance=0,
    seen=0,
    renumbered=0,
    endless=0,
    flapping=0,
    bad_clock=0,
    late_and_true=0,
    dead_sensors=0,
    dead_gateways=0,
)


def make_sender(name: str, feed: str, n: int, gateway: str, kind: str) -> Sender:
    point = LonLat(106.5 + n % 20 * 0.01, 29.5 + n // 20 * 0.01)
    return Sender(name, name.upper(), feed, name, name, point, gateway, (kind,))


def make_world() -> World:
    kinds = ("septic_gas", "septic_gas", "road_ponding", "bin_fill")
    sensors = [make_sender(f"s{n}", "telemetry", n, f"gw-iot-{n % 3}", kinds[n % 4]) for n in range(60)]
    seen = ("illegal_parking", "overflowing_bin")
    cameras = [make_sender(f"c{n}", "frigate", 60 + n, f"gw-video-{n % 2}", seen[n % 2]) for n in range(30)]
    gateways = {f"gw-iot-{n}": "telemetry" for n in range(3)} | {f"gw-video-{n}": "frigate" for n in range(2)}
    return World(cameras, sensors, gateways, {}, (), (), LEVELS, {}, {})


def make_day(planted: Planted = NOTHING, faults: Faults = NO_FAULTS, hours: float = 6) -> Day:
    return Day(
        name="d",
        title_zh="日",
        title_en="Day",
        hours=hours,
        speed=100,
        sensor_every_s=900,
        passes_per_h=0.5,
        planted=planted,
        faults=faults,
    )
