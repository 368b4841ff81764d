"""The index of words on both databases: what is found, what is found no more, and what is never written twice."""

from datetime import timedelta

from sqlalchemy import Connection, func, insert, select

from dispatch.ids import CaseId
from services.store import journal, search
from services.store.case_queries import CaseFilter, Cursor, Scope, list_cases
from services.store.database import Database
from services.store.reporters import Reporter, add_reporter
from services.store.search import Mention, Step, Words
from services.store.tables import case_words
from services.store.words import tokens_of
from tests.builders import TUESDAY_10
from tests.services.store.samples import make_batch


def words(case_id: str, text: str, reporter: str = "") -> Words:
    opened_at = TUESDAY_10 + timedelta(seconds=int(case_id[1:]))
    return Words(CaseId(case_id), opened_at, reporter, " ".join(tokens_of([text])))


async def follow(db: Database, *steps: Step) -> None:
    for step in steps:
        await db.submit(search.follow, step)


async def found(db: Database, question: str = "", person: str = "") -> list[str]:
    wanted = CaseFilter(words=question, person=person)
    page, _ = await db.read(lambda c: list_cases(c, wanted, Scope(), after=None, limit=100))
    return [case.id for case in page]


async def three_cases(db: Database) -> None:
    await db.submit(journal.record, make_batch("c1", "c2", "c3"))
    texts = (
        words("c1", "人民广场垃圾满溢"),
        words("c2", "解放碑 litter bin", "r1"),
        words("c3", "人民公园路灯不亮", "r2"),
    )
    await follow(db, Step(texts, (), 9))


async def test_cases_are_found_by_their_words_the_newest_first(db: Database) -> None:
    await three_cases(db)
    assert await found(db, "人民") == ["c3", "c1"]
    assert await found(db, "人民广场") == ["c1"]
    assert await found(db, "广场 垃圾") == ["c1"]
    assert await found(db, "广场 路灯") == []
    assert await found(db, "Litt") == ["c2"]
    assert await found(db, "碑") == ["c2"]
    assert await found(db, "灯不") == ["c3"]


async def test_a_question_without_a_word_finds_nothing(db: Database) -> None:
    await three_cases(db)
    for question in ("，", "'", '"', "*", "(", "&", "!", ":*", "\\"):
        assert await found(db, question) == []


async def test_what_a_question_says_is_no_query_language(db: Database) -> None:
    await three_cases(db)
    for question in ("litter OR 人民", "litter'", 'litter" OR "人民', "litter | 人民", "NOT litter", "words:litter"):
        assert set(await found(db, question)) <= {"c2"}


async def test_new_words_take_the_place_of_the_old_ones(db: Database) -> None:
    await three_cases(db)
    await follow(db, Step((words("c1", "改到较场口"),), (), 12))
    assert await found(db, "广场") == []
    assert await found(db, "较场口") == ["c1"]
    await follow(db, Step((words("c1", "改到较场口"),), (), 12))
    assert await db.read(lambda c: c.scalar(select(func.count()).select_from(case_words))) == 3


async def test_of_two_values_in_one_commit_the_later_counts(db: Database) -> None:
    await three_cases(db)

    def write(connection: Connection) -> None:
        search.follow(connection, [Step((words("c1", "first"),), (), 10), Step((words("c1", "second"),), (), 11)])

    await db.write(write)
    assert await found(db, "first") == []
    assert await found(db, "second") == ["c1"]
    assert await db.read(search.read_head) == 11


async def test_the_head_never_goes_back(db: Database) -> None:
    await follow(db, Step((), (), 9), Step((), (), 4), Step((words("c1", "x"),), (), None))
    assert await db.read(search.read_head) == 9


async def test_who_reported_is_found_by_a_part_of_name_or_telephone(db: Database) -> None:
    await three_cases(db)
    await db.write(lambda c: add_reporter(c, Reporter(id="r1", name="王小明", phone="13812345678"), TUESDAY_10))
    await db.write(lambda c: add_reporter(c, Reporter(id="r2", name="李_华", phone="13900000000"), TUESDAY_10))
    assert await found(db, person="小明") == ["c2"]
    assert await found(db, person="5678") == ["c2"]
    assert await found(db, person="13") == ["c3", "c2"]
    assert await found(db, person="_") == ["c3"]
    assert await found(db, person="nobody") == []
    assert await found(db, "王小明") == []  # a person is no word of a case


async def test_a_mention_is_kept_once_and_seen_up_to_where_it_was_read(db: Database) -> None:
    named = [Mention(username="ann", seq=seq, case_id="c1", at=TUESDAY_10) for seq in (5, 7, 9)]
    await follow(db, Step((), named[:2], 7), Step((), named, 9))
    later = TUESDAY_10 + timedelta(minutes=1)
    await db.write(lambda c: search.see_mentions(c, "ann", 7, later))
    seen = await db.read(lambda c: search.list_mentions(c, "ann", 10))
    assert [(each.seq, each.seen_at) for each in seen] == [(9, None), (7, later), (5, later)]
    assert await db.read(lambda c: search.list_mentions(c, "bob", 10)) == []


async def test_what_has_changed_after_the_head_is_listed_in_pages(db: Database) -> None:
    await three_cases(db)
    every = await db.read(lambda c: search.list_unknown(c, 0, "", 2))
    assert [case.id for case in every] == ["c1", "c2"]
    assert [case.id for case in await db.read(lambda c: search.list_unknown(c, 0, "c2", 2))] == ["c3"]
    assert [case.id for case in await db.read(lambda c: search.list_unknown(c, 6, ""))] == ["c3"]


async def test_cases_of_one_moment_are_all_found_page_by_page(db: Database) -> None:
    """The place of a case in the index is its time; several of one time must not stand on one another."""
    names = [f"c{n}" for n in range(7)]
    await db.submit(journal.record, make_batch(*names))
    at = [Words(CaseId(name), TUESDAY_10, "", "litter") for name in names]
    await follow(db, Step(at[:3], (), 1), Step(at[3:], (), 2), Step(at[1:2], (), 3))
    ids: list[str] = []
    after: Cursor | None = None
    for _ in range(4):
        page, after = await db.read(
            lambda c, a=after: list_cases(c, CaseFilter(words="litter"), Scope(), after=a, limit=2)  # type: ignore[misc]
        )
        ids += [case.id for case in page]
    assert after is None
    assert sorted(ids) == names


async def test_more_cases_of_one_moment_than_are_looked_at_together_have_each_a_place(db: Database) -> None:
    """An import may give a whole year's cases of a district the midnight of its first day."""
    first, many = search.place_of(TUESDAY_10), 2 * search.AT_ONCE + 5
    rows = [{"n": first + n, "case_id": f"i{n}", "reporter": "", "words": ""} for n in range(many)]
    await db.write(lambda c: c.execute(insert(case_words), rows))
    late = TUESDAY_10 + timedelta(seconds=1)
    assert search.place_of(late) < first + many
    await follow(db, Step([Words(CaseId(name), at, "", "") for name, at in (("a", TUESDAY_10), ("b", late))], (), 1))
    rows_of = select(case_words.c.case_id, case_words.c.n).where(case_words.c.case_id.in_(["a", "b"]))
    places = {row.case_id: row.n for row in await db.read(lambda c: c.execute(rows_of).all())}
    assert places == {"a": first + many, "b": first + many + 1}


async def test_lists_are_read_in_each_order_page_by_page(db: Database) -> None:
    await three_cases(db)
    for order, expected in (
        ("newest", ["c3", "c2", "c1"]),
        ("oldest", ["c1", "c2", "c3"]),
        ("due", ["c1", "c2", "c3"]),
    ):
        ids: list[str] = []
        after: Cursor | None = None
        while True:
            page, after = await db.read(
                lambda c, a=after, o=order: list_cases(c, CaseFilter(), Scope(), after=a, limit=2, order=o)  # type: ignore[misc]
            )
            ids += [case.id for case in page]
            if after is None:
                break
        assert ids == expected, order
