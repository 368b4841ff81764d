"""A body comes back from the disk as it came, and a form that comes in pieces is the same form."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from services.api.hands import Hands
from services.api.open311.errors import BadRequest311
from services.api.open311.reading import FIELDS_MAX, Posted, read_form
from services.api.spool import LARGE_BYTES, spool
from services.engine.refusals import Overloaded


def a_request(chunks: Sequence[bytes], kind: str = "application/x-www-form-urlencoded") -> Request:
    left = list(chunks)

    async def receive() -> Message:
        chunk = left.pop(0) if left else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    headers = [(b"content-type", kind.encode())] if kind else []
    return Request({"type": "http", "method": "POST", "query_string": b"", "headers": headers}, receive)


async def read(*chunks: bytes, kind: str = "application/x-www-form-urlencoded", hands: Hands | None = None) -> Posted:
    async with (hands or Hands()).hold() as hold:
        return await read_form(a_request(chunks, kind), hold)


@pytest.mark.parametrize("size", [0, 1, LARGE_BYTES, LARGE_BYTES + 1, 3 * LARGE_BYTES])
async def test_a_body_comes_back_byte_for_byte(size: int) -> None:
    body = bytes(n % 251 for n in range(1_000)) * (size // 1_000) + b"x" * (size % 1_000)
    chunks = [body[at : at + 70_001] for at in range(0, size, 70_001)]
    async with Hands().hold() as hold, spool(a_request(chunks), hold) as spooled:
        assert spooled.size == size
        assert await spooled.request.body() == body


async def test_a_large_body_waits_for_its_turn_and_a_small_one_does_not() -> None:
    hands = Hands(at_once=1, waiting_max=0)
    async with hands.hold() as other:
        await other.take()
        assert (await read(b"description=x", hands=hands)).get("description") == "x"
        with pytest.raises(Overloaded):
            await read(b"description=x&media=" + b"A" * LARGE_BYTES, hands=hands)
    found = await read(b"description=x&media=" + b"A" * LARGE_BYTES, hands=hands)
    assert found.pictures == [bytes(LARGE_BYTES // 4 * 3)]


@given(
    st.dictionaries(st.sampled_from(["description", "lat", "attribute[A]", "media_url"]), st.text(max_size=20)),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_it_does_not_matter_where_a_form_is_cut(form: dict[str, str], cuts: list[int]) -> None:
    body = urlencode(form, errors="replace").encode()
    edges = [0, *sorted(cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges)]
    assert asyncio.run(read(*pieces)) == asyncio.run(read(body))
    kept = {name: value for name, value in form.items() if name in ("description", "lat")}
    told = {name: value.replace("\x00", "").strip() for name, value in kept.items()}
    assert dict(asyncio.run(read(body)).fields) == {name: value for name, value in told.items() if value}


@pytest.mark.parametrize("body", [b"a=1&" * FIELDS_MAX, b"&" * FIELDS_MAX])
async def test_fields_are_counted_however_they_come(body: bytes) -> None:
    for chunks in ([body], [body[at : at + 1] for at in range(len(body))]):
        with pytest.raises(BadRequest311):
            await read(*chunks)


async def test_who_names_no_kind_of_form_may_send_nothing_alone() -> None:
    assert (await read(kind="")).fields == {}
    with pytest.raises(BadRequest311):
        await read(b"lat=1", kind="")
