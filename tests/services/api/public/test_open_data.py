"""Open data as files: the bulk specification's columns, GeoJSON, no formulas, and no page lost on the way."""

import csv
import io
import json
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update

from dispatch.citymap import City
from services.api.limits import RateLimit
from services.api.open311 import bulk
from services.api.spreadsheet import harmless
from services.observe.clock import now
from services.store.tables import cases
from tests.services.api.open311.partner import make_partner
from tests.services.api.places import IN_GRID, far_apart
from tests.services.api.public.town import BEGGING, LAMP, LITTER, read_all, tell, tools_of
from tests.services.api.world import World

CSV, GEOJSON = "/open311/bulk/requests.csv", "/open311/bulk/requests.geojson"


async def read_csv(client: AsyncClient, **query: Any) -> list[dict[str, str]]:
    answer = await client.get(CSV, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_the_columns_are_those_of_the_bulk_specification(world: World) -> None:
    async with world.stranger() as client:
        partner = await make_partner(world, client)
        number = await partner.file(description="路灯不亮")
        (row,) = await read_csv(client)
    assert list(row) == [
        "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
        "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
        "lat", "long",
    ]  # fmt: skip
    assert row["service_request_id"] == number
    assert row["requested_datetime"].endswith("Z")
    assert row["closed_date"] == ""
    assert row["status_description"] in ("Open", "Processing")
    assert row["description"].startswith("路灯不亮")
    assert row["source"] == "Open311"
    assert float(row["long"]) == IN_GRID[0]


async def test_no_cell_is_a_formula(world: World) -> None:
    async with world.stranger() as client:
        partner = await make_partner(world, client)
        await partner.file(description='=HYPERLINK("http://evil.example","看这里")')
        (row,) = await read_csv(client)
    assert row["description"].startswith("'=")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"])
def test_whatever_begins_a_formula_is_told_to_be_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless(f"x{text}") == f"x{text}"


async def test_geojson_has_a_feature_for_each_request_and_says_how_many(world: World, city: City) -> None:
    async with world.stranger() as client:
        for lon, lat in far_apart(city, 3):
            await tell(client, lon, lat)
        await read_all(world)
        answer = await client.get(GEOJSON)
    assert answer.headers["content-type"] == "application/geo+json"
    found = json.loads(answer.text)
    assert found["type"] == "FeatureCollection"
    assert found["numberReturned"] == len(found["features"]) == 3
    for feature in found["features"]:
        assert feature["geometry"]["type"] == "Point"
        lon, lat = feature["geometry"]["coordinates"]
        assert -180 <= lon <= 180
        assert -90 <= lat <= 90
        assert feature["id"] == feature["properties"]["service_request_id"]
        assert "王" not in str(feature)


async def test_an_empty_file_is_a_file(world: World) -> None:
    async with world.stranger() as client:
        assert await read_csv(client) == []
        found = (await client.get(GEOJSON)).json()
    assert found["features"] == []


async def test_a_file_is_narrowed_by_period_and_kind_and_holds_nothing_private(world: World, city: City) -> None:
    first, second, third = far_apart(city, 3)
    async with world.stranger() as client:
        await tell(client, *first)
        await tell(client, *second, category=LAMP)
        await tell(client, *third, category=BEGGING)
        await read_all(world)
        assert len(await read_csv(client)) == 2
        assert len(await read_csv(client, service_code=LAMP)) == 1
        assert await read_csv(client, service_code=BEGGING) == []
        assert await read_csv(client, end_date="2020-01-01T00:00:00Z") == []
        assert len(await read_csv(client, start_date=f"{now():%Y}-01-01T00:00:00Z")) in (0, 2)
        for query in ({"start_date": "yesterday"}, {"start_date": "2026-02-01", "end_date": "2026-01-01"}):
            assert (await client.get(CSV, params=query)).status_code == 400
        assert (await client.get("/open311/bulk/requests.xlsx")).status_code == 404


async def test_a_long_file_has_every_request_once_though_many_came_at_the_same_instant(
    world: World, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 2)
    async with world.stranger() as client:
        for lon, lat in far_apart(city, 7):
            await tell(client, lon, lat)
        await read_all(world)
        at = now()
        await world.parts.db.write(lambda connection: connection.execute(update(cases).values(opened_at=at)))
        rows = [row["service_request_id"] for row in await read_csv(client)]
    assert len(rows) == len(set(rows)) == 7


async def test_files_are_few_at_a_time_and_for_each_address(world: World) -> None:
    async with world.stranger() as client:
        tools_of(world).exports = RateLimit(burst=1, per_minute=0.1)
        assert (await client.get(CSV)).status_code == 200
        answer = await client.get(CSV)
        assert answer.status_code == 429
        assert answer.headers["retry-after"]


async def test_a_mark_for_spreadsheets_stands_there_only_when_it_is_asked_for(world: World) -> None:
    async with world.stranger() as client:
        await tell(client, *IN_GRID, category=LITTER)
        assert not (await client.get(CSV)).content.startswith(b"\xef\xbb\xbf")
        assert (await client.get(CSV, params={"bom": "true"})).content.startswith(b"\xef\xbb\xbf")
