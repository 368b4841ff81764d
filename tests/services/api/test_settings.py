"""The settings: every section good and faulty, drafts, conflicts, effects, publishing, history, going back."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch.access import Role
from services.city.sections import SECTIONS
from services.city.sections.model import Form
from tests.services.api.settled import FAULTY_CELLS, GOOD_ROWS, INSIDE, LITTER, Admin, open_settled, sign_in
from tests.services.api.world import World
from tests.services.city.small_pack import square

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


def test_every_section_has_its_rows_here() -> None:
    values = {section.id for section in SECTIONS.values() if section.form is Form.TOML_VALUES}
    assert set(SECTIONS) == set(GOOD_ROWS) | values | set(OTHER_AREAS) | WITH_MORE
    assert set(FAULTY_CELLS) == set(GOOD_ROWS)


async def test_the_settings_say_what_they_are_in_both_languages(admin: Admin) -> None:
    settings = await admin.get("")
    assert settings["version"] == 1
    assert settings["may_edit"] is True
    assert settings["draft"] is None
    assert [section["id"] for section in settings["sections"]] == list(SECTIONS)
    for section in settings["sections"]:
        for named in (section, *section["columns"], *section["values"]):
            assert named["label"]["zh"], named
            assert named["label"]["en"], named
            assert bool(named.get("help", {}).get("zh")) == bool(named.get("help", {}).get("en")), named


@pytest.mark.parametrize("section", ROW_SECTIONS)
async def test_a_row_is_added_changed_published_and_taken_out_again(admin: Admin, section: str) -> None:
    shape = {"shape": json.loads(square(106.52, 29.505, 106.53, 29.51))}
    if section == "areas-grid":
        area = {"type": "Feature", "properties": GOOD_ROWS[section], "geometry": shape["shape"]}
        edited = await admin.upload(f"/sections/{section}/file", json.dumps(area).encode(), mode="merge")
    else:
        edited = await admin.add(section, GOOD_ROWS[section])
    assert edited["draft"]["fault_count"] == 0, edited["draft"]["faults"]
    assert edited["draft"]["changed"] == {section: {"added": 1, "changed": 0, "removed": 0}}
    (key,) = [key for key, row in (await admin.rows(section)).items() if row["state"] == "added"]
    assert (await admin.publish("one more"))["version"] == 2
    rows = await admin.rows(section)
    assert rows[key]["state"] == ""
    assert {name: rows[key]["cells"].get(name, "") for name in GOOD_ROWS[section]} == GOOD_ROWS[section]
    await admin.remove(section, key)
    await admin.publish()
    assert key not in await admin.rows(section)
    versions = (await admin.get("/versions"))["items"]
    assert [(each["version"], each["author"], each["origin"]) for each in versions] == [
        (3, "ada", "edit"),
        (2, "ada", "edit"),
        (1, "", "load"),
    ]
    assert versions[1]["comment"] == "one more"
    assert versions[0]["changed"] == {section: {"added": 0, "changed": 0, "removed": 1}}


@pytest.mark.parametrize("section", ROW_SECTIONS)
async def test_a_fault_stands_beside_its_field_and_nothing_is_published(admin: Admin, section: str) -> None:
    column, value = FAULTY_CELLS[section]
    edited = await admin.add(section, {**GOOD_ROWS[section], column: value})
    assert edited["draft"]["fault_count"] >= 1
    at_field = [fault for fault in edited["draft"]["faults"] if fault["field"] == column]
    assert at_field, edited["draft"]["faults"]
    assert {fault["section"] for fault in at_field} == {section}
    assert at_field[0]["message"]["zh"] != at_field[0]["message"]["en"]
    assert (await admin.get("/draft/effect"))["may_publish"] is False
    problem = await admin.publish(status=422)
    assert problem["type"].endswith(":settings-faulty")
    assert problem["faults"] == edited["draft"]["faults"]
    assert (await admin.get(""))["version"] == 1


async def test_values_are_changed_and_given_back_to_the_product(admin: Admin) -> None:
    await admin.change("flow", "max_open_tasks", {"value": "7"})
    await admin.change("profile", "notice_en", {"value": "Hello"})
    await admin.change("weekend", "weekend", {"value": "fri|sat"})
    await admin.publish()
    city = (await admin.client.get("/api/v1/city")).json()
    assert city["notice"]["en"] == "Hello"
    edited = await admin.change("flow", "max_open_tasks", {"value": "many"})
    assert [(f["section"], f["key"], f["field"]) for f in edited["draft"]["faults"]] == [
        ("flow", "max_open_tasks", "value")
    ]
    await admin.remove("flow", "max_open_tasks")
    await admin.publish()
    assert (await admin.rows("flow"))["max_open_tasks"]["cells"]["value"] == ""
    await admin.add("flow", {"key": "x", "value": "y"}, status=404)


async def test_a_calendar_of_its_own_is_made_with_its_hours_and_whom_it_serves(admin: Admin) -> None:
    await admin.add("calendar-hours", {"calendar": "early", "start": "06:00", "end": "12:00"}, status=404)
    edited = await admin.add(
        "calendars", {"id": "early", "name_en": "Early", "weekend": "-", "keeps_holidays": "false"}
    )
    assert {fault["section"] for fault in edited["draft"]["faults"]} == {"calendars"}
    await admin.add("calendar-hours", {"calendar": "early", "start": "06:00", "end": "12:00"})
    edited = await admin.add("calendar-serves", {"calendar": "early", "departments": "works"})
    assert edited["draft"]["faults"] == []
    await admin.change("weekend", "desk", {"value": "early"})
    await admin.publish()
    assert (await admin.rows("calendars"))["early"]["cells"]["weekend"] == "-"
    await admin.remove("calendars", "early")
    assert "early|06:00" not in await admin.rows("calendar-hours")


@pytest.mark.parametrize("section", OTHER_AREAS)
async def test_an_area_is_renamed(admin: Admin, section: str) -> None:
    key = next(iter(await admin.rows(section)))
    edited = await admin.change(section, key, {"name_en": "Renamed"})
    assert edited["draft"]["fault_count"] == 0
    row = (await admin.rows(section))[key]
    assert (row["state"], row["before"]["name_en"] != "Renamed") == ("changed", True)


READERS = (Role.LEADER, Role.SUPERVISOR)
STRANGERS = (Role.COLLECTOR, Role.ACCEPTOR, Role.DISPATCHER, Role.WORKER, Role.INTEGRATION)
CHANGES = (
    ("POST", "/sections/workers/rows"),
    ("PATCH", "/sections/workers/rows/W1"),
    ("DELETE", "/sections/workers/rows/W1"),
    ("POST", "/sections/workers/edits"),
    ("POST", "/sections/workers/file"),
    ("POST", "/archive"),
    ("GET", "/draft"),
    ("DELETE", "/draft"),
    ("GET", "/draft/effect"),
    ("POST", "/draft/rebase"),
    ("POST", "/draft/publish"),
    ("POST", "/versions/1/restore"),
)
LOOKS = ("", "/choices", "/sections/workers/rows", "/sections/workers/file", "/archive", "/versions", "/versions/1")


@pytest.mark.parametrize("role", [*READERS, *STRANGERS])
async def test_who_may_only_look_changes_nothing_and_others_see_nothing(world: World, role: Role) -> None:
    async with sign_in(world, "someone", role) as someone:
        for path in LOOKS:
            answer = await someone.client.get(f"/api/v1/settings{path}")
            assert answer.status_code == (200 if role in READERS else 403), (path, answer.text)
        if role in READERS:
            assert (await someone.get(""))["may_edit"] is False
        for method, path in CHANGES:
            answer = await someone.client.request(method, f"/api/v1/settings{path}", json={"cells": {}})
            assert answer.status_code == 403, (method, path, answer.text)
    async with world.stranger() as nobody:
        assert (await nobody.get("/api/v1/settings")).status_code == 401


async def test_a_draft_is_its_owner_s_and_is_kept(world: World, admin: Admin) -> None:
    await admin.change("workers", "W1", {"name_en": "Mine"})
    async with sign_in(world, "bo") as other:
        assert (await other.rows("workers"))["W1"]["cells"]["name_en"] == "San Zhang"
        await other.get("/draft", 404)
    draft = await admin.get("/draft")
    (section,) = draft["diff"]["sections"]
    (change,) = section["changes"]
    assert (change["key"], change["cells"], change["before"]["name_en"]) == ("W1", ["name_en"], "San Zhang")
    await admin.discard()
    await admin.get("/draft", 404)
    assert (await admin.rows("workers"))["W1"]["state"] == ""


async def test_one_section_of_a_draft_is_discarded(admin: Admin) -> None:
    await admin.change("workers", "W1", {"name_en": "Mine"})
    await admin.add("templates", GOOD_ROWS["templates"])
    for section, left in (("templates", {"workers"}), ("workers", set())):
        answer = await admin.client.delete("/api/v1/settings/draft", params={"section": section})
        assert answer.status_code == 204
        assert set((await admin.get("/draft"))["draft"]["changed"]) == left
    await admin.publish(status=409)


async def test_what_another_has_published_is_told_and_brought_in(world: World, admin: Admin) -> None:
    await admin.change("workers", "W1", {"name_en": "Mine"})
    await admin.add("templates", GOOD_ROWS["templates"])
    async with sign_in(world, "bo") as other:
        await other.change("workers", "W1", {"name_zh": "别名"})
        await other.change("departments", "works", {"name_en": "Public Works"})
        await other.publish("bo was here")
    problem = await admin.publish(status=412)
    assert problem["type"].endswith(":settings-changed")
    assert problem["version"] == 2
    (told,) = problem["changed"]
    assert (told["author"], told["comment"], set(told["changed"])) == ("bo", "bo was here", {"workers", "departments"})
    await admin.change("workers", "W1", {"name_en": "Again"}, status=412)
    assert (await admin.get(""))["draft"]["stale"] is True
    rebased = await admin.post("/draft/rebase", {"prefer": "mine"})
    assert rebased["conflicts"] == [{"section": "workers", "file": "workers.csv", "key": "W1"}]
    assert rebased["draft"]["stale"] is False
    assert (await admin.publish())["version"] == 3
    assert (await admin.rows("departments"))["works"]["cells"]["name_en"] == "Public Works"
    assert (await admin.rows("workers"))["W1"]["cells"]["name_en"] == "Mine"


async def test_an_edit_upon_a_version_that_has_passed_is_refused(admin: Admin) -> None:
    await admin.add("templates", GOOD_ROWS["templates"])
    await admin.publish()
    problem = await admin.add("departments", GOOD_ROWS["departments"], status=412, if_match='"1"')
    assert problem["changed"][0]["changed"] == {"templates": {"added": 1, "changed": 0, "removed": 0}}
    await admin.add("departments", GOOD_ROWS["departments"], if_match='"2"')
    await admin.add("departments", {"id": "x"}, status=400, if_match="two")


async def test_edits_of_one_draft_at_the_same_moment_are_all_kept(admin: Admin) -> None:
    await asyncio.gather(*[admin.add("departments", {"id": f"d{n}", "name_en": f"D{n}"}) for n in range(12)])
    assert len(await admin.rows("departments")) == 13


async def open_case(admin: Admin, n: int = 0, category: str = LITTER) -> dict[str, Any]:
    body = {"text": f"litter {n}", "category": category, "lon": INSIDE[0] + n * 0.001, "lat": INSIDE[1]}
    answer = await admin.client.post("/api/v1/cases", json={**body, "channel": "patrol"})
    assert answer.status_code in (200, 201), answer.text
    case: dict[str, Any] = answer.json()
    if case["stage"] == "reported":
        answer = await admin.client.post(f"/api/v1/cases/{case['id']}/commands/file", json={})
        assert answer.status_code == 200, answer.text
        case = answer.json()
    return case


def longer(rows: dict[str, Any]) -> tuple[str, dict[str, str]]:
    key = next(key for key, row in rows.items() if row["cells"]["code"] == LITTER)
    return key, {"normal_limit": "9", "normal_unit": "UH", "urgent_limit": "", "urgent_unit": ""}


async def test_the_effect_is_as_it_was_told_beforehand(world: World, admin: Admin) -> None:
    cases = [await open_case(admin, n) for n in range(3)]
    await admin.change("categories", *longer(await admin.rows("categories")))
    effect = await admin.get("/draft/effect")
    assert (effect["due_count"], effect["may_publish"]) == (3, True)
    assert effect["sooner"] + effect["later"] == 3
    told = {each["case_id"]: each["new_due_at"] for each in effect["due"]}
    published = await admin.publish("more time")
    assert published == {"version": 2, "due_count": 3}
    await world.parts.renewal.finish_sweep()
    for case in cases:
        now = (await admin.client.get(f"/api/v1/cases/{case['id']}")).json()
        assert now["due_at"] == told[case["id"]]
        journal = (await admin.client.get(f"/api/v1/cases/{case['id']}/journal")).json()["items"]
        assert (journal[-1]["kind"], journal[-1]["data"]["by"]) == ("LimitChanged", "ada")
    sweep = (await admin.get(""))["sweep"]
    assert (sweep["version"], sweep["seen"], sweep["changed"]) == (2, 3, 3)
    assert sweep["finished_at"]


async def test_a_duty_that_moves_is_told_and_the_case_stays(admin: Admin) -> None:
    case = await open_case(admin)
    await admin.add("departments", GOOD_ROWS["departments"])
    await admin.change("duties", "||", {"department": "parks"})
    effect = await admin.get("/draft/effect")
    assert effect["duty_count"] == 1
    assert effect["duties"][0] | {"category": ""} == {
        "case_id": case["id"], "number": case["number"], "category": "", "department": "works", "would_be": "parks"
    }  # fmt: skip
    await admin.publish()
    assert (await admin.client.get(f"/api/v1/cases/{case['id']}")).json()["department"] == "works"


async def test_what_open_cases_need_is_kept(admin: Admin) -> None:
    case = await open_case(admin)
    assert case["worker"] == "W1"
    await admin.add("workers", GOOD_ROWS["workers"])
    await admin.remove("workers", "W1")
    effect = await admin.get("/draft/effect")
    assert effect["may_publish"] is False
    assert effect["in_use"] == [{"what": "worker", "code": "W1", "count": 1, "numbers": [case["number"]]}]
    problem = await admin.publish(status=409)
    assert problem["type"].endswith(":settings-in-use")
    assert problem["in_use"] == effect["in_use"]


async def test_accounts_and_keys_that_would_point_at_nothing_are_named(world: World, admin: Admin) -> None:
    await world.add("w1", Role.WORKER, worker_id="W1")
    key = await admin.client.post("/api/v1/sources/C1/key")
    await admin.add("workers", GOOD_ROWS["workers"])
    await admin.remove("workers", "W1")
    await admin.remove("sources", "C1")
    effect = await admin.get("/draft/effect")
    assert effect["loose_ends"] == [
        {"who": "w1", "what": "worker", "code": "W1"},
        {"who": f"…{key.json()['key'][-4:]}", "what": "key", "code": "C1"},
    ]
    assert effect["may_publish"] is True


async def test_the_engine_works_by_what_was_published(world: World, admin: Admin) -> None:
    before = await open_case(admin)
    await admin.add("departments", GOOD_ROWS["departments"])
    await admin.change("duties", "||", {"department": "parks"})
    await admin.publish()
    after = await open_case(admin, 5)
    assert (before["department"], after["department"]) == ("works", "parks")
    names = (await admin.client.get("/api/v1/city")).json()["departments"]
    assert {each["id"] for each in names} == {"works", "parks"}
    assert world.parts.city is world.parts.desk.city


async def test_an_earlier_version_comes_back_as_a_new_one(admin: Admin) -> None:
    await admin.change("workers", "W1", {"name_en": "Second"})
    await admin.publish()
    await admin.change("workers", "W1", {"name_en": "Third"})
    await admin.publish()
    edited = await admin.post("/versions/1/restore")
    assert edited["draft"]["restored"] == 1
    assert edited["draft"]["changed"] == {"workers": {"added": 0, "changed": 1, "removed": 0}}
    assert (await admin.publish("back"))["version"] == 4
    assert (await admin.rows("workers"))["W1"]["cells"]["name_en"] == "San Zhang"
    latest = (await admin.get("/versions", limit=1))["items"][0]
    assert (latest["origin"], latest["restored"], latest["comment"]) == ("revert", 1, "back")
    assert await admin.download("/archive", version=4) == await admin.download("/archive", version=1)
    await admin.post("/versions/99/restore", status=404)


async def test_the_history_shows_who_changed_which_cell(admin: Admin) -> None:
    await admin.change("workers", "W1", {"name_en": "Second"})
    await admin.publish("a new name")
    detail = await admin.get("/versions/2")
    assert detail["against"] == 1
    (change,) = detail["diff"]["sections"][0]["changes"]
    assert (change["cells"], change["before"]["name_en"], change["after"]["name_en"]) == (
        ["name_en"],
        "San Zhang",
        "Second",
    )
    first = await admin.get("/versions/1")
    assert first["against"] is None
    assert {each["section"] for each in first["diff"]["sections"]} > {"workers", "departments"}
    assert (await admin.get("/versions/1", against=2))["diff"]["sections"][0]["changes"][0]["after"]["name_en"] == (
        "San Zhang"
    )
    page = await admin.get("/versions", limit=1)
    assert page["next"] == "2"
    assert (await admin.get("/versions", limit=1, after=2))["items"][0]["version"] == 1
    await admin.get("/versions/9", 404)
    deeds = (await admin.client.get("/api/v1/audit")).json()["items"]
    assert ("settings.published", "2") in {(deed["action"], deed["subject"]) for deed in deeds}
