"""The sources: 600 cameras, 745 septic-tank terminals, 100 other sensors, their gateways, and the desks."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from shapely import Point, Polygon, STRtree

from simulators.city_maker.names import STREETS
from simulators.city_maker.parts import Part, beside
from simulators.city_maker.plane import XY, shape_to_plane
from simulators.city_maker.regions import AreaRow, Areas
from simulators.city_maker.roads import Road

CAMERAS = 600
SENSOR_SILENT_S = 3600
"""Terminals report every few minutes; an hour without one is a fault, not a bad radio day."""


class SourceRow(NamedTuple):
    """One row of sources.csv; None is an empty cell."""

    id: str
    feed: str
    kind: str
    external_id: str
    name_zh: str
    name_en: str
    point: XY | None = None
    gateway: str = ""
    kinds: tuple[str, ...] = ()
    component: str = ""
    silent_after_s: int = 0
    heading_deg: int | None = None
    view_deg: int | None = None
    range_m: int | None = None


class SensorKind(NamedTuple):
    """`number` sensors of `kinds`, each on a part of `category` ("" = beside a main road)."""

    slug: str
    zh: str
    en: str
    number: int
    kinds: tuple[str, ...]
    category: str


SENSOR_KINDS = (
    SensorKind("gas", "化粪池气体监测", "Septic-tank gas terminal", 745, ("septic_gas", "septic_h2s"), "P0302"),
    SensorKind("pond", "积水监测", "Ponding gauge", 20, ("road_ponding",), ""),
    SensorKind("rain", "雨量站", "Rain gauge", 5, ("rainfall_1h",), ""),
    SensorKind("bin", "垃圾箱满溢监测", "Bin fill sensor", 16, ("bin_fill",), "P0305"),
    SensorKind("lamp", "路灯监测", "Street-light monitor", 14, ("street_light_fault", "street_light_leakage"), "P0118"),
    SensorKind(
        "bridge",
        "桥梁结构监测",
        "Bridge monitor",
        8,
        ("bridge_strain", "bridge_deflection", "bridge_vibration", "bridge_wind"),
        "P0208",
    ),
    SensorKind("noise", "噪声监测站", "Noise station", 8, ("zone_noise",), ""),
    SensorKind(
        "site", "工地扬尘噪声监测", "Site dust and noise monitor", 8, ("site_noise_day", "dust_pm10", "dust_pm25"), ""
    ),
    SensorKind("tree", "古树倾斜监测", "Tree tilt sensor", 6, ("tree_tilt",), "P0401"),
    SensorKind("cover", "智能井盖", "Smart manhole cover", 15, ("cover_tilt", "cover_open"), "P0103"),
)

CAMERA_KINDS = {
    "primary": ("illegal_parking", "road_spillage", "road_ponding", "dirty_road", "road_collapse", "uncovered_truck"),
    "secondary": (
        "illegal_parking",
        "bicycle_parking",
        "goods_outside_shop",
        "unlicensed_vendor",
        "shared_bike_parking",
        "illegal_banner",
        "overflowing_bin",
    ),
    "residential": (
        "illegal_parking",
        "bicycle_parking",
        "exposed_litter",
        "overflowing_bin",
        "dumped_materials",
        "hung_laundry",
        "blocked_fire_lane",
        "goods_outside_shop",
        "street_trading",
    ),
    "footway": ("unlicensed_vendor", "exposed_litter", "bicycle_parking", "small_adverts", "hung_laundry", "crowd"),
    "bridge": ("illegal_parking", "road_spillage", "crowd"),
}
"""What a camera beside a road of each class is set to look for."""

CAMERA_SHARE = {"primary": 190, "secondary": 150, "residential": 190, "footway": 60, "bridge": 10}
VIEW = {"primary": (60, 120), "secondary": (70, 90), "residential": (80, 60), "footway": (90, 40), "bridge": (50, 140)}
"""Angle of view in degrees and range in metres."""


def list_sources(areas: Areas, roads: Sequence[Road], parts: Sequence[Part], random: Random) -> list[SourceRow]:
    """Return all rows: gateways first, then cameras, sensors, desks."""
    gateways = [row for street in STREETS for row in _gateways(street.code, street.zh, street.en)]
    cameras = _cameras(areas, roads, random)
    sensors = [row for kind in SENSOR_KINDS for row in _sensors(kind, areas, roads, parts, random)]
    return [*gateways, *cameras, *sensors, *DESKS]


DESKS = (
    SourceRow("desk-citizen", "report", "desk", "citizen", "市民上报", "Citizens' reports"),
    SourceRow("desk-patrol", "report", "desk", "patrol", "网格巡查上报", "Patrol reports"),
    SourceRow("desk-hotline", "report", "desk", "hotline", "12345热线", "Hotline 12345"),
    SourceRow(
        "partner-flood",
        "cloudevents",
        "gateway",
        "urn:yuzhong:flood-control",
        "防汛抗旱指挥系统",
        "Flood control system",
    ),
)


def _gateways(code: str, zh: str, en: str) -> list[SourceRow]:
    short = zh.removesuffix("街道")
    return [
        SourceRow(f"gw-video-{code}", "frigate", "gateway", f"video-{code}", f"{short}视频网关", f"{en} video gateway"),
        SourceRow(f"gw-iot-{code}", "telemetry", "gateway", f"iot-{code}", f"{short}物联网关", f"{en} sensor gateway"),
    ]


def _cameras(areas: Areas, roads: Sequence[Road], random: Random) -> list[SourceRow]:
    street_of = AreaFinder(areas.streets)
    rows: list[SourceRow] = []
    numbers: Counter[str] = Counter()
    for kind, count in CAMERA_SHARE.items():
        for road, point, heading in _along_roads(kind, count, areas, roads, random):
            street = street_of(point)
            numbers[street.code] += 1
            number = numbers[street.code]
            slug = street.en.removesuffix(" Subdistrict").lower()
            wanted = CAMERA_KINDS[kind]
            rows.append(
                SourceRow(
                    id=f"cam-{street.code[6:]}-{number:03d}",
                    feed="frigate",
                    kind="camera",
                    external_id=f"{slug}_{number:03d}",
                    name_zh=f"{road.zh}{number:03d}号摄像机",
                    name_en=f"{road.en} camera {number:03d}",
                    point=point,
                    gateway=f"gw-video-{street.code[6:]}",
                    kinds=tuple(sorted(random.sample(wanted, min(len(wanted), 4)))),
                    heading_deg=round(heading + random.choice((0, 180)) + random.uniform(-15, 15)) % 360,
                    view_deg=VIEW[kind][0],
                    range_m=VIEW[kind][1],
                )
            )
    return rows


def _sensors(
    kind: SensorKind, areas: Areas, roads: Sequence[Road], parts: Sequence[Part], random: Random
) -> list[SourceRow]:
    street_of = AreaFinder(areas.streets)
    spots: list[tuple[str, XY, str, str]]
    if kind.category:
        pool = [part for part in parts if part.category == kind.category]
        chosen = sorted(random.sample(pool, kind.number), key=lambda part: part.id)
        spots = [(part.id, part.point, part.road.zh, part.road.en) for part in chosen]
    else:
        spots = [
            ("", point, road.zh, road.en)
            for road, point, _ in _along_roads("primary", kind.number, areas, roads, random)
        ]
    return [
        SourceRow(
            id=f"sen-{kind.slug}-{number:03d}",
            feed="telemetry",
            kind="sensor",
            external_id=f"YZ-{kind.slug.upper()}-{number:04d}",
            name_zh=f"{road_zh}{kind.zh}{number:03d}",
            name_en=f"{road_en} {kind.en.lower()} {number:03d}",
            point=point,
            gateway=f"gw-iot-{street_of(point).code[6:]}",
            kinds=kind.kinds,
            component=component,
            silent_after_s=SENSOR_SILENT_S,
        )
        for number, (component, point, road_zh, road_en) in enumerate(spots, start=1)
    ]


def _along_roads(
    kind: str, count: int, areas: Areas, roads: Sequence[Road], random: Random
) -> list[tuple[Road, XY, float]]:
    """Spots beside roads of one class, longer pieces more often, all inside the city."""
    city = areas.district[0].shape
    assert isinstance(city, Polygon)
    pool = [(road, shape_to_plane(road.line)) for road in roads if road.kind == kind]
    lengths = [line.length for _, line in pool]
    found: list[tuple[Road, XY, float]] = []
    while len(found) < count:
        road, line = random.choices(pool, lengths)[0]
        point, heading = beside(line, random.uniform(0, line.length), random.choice((-6.0, 6.0)))
        if city.contains(Point(point)):
            found.append((road, point, heading))
    return found


class AreaFinder:
    """The area a point lies in (nearest, for points on a border)."""

    def __init__(self, rows: Sequence[AreaRow]) -> None:
        self._rows = rows
        self._tree = STRtree([row.shape for row in rows])

    def __call__(self, point: XY) -> AreaRow:
        return self._rows[int(self._tree.nearest(Point(point)))]
