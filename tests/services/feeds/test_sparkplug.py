"""Sparkplug B: births teach the numbers of metrics, data use them, deaths say who is gone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dispatch.event import Event, Phase, Reading
from services.feeds import Learned, Origin, Publish, Unreadable, Withdraw, with_address
from services.feeds.sparkplug import AHEAD_MAX, FEED, REORDER_S, _payload_class, make_payload, translate
from tests.services.feeds.asking import RECEIVED_AT, make_origin

NODE, DEVICE = "spBv1.0/water/{}/edge-1", "spBv1.0/water/{}/edge-1/pump-7"
NOW_MS = round(RECEIVED_AT.timestamp() * 1_000)
ORIGIN = make_origin("sparkplug", known=["water/edge-1", "pump-7"])
INT32, DOUBLE, BOOLEAN, STRING, UINT64, DATE = 3, 10, 11, 12, 8, 13
BIRTH = [
    {"name": b"bdSeq", "datatype": UINT64, "long_value": 3},
    {"name": b"Node Control/Rebirth", "datatype": BOOLEAN, "boolean_value": False},
    {"name": b"level", "alias": 0, "datatype": DOUBLE, "double_value": 1.25},
    {"name": b"temp/outside", "alias": 1, "datatype": INT32, "int_value": 2**32 - 4},
    {"name": b"open", "alias": 2, "datatype": BOOLEAN, "boolean_value": True},
    {"name": b"label", "alias": 3, "datatype": STRING},
    {"name": b"since", "alias": 4, "datatype": DATE, "long_value": NOW_MS},
]


def message(topic: str, metrics: list[dict[str, Any]], age_s: float = 60, seq: int = 1) -> bytes:
    at = NOW_MS - round(age_s * 1_000)
    return with_address(topic, make_payload({"timestamp": at, "metrics": metrics, "seq": seq}))


def tell(body: bytes, known: Mapping[str, bytes] | None = None) -> tuple[dict[str, float], dict[str, bytes]]:
    """Return metric -> value of the readings, and what is known after the message."""
    origin: Origin = replace(ORIGIN, recall=(known or {}).get)
    said = translate(body, origin)
    learned = {each.key: each.doc for each in said if isinstance(each, Learned)}
    values = {each.metric: each.value for each in said if isinstance(each, Reading)}
    return values, {**(known or {}), **learned}


def reason(body: bytes, known: Mapping[str, bytes] | None = None) -> str:
    with pytest.raises(Unreadable) as refusal:
        tell(body, known)
    return refusal.value.reason


def test_a_birth_tells_all_metrics_and_that_the_node_is_online() -> None:
    values, known = tell(message(NODE.format("NBIRTH"), BIRTH))
    assert values == {"level": 1.25, "temp/outside": -4, "open": 1, "online": 1}
    assert json.loads(known["water/edge-1"])[:2] == [NOW_MS - 60_000, 3]


def test_data_are_read_by_the_numbers_of_the_last_birth() -> None:
    _, known = tell(message(NODE.format("NBIRTH"), BIRTH))
    data: list[dict[str, Any]] = [
        {"alias": 0, "double_value": 2.5},
        {"alias": 1, "int_value": 2**32 - 1},
        {"alias": 2, "boolean_value": False},
    ]
    assert tell(message(NODE.format("NDATA"), data, 30), known)[0] == {"level": 2.5, "temp/outside": -1, "open": 0}


def test_data_by_name_need_no_birth() -> None:
    body = message(DEVICE.format("DDATA"), [{"name": b"rpm", "datatype": INT32, "int_value": 900}], 30)
    only, *_ = translate(body, ORIGIN)
    assert isinstance(only, Reading)
    assert (only.metric, only.value, only.source_id) == ("rpm", 900, "pump-7")
    assert (RECEIVED_AT - only.observed_at).total_seconds() == 30


def test_numbers_without_a_birth_or_older_than_it_are_refused() -> None:
    data = message(NODE.format("NDATA"), [{"alias": 0, "double_value": 2.5}], 90)
    assert reason(data) == "alias"
    _, known = tell(message(NODE.format("NBIRTH"), BIRTH, 60))
    assert reason(data, known) == "alias"
    assert reason(message(NODE.format("NDATA"), [{"alias": 9, "double_value": 1}], 30), known) == "alias"
    assert reason(message(DEVICE.format("DDATA"), [{"alias": 0, "double_value": 1}], 30), known) == "alias"


def test_an_older_birth_does_not_put_its_numbers_over_a_newer_one() -> None:
    _, known = tell(message(NODE.format("NBIRTH"), BIRTH, 30))
    older = [{"name": b"other", "alias": 0, "datatype": DOUBLE, "double_value": 1}]
    values, after = tell(message(NODE.format("NBIRTH"), older, 60), known)
    assert (values, after) == ({"other": 1, "online": 1}, known)


def test_what_is_not_of_now_is_left_out() -> None:
    def value(**changes: Any) -> dict[str, float]:
        metric = {"name": b"level", "datatype": DOUBLE, "double_value": 1.5, **changes}
        return tell(message(NODE.format("NDATA"), [metric, {"name": b"else", "int_value": 1}]))[0]

    def quality(code: int) -> dict[str, Any]:
        return {"properties": {"keys": [b"Quality"], "values": [{"int_value": code}]}}

    assert value() == value(**quality(192)) == {"level": 1.5, "else": 1}
    for changes in (
        {"is_historical": True},
        {"is_null": True},
        quality(0),
        quality(500),
        {"double_value": float("nan")},
    ):
        assert value(**changes) == {"else": 1}


def test_a_template_is_read_member_by_member() -> None:
    members = [{"name": b"flow", "double_value": 2.5}, {"name": b"on", "boolean_value": True}, {"name": b"x"}]
    body = message(NODE.format("NDATA"), [{"name": b"pump", "template_value": {"metrics": members}}])
    assert tell(body)[0] == {"pump/flow": 2.5, "pump/on": 1}


def test_a_metrics_own_time_goes_before_the_payloads() -> None:
    metric = {"name": b"level", "double_value": 1.5, "timestamp": NOW_MS - 45_000}
    only, *_ = translate(message(NODE.format("NDATA"), [metric]), ORIGIN)
    assert isinstance(only, Reading)
    assert (RECEIVED_AT - only.observed_at).total_seconds() == 45


def test_a_death_is_of_the_last_birth_or_nothing() -> None:
    _, known = tell(message(NODE.format("NBIRTH"), BIRTH))
    own = [{"name": b"bdSeq", "datatype": UINT64, "long_value": 3}]
    stale = [{"name": b"bdSeq", "datatype": UINT64, "long_value": 2}]
    assert tell(message(NODE.format("NDEATH"), own), known)[0] == {"online": 0}
    assert tell(message(NODE.format("NDEATH"), stale), known)[0] == {}
    assert tell(message(DEVICE.format("DDEATH"), []))[0] == {"online": 0}


def test_words_alone_say_that_the_node_is_there() -> None:
    only, *_ = translate(message(NODE.format("NDATA"), [{"name": b"label", "datatype": STRING}]), ORIGIN)
    assert isinstance(only, Event)
    assert (only.phase, only.source_id, only.attributes) == (Phase.SYNC, "water/edge-1", {"message": "NDATA"})


def test_the_topic_says_who_and_a_request_may_name_it() -> None:
    assert FEED.sender(message(DEVICE.format("DDATA"), [])) == "water/edge-1/pump-7"
    assert FEED.sender(b"x") == FEED.sender(with_address("spBv1.0/STATE/host", b"{}")) == ""
    assert FEED.sender(with_address("?topic=spBv1.0%2Fwater%2FNDATA%2Fedge-1", b"")) == "water/edge-1"
    assert "spBv1.0/+/DDATA/+/+" in FEED.mqtt_topics


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "topic"),
        (message("spBv1.0/water/NCMD/edge-1", []), "topic"),
        (message("spBv1.0/water/DDATA/edge-1", []), "topic"),
        (message("spBv1.0/" + "g" * 200 + "/NDATA/edge-1", []), "size"),
        (with_address(NODE.format("NDATA"), b'{"timestamp": 1}'), "protobuf"),
        (with_address(NODE.format("NDATA"), make_payload({"uuid": b"SPBV1.0_COMPRESSED"})), "compressed"),
        (message(NODE.format("NDATA"), [{"name": "压力".encode("gb18030"), "int_value": 1}]), "protobuf"),
        (message(NODE.format("NDATA"), [{"name": b"x" * 201, "int_value": 1}]), "size"),
        (message(NODE.format("NDATA"), [{"name": b"x"}] * 10_001), "size"),
        (with_address(NODE.format("NDATA"), b"\x12\x92\x01" * 100_000), "protobuf"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, expected: str) -> None:
    assert reason(body) == expected


class Node:
    """A node as the engine follows it: what is learned of it, and what is asked of it."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}
        self.shared: dict[str, bytes] = {}
        self.wanted: list[str] = []
        """What has been asked and not been withdrawn."""

    def hear(self, kind: str, seq: int, age_s: float = 30, metrics: list[dict[str, Any]] | None = None) -> str:
        """Hear a message; return what it asks for."""
        topic = (DEVICE if kind.startswith("D") else NODE).format(kind)
        found = BIRTH if kind.endswith("BIRTH") else metrics or [{"name": b"level", "double_value": 1.0}]
        origin = replace(ORIGIN, recall=self.known.get, recall_shared=self.shared.get)
        asked = ""
        for each in translate(message(topic, found, age_s, seq), origin):
            if isinstance(each, Learned):
                (self.shared if each.is_shared else self.known)[each.key] = each.doc
            elif isinstance(each, Publish):
                asked = "rebirth"
                self.wanted = [each.key]
            elif isinstance(each, Withdraw):
                asked = "withdraw"
                self.wanted = []
        return asked


def test_a_node_that_counts_on_is_asked_for_nothing() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    kinds = ("DBIRTH", *["NDATA", "DDATA"] * 300)
    assert {node.hear(kind, n % 256) for n, kind in enumerate(kinds, 1)} == {""}, "its devices count with it, round 256"


def test_a_gap_asks_for_a_rebirth_and_what_comes_late_withdraws_it() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    assert [node.hear("NDATA", seq) for seq in (1, 3, 5, 2)] == ["", "rebirth", "rebirth", ""]
    assert node.wanted == ["water/edge-1"], "4 is still missing"
    assert node.hear("NDATA", 4) == "withdraw"
    assert node.hear("NDATA", 6) == ""


def test_a_birth_begins_the_count_anew() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    node.hear("NDATA", 7)
    assert node.hear("NBIRTH", 0, 20) == "withdraw"
    assert node.hear("NDATA", 1, 10) == ""
    assert node.hear("NBIRTH", 0, 50) == "", "an older one, come late, does not"
    assert node.hear("NDATA", 2, 10) == ""


def test_what_comes_twice_or_is_older_than_the_birth_is_no_gap() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    assert [node.hear("NDATA", seq) for seq in (1, 1, 250, 2)] == [""] * 4


def test_data_before_any_birth_ask_for_one_and_so_do_numbers_that_mean_nothing() -> None:
    assert Node().hear("NDATA", 4) == "rebirth"
    node = Node()
    node.hear("NBIRTH", 0, 60)
    with pytest.raises(Unreadable) as refused:
        node.hear("NDATA", 1, metrics=[{"alias": 99, "double_value": 1.0}])
    assert [type(each) for each in refused.value.asks] == [Publish]


def test_a_node_that_never_closes_its_gap_is_counted_on_from_where_it_is() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    for seq in range(2, 2 + AHEAD_MAX + 1):
        node.hear("NDATA", seq)
    assert node.hear("NDATA", AHEAD_MAX + 3) == ""


def test_a_rebirth_is_asked_for_as_the_standard_says() -> None:
    (ask,) = [each for each in translate(message(NODE.format("NDATA"), []), ORIGIN) if isinstance(each, Publish)]
    assert (ask.key, ask.topic, ask.wait_s) == ("water/edge-1", "spBv1.0/water/NCMD/edge-1", REORDER_S)
    (metric,) = _payload_class().FromString(ask.payload).metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == (b"Node Control/Rebirth", BOOLEAN, True)


def test_a_death_of_an_earlier_birth_is_no_death() -> None:
    node = Node()
    node.hear("NBIRTH", 0, 60)
    origin = replace(ORIGIN, recall=node.known.get)

    def death(bd_seq: int) -> int:
        metrics = [{"name": b"bdSeq", "datatype": UINT64, "long_value": bd_seq}]
        return len(translate(message(NODE.format("NDEATH"), metrics), origin))

    assert (death(2), death(3)) == (0, 1)
