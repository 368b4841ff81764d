"""A server that takes everything and remembers it, and a small city, for actors to act on."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from gis.point import LonLat
from simulators.clock import CityTime
from simulators.scenario import Scenario, read_scenario
from simulators.stage import Stage
from simulators.wire import Wire
from simulators.world import Sender, SensorLevels, Spot, World

PICTURE = "0" * 40
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Server:
    """`said` holds each request as (path, body); `answers` overrides the answer of a path."""

    said: list[tuple[str, Any]] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def take(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        is_json = "json" in request.headers.get("content-type", "")
        self.said.append((path, json.loads(request.content) if is_json and request.content else request.content))
        if path in self.answers:
            return self.answers[path](request)
        if path == "/api/v1/media":
            return httpx.Response(201, json={"id": PICTURE})
        return httpx.Response(202, json={"accepted": 1, "message_ids": ["1"]})

    def bodies(self, path: str) -> list[Any]:
        return [body for said, body in self.said if said == path]


def small_world() -> World:
    camera = Sender(
        "cam-1", "alley_001", "frigate", "巷一", "Alley 1", LonLat(106.57, 29.56), "gw-v",
        ("illegal_parking", "overflowing_bin", "road_ponding"),
    )  # fmt: skip
    gas = Sender(
        "gas-1", "YZ-GAS-1", "telemetry", "气", "Gas 1", LonLat(106.57, 29.56), "gw-i", ("septic_gas", "septic_h2s")
    )
    return World(
        cameras=[camera],
        sensors=[gas],
        gateways={"gw-v": "frigate", "gw-i": "telemetry"},
        desks={"citizen": "desk-citizen", "hotline": "desk-hotline", "patrol": "desk-patrol"},
        partners=[],
        spots=[
            Spot("解放碑", "Jiefangbei", LonLat(106.5747, 29.5602)),
            Spot("大坪", "Daping", LonLat(106.519, 29.543)),
        ],
        sensor_types={
            "septic_gas": SensorLevels("septic_gas", "CH4", "%LEL", 10, 25, 50),
            "septic_h2s": SensorLevels("septic_h2s", "H2S", "mg/m3", 7, 10, 20),
        },
        category_of_video={"illegal_parking": "E0505", "overflowing_bin": "E0190", "road_ponding": "E0406"},
        category_names={"E0505": ("机动车乱停放", "Illegal motor-vehicle parking")},
    )


def small_stage(server: Server, *, speed: float = 100_000.0, scenario: Scenario | None = None, seed: int = 1) -> Stage:
    world = small_world()
    keys = {source: f"key of {source}" for source in (*world.gateways, *world.desks.values())}
    wire = Wire("http://fake", transport=httpx.MockTransport(server.take))
    played = scenario or read_scenario("ordinary_day")
    return Stage(wire, world, CityTime(speed), played, seed, keys, "wardline-demo")
