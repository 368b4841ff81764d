"""The city as the server tells of it: what an actor knows is what any client could know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gis.point import LonLat
from simulators.wire import JsonObject, Session


@dataclass(frozen=True)
class Sender:
    """A camera or a sensor. `gateway` is the id of the source whose key speaks for it."""

    id: str
    external_id: str
    feed: str
    name_zh: str
    name_en: str
    point: LonLat
    gateway: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Spot:
    """Somewhere that people know by name."""

    zh: str
    en: str
    point: LonLat


@dataclass(frozen=True)
class SensorLevels:
    """What a sensor type measures, and the level of each grade (None = no such grade)."""

    type: str
    metric: str
    unit: str
    advisory: float | None
    warning: float | None
    alarm: float | None


@dataclass(frozen=True)
class World:
    """All that actors need to know of the city."""

    cameras: Sequence[Sender]
    sensors: Sequence[Sender]
    gateways: Mapping[str, str]
    """Id of each source that may be given a key -> its feed."""
    desks: Mapping[str, str]
    """Channel (citizen, patrol, hotline) -> id of its source."""
    partners: Sequence[str]
    spots: Sequence[Spot]
    sensor_types: Mapping[str, SensorLevels]
    category_of_video: Mapping[str, str]
    category_names: Mapping[str, tuple[str, str]]


async def read_world(admin: Session) -> World:
    """Ask the server for the city.

    :raises Refused: if the account may not see it.
    """
    city = await admin.get("/api/v1/city")
    sources = await admin.list_all("/api/v1/sources")
    placed = [_sender(row) for row in sources if row["point"] is not None]
    names = {row["code"]: (row["name"]["zh"], row["name"]["en"]) for row in city["categories"]}
    return World(
        cameras=[sender for sender in placed if sender.feed == "frigate"],
        sensors=[sender for sender in placed if sender.feed == "telemetry"],
        gateways={row["id"]: row["feed"] for row in sources if row["kind"] == "gateway"},
        desks={row["external_id"]: row["id"] for row in sources if row["kind"] == "desk"},
        partners=[row["id"] for row in sources if row["feed"] == "cloudevents"],
        spots=await _read_spots(admin, city),
        sensor_types={row["type"]: _levels(row) for row in city["sensor_types"]},
        category_of_video={row["type"]: row["category"] for row in city["video_types"]},
        category_names=names,
    )


PLACE_WORDS = ("路", "学", "市场", "公园", "医院", "社区", "苑", "门", "road", "park")
"""What is asked of the gazetteer: few questions, many answers."""


async def _read_spots(admin: Session, city: JsonObject) -> list[Spot]:
    found: dict[str, Spot] = {}
    for word in PLACE_WORDS:
        for row in (await admin.get("/api/v1/places", q=word, limit=50))["items"]:
            found.setdefault(row["name"]["zh"], Spot(row["name"]["zh"], row["name"]["en"], _point(row["point"])))
    for row in city["areas"]["communities"]:
        if row["center"]:
            found.setdefault(row["name"]["zh"], Spot(row["name"]["zh"], row["name"]["en"], _point(row["center"])))
    return sorted(found.values(), key=lambda spot: spot.zh)


def _sender(row: JsonObject) -> Sender:
    return Sender(
        id=row["id"],
        external_id=row["external_id"],
        feed=row["feed"],
        name_zh=row["name"]["zh"],
        name_en=row["name"]["en"],
        point=_point(row["point"]),
        gateway=row["gateway"] or row["id"],
        kinds=tuple(row["kinds"]),
    )


def _levels(row: JsonObject) -> SensorLevels:
    return SensorLevels(row["type"], row["metric"], row["unit"], row["advisory"], row["warning"], row["alarm"])


def _point(value: Any) -> LonLat:
    return LonLat(float(value[0]), float(value[1]))
