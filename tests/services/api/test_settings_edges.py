"""The settings at their edges: edits together, what is not there, pages, choices."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.api.routes.settings import EDITS_MAX
from tests.services.api.settled import GOOD_ROWS, Admin, open_settled, sign_in
from tests.services.api.world import World

ROW_SECTIONS = sorted(GOOD_ROWS)
OTHER_AREAS = ("areas-district", "areas-street", "areas-community")
WITH_MORE = {"calendars", "forwarding"}
"""A calendar needs hours, and what is forwarded a partner: rows of another section."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_settled(tmp_path) as opened:
        yield opened


@pytest.fixture
async def admin(world: World) -> AsyncIterator[Admin]:
    async with sign_in(world) as signed:
        yield signed


async def test_edits_are_made_together_or_not_at_all(admin: Admin) -> None:
    edits = [{"op": "put", "cells": {"date": f"2027-05-0{n}"}} for n in range(1, 6)]
    edited = await admin.post("/sections/holidays/edits", {"edits": edits})
    assert edited["keys"] == [f"2027-05-0{n}|" for n in range(1, 6)]
    bad = [{"op": "put", "cells": {"date": "2028-01-01"}}, {"op": "remove", "key": "1999-01-01|"}]
    await admin.post("/sections/holidays/edits", {"edits": bad}, 404)
    assert "2028-01-01|" not in await admin.rows("holidays")
    await admin.post("/sections/holidays/edits", {"edits": [{"op": "remove"}]}, 422)
    await admin.post("/sections/holidays/edits", {"edits": [{"op": "put"}] * (EDITS_MAX + 1)}, 422)


async def test_what_is_not_there_is_said_to_be_so(admin: Admin) -> None:
    await admin.get("/sections/dragons/rows", 404)
    await admin.change("workers", "W9", {"name_en": "x"}, 404)
    await admin.remove("workers", "W9", 404)
    await admin.add("workers", GOOD_ROWS["workers"])
    problem = await admin.add("workers", GOOD_ROWS["workers"], status=409)
    assert problem["words"]["zh"] == "已有“W2”这一行"
    await admin.add("workers", {"id": "a\x00b"}, status=422)
    await admin.add("workers", {"id": "x" * 5_000}, status=422)


async def test_pages_of_rows_are_together_all(admin: Admin) -> None:
    first = await admin.get("/sections/categories/rows", limit=100)
    second = await admin.get("/sections/categories/rows", limit=100, after=first["next"])
    assert len(first["rows"]) == 100
    assert first["total"] == 100 + len(second["rows"])
    assert second["next"] is None
    assert "limit_basis" in first["more"]


async def test_choices_are_those_of_the_draft(admin: Admin) -> None:
    await admin.add("departments", GOOD_ROWS["departments"])
    choices = await admin.get("/choices")
    assert {"value": "parks", "name": {"zh": "园林", "en": "Parks"}, "of": ""} in choices["departments"]
    assert choices["shifts"][0]["value"] == "day"
    assert {each["of"] for each in choices["areas"]} == {"district", "street", "community", "grid"}
    assert "frigate" in {each["value"] for each in choices["feeds"]}
    assert "G1" in {each["value"] for each in choices["gateways"]}
    assert {"municipal"} <= {each["value"] for each in choices["trades"]}
