"""Letters of the outbox: sent at least once, tried again, dead in the end, and the same letter through it all."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notify.letter import Channel, Letter, Outcome, Report
from services.notify.postman import AGAIN_AFTER, Postman
from services.notify.words import SMS_MAX, write_letter
from services.store import letters
from services.store.contacts import Contact, add_contact
from services.store.database import Database
from services.store.letters import KeptLetter, Waiting

Write = Callable[[Waiting], Letter]

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
CODE = {"code": "123456", "city_zh": "示范市", "city_en": "Demo City", "minutes": 10}
LI = Contact(
    id="c1",
    channel="email",
    address="li@home.test",
    address_hash="h1",
    language="zh",
    number="",
    wish="[]",
    created_at=START,
    confirmed_at=None,
    code_hash="",
    code_expires_at=START,
)


class Way:
    """A way out that answers as it is told, and takes everything else."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.sent = list(outcomes), list[Letter]()

    async def send(self, letter: Letter) -> Report:
        self.sent.append(letter)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome.TAKEN
        return Report(outcome, "" if outcome is Outcome.TAKEN else "451 later")


class Clock:
    """What the postman reads instead of the wall."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_postman(db: Database, clock: Clock, ways: Mapping[Channel, Way], write: Write = write_letter) -> Postman:
    return Postman(db, ways, write, clock.now)


async def post(db: Database, letter_id: str = "l1", template: str = "code") -> None:
    await db.write(lambda connection: add_contact(connection, LI) if letter_id == "l1" else None)
    await db.write(lambda connection: letters.add_letter(connection, letter_id, "c1", template, CODE, START))


async def kept(db: Database, state: str) -> list[KeptLetter]:
    return await db.read(lambda connection: letters.list_kept(connection, state, 10))


async def test_a_letter_is_sent_once_and_what_it_said_is_forgotten(db: Database, clock: Clock) -> None:
    way = Way()
    await post(db)
    await post(db, "l1b")
    postman = make_postman(db, clock, {Channel.EMAIL: way})
    assert [await postman.send_due(), await postman.send_due()] == [2, 0]
    first = way.sent[0]
    assert (first.id, first.to, first.subject) == ("l1", "li@home.test", "123456 是您的验证码")
    assert [(each.state, each.tries, each.ended_at) for each in await kept(db, "sent")] == [("sent", 1, clock.at)] * 2
    docs = await db.read(lambda c: c.exec_driver_sql("SELECT doc FROM letters").scalars().all())
    assert [bytes(doc) for doc in docs] == [b"{}", b"{}"]


async def test_a_letter_of_the_same_id_is_added_once(db: Database, clock: Clock) -> None:
    way = Way()
    for _ in range(2):
        await db.write(lambda connection: letters.add_letter(connection, "l1", "c1", "code", CODE, START))
    assert await make_postman(db, clock, {Channel.EMAIL: way}).send_due() == 0, "there is no contact yet"
    await post(db)
    await db.write(lambda connection: letters.add_letter(connection, "l1", "c1", "code", CODE, START))
    assert await make_postman(db, clock, {Channel.EMAIL: way}).send_due() == 1


async def test_one_that_is_not_taken_is_tried_again_after_a_growing_pause(db: Database, clock: Clock) -> None:
    way = Way(Outcome.LATER, Outcome.LATER)
    await post(db)
    postman = make_postman(db, clock, {Channel.EMAIL: way})
    assert await postman.send_due() == 0
    clock.at += AGAIN_AFTER[0] - timedelta(seconds=1)
    assert (await postman.send_due(), len(way.sent)) == (0, 1)
    clock.at += timedelta(seconds=1)
    assert (await postman.send_due(), len(way.sent)) == (0, 2)
    (waiting,) = await kept(db, "waiting")
    assert (waiting.tries, waiting.error, waiting.deliver_at) == (2, "451 later", clock.at + AGAIN_AFTER[1])
    clock.at += AGAIN_AFTER[1]
    assert await postman.send_due() == 1
    assert {letter.id for letter in way.sent} == {"l1"}


async def test_one_that_is_refused_is_dead_at_once_and_a_person_may_revive_it(db: Database, clock: Clock) -> None:
    way = Way(Outcome.REFUSED)
    await post(db)
    postman = make_postman(db, clock, {Channel.EMAIL: way})
    assert await postman.send_due() == 0
    (dead,) = await kept(db, "dead")
    assert (dead.error, dead.tries) == ("451 later", 1)
    assert not await db.write(lambda connection: letters.revive(connection, "other", clock.at))
    assert await db.write(lambda connection: letters.revive(connection, "l1", clock.at))
    assert await postman.send_due() == 1


async def test_one_that_nobody_takes_dies_in_the_end(db: Database, clock: Clock) -> None:
    way = Way(*[Outcome.LATER] * 20)
    await post(db, template="code")
    await db.write(lambda c: letters.add_letter(c, "news", "c1", "gone-template", CODE, START))
    postman = make_postman(db, clock, {Channel.EMAIL: way}, letter_of)
    for _ in range(len(AGAIN_AFTER) + 1):
        await postman.send_due()
        clock.at += AGAIN_AFTER[-1]
    dead = {each.id: each for each in await kept(db, "dead")}
    assert (dead["news"].tries, dead["news"].error) == (len(AGAIN_AFTER) + 1, "451 later")
    assert dead["l1"].error == "past its time", "a code that has expired is sent to nobody"


def letter_of(waiting: Waiting) -> Letter:
    return Letter(id=waiting.id, channel=Channel.EMAIL, to=waiting.to, language="zh", text="x")


async def test_one_that_cannot_be_written_keeps_no_other_from_being_sent(db: Database, clock: Clock) -> None:
    way = Way()
    await post(db)
    await db.write(lambda c: letters.add_letter(c, "odd", "c1", "of-another-version", CODE, START))
    assert await make_postman(db, clock, {Channel.EMAIL: way}).send_due() == 1
    assert [each.error for each in await kept(db, "dead")] == ["cannot be written: KeyError"]


async def test_without_a_way_out_a_letter_waits(db: Database, clock: Clock) -> None:
    await post(db)
    assert await make_postman(db, clock, {}).send_due() == 0
    assert await make_postman(db, clock, {Channel.SMS: Way()}).send_due() == 0
    assert [each.id for each in await kept(db, "waiting")] == ["l1"]


ITEM = {
    "head_zh": "R-1 · 11-27 10:05",
    "head_en": "R-1 · 11-27 10:05",
    "zh": "已派出<b>处置</b>人员\r\nBcc: x",
    "en": "Someone has been sent <script>",
    "url": "https://city.test/report/#/x",
}
NEWS: dict[str, Any] = {
    "kind": "report",
    "city_zh": "示范市",
    "city_en": "Demo City",
    "about_zh": "路灯损坏",
    "about_en": "Broken lamp",
    "items": [ITEM],
    "cases": 1,
    "left": 0,
    "url": "https://city.test/report/#/follow/t",
    "end_url": "https://city.test/api/v1/unsubscribe/u",
}


def waiting(language: str, channel: str = "email", **changes: Any) -> Waiting:
    values = NEWS | changes
    return Waiting(
        id="l", channel=channel, to="x", language=language, template="news", values=values, created_at=START, tries=0
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_others_wrote_is_escaped_and_breaks_no_header(language: str) -> None:
    letter = write_letter(waiting(language))
    assert "\n" not in letter.subject
    assert "<script>" not in letter.html
    assert "<b>处置" not in letter.html
    assert NEWS["url"] in letter.text
    assert NEWS["url"] in letter.html
    assert letter.headers["List-Unsubscribe"] == "<https://city.test/api/v1/unsubscribe/u>"
    assert letter.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ("Broken lamp" in letter.text) is (language == "en")


def test_a_short_message_is_one_line_with_the_link() -> None:
    letter = write_letter(waiting("zh", "sms"))
    assert letter.text.startswith("【示范市】路灯损坏：")
    assert letter.text.endswith("https://city.test/report/#/follow/t")
    assert "\n" not in letter.text
    assert (letter.html, letter.subject, dict(letter.headers)) == ("", "", {})


@pytest.mark.parametrize(("language", "words"), [("zh", " 退订 "), ("en", " Stop: ")])
@pytest.mark.parametrize("kind", ["area", "case"])
def test_who_has_no_private_link_can_end_short_messages_too(language: str, words: str, kind: str) -> None:
    letter = write_letter(waiting(language, "sms", kind=kind, url=""))
    assert letter.text.endswith(f"{words}{NEWS['end_url']}")


def test_a_short_message_that_is_too_long_keeps_its_link_whole() -> None:
    letter = write_letter(waiting("zh", "sms", about_zh="很长的街道名" * 60, url=""))
    assert len(letter.text) == SMS_MAX
    assert letter.text.endswith(NEWS["end_url"])
