"""A multipart stream is parted wherever its chunks end, and no part takes another with it."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.pulls.parts import PART_MAX, PartReader, looks_whole
from tests.parts.devices import part

XML = b'<?xml version="1.0"?>\r\n<EventNotificationAlert>\r\n<eventType>VMD</eventType>\r\n</EventNotificationAlert>'
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8 + b"\r\n--bound\r\n" + b"\xff\xd9"
TYPE = "multipart/mixed; boundary=boundary"


def read(stream: bytes, cuts: Sequence[int] = (), content_type: str = TYPE) -> list[bytes]:
    reader = PartReader(content_type)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    found = [each for start, end in pairwise(edges) for each in reader.feed(stream[start:end])]
    return [each.body for each in [*found, *reader.end()]]


def test_a_part_has_the_name_of_its_file() -> None:
    head = b'--boundary\r\nContent-Disposition: form-data; name="x"; filename="scene.jpg"\r\nContent-Length: 3\r\n\r\n'
    reader = PartReader(TYPE)
    found = reader.feed(head + b"abc\r\n" + part(b"def"))
    assert [(each.name, each.body) for each in found] == [("scene.jpg", b"abc"), ("", b"def")]


@given(st.lists(st.integers(0, 4_000), max_size=12))
def test_chunks_may_end_anywhere(cuts: list[int]) -> None:
    stream = (
        part(XML) + part(JPEG, "image/jpeg") + part(XML, length=None) + part(b"Heartbeat", "text/plain", length=None)
    )
    assert read(stream + part(b"<a/>"), cuts) == [XML, JPEG, XML, b"Heartbeat", b"<a/>"]


@given(st.binary(max_size=2_000), st.lists(st.integers(0, 2_000), max_size=6))
def test_no_bytes_break_it(stream: bytes, cuts: list[int]) -> None:
    read(stream, cuts)
    read(b"--boundary\r\n" + stream + b"\r\n--boundary\r\n", cuts)
    read(stream, cuts, "text/plain")


def test_a_part_is_given_when_its_length_has_come_and_not_with_the_next_one() -> None:
    reader = PartReader(TYPE)
    assert [each.body for each in reader.feed(part(XML)[:-2])] == [XML]


def test_xml_and_json_without_a_length_are_given_when_they_are_whole() -> None:
    for body in (XML, b'{"a": {"b": [1, 2]}}'):
        reader = PartReader(TYPE)
        stream = part(body, length=None)
        assert reader.feed(stream[:-5]) == []
        assert [each.body for each in reader.feed(stream[-5:])] == [body]


def test_a_part_that_is_shorter_than_it_says_does_not_swallow_the_next() -> None:
    cut = XML[:40]
    assert read(part(cut, length=len(XML)) + part(XML)) == [cut, XML]


def test_a_part_that_is_cut_off_by_the_end_is_given_as_it_is() -> None:
    assert read(part(XML)[:-30]) == [XML[:-28]]


def test_a_boundary_may_be_declared_with_its_hyphens_or_not_at_all() -> None:
    stream = part(XML, boundary="myboundary") + part(XML, boundary="myboundary")
    for declared in ("boundary=--myboundary", 'boundary="myboundary"', "x=1"):
        assert read(stream, [30, 55], f"multipart/x-mixed-replace; {declared}") == [XML, XML]


def test_a_part_without_end_is_let_go_by() -> None:
    reader = PartReader(TYPE)
    reader.feed(b"--boundary\r\n\r\n")
    for _ in range(PART_MAX // 1_000_000 + 1):
        assert reader.feed(b"x" * 1_000_000) == []
    assert reader.dropped == 1
    assert [each.body for each in reader.feed(b"\r\n" + part(XML))] == [XML]


@pytest.mark.parametrize(
    ("body", "is_whole"),
    [
        (XML, True),
        (XML[:-1], False),
        (b"<a><b></b>", False),
        (b"<n:a><b/></n:a>\r\n", True),
        (b'{"a": "}', False),
        (b"[1]", True),
        (b"Code=A;action=Start;index=0", False),
        (b"", False),
    ],
)
def test_what_has_come_to_its_end_is_known(body: bytes, is_whole: bool) -> None:
    assert looks_whole(body) is is_whole
