"""A new version of the pack: stored, taken up, and carried through the open cases, whatever is killed meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.case import Case
from dispatch.city import Source
from dispatch.ids import SourceId
from services.city.drafting import edit
from services.city.pack import collect_files
from services.city.read import read_pack
from services.city.rows import Edit, Put, Remove
from services.city.sections import SECTIONS
from services.engine import renewal as renewing
from services.engine.loading import ensure_city, load_pack
from services.engine.renewal import NeededRows, NoPack, OtherCity, Renewal
from services.observe import clock
from services.store import packs, sweeps
from services.store.database import Database
from services.store.pack_tables import pack_sweeps
from services.store.packs import Mark, StaleVersion
from tests.parts.town import Town, open_database, run_town
from tests.services.city.small_pack import FILES

LITTER = "E0102"
CENTRE = (106.5005, 29.502)
CALENDAR = (
    FILES["calendar.toml"].replace('start = "08:00"', 'start = "00:00"').replace('end = "20:00"', 'end = "00:00"')
)
"""A shift that runs all day."""


def write_pack(folder: Path, **changes: str) -> Path:
    files = {**FILES, "calendar.toml": CALENDAR, "duties.csv": "department,category,trade,area\nworks,,,\n"}
    files["workers.csv"] = FILES["workers.csv"].replace("municipal|lighting", "municipal|sanitation")
    files |= changes
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


class Renewing(Town):
    """A town on the small pack, with what takes up its new versions."""

    renewal: Renewal
    told: list[Any]

    async def edit(self, section: str, *edits: Edit, author: str = "ada") -> int:
        """Publish edits of one section."""
        current = await self.renewal.current()
        files = edit(current.files, SECTIONS[section], edits)
        mark = Mark(author=author, origin=packs.EDITED, parent=current.version.version)
        return await self.renewal.publish(files, read_pack(files), mark)

    async def open(self, n: int = 1) -> Case:
        """Open and file a case of litter."""
        place = {"lon": CENTRE[0] + n % 20 * 0.001, "lat": CENTRE[1] + n // 20 * 0.001, "episode": f"e{n}"}
        said = {"category": LITTER, "text": f"litter {n}", "confidence": 0.99, **place}
        (message,) = await self.send("cloudevents", "cloudevents:t", _event(n, said))
        case = await self.case_of(message)
        assert case is not None
        assert case.filed_at is not None
        return case


def _event(n: int, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": str(n), "source": "t", "type": "t", "data": data}


@asynccontextmanager
async def running(db: Database, folder: Path) -> AsyncIterator[Renewing]:
    city = ensure_city(db, folder)
    with db.engine.connect() as connection:
        newest = packs.find_newest_version(connection)
    async with run_town(db, city) as town:
        town.__class__ = Renewing
        assert isinstance(town, Renewing)
        await _add_partner(town)
        town.renewal = Renewal(db, town.desk, newest.version if newest else None)
        yield town


async def _add_partner(town: Town) -> None:
    partner = Source(
        id=SourceId("cloudevents:t"),
        feed="cloudevents",
        kind="gateway",
        external_id="t",
        name_zh="t",
        name_en="t",
    )
    town.desk.state.senders.add(partner)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Renewing]:
    async with running(open_database(tmp_path), write_pack(tmp_path / "pack")) as made:
        yield made


def twice(town: Renewing) -> Put:
    """Let litter have twice the time."""
    (row,) = [
        category
        for category in read_pack(collect_files_of(town)).categories
        if category.code == LITTER and category.scheme == "cn-2024"
    ]
    key = f"{row.scheme}|{row.code}|{row.valid_from}"
    return Put(key=key, cells={"normal_limit": "9", "normal_unit": "UH", "urgent_limit": "", "urgent_unit": ""})


def collect_files_of(town: Renewing) -> dict[str, bytes]:
    with town.db.engine.connect() as connection:
        found = packs.find_newest(connection)
    assert found is not None
    return found


async def test_an_edit_becomes_the_next_version_and_the_engine_works_by_it(town: Renewing) -> None:
    assert await town.edit("departments", Put(cells={"id": "parks", "name_zh": "园林"})) == 2
    assert "parks" in town.desk.city.codes.departments
    current = await town.renewal.current()
    version = current.version
    assert (version.version, version.author, version.parent, version.origin) == (2, "ada", 1, packs.EDITED)
    assert collect_files_of(town) == current.files
    await town.edit("duties", Put(key="||", cells={"department": "parks"}))
    assert (await town.open()).department == "parks"


async def test_open_cases_get_the_new_limit_and_say_who_gave_it(town: Renewing) -> None:
    cases = [await town.open(n) for n in range(3)]
    done = await town.carry_out(cases[2], "accept", "arrive", "report_handled")
    version = await town.edit("categories", twice(town))
    sweep = await town.renewal.finish_sweep()
    assert sweep is not None
    assert (sweep.version, sweep.seen, sweep.changed) == (version, 3, 2)
    for case in cases[:2]:
        after = town.desk.state.book.find(case.id)
        assert after is not None
        assert after.filed_at is not None
        assert after.due_at == after.filed_at + timedelta(hours=9)
        assert (await town.kinds(case))[-1] == "LimitChanged"
    assert town.desk.state.book.find(done.id) == done
    assert await town.fold() == {case.id: case for case in town.open_cases()}


async def test_an_edit_that_moves_no_limit_leaves_the_cases_alone(town: Renewing) -> None:
    await town.open()
    await town.edit("workers", Put(key="W1", cells={"name_en": "Zhang"}))
    assert await town.renewal.finish_sweep() is None


async def test_a_day_off_is_counted_anew(town: Renewing) -> None:
    case = await town.open()
    assert case.due_at is not None
    days = [case.due_at.date() + timedelta(days=n) for n in range(-3, 3)]
    effect = await town.renewal.effect(
        read_pack(edit((await town.renewal.current()).files, SECTIONS["holidays"], [_off(day) for day in days]))
    )
    (change,) = effect.due
    assert change.due_at > case.due_at
    await town.edit("holidays", *[_off(day) for day in days])
    await town.renewal.finish_sweep()
    after = town.desk.state.book.find(case.id)
    assert after is not None
    assert (after.due_at, after.warn_at) == (change.due_at, change.warn_at), "it is as the preview said"


def _off(day: date) -> Put:
    return Put(cells={"date": day.isoformat(), "kind": "holiday", "name_zh": "休", "basis": "announced"})


async def test_rows_that_open_cases_need_cannot_vanish(town: Renewing) -> None:
    case = await town.open()
    with pytest.raises(NeededRows, match="worker W1"):
        await town.edit("workers", Remove("W1"))
    assert case.worker == "W1"
    assert (await town.renewal.current()).version.version == 1
    assert town.desk.state.roster.get(case.worker).open_tasks == 1


async def test_another_city_is_not_taken_up(town: Renewing) -> None:
    current = await town.renewal.current()
    for old, new in ((b'id = "smalltown"', b'id = "other"'), (b"Asia/Shanghai", b"Europe/Berlin")):
        files = {**current.files, "city.toml": current.files["city.toml"].replace(old, new)}
        with pytest.raises(OtherCity):
            await town.renewal.publish(files, read_pack(files), Mark(parent=1))


async def test_two_who_publish_at_once_do_not_overwrite_each_other(town: Renewing) -> None:
    current = await town.renewal.current()

    async def publish(name: str) -> int:
        files = edit(current.files, SECTIONS["departments"], [Put(cells={"id": name, "name_en": name})])
        return await town.renewal.publish(files, read_pack(files), Mark(author=name, parent=1))

    outcomes = await asyncio.gather(*[publish(f"d{n}") for n in range(5)], return_exceptions=True)
    assert sorted(map(str, outcomes)) == ["2", *["the newest version is 2"] * 4]
    assert sum(isinstance(each, StaleVersion) for each in outcomes) == 4
    assert len(town.desk.city.codes.departments) == 2


async def test_a_city_that_comes_from_no_database_has_no_settings(town: Renewing) -> None:
    with pytest.raises(NoPack):
        await Renewal(town.db, town.desk, None).current()
    assert await Renewal(town.db, town.desk, None).renew() == 0


async def test_a_pack_that_a_command_loads_is_taken_up(town: Renewing, tmp_path: Path) -> None:
    case = await town.open()
    folder = write_pack(tmp_path / "newer", **{"departments.csv": FILES["departments.csv"] + "parks,园林,Parks,\n"})
    standard = collect_files(folder)["categories.csv"].decode()
    line = next(line for line in standard.splitlines() if line.startswith(f"cn-2024,{LITTER},"))
    (folder / "categories.csv").write_text(standard.replace(line, line.replace(",4,WH,", ",9,UH,")))
    _, version = await asyncio.to_thread(load_pack, town.db, folder)
    assert version == 2
    assert await town.renewal.renew() == 1
    assert "parks" in town.desk.city.codes.departments
    after = town.desk.state.book.find(case.id)
    assert after is not None
    assert after.due_at != case.due_at
    assert await town.renewal.renew() == 0


async def test_a_walk_that_was_killed_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "CASES_PER_TURN", 2)
    folder = write_pack(tmp_path / "pack")
    (folder / "city.toml").write_text(FILES["city.toml"].replace("max_open_tasks = 3", "max_open_tasks = 99"))
    async with running(open_database(tmp_path), folder) as town:
        for n in range(7):
            await town.open(n)
        await town.edit("categories", twice(town))
        order, taken = town.desk.order, list[Any]()

        async def killed(run: Any) -> Any:
            if len(taken) == 2:
                raise ConnectionError("killed")
            taken.append(run)
            return await order(run)

        monkeypatch.setattr(town.desk, "order", killed)
        with pytest.raises(ConnectionError):
            await town.renewal.finish_sweep()
    db = Database(f"sqlite:///{tmp_path / 'town.sqlite3'}")
    async with running(db, folder) as town:
        assert town.renewal.version == 2, "the folder has nothing new to say; the edit stays"
        sweep = await town.db.read(sweeps.find_latest)
        assert sweep is not None
        assert (sweep.seen, sweep.changed, sweep.finished_at) == (4, 4, None)
        assert await town.renewal.renew() == 3
        sweep = await town.db.read(sweeps.find_latest)
        assert sweep is not None
        assert (sweep.seen, sweep.changed) == (7, 7)
        assert sweep.finished_at is not None
        kinds = [entry.kind for entry in await town.entries()]
        assert kinds.count("LimitChanged") == 7


async def test_messages_have_their_turn_while_the_walk_goes_on(town: Renewing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewing, "CASES_PER_TURN", 1)
    current = await town.renewal.current()
    files = edit(current.files, SECTIONS["flow"], [Put(key="max_open_tasks", cells={"value": "99"})])
    await town.renewal.publish(files, read_pack(files), Mark(parent=1))
    await town.renewal.finish_sweep()
    for n in range(20):
        await town.open(n)
    await town.edit("categories", twice(town))
    walking = asyncio.ensure_future(town.renewal.finish_sweep())
    while not any(entry.kind == "LimitChanged" for entry in town.told):
        await asyncio.sleep(0)
    case = await town.open(99)
    assert case.filed_at is not None
    assert case.due_at == case.filed_at + timedelta(hours=9)
    await walking
    kinds = [entry.kind for entry in await town.entries()]
    last_filed = max(at for at, kind in enumerate(kinds) if kind == "CaseFiled")
    assert kinds.index("LimitChanged") < last_filed < len(kinds) - 1 - kinds[::-1].index("LimitChanged")
    assert kinds.count("LimitChanged") == 20


async def test_categories_of_today_are_taken_up_when_the_day_begins(
    town: Renewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = clock.now().astimezone(town.city.timezone).date() + timedelta(days=1)
    files = collect_files_of(town)
    standard = files["categories.csv"].decode()
    line = next(line for line in standard.splitlines() if line.startswith(f"cn-2024,{LITTER},"))
    row = next(row for row in read_pack(files).categories if row.code == LITTER)
    newer = line.replace(row.valid_from.isoformat(), tomorrow.isoformat()).replace(row.name_en, "Rubbish")
    files["categories.csv"] = f"{standard.rstrip()}\n{newer}\n".encode()
    await town.renewal.publish(files, read_pack(files), Mark(parent=1))
    assert town.desk.city.codes.categories[row.code].name_en == row.name_en
    monkeypatch.setattr(town.renewal, "_today", lambda: tomorrow)
    await town.renewal.renew()
    assert town.desk.city.codes.categories[row.code].name_en == "Rubbish"


async def test_all_are_told_of_a_new_version(town: Renewing) -> None:
    told: list[tuple[int, bool]] = []
    renewal = Renewal(town.db, town.desk, 1, lambda version, areas: told.append((version, areas)))
    town.renewal = renewal
    await town.edit("workers", Put(key="W1", cells={"name_en": "Zhang"}))
    await town.edit("areas-grid", Put(key="500103001001001", cells={"name_en": "One"}))
    assert told == [(2, False), (3, True)]


def test_what_an_unfinished_walk_leaves_is_the_next_one_s(tmp_path: Path) -> None:
    db = open_database(tmp_path)
    at = clock.now()
    with db.engine.begin() as connection:
        sweeps.begin(connection, 2, at)
        sweeps.advance(connection, 2, reached="x", seen=3, changed=1, finished_at=None)
        sweeps.begin(connection, 3, at)
        found: Sequence[Any] = connection.execute(select(pack_sweeps).order_by(pack_sweeps.c.version)).all()
    assert [(row.version, row.seen, row.finished_at is None) for row in found] == [(2, 3, False), (3, 0, True)]
    db.engine.dispose()
