"""Whom a fact is news for, what one letter gathers, and the pause between two."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dispatch.case import Stage
from dispatch.ids import CaseId
from services.notify.gather import CASE_GAP, ITEMS_MAX, SETTLE, Gatherer
from services.store import journal, letters, subscriptions
from services.store.contacts import add_contact, remove_contact
from services.store.database import Database
from services.store.journal import Batch, Entry
from services.store.letters import Waiting
from services.store.reporters import CitizenReport, add_report
from services.store.subscriptions import Subscription, add_subscription
from tests.builders import make_case, make_city, make_event
from tests.services.notify.test_postman import LI, START

DIGEST = timedelta(minutes=60)


class Town:
    """A database, a clock, and a gatherer that reads both. Facts are written as the engine writes them."""

    def __init__(self, db: Database) -> None:
        self.db, self.at, self.seq, self.number = db, START, 0, ""
        self.case = make_case()
        self.gatherer = Gatherer(
            db,
            make_city,
            public_url="https://city.test",
            digest=DIGEST,
            open_link=lambda sealed: sealed.removeprefix("sealed:"),
            now=lambda: self.at,
        )

    async def happen(self, kind: str, case: Any = None, **data: Any) -> None:
        self.seq += 1
        one = case or self.case
        entry = Entry(
            seq=self.seq,
            at=self.at,
            kind=kind,
            case_id=one.id,
            area=one.place.area,
            department="",
            workers=(),
            data=msgspec.json.encode(data),
        )
        await self.db.submit(journal.record, Batch(entries=[entry], cases={one.id: one}))

    async def wish(self, **more: Any) -> None:
        new = Subscription(
            id=f"s{len(more)}-{more.get('kind')}-{more.get('area', '')}-{more.get('category', '')}",
            contact_id="c1",
            token=f"token-of-{sorted(more.items())}"[:48],
            created_at=self.at,
            **more,
        )
        await self.db.write(lambda connection: add_subscription(connection, new))

    async def gather(self, *, later: timedelta = timedelta()) -> list[Waiting]:
        """Gather, and return all letters that wait."""
        self.at += later
        await self.gatherer.gather()
        return await self.db.read(lambda connection: letters.list_due(connection, ["email"], self.at, 100))


@pytest.fixture
async def town(db: Database) -> Town:
    made = Town(db)
    await db.write(lambda connection: add_contact(connection, LI))
    message_id = "m1"
    mine = CitizenReport(message_id=message_id, reporter_id="", media=(), created_at=START)
    number = await db.write(lambda connection: add_report(connection, "token", mine, START.date()))
    event = make_event(id=f"{message_id}/0")
    await db.submit(journal.record, Batch(events=[(made.case.id, event)]))
    await made.happen("CaseOpened")
    made.number = number
    return made


def texts(waiting: Waiting) -> list[str]:
    return [item["en"] for item in waiting.values["items"]]


async def test_what_was_before_somebody_followed_it_is_no_news(town: Town) -> None:
    await town.happen("CaseFiled")
    assert await town.gather() == []
    await town.wish(kind="report", number=town.number, sealed_link="sealed:tok")
    assert await town.gather(later=SETTLE * 2) == []


async def follow_report(town: Town) -> None:
    await town.gather()
    await town.wish(kind="report", number=town.number, sealed_link="sealed:tok")


async def test_who_asked_on_the_page_without_scripts_is_led_back_there(town: Town) -> None:
    await town.gather()
    await town.wish(kind="report", number=town.number, sealed_link="sealed:plain/follow/tok")
    await town.happen("CaseFiled")
    await town.gather()
    (letter,) = await town.gather(later=SETTLE)
    assert letter.values["url"] == "https://city.test/report/plain/follow/tok"


async def test_what_comes_together_is_one_letter_and_the_next_one_waits(town: Town) -> None:
    await follow_report(town)
    await town.happen("CaseFiled")
    await town.happen("CaseQueued")
    await town.happen("NoteAdded", note="inside")
    await town.happen("TaskDispatched")
    assert await town.gather() == []
    (first,) = await town.gather(later=SETTLE)
    assert texts(first) == ["It has been taken on; someone is being found to handle it", "Someone has been sent"]
    assert first.values["url"] == "https://city.test/report/#/follow/tok"
    assert first.values["end_url"].startswith("https://city.test/api/v1/unsubscribe/token-of")
    assert first.values["left"] == 0
    await town.happen("TaskAccepted")
    assert len(await town.gather(later=SETTLE)) == 1, "the pause is not over"
    both = await town.gather(later=CASE_GAP)
    assert [texts(each) for each in both[1:]] == [["The worker has accepted and is coming"]]
    assert len(await town.gather(later=CASE_GAP)) == 2, "nothing is told twice"


async def test_an_answer_is_told_to_whom_it_was_written(town: Town) -> None:
    await follow_report(town)
    await town.wish(kind="case", case_id=town.case.id)
    await town.happen("ReporterAnswered", by="leader", message_id="x", report="R-1")
    assert (await town.gather(), await town.gather(later=SETTLE)) == ([], [])
    await town.happen("ReporterAnswered", by="leader", message_id="x", report=town.number)
    await town.gather()
    (mine,) = await town.gather(later=SETTLE)
    assert texts(mine) == ["The office has answered you; open the link to read it"]


async def test_who_follows_a_case_is_told_and_has_no_private_link(town: Town) -> None:
    await town.gather()
    await town.wish(kind="case", case_id=town.case.id)
    await town.happen("CaseClosed", by="rule")
    await town.gather()
    (letter,) = await town.gather(later=SETTLE)
    assert (letter.values["url"], texts(letter)) == ("", ["It is closed. Thank you for telling us"])


async def test_who_follows_an_area_gets_one_letter_in_an_hour(town: Town) -> None:
    await town.gather()
    street, category = town.case.place.street, town.case.category
    await town.wish(kind="area", area=street)
    await town.wish(kind="area", area=street, category=category)
    await town.wish(kind="area", area=street, category="another")
    await town.wish(kind="area", area="elsewhere")
    await town.happen("CaseFiled")
    await town.happen("TaskDispatched")
    await town.gather()
    found = await town.gather(later=SETTLE)
    assert [texts(each) for each in found] == [["It has been taken on; someone is being found to handle it"]] * 2
    other = msgspec.structs.replace(town.case, id=CaseId("c77"), number="260303-00077")
    await town.happen("CaseClosed", other, by="rule")
    await town.happen("CaseClosed", by="rule")
    assert len(await town.gather(later=CASE_GAP * 2)) == 2
    latest = (await town.gather(later=DIGEST))[-1]
    assert latest.values["cases"] == 2


async def test_a_category_that_is_not_public_is_told_to_nobody_who_has_not_reported_it(town: Town) -> None:
    codes = make_city().codes
    private = {code: msgspec.structs.replace(row, is_public=False) for code, row in codes.categories.items()}
    town.gatherer.city = lambda: make_city(codes=msgspec.structs.replace(codes, categories=private))
    await town.gather()
    await town.wish(kind="area", area=town.case.place.street)
    await town.happen("CaseFiled")
    assert (await town.gather(), await town.gather(later=SETTLE)) == ([], [])


async def test_a_duplicate_s_reporter_hears_that_the_master_is_taken_up_again(town: Town) -> None:
    await follow_report(town)
    master = msgspec.structs.replace(make_case(), id=CaseId("c88"), number="260303-00088", merged=(town.case.id,))
    town.case = msgspec.structs.replace(town.case, stage=Stage.MERGED, merged_into=master.id)
    await town.happen("TaskDispatched", master)
    await town.happen("CaseReopened", master, by="leader", reason="x")
    await town.happen("MasterEnded", master="c88", number="8", stage="closed")
    await town.gather()
    (letter,) = await town.gather(later=SETTLE)
    assert texts(letter) == [
        "It has been taken up once more",
        "The case it was joined to is closed. Thank you",
    ]


async def test_a_long_list_says_how_many_it_leaves_out(town: Town) -> None:
    await town.gather()
    await town.wish(kind="case", case_id=town.case.id)
    for _ in range(ITEMS_MAX + 3):
        await town.happen("CaseReopened", by="leader", reason="x")
    await town.gather()
    (letter,) = await town.gather(later=SETTLE)
    assert (len(texts(letter)), letter.values["left"]) == (ITEMS_MAX, 3)


async def test_who_has_left_is_told_no_more(town: Town) -> None:
    await follow_report(town)
    await town.happen("CaseFiled")
    await town.gather()
    await town.db.write(lambda connection: remove_contact(connection, "c1"))
    assert await town.gather(later=SETTLE) == []
    head = await town.db.read(subscriptions.read_head)
    assert head == town.seq


async def test_a_letter_is_made_once_even_where_its_making_runs_twice(town: Town) -> None:
    await follow_report(town)
    await town.happen("CaseFiled")
    await town.gather()
    town.at += SETTLE
    due = await town.db.read(lambda connection: subscriptions.list_due(connection, town.at, 10))
    for each, seqs in [*due, *due]:
        await town.gatherer._write(each, seqs)
    assert len(await town.gather()) == 1
