"""What belongs to persons goes when its time has come: from the case, its facts, its events, its message, its files."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, insert, select, text, update

from dispatch.case import Case
from dispatch.ids import EventId
from dispatch.retention import Field, Keeping, Retention
from services.engine.erasing import erase
from services.engine.forgetting import forget, make_report
from services.observe import clock
from services.settings import Settings
from services.store import abuse
from services.store import media as media_rows
from services.store import retention as kept
from services.store.abuse_tables import held_reports
from services.store.database import Database
from services.store.held import forget_held
from services.store.journal import find_case
from services.store.media import find_medium
from services.store.pictures import PictureFolder
from services.store.reporters import CitizenReport, Reporter, add_report, add_reporter, find_reporter
from services.store.shelf import DiskShelf
from services.store.tables import calls, cases, contacts, events, inbox, journal, subscriptions
from tests.builders import IN_G1
from tests.parts.town import Town, make_town_city, open_database, prepare, run_town
from tests.services.api.samples import jpeg
from tests.taxonomy import LITTER

AT_ONCE = Retention(tuple(Keeping(field=field, days=0) for field in Field))
SECRET = "张家门口3号"
REPORT = {
    "category": LITTER,
    "text": f"{SECRET}的井盖坏了",
    "address": SECRET,
    "lon": IN_G1.lon,
    "lat": IN_G1.lat,
    "reporter": "r1",
}


@pytest.fixture
def pictures(tmp_path: Path) -> PictureFolder:
    return PictureFolder(DiskShelf(tmp_path))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """A town that keeps nothing of anybody once a case has ended, on either database."""
    db = open_database(tmp_path) if request.param == "sqlite" else prepare_postgres(request, tmp_path)
    async with run_town(db, make_town_city(retention=AT_ONCE)) as running:
        yield running


def prepare_postgres(request: pytest.FixtureRequest, folder: Path) -> Database:
    url: str = request.getfixturevalue("postgres_url")
    env = {"WARDLINE_DATA_DIR": str(folder), "WARDLINE_DATABASE_URL": url}
    return prepare(Database(Settings.from_env(env).database_url))


async def opened_by(town: Town, kind: str) -> EventId:
    """Return the event that the first fact of a kind tells of."""
    entry = next(each for each in await town.entries() if each.kind == kind)
    return EventId(msgspec.json.decode(entry.data)["event_id"])


async def lies(pictures: PictureFolder, media_id: str, *, thumb: bool = False) -> bool:
    try:
        await pictures.file(media_id, thumb=thumb)
    except FileNotFoundError:
        return False
    return True


async def report(town: Town, pictures: PictureFolder, *, key: str = "k", shade: int = 40) -> Case:
    """Let a citizen report with a picture and his number; return the case."""
    medium = await pictures.store(jpeg(shade, 40))
    await town.db.write(lambda c: media_rows.add_medium(c, medium, "citizen", clock.now()))
    (message,) = await town.send("report", "desk", REPORT | {"media": [medium.id], "key": key})
    mine = CitizenReport(message_id=message, reporter_id="r1", media=(medium.id,), created_at=clock.now())
    await town.db.write(lambda c: add_report(c, f"token-{key}", mine, clock.now().date()))
    person = Reporter(id="r1", name="张三", phone="13812345678")
    if await town.db.read(lambda c: find_reporter(c, "r1")) is None:
        await town.db.write(lambda c: add_reporter(c, person, clock.now()))
    case = await town.case_of(message)
    assert case is not None
    return case


async def end(town: Town, case: Case) -> Case:
    return await town.do(case, "void", reason="测试")


async def everything(town: Town) -> str:
    """Return all that the database holds of cases, as text."""

    def read(connection: Connection) -> str:
        rows = [connection.execute(select(table)).all() for table in (cases, events, inbox, journal)]
        words = connection.execute(text("select words from case_words")).all()
        return "".join(
            cell.decode(errors="replace") if isinstance(cell, bytes) else str(cell)
            for table in (*rows, words)
            for row in table
            for cell in row
        )

    return await town.db.read(read)


async def test_an_ended_case_loses_words_pictures_and_numbers_and_stays_the_fold_of_its_facts(
    town: Town, pictures: PictureFolder
) -> None:
    case = await end(town, await report(town, pictures))
    assert SECRET in await everything(town)
    assert await forget(town.desk, pictures) > 0
    held = town.desk.state.book.find(case.id)
    assert held is not None
    assert (held.text, held.place.address, held.media) == ("", "", ())
    assert {Field.WORDS, Field.PHOTOS} <= set(held.erased)
    assert SECRET not in await everything(town)
    assert (await town.fold())[case.id] == held
    assert await town.db.read(lambda c: find_medium(c, case.media[0])) is None
    assert not await lies(pictures, case.media[0])
    assert not await lies(pictures, case.media[0], thumb=True)
    person = await town.db.read(lambda c: find_reporter(c, "r1"))
    assert person == Reporter(id="r1", name="", phone="")


async def test_a_second_run_finds_nothing(town: Town, pictures: PictureFolder) -> None:
    await end(town, await report(town, pictures))
    await forget(town.desk, pictures)
    assert await forget(town.desk, pictures) == 0


async def test_nothing_of_an_open_case_goes(town: Town, pictures: PictureFolder) -> None:
    case = await report(town, pictures)
    assert await forget(town.desk, pictures) == 0
    assert town.desk.state.book.find(case.id) == case
    assert await lies(pictures, case.media[0])


async def test_the_report_says_beforehand_what_the_run_deletes_and_changes_nothing(
    town: Town, pictures: PictureFolder
) -> None:
    case = await end(town, await report(town, pictures))
    before = await everything(town)
    found = await town.db.read(lambda c: make_report(c, AT_ONCE, clock.now()))
    assert {(row.field, row.category, row.count) for row in found.rows} == {
        (Field.WORDS, case.category, 1),
        (Field.PHOTOS, case.category, 1),
        (Field.EVIDENCE, case.category, 1),
        (Field.CONTACT, case.category, 1),
    }
    assert await everything(town) == before


async def test_what_is_not_past_its_days_stays(town: Town, pictures: PictureFolder) -> None:
    case = await end(town, await report(town, pictures))
    later = Retention(tuple(Keeping(field=field, days=30) for field in Field))
    found = await town.db.read(lambda c: make_report(c, later, clock.now() + timedelta(days=29)))
    assert found.rows == []
    found = await town.db.read(lambda c: make_report(c, later, clock.now() + timedelta(days=31)))
    assert {row.category for row in found.rows} == {case.category}


async def test_one_of_two_reporters_takes_back_his_own_words_alone(town: Town, pictures: PictureFolder) -> None:
    case = await report(town, pictures)
    again = await report(town, pictures, key="other", shade=80)
    assert again.id == case.id
    second = await opened_by(town, "EventAttached")
    await erase(town.desk, case.id, (Field.WORDS, Field.PHOTOS), "reporter", "reporter", (second,))
    held = town.desk.state.book.find(case.id)
    assert held is not None
    assert held.text == case.text
    assert set(held.media) == set(case.media)
    assert held.erased == ()
    left = await town.db.read(lambda c: kept.find_end(c, case.id))
    assert left is not None
    assert left[0] is None
    docs = await town.db.read(lambda c: dict(c.execute(select(events.c.id, events.c.doc)).all()))
    assert SECRET not in docs[second].decode()
    assert sum(SECRET in doc.decode() for doc in docs.values()) == 1
    assert (await town.fold())[case.id] == held


async def test_a_wish_to_be_forgotten_is_met_once_the_case_has_ended(town: Town, pictures: PictureFolder) -> None:
    keeping = make_town_city()
    await town.desk.adopt(keeping)
    case = await report(town, pictures)
    message_id = (await opened_by(town, "CaseOpened")).partition("/")[0]
    await town.db.write(lambda c: kept.ask_to_erase(c, message_id, clock.now()))
    await forget(town.desk, pictures)
    assert SECRET in await everything(town)
    await end(town, case)
    await forget(town.desk, pictures)
    assert SECRET not in await everything(town)
    assert await town.db.read(kept.count_asked) == 0


async def test_a_reporter_of_a_merged_case_is_known_while_its_master_is_open(
    town: Town, pictures: PictureFolder
) -> None:
    master = await town.tell("elsewhere", lon=IN_G1.lon + 0.002)
    assert master is not None
    case = await report(town, pictures)
    await town.do(case, "merge", into=master.number)
    await forget(town.desk, pictures)
    person = await town.db.read(lambda c: find_reporter(c, "r1"))
    assert person is not None
    assert person.phone
    await end(town, town.desk.state.book.find(master.id) or master)
    await forget(town.desk, pictures)
    person = await town.db.read(lambda c: find_reporter(c, "r1"))
    assert person == Reporter(id="r1", name="", phone="")


async def test_a_picture_that_another_case_has_stays(town: Town, pictures: PictureFolder) -> None:
    case = await report(town, pictures)
    other = await town.tell("elsewhere", lon=IN_G1.lon + 0.002)
    assert other is not None
    await town.do(other, "note", note="the same there", media=[case.media[0]])
    await end(town, case)
    await forget(town.desk, pictures)
    assert await town.db.read(lambda c: find_medium(c, case.media[0])) is not None
    assert await lies(pictures, case.media[0])


async def test_what_a_crash_has_left_of_the_files_is_deleted_by_the_next_run(
    town: Town, pictures: PictureFolder
) -> None:
    case = await end(town, await report(town, pictures))
    await erase(town.desk, case.id, (Field.PHOTOS,), "rule", "retention")
    assert await lies(pictures, case.media[0])
    await forget(town.desk, pictures)
    assert not await lies(pictures, case.media[0])


async def test_an_erased_case_is_the_same_after_a_restart(town: Town, pictures: PictureFolder) -> None:
    case = await end(town, await report(town, pictures))
    await forget(town.desk, pictures)
    held = town.desk.state.book.find(case.id)
    assert await town.db.read(lambda c: find_case(c, case.id)) == held


async def test_a_picture_that_came_to_no_case_goes_and_one_of_a_case_does_not(
    town: Town, pictures: PictureFolder
) -> None:
    case = await report(town, pictures)
    loose = await pictures.store(jpeg(99, 40))
    await town.db.write(lambda c: media_rows.add_medium(c, loose, "citizen", clock.now() - timedelta(seconds=1)))
    assert await forget(town.desk, pictures) == 2, "it is marked, and then deleted"
    assert not await lies(pictures, loose.id)
    assert await lies(pictures, case.media[0])


async def test_calls_go_and_so_do_addresses_that_follow_nothing_any_more(town: Town, pictures: PictureFolder) -> None:
    case = await report(town, pictures)
    long_ago = clock.now() - timedelta(seconds=1)
    call = {
        "id": "c1", "source_id": "pbx", "number": "+8613812345678", "line": "", "agent": "", "returned_by": "",
        "report": "", "created_at": long_ago,
    }  # fmt: skip
    address = {
        "id": "a1", "channel": "email", "address": "z@example.org", "address_hash": "h", "language": "zh", "number": "",
        "wish": "[]", "created_at": long_ago, "code_hash": "", "code_expires_at": long_ago, "code_tries": 0,
    }  # fmt: skip
    wish = {
        "id": "s1", "contact_id": "a1", "kind": "case", "number": "", "case_id": case.id, "area": "", "category": "",
        "token": "t", "sealed_link": "", "created_at": long_ago,
    }  # fmt: skip

    def write(connection: Connection) -> None:
        for table, row in ((calls, call), (contacts, address), (subscriptions, wish)):
            connection.execute(insert(table).values(**row))

    await town.db.write(write)
    tables = (calls, contacts, subscriptions)

    async def left() -> list[int]:
        return await town.db.read(lambda c: [len(c.execute(select(table)).all()) for table in tables])

    await forget(town.desk, pictures)
    assert await left() == [0, 1, 1], "the case that it follows is open"
    await end(town, case)
    await forget(town.desk, pictures)
    assert await left() == [0, 0, 0]


async def test_a_report_that_is_held_is_forgotten_too_and_is_said_beforehand(
    town: Town, pictures: PictureFolder
) -> None:
    medium = await pictures.store(jpeg(90, 40))
    came = clock.now() - timedelta(days=30)
    body = msgspec.json.encode({"text": SECRET, "category": LITTER, "media": [medium.id]})
    later = msgspec.json.encode({"text": "neu", "category": "E0999"})

    def hold(connection: Connection) -> None:
        media_rows.add_medium(connection, medium, "citizen", came)
        abuse.hold(connection, "held1", body, "ban", came)
        abuse.hold(connection, "held2", later, "ban", came)
        abuse.hold(connection, "held3", body, "ban", came)
        connection.execute(update(held_reports).where(held_reports.c.message_id == "held3").values(state="released"))

    await town.db.write(hold)
    rules = Retention((Keeping(field=Field.WORDS, days=10, category=LITTER), Keeping(field=Field.WORDS, days=40)))
    said = await town.db.read(lambda c: make_report(c, rules, clock.now()))
    assert (said.held, said.rows) == (1, [])
    assert await town.db.write(lambda c: forget_held(c, rules, clock.now())) == 2
    assert (await town.db.read(lambda c: make_report(c, rules, clock.now()))).held == 0

    def left(connection: Connection) -> dict[str, tuple[str, bytes, str]]:
        rows = connection.execute(select(held_reports))
        return {row.message_id: (row.state, row.body, row.decided_by) for row in rows}

    assert await town.db.read(left) == {
        "held1": ("discarded", b"", "rule"),
        "held2": ("held", later, ""),
        "held3": ("released", b"", ""),
    }
    await forget(town.desk, pictures)
    assert not await lies(pictures, medium.id)
    assert (await town.db.read(left))["held2"][0] == "discarded", "the town of this test keeps nothing"
