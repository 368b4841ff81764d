"""CloudEvents 1.0: the attributes, `data` in its forms, and whose event it is."""

import base64
import json
from typing import Any

import pytest

from dispatch.event import Event, Phase, Vocabulary
from services.feeds import Unreadable
from services.feeds.cloudevents import FEED, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin
from tests.shared_data import shared_path
from tests.taxonomy import GAS

ORIGIN = make_origin("cloudevents")


def said(**changes: Any) -> Event:
    event = {"specversion": "1.0", "id": "1", "source": "/gate/7", "type": "org.example.seen", **changes}
    (only,) = translate(json.dumps(event).encode(), ORIGIN)
    assert isinstance(only, Event)
    return only


def test_the_data_say_what_and_where() -> None:
    event = said(
        time="2026-03-03T09:59:00+08:00",
        data={"category": GAS, "text": "hiss", "lon": 106.505, "lat": 29.515, "severity": 3, "phase": "open"},
    )
    assert (event.vocabulary, event.kind, event.text, event.severity) == (Vocabulary.CATEGORY, GAS, "hiss", 3)
    assert event.phase is Phase.OPEN
    assert event.point == pytest.approx((106.505, 29.515))
    assert (RECEIVED_AT - event.observed_at).total_seconds() == 60


def test_base64_data_are_read_as_their_content_type_says() -> None:
    packed = base64.b64encode(b'{"text": "hiss"}').decode()
    assert said(data_base64=packed).text == "hiss"
    assert said(data_base64=packed, datacontenttype="application/json; charset=utf-8").text == "hiss"
    assert said(data_base64=packed, datacontenttype="application/vnd.city+json").text == "hiss"
    assert said(data_base64=base64.b64encode("积水".encode()).decode(), datacontenttype="text/plain").text == "积水"
    assert (
        said(data_base64=base64.b64encode(b"\x89PNG").decode(), datacontenttype="image/png").text == "org.example.seen"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"specversion": "0.3"}, "version"),
        ({"id": ""}, "shape"),
        ({"source": None}, "shape"),
        ({"time": "yesterday"}, "shape"),
        ({"time": "2026-03-03T10:00:00"}, "time"),
        ({"data": {"lon": 200, "lat": 0}}, "position"),
        ({"data": {"lon": 106.5}}, "position"),
        ({"data": {"severity": 9}}, "shape"),
        ({"data_base64": "%"}, "shape"),
        ({"data_base64": "/w=="}, "json"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        said(**change)
    assert refusal.value.reason == reason


def test_source_and_id_make_an_event_this_one() -> None:
    one = b'{"id": "1", "source": "/a", "x": 1}'
    assert FEED.key(one) == FEED.key(b'{"source": "/a", "id": "1"}') != FEED.key(b'{"source": "/a/1", "id": ""}')
    assert FEED.key(b'{"id": "1"}') is None


def test_what_is_null_is_as_good_as_none() -> None:
    event = said(subject=None, datacontenttype=None, dataschema=None, time=None, data_base64=None, data={"text": "a"})
    assert (event.text, event.observed_at) == ("a", RECEIVED_AT)


@pytest.mark.parametrize(("data", "text"), [(7, ""), ([1], ""), (True, ""), ("<a/>", "<a/>"), (None, ""), ({}, "")])
def test_data_of_any_json_type_are_taken(data: object, text: str) -> None:
    assert said(data=data).text == (text or "org.example.seen")


def test_all_that_the_schema_allows_is_read() -> None:
    """Every example of the standard's own JSON schema, and null wherever it allows null."""
    folder = shared_path("data", "feeds", "cloudevents")
    schema = json.loads((folder / "cloudevents" / "formats" / "cloudevents.json").read_text("utf-8"))
    for name, described in schema["properties"].items():
        kind = schema["definitions"][described["$ref"].rpartition("/")[2]]["type"]
        for example in [*described.get("examples", []), *([None] if "null" in kind else [])]:
            extra = {"datacontenttype": "text/plain"} if name == "data_base64" else {}
            assert said(**{name: example, **extra}).feed == "cloudevents", (name, example)
