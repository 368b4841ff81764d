"""Every figure of the board opens exactly the cases that it counts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.access import Role
from dispatch.event import Event, Vocabulary
from dispatch.ids import EventId, TaskId
from dispatch.timers import pass_time
from gis.point import LonLat
from services.api.figures import COUNTED, DEFINITIONS, NOW
from services.engine.messages import take_event
from services.engine.orders import situation_of
from services.observe.clock import now
from tests.services.api.places import far_apart
from tests.services.api.test_cases import open_case
from tests.services.api.world import World

RATES = {
    "satisfaction_rate",
    "stars_mean",
    "precision",
    "on_time_rate",
    "rework_rate",
    "score",
    "median_total_s",
    "p90_total_s",
}
"""Figures that are no count: their lists are what they divide by."""


def figures(found: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every {value, link} in an answer, with the name it stands under."""
    if isinstance(found, dict):
        if set(found) == {"value", "link"}:
            yield name, found
        else:
            for key, value in found.items():
                yield from figures(value, f"{name}.{key}" if name in ("median_s", "p90_s") else key)
    elif isinstance(found, list):
        for each in found:
            yield from figures(each, name)


async def count_behind(client: AsyncClient, link: str) -> int:
    answer = await client.get(f"{link}{'&' if '?' in link else '?'}limit=500")
    assert answer.status_code == 200, (link, answer.text)
    return len(answer.json()["items"])


async def check_every_figure(client: AsyncClient, path: str) -> int:
    """Ask for the list of every figure of an answer; return how many were not zero."""
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    links: dict[str, int] = {}
    told = 0
    for name, figure in figures(answer.json()):
        if figure["link"] not in links:
            links[figure["link"]] = await count_behind(client, figure["link"])
        behind = links[figure["link"]]
        if name in RATES or name.startswith(("median_s.", "p90_s.")):
            assert (figure["value"] is None) <= (behind == 0) or name == "rework_rate", (path, name, figure, behind)
            continue
        assert figure["value"] == behind, (path, name, figure, behind)
        told += bool(behind)
    return told


async def live_through(client: AsyncClient, world: World) -> None:
    """Make cases of every fate: waiting, sent, closed in time, reworked, voided, moved to another category."""
    workers = (await client.get("/api/v1/workers")).json()["items"]
    points = far_apart(world.parts.city, 10)
    cases = [await open_case(client, lon=lon, lat=lat, category="E0504") for lon, lat in points[:9]]
    lon, lat = points[9]
    await open_case(client, lon=lon, lat=lat, category="P0102")

    async def give(case: dict[str, Any], command: str, **data: Any) -> None:
        answer = await client.post(f"/api/v1/cases/{case['id']}/commands/{command}", json=data)
        assert answer.status_code == 200, (command, answer.text)
        case.update(answer.json())

    async def send(case: dict[str, Any]) -> None:
        if case["stage"] == "reported":
            await give(case, "file")
        if case["stage"] == "filed":
            await give(case, "dispatch", worker=workers[0]["id"])

    for case in cases[:6]:
        await send(case)
    for case in cases[:4]:
        await give(case, "accept")
        await give(case, "arrive")
        await give(case, "report_handled")
    await give(cases[0], "check", passed=True)
    await give(cases[1], "check", passed=False, note="not clean")
    for command, data in (("accept", {}), ("arrive", {}), ("report_handled", {}), ("check", {"passed": True})):
        await give(cases[1], command, **data)
    await give(cases[2], "check", passed=True)
    await give(cases[4], "void", reason="twice")
    await give(cases[5], "reclassify", category="E0505")


async def make_late(world: World, number: int) -> None:
    """Let the limit of some open filed cases pass, as the engine tells it."""
    desk = world.parts.desk
    late = [case for case in desk.state.book.open_cases() if case.due_at and case.handled_at is None][:number]
    assert late

    for case in late:
        due_at = case.due_at
        assert due_at is not None
        await desk.order(
            lambda turn, case=case, due_at=due_at: turn.record_all(  # type: ignore[misc]
                pass_time(case, situation_of(turn), task_id=TaskId("t"), at=due_at)
            )
        )


@pytest.fixture
async def lived(world: World) -> World:
    async with world.sign_in("maker", Role.LEADER) as client:
        await live_through(client, world)
    await make_late(world, 2)
    return world


@pytest.mark.parametrize("path", ["overview", "evaluation", "workers", "trend"])
async def test_every_figure_opens_as_many_cases_as_it_says(lived: World, path: str) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        to = (datetime.now(UTC) + timedelta(days=60)).date()
        assert await check_every_figure(client, f"/api/v1/metrics/{path}?to={to}&from={to - timedelta(days=70)}")
        assert await check_every_figure(client, f"/api/v1/metrics/{path}") or path == "workers"


@pytest.mark.parametrize("by", ["street", "category", "department", "feed", "source", "stage"])
async def test_every_part_opens_as_many_cases_as_it_says(lived: World, by: str) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        assert await check_every_figure(client, f"/api/v1/metrics/breakdown?group_by={by}")


async def test_every_hour_opens_as_many_cases_as_it_says(lived: World) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        day = now().astimezone(lived.parts.city.timezone).date()
        assert await check_every_figure(client, f"/api/v1/metrics/trend?group_by=hour&from={day}&to={day}")


async def test_the_precision_of_a_camera_opens_the_cases_that_were_judged(lived: World) -> None:
    async with lived.sign_in("boss", Role.LEADER) as client:
        nothing = (await client.get("/api/v1/metrics/precision")).json()
        assert (nothing["items"], nothing["types"]) == ([], [])
        judged = await judge_three(lived, client)
        told = (await client.get("/api/v1/metrics/precision")).json()
        (row,) = told["items"]
        assert (row["source"], row["kind"]) == judged
        values = {name: figure["value"] for name, figure in row["figures"].items()}
        assert values == {"confirmed": 2, "refused": 1, "precision": round(2 / 3, 4)}
        assert row["low"] < 2 / 3 < row["high"]
        assert row["advice"] is None
        assert told["types"][0]["figures"]["confirmed"]["value"] == 2
        assert await check_every_figure(client, "/api/v1/metrics/precision")
        other = (await client.get("/api/v1/metrics/precision?feed=telemetry")).json()
        assert other["items"] == []


async def judge_three(world: World, client: AsyncClient) -> tuple[str, str]:
    """Let a camera tell of three things that it is not sure of; confirm two, refuse one; return the camera and type."""
    city = world.parts.city
    camera = next(each for each in city.codes.sources.values() if each.kind == "camera" and each.kinds)
    kind = city.codes.video_types[camera.kinds[0]]
    places = far_apart(city, 3)
    for n, name in enumerate(("file", "file", "void")):
        event = Event(
            id=EventId(f"judged-{n}"),
            feed=camera.feed,
            source_id=camera.id,
            vocabulary=Vocabulary.VIDEO,
            kind=kind.type,
            observed_at=now(),
            received_at=now(),
            confidence=0.3,
            point=LonLat(*places[n]),
        )
        case = await world.parts.desk.order(lambda turn, event=event: take_event(turn, event))  # type: ignore[misc]
        assert case is not None
        data = {"reason": "nothing there", "false_alarm": True} if name == "void" else {}
        answer = await client.post(f"/api/v1/cases/{case.id}/commands/{name}", json=data)
        assert answer.status_code == 200, answer.text
    return camera.id, kind.type


async def test_the_figures_of_a_street_are_those_its_leader_sees(lived: World) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        parts = (await client.get("/api/v1/metrics/breakdown?group_by=street")).json()["items"]
    part = parts[0]
    async with lived.sign_in("local", Role.LEADER, area=part["key"]) as client:
        cells = (await client.get("/api/v1/metrics/overview")).json()["cells"]
        assert cells["reported"]["value"] == part["figures"]["reported"]["value"]
        assert await check_every_figure(client, "/api/v1/metrics/overview")
        assert await check_every_figure(client, f"/api/v1/metrics/overview?street={part['key']}")
        other = (await client.get(f"/api/v1/metrics/overview?street={parts[1]['key']}")).json()["cells"]
        assert other["reported"]["value"] == 0
        assert len((await client.get("/api/v1/metrics/breakdown?group_by=street")).json()["items"]) == 1


async def test_the_figures_of_a_department_are_those_it_sees(lived: World) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        parts = (await client.get("/api/v1/metrics/breakdown?group_by=department")).json()["items"]
    part = next(part for part in parts if part["key"])
    async with lived.sign_in("local", Role.LEADER, department=part["key"]) as client:
        cells = (await client.get("/api/v1/metrics/overview")).json()["cells"]
        assert cells["filed"]["value"] == part["figures"]["filed"]["value"]
        assert await check_every_figure(client, "/api/v1/metrics/overview")


async def test_a_district_bounds_the_figures(lived: World) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        assert await check_every_figure(client, "/api/v1/metrics/overview?district=500103")
        nothing = (await client.get("/api/v1/metrics/overview?district=999")).json()["cells"]
        assert nothing["reported"]["value"] == 0
        assert await check_every_figure(client, "/api/v1/metrics/overview?district=999") == 0


async def test_who_sees_a_part_of_a_street_sees_no_figures(lived: World) -> None:
    community = lived.parts.city.list_areas("community")[0].code
    async with lived.sign_in("local", Role.LEADER, area=community) as client:
        assert (await client.get("/api/v1/metrics/overview")).status_code == 403


async def test_a_worker_sees_no_figures(lived: World) -> None:
    worker = min(lived.parts.city.codes.workers)
    async with lived.sign_in("w", Role.WORKER, worker_id=worker) as client:
        assert (await client.get("/api/v1/metrics/overview")).status_code == 403


async def test_the_rate_is_closed_in_time_out_of_due(lived: World) -> None:
    async with lived.sign_in("boss", Role.SUPERVISOR) as client:
        to = (datetime.now(UTC) + timedelta(days=60)).date()
        span = f"from={to - timedelta(days=70)}&to={to}"
        cells = (await client.get(f"/api/v1/metrics/overview?{span}")).json()["cells"]
    due, on_time = cells["due"]["value"], cells["on_time"]["value"]
    assert (due, on_time) == (5, 3)
    assert cells["overdue"]["value"] == 2
    assert cells["on_time_rate"]["value"] == round(on_time / due, 4)
    assert cells["reworked"]["value"] == 1
    assert cells["rework_rate"]["value"] == round(1 / 3, 4)
    assert cells["median_s"]["total"]["value"] is not None


@pytest.mark.parametrize(
    "query", ["from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "from=soon", "group_by=colour", "x=1"]
)
async def test_a_period_that_is_none_is_refused(world: World, query: str) -> None:
    async with world.sign_in("boss", Role.SUPERVISOR) as client:
        assert (await client.get(f"/api/v1/metrics/trend?{query}")).status_code == 422


async def test_by_the_hour_only_a_week(world: World) -> None:
    async with world.sign_in("boss", Role.SUPERVISOR) as client:
        answer = await client.get("/api/v1/metrics/trend?group_by=hour&from=2026-01-01&to=2026-01-31")
    assert answer.status_code == 422


def test_every_figure_has_its_definition() -> None:
    derived = {"on_time_rate", "rework_rate", "satisfaction_rate", "stars_mean", "median_s", "p90_s", "score"}
    verdicts = {"confirmed", "refused", "precision"}
    assert {*COUNTED, *NOW, *derived, *verdicts} == set(DEFINITIONS)
