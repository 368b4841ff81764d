"""From a device's messages to the city's cases: one happening is one case, and an exercise is none."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import msgspec
import pytest

from dispatch.city import Source
from dispatch.ids import SourceId
from services.observe import clock
from tests.builders import IN_G1, SOURCES, make_codes
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.taxonomy import VIDEO_TYPES

NVR = Source(id=SourceId("nvr"), feed="hikvision", kind="gateway", external_id="nvr", name_zh="", name_en="")
CAMERA = Source(
    id=SourceId("yard"),
    feed="hikvision",
    kind="camera",
    external_id="2",
    gateway=NVR.id,
    name_zh="院内",
    name_en="Yard",
    point=IN_G1,
    kinds=("exposed_litter",),
)
MET = Source(id=SourceId("met"), feed="cap", kind="gateway", external_id="met", name_zh="气象", name_en="Weather")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    labelled = [msgspec.structs.replace(each, labels=(*each.labels, "fielddetection")) for each in VIDEO_TYPES]
    codes = make_codes(sources=[*SOURCES, NVR, CAMERA, MET], video_types=labelled)
    city = make_town_city(sources=codes.sources, video_types=codes.video_types)
    async with run_town(open_database(tmp_path), city) as running:
        yield running


def intrusion(count: int, state: str = "active") -> bytes:
    return (
        f"<EventNotificationAlert><channelID>2</channelID><dateTime>{clock.now().isoformat()}</dateTime>"
        f"<activePostCount>{count}</activePostCount><eventType>fielddetection</eventType>"
        f"<eventState>{state}</eventState></EventNotificationAlert>"
    ).encode()


def warning(number: str, *, kind: str = "Alert", status: str = "Actual", references: str = "") -> bytes:
    return (
        f"<alert><identifier>{number}</identifier><sender>met</sender><sent>{clock.now().isoformat()}</sent>"
        f"<status>{status}</status><msgType>{kind}</msgType><references>{references}</references><info>"
        "<event>Rain</event><headline>Heavy rain</headline><area><areaDesc>North</areaDesc>"
        f"<circle>{IN_G1.lat},{IN_G1.lon} 0.2</circle></area></info></alert>"
    ).encode()


async def test_an_alarm_that_is_repeated_is_one_case_at_its_camera(town: Town) -> None:
    for count in range(1, 6):
        await town.send("hikvision", NVR.id, intrusion(count))
    (case,) = town.open_cases()
    assert (case.source_id, case.place.point) == (CAMERA.id, IN_G1)
    await town.send("hikvision", NVR.id, intrusion(0, "inactive"))
    (case,) = town.open_cases()
    assert case.cleared
    assert await town.states() == {"done": 6}


async def test_a_warning_its_update_and_its_end_are_one_case(town: Town) -> None:
    await town.send("cap", MET.id, warning("A1"))
    (case,) = town.open_cases()
    first = f"met,A1,{clock.now().isoformat()}"
    await town.send("cap", MET.id, warning("A2", kind="Update", references=first))
    await town.send("cap", MET.id, warning("A3", kind="Cancel", references=first))
    (after,) = town.open_cases()
    assert (after.id, after.cleared, after.events) == (case.id, True, 3)


async def test_an_exercise_opens_no_case_and_adds_to_none(town: Town) -> None:
    for kind in ("Alert", "Update", "Cancel"):
        await town.send("cap", MET.id, warning(f"X-{kind}", kind=kind, status="Exercise"))
    assert town.open_cases() == []
    await town.send("cap", MET.id, warning("A1"))
    (before,) = town.open_cases()
    await town.send(
        "cap", MET.id, warning("A1", status="Test", kind="Cancel", references="met,A1,2026-01-01T00:00:00Z")
    )
    assert town.open_cases() == [before]
    assert await town.states() == {"done": 5}


def in_order(number: str, sent_s: float, **more: str) -> bytes:
    body = warning(number, **more).decode()
    at = (clock.now() - timedelta(seconds=sent_s)).isoformat()
    return re.sub(r"<sent>[^<]*</sent>", f"<sent>{at}</sent>", body).encode()


@pytest.mark.parametrize("order", list(permutations("AUC")), ids="".join)
async def test_a_warning_that_is_over_leaves_no_case_open_in_whatever_order_it_came(
    town: Town, order: Sequence[str]
) -> None:
    bodies = {
        "A": in_order("A", 30),
        "U": in_order("U", 20, kind="Update", references="met,A,2026-01-01T00:00:00Z"),
        "C": in_order("C", 10, kind="Cancel", references="met,U,2026-01-01T00:00:00Z"),
    }
    for name in order:
        await town.send("cap", MET.id, bodies[name])
    assert [case.cleared for case in town.open_cases()] == ([] if order[:2] == ("C", "U") else [True])
