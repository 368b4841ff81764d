"""The small parts of the API, each by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch import refusals as desk
from dispatch.facts import FACTS
from services.api import passwords
from services.api.fields import parts_of, start_of
from services.api.limits import RateLimit
from services.api.matching import version_of
from services.api.passwords import (
    TRIES_PER_ADDRESS,
    TRIES_PER_NAME,
    TRIES_PER_PAIR,
    TRY_WINDOW,
    LoginThrottle,
    hash_password,
    verify_password,
)
from services.api.problems import KINDS, Problem, prefers_english
from services.api.refusals import REFUSALS
from services.api.routes.cases import read_cursor, write_cursor
from services.api.timeline import PLAIN
from services.engine import refusals as engine
from services.live.masking import mask_name, mask_phone
from services.store.case_queries import Cursor

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_bucket_gives_its_burst_and_then_so_many_a_minute() -> None:
    limit = RateLimit(burst=3, per_minute=6)
    assert [limit.wait_s("a", AT) for _ in range(4)] == [0, 0, 0, 10]
    assert limit.wait_s("b", AT) == 0
    assert limit.wait_s("a", AT + timedelta(seconds=9)) > 0
    assert limit.wait_s("a", AT + timedelta(seconds=20)) == 0


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    limit = RateLimit(burst=1, per_minute=6)
    assert limit.wait_s("a", AT) == 0
    assert limit.wait_s("a", AT - timedelta(hours=1)) > 0


def test_tries_are_counted_by_pair_by_address_and_by_name() -> None:
    throttle = LoginThrottle()
    assert [throttle.begin("wang", "1.1.1.1", AT) for _ in range(TRIES_PER_PAIR)] == [0] * TRIES_PER_PAIR
    assert throttle.begin("wang", "1.1.1.1", AT) > 0
    assert throttle.begin("wang", "2.2.2.2", AT) == 0
    assert throttle.begin("wang", "1.1.1.1", AT + TRY_WINDOW) == 0
    throttle = LoginThrottle()
    assert [throttle.begin(f"u{n}", "1.1.1.1", AT) for n in range(TRIES_PER_ADDRESS)][-1] == 0
    assert throttle.begin("other", "1.1.1.1", AT) > 0
    throttle = LoginThrottle()
    assert [throttle.begin("wang", f"1.1.1.{n}", AT) for n in range(TRIES_PER_NAME)][-1] == 0
    assert throttle.begin("wang", "9.9.9.9", AT) > 0


def test_who_is_not_there_is_checked_as_long_as_who_is() -> None:
    assert passwords._NOBODY.split("$")[:4] == hash_password("somebody has this").split("$")[:4]
    assert passwords._verify(passwords._NOBODY, "nobody has this password")


def test_a_try_that_was_right_does_not_count() -> None:
    throttle = LoginThrottle()
    for _ in range(TRIES_PER_ADDRESS * 2):
        assert throttle.begin("wang", "1.1.1.1", AT) == 0
        throttle.succeed("wang", "1.1.1.1")


async def test_a_password_is_hashed_with_argon2id_and_nobody_has_none() -> None:
    hashed = hash_password("correct horse")
    assert hashed.startswith("$argon2id$")
    assert await verify_password(hashed, "correct horse")
    assert not await verify_password(hashed, "correct horse ")
    assert not await verify_password(None, "nobody has this password")
    assert not await verify_password("not a hash", "x")
    assert not await verify_password(hashed, "\ud800")


def test_every_refusal_of_the_desk_and_of_the_engine_is_a_problem() -> None:
    def leaves(base: type[Exception]) -> set[type[Exception]]:
        below = base.__subclasses__()
        return {base} if not below else set().union(*(leaves(each) for each in below))

    assert leaves(desk.Refusal) | leaves(engine.Refused) <= set(REFUSALS)
    assert {row.slug for row in REFUSALS.values()} <= set(KINDS)


def test_every_kind_of_problem_is_named_in_both_languages() -> None:
    for slug, kind in KINDS.items():
        assert kind.type == f"urn:wardline:problem:{slug}"
        assert kind.zh != kind.en
        assert 400 <= kind.status < 600


@pytest.mark.parametrize(
    ("header", "english"),
    [("en", True), ("zh-CN,zh;q=0.9,en;q=0.8", False), ("en-GB,zh", True), ("", False), ("fr,en", True), (",;", False)],
)
def test_the_language_is_the_first_that_we_speak(header: str, english: bool) -> None:
    assert prefers_english(header) is english


def test_a_cursor_comes_back_as_it_went() -> None:
    cursor = Cursor(AT + timedelta(microseconds=123_457), "0018abc")
    assert read_cursor(write_cursor(cursor) or "") == cursor
    assert read_cursor("") is None
    assert write_cursor(None) is None


@pytest.mark.parametrize(("header", "version"), [(None, None), ("*", None), ('"12"', 12), ('W/"12"', 12), ("12", 12)])
def test_if_match_names_a_version(header: str | None, version: int | None) -> None:
    assert version_of(header) == version


@pytest.mark.parametrize("header", ['"a"', '"-1"', '""', '"1", "2"', '"' + "9" * 30 + '"', "٣"])
def test_if_match_that_names_none_is_refused(header: str) -> None:
    with pytest.raises(Problem):
        version_of(header)


@pytest.mark.parametrize(
    ("name", "phone", "masked"),
    [
        ("王小明", "13812345678", ("王**", "138****5678")),
        ("Li", "12345", ("L*", "*****")),
        ("", "", ("", "")),
        ("李", "+86 138 1234 5678", ("李", "+86****5678")),
    ],
)
def test_a_person_is_masked(name: str, phone: str, masked: tuple[str, str]) -> None:
    assert (mask_name(name), mask_phone(phone)) == masked


def test_the_citizen_is_told_of_facts_that_there_are() -> None:
    assert set(PLAIN) <= set(FACTS)


def test_a_comma_list_and_the_begin_of_a_day() -> None:
    assert parts_of("") == ()
    assert parts_of("a,b") == ("a", "b")
    assert start_of(AT.date(), UTC) == datetime(2026, 3, 1, tzinfo=UTC)
