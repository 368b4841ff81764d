"""Formats, times, words and numbers by themselves."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from dispatch.redaction import redact
from services.api.open311.formats import format_time, to_json, to_xml
from services.api.open311.keys import Quotas
from services.api.open311.listing import query_of
from services.api.open311.records import STATUS_OF_STAGE, extended_status
from services.api.open311.updates import STATUSES
from services.api.timeline import PLAIN
from services.api.values import read_number, read_time

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@given(st.text())
def test_any_text_comes_back_from_xml_but_for_what_xml_cannot_hold(text: str) -> None:
    root = fromstring(to_xml("errors", [{"code": 400, "description": text}]))
    found = root[0][1].text or ""
    kept = [c for c in text if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"]
    assert found == "".join(kept).replace("\r\n", "\n").replace("\r", "\n")


def test_json_leaves_out_what_there_is_not_and_keeps_what_is_false_or_zero() -> None:
    value = {"a": None, "b": False, "c": 0, "d": "", "e": [{"f": None, "g": NOON}]}
    assert to_json(value) == b'{"b":false,"c":0,"d":"","e":[{"g":"2026-03-03T12:00:00Z"}]}'


def test_times_are_told_to_the_second_in_utc() -> None:
    assert format_time(NOON.replace(microsecond=999_999)) == "2026-03-03T12:00:00Z"
    assert format_time(NOON.astimezone(timezone(timedelta(hours=8)))) == "2026-03-03T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-03T12:00:00Z", "2026-03-03T20:00:00+08:00", "2026-03-03T20:00:00+0800", "2026-03-03T20:00:00 08:00",
        "2026-03-03T12:00:00.000Z", "2026-03-03 12:00:00", "2026-03-03T12:00z", "2026-03-03T05:00:00-07:00",
    ],
)  # fmt: skip
def test_a_time_is_read_however_clients_write_it(text: str) -> None:
    assert read_time(text) == NOON


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01", "2026-03-03T25:00:00Z", "1999-12-31", "2200-01-01", "２０２６-03-03", "20260303"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1e999", "1_0", "1" * 41, "181", "0x10"])
def test_what_is_no_number_or_out_of_range_is_none(text: str) -> None:
    assert read_number(text, -180, 180) is None


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("打 13812345678 或 138-1234-5678", "打 *** 或 ***"),
        ("+86 138 1234 5678；(023) 63721234；+44 20 7946 0958；415-555-2671", "***；***；***；***"),
        ("a.b+c@mail.city.example 渝A·12345 粤BD12345", "*** *** ***"),
        ("身份证 11010519491231002X", "身份证 ***"),
        ("2026-03-03 12:00 第 12 号楼，编号 1764224400，29.556012, 106.547012", None),
        ("uuid 0f6b3a0e8c9d4e1fa2b3c4d5e6f70819, P0118, R-261127-00001", None),
    ],
)
def test_what_leads_to_a_person_is_taken_out_and_other_numbers_stay(text: str, published: str | None) -> None:
    assert redact(text) == (published if published is not None else text)


@given(st.text(alphabet="0123456789+-() .@a渝A", max_size=400))
def test_redaction_ends_and_never_makes_words_longer_than_its_marks(text: str) -> None:
    assert len(redact(text)) <= len(text) + 3


def test_an_empty_parameter_is_none_and_a_repeated_one_is_a_list() -> None:
    assert query_of([("a", ""), ("b", " 1 "), ("b", "2"), ("c", "\x00")]) == {"b": "1,2"}


def test_each_key_has_a_bucket_of_its_own_that_fills_again() -> None:
    quotas = Quotas()
    assert [quotas.wait_s("a", 2, NOON) for _ in range(3)] == [0, 0, 30]
    assert quotas.wait_s("b", 2, NOON) == 0
    assert quotas.wait_s("a", 2, NOON + timedelta(seconds=30)) == 0


def test_every_stage_that_the_public_reads_has_a_status_of_the_updates() -> None:
    stages = {stage for stage, _, _ in PLAIN.values()} | set(STATUS_OF_STAGE)
    assert {extended_status(stage) for stage in stages} <= STATUSES
