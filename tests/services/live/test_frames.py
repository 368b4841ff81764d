"""A fact as the world reads it."""

from datetime import datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.live.frames import entry_json
from services.live.hub import Listener
from tests.builders import TUESDAY_10, make_actor
from tests.services.store.samples import make_entry


@given(st.integers(1, 2**60), st.datetimes(timezones=st.just(TUESDAY_10.tzinfo)))
def test_an_entry_on_the_wire_is_json(seq: int, at: datetime) -> None:
    entry = make_entry(seq, at=at)
    told = msgspec.json.decode(entry_json(entry))
    assert set(told) == {"seq", "at", "kind", "case_id", "data"}
    assert told["seq"] == seq
    assert told["at"] == at.isoformat().replace("+00:00", "Z")
    assert told["data"] == msgspec.json.decode(entry.data)


def test_facts_that_have_gathered_come_in_one_frame_and_in_their_place() -> None:
    listener = Listener(make_actor("dispatcher"), frozenset({"cases"}))
    listener.offer(b'{"seq":1}', b'{"seq":2}')
    listener.offer()
    listener.offer(b'{"seq":3}')
    listener.offer('{"type":"city"}')
    listener.offer(b'{"seq":4}')
    told = [msgspec.json.decode(frame) for frame in listener.take()]
    assert [[fact["seq"] for fact in frame.get("facts", ())] for frame in told] == [[1, 2, 3], [], [4]]
