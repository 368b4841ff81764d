"""`wardline bench citizen` sends what the citizen's door takes; its speed is not judged here."""

import json
from itertools import islice

from httpx import AsyncClient

from bench.citizen import BOUNDARY, Figures, _addresses, _plain, _with_photo
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.world import World


async def _post(client: AsyncClient, request: bytes) -> int:
    head, _, body = request.partition(b"\r\n\r\n")
    kind = next(line for line in head.decode().split("\r\n") if line.startswith("Content-Type"))
    headers = {"Content-Type": kind.partition(": ")[2]}
    return (await client.post("/api/v1/reports", content=body, headers=headers)).status_code


async def test_both_ways_are_taken(world: World) -> None:
    happenings = iter([("E0504", *IN_GRID), ("P0118", *IN_GRID)])
    plain = _plain(happenings, _addresses())(8000)
    photo = _with_photo(happenings, _addresses(), [jpeg(60, 40)])(8000)
    assert json.loads(plain.partition(b"\r\n\r\n")[2])["category"] == "E0504"
    assert BOUNDARY.encode() in photo
    async with world.stranger() as client:
        assert await _post(client, plain) == 201
        assert await _post(client, photo) == 201


def test_each_report_comes_from_an_address_of_its_own() -> None:
    addresses = list(islice(_addresses(), 70_000))
    assert len(set(addresses)) == 70_000
    assert all(each.startswith("100.") for each in addresses)


def test_figures_are_of_what_was_answered() -> None:
    figures = Figures(answered=40, refused=2, took_s=2.0, cpu_s=0.1, answers_ms=[1.0, 2.0, 3.0])
    assert figures.view()["reports_per_s"] == 20.0
    assert figures.view()["cpu_ms_per_report"] == 2.5
