"""A02. A car stands where it must not, for hours; Frigate repeats it every minute. It is one case.

camera "front": new, update, update, ... (the captured update of Frigate 0.12, its frame_time moving), end
a second car comes an hour later: that is another episode at the same place, so the same happening
a voided car stays voided, also after a restart
"""

import copy
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch.case import Stage
from dispatch.city import Source, VideoType
from dispatch.citymap import City
from dispatch.ids import SourceId
from tests.builders import IN_G1, SOURCES
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.shared_data import shared_path
from tests.taxonomy import LITTER, VIDEO_TYPES

HOURS = 6
FRONT = Source(
    id=SourceId("front"),
    feed="frigate",
    kind="camera",
    external_id="front",
    name_zh="前门",
    name_en="Front",
    point=IN_G1,
    kinds=("illegal_parking",),
)
PARKED = VideoType(
    type="illegal_parking",
    name_zh="违法停车",
    name_en="Illegal parking",
    category=LITTER,
    priority="general",
    dwell_s=300,
    labels=("car",),
)


def make_parking_city() -> City:
    return make_town_city(
        sources={each.id: each for each in (*SOURCES, FRONT)},
        video_types={each.type: each for each in (*VIDEO_TYPES, PARKED)},
    )


def captured() -> dict[str, Any]:
    message: dict[str, Any] = json.loads(
        shared_path("data", "feeds", "frigate", "events_update_stationary_v0.12.json").read_text("utf-8")
    )
    return message


def at(message: dict[str, Any], kind: str, began_s: float, minute: int, name: str = "") -> dict[str, Any]:
    """Return the captured message as Frigate sends it so many minutes after the car came."""
    moved = copy.deepcopy(message)
    moved["type"] = kind
    moved["after"].update(start_time=began_s, frame_time=began_s + 60 * minute, motionless_count=minute * 300)
    if kind == "end":
        moved["after"]["end_time"] = began_s + 60 * minute
    if name:  # another car, beside the first
        left, top, right, bottom = moved["after"]["box"]
        moved["after"].update(id=name, box=[left - 2 * (right - left), top, left - (right - left), bottom])
    return moved


async def park(town: Town, message: dict[str, Any], began_s: float, minutes: range, name: str = "") -> None:
    for minute in minutes:
        await town.send("frigate", "front", at(message, "update", began_s, minute, name))


@pytest.mark.shared
async def test_a02_a_car_parked_for_hours_is_one_case(tmp_path: Path) -> None:
    message, began_s = captured(), time.time() - HOURS * 3600 - 120
    async with run_town(open_database(tmp_path), make_parking_city()) as town:
        await town.send("frigate", "front", at(message, "new", began_s, 0))
        await park(town, message, began_s, range(5))
        assert town.open_cases() == [], "five minutes of standing are no parking"
        await park(town, message, began_s, range(5, HOURS * 60))
        (case,) = town.open_cases()
        assert case.events == HOURS * 60 - 5
        await town.send("frigate", "front", at(message, "end", began_s, HOURS * 60))
        (case,) = town.open_cases()
        assert case.cleared
        assert await town.states() == {"done": HOURS * 60 + 2}


@pytest.mark.shared
async def test_a02_the_same_message_again_is_nothing_new(tmp_path: Path) -> None:
    message, began_s = captured(), time.time() - 3600
    async with run_town(open_database(tmp_path), make_parking_city()) as town:
        for _ in range(3):
            await town.send("frigate", "front", at(message, "update", began_s, 30))
        (case,) = town.open_cases()
        assert case.events == 1


@pytest.mark.shared
async def test_a02_what_was_voided_stays_so_while_the_camera_goes_on(tmp_path: Path) -> None:
    message, began_s = captured(), time.time() - HOURS * 3600
    async with run_town(open_database(tmp_path), make_parking_city()) as town:
        await park(town, message, began_s, range(10, 20))
        (case,) = town.open_cases()
        voided = await town.do(case, "void", reason="it is the owner's own place")
        assert voided.stage is Stage.VOID
        await park(town, message, began_s, range(20, 30))
        assert town.open_cases() == []
    async with run_town(open_database(tmp_path), make_parking_city()) as town:
        await park(town, message, began_s, range(30, 40))
        assert town.open_cases() == []
        await park(town, message, began_s, range(30, 31), "another car")
        assert len(town.open_cases()) == 1
    assert msgspec.structs.asdict(PARKED)["dwell_s"] == 300
