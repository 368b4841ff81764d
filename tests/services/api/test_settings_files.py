"""Settings as files, out and in; what is served of them beside: phrases, keys."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.access import Role
from services.city.archive import read_archive, write_archive
from services.city.sections import SECTIONS
from tests.services.api.settled import GOOD_ROWS, LITTER, Admin, open_settled, sign_in
from tests.services.api.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_settled(tmp_path) as opened:
        yield opened


@pytest.fixture
async def admin(world: World) -> AsyncIterator[Admin]:
    async with sign_in(world) as signed:
        yield signed


@pytest.mark.parametrize("section", sorted(SECTIONS))
async def test_what_is_exported_and_imported_again_is_no_change(admin: Admin, section: str) -> None:
    body = await admin.download(f"/sections/{section}/file")
    if section in ("templates", "holidays", "escalations", "notices", "webhooks", "autofile", "retention"):
        assert body.decode().strip().split(",") == [column.name for column in SECTIONS[section].columns]
        return
    for mode in ("replace", "merge"):
        edited = await admin.upload(f"/sections/{section}/file", body, mode=mode)
        assert edited["draft"]["changed"] == {}, mode
    await admin.publish(status=409)


async def test_a_whole_pack_goes_out_and_comes_back(admin: Admin) -> None:
    packed = await admin.download("/archive")
    edited = await admin.upload("/archive", packed)
    assert edited["draft"]["changed"] == {}
    files = read_archive(packed)
    files["workers.csv"] = files["workers.csv"].replace(b"San Zhang", b"Zhang")
    files.pop("gazetteer.csv")
    edited = await admin.upload("/archive", write_archive(files))
    assert edited["draft"]["changed"] == {
        "workers": {"added": 0, "changed": 1, "removed": 0},
        "gazetteer": {"added": 0, "changed": 0, "removed": 1},
    }
    assert [(f["file"], f["message"]["zh"]) for f in edited["draft"]["faults"]] == [("gazetteer.csv", "缺少该文件")]
    await admin.upload("/archive", b"PK nonsense", status=422)


async def test_a_file_is_brought_in_beside_what_is_there_or_in_its_place(admin: Admin) -> None:
    header = "id,name_zh,name_en,trade\n"
    body = f"{header}parks,园林,Parks,\n".encode()
    merged = await admin.upload("/sections/departments/file", body, mode="merge")
    assert merged["draft"]["changed"] == {"departments": {"added": 1, "changed": 0, "removed": 0}}
    replaced = await admin.upload("/sections/departments/file", body)
    assert replaced["draft"]["changed"] == {"departments": {"added": 1, "changed": 0, "removed": 1}}
    faults = {(f["section"], f["key"], f["field"]) for f in replaced["draft"]["faults"]}
    assert ("workers", "W1", "department") in faults
    await admin.upload("/sections/departments/file", body, status=422, mode="guess")


@pytest.mark.parametrize(
    ("section", "body", "where"),
    [
        ("workers", b'id,"name\n', "line 1"),
        ("workers", b"id\n\xff", "line 2"),
        ("areas-grid", b"{", "line 1"),
        ("hours", b"[[hours", "line 0"),
    ],
)
async def test_a_file_that_cannot_be_read_changes_nothing(admin: Admin, section: str, body: bytes, where: str) -> None:
    problem = await admin.upload(f"/sections/{section}/file", body, status=422)
    assert problem["errors"][0]["where"] == where
    await admin.get("/draft", 404)


async def test_faults_of_an_imported_file_have_their_lines(admin: Admin) -> None:
    body = await admin.download("/sections/workers/file")
    edited = await admin.upload("/sections/workers/file", body + b"W9,x,,nobody,gas,,day,106.5,29.5\n")
    (fault,) = edited["draft"]["faults"]
    assert (fault["file"], fault["line"], fault["key"], fault["field"]) == ("workers.csv", 3, "W9", "department")


async def test_another_city_is_not_imported(admin: Admin) -> None:
    files = read_archive(await admin.download("/archive"))
    files["city.toml"] = files["city.toml"].replace(b"smalltown", b"elsewhere")
    await admin.upload("/archive", write_archive(files))
    effect = await admin.get("/draft/effect")
    assert (effect["other_city"], effect["may_publish"]) == (["id"], False)
    problem = await admin.publish(status=409)
    assert problem["fields"] == ["id"]


async def test_templates_are_offered_to_who_works(world: World, admin: Admin) -> None:
    await admin.add("templates", GOOD_ROWS["templates"])
    await admin.add("templates", {"id": "t2", "kind": "note", "en": "Swept", "category": LITTER})
    await admin.add("templates", {"id": "t3", "kind": "reply", "zh": "谢谢"})
    await admin.publish()
    async with world.sign_in("dora", Role.DISPATCHER) as desk:
        items = (await desk.get("/api/v1/templates", params={"kind": "note", "category": LITTER})).json()["items"]
        assert [(each["id"], each["text"]["zh"]) for each in items] == [("t2", "Swept"), ("t1", "已通知 {number}")]
        assert len((await desk.get("/api/v1/templates")).json()["items"]) == 3
        other = (await desk.get("/api/v1/templates", params={"category": "E0201"})).json()["items"]
        assert {each["id"] for each in other} == {"t1", "t3"}
    async with world.stranger() as nobody:
        assert (await nobody.get("/api/v1/templates")).status_code == 401


async def test_keys_are_listed_without_themselves_and_withdrawn(world: World, admin: Admin) -> None:
    client = admin.client
    key = (await client.post("/api/v1/sources/G1/key")).json()["key"]
    (row,) = (await client.get("/api/v1/sources/G1/keys")).json()["items"]
    assert (row["hint"], row["created_by"]) == (key[-4:], "ada")
    assert key not in json.dumps(row)
    headers = {"Authorization": f"Bearer {key}"}
    body = {"type": "new"}
    async with world.stranger() as device:
        assert (await device.post("/api/v1/intake/frigate", json=body, headers=headers)).status_code == 202
        path = f"/api/v1/sources/G1/keys/{row['id']}"
        assert (await client.delete(f"/api/v1/sources/C1/keys/{row['id']}")).status_code == 404
        assert (await client.delete(path)).status_code == 204
        assert (await device.post("/api/v1/intake/frigate", json=body, headers=headers)).status_code == 401
        assert (await client.delete(path)).status_code == 404
    async with world.sign_in("dora", Role.DISPATCHER) as desk:
        assert (await desk.get("/api/v1/sources/G1/keys")).status_code == 403
        assert (await desk.delete(path)).status_code == 403


async def test_a_city_without_a_pack_in_its_database_has_no_settings(world: World, tmp_path: Path) -> None:
    world.parts.renewal.version = None
    async with sign_in(world) as admin:
        problem = await admin.get("", 404)
        assert problem["words"]["zh"] == "本库尚未装载城市包"
