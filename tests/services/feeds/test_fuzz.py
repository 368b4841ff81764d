"""No message makes a feed raise anything but `Unreadable`; nothing valid is lost beside what is broken."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dispatch.event import Event, Reading, Record
from services.feeds import LEARNED_KEY_MAX, Ask, Feed, Learned, Unreadable, load_feeds, sparkplug, with_address
from services.feeds._common import split_array
from tests.services.feeds.asking import make_origin
from tests.services.feeds.mapped import MAPPING

FEEDS = load_feeds()
ORIGINS = {name: replace(make_origin(name), find_mapping={"default": MAPPING}.get) for name in FEEDS}

HARD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, -(10**25), 1e308, -1e308, 5e-324, 1.7e9, -2e11,
        2.6e11, "", " ", "\x00", "NaN", "Infinity", "1e999", "-0", "x" * 10_001, "解放碑", "\U0001f600", "\u202e",
        "2026-03-03T10:00:00+08:00", "2026-03-03T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        "2026-03-03", "2026-02-30T00:00:00Z", "wgs84", "gcj02", "bd09", "mars", "1.0", "new", "update", "end", "alert",
        "eyJ0ZXh0IjoiYSJ9", "/w==", "application/json", "text/plain", "image/png", "car", "person", "trash", "cam_1",
        "citizen", "open", "close", [], {}, [[]], [None], ["car"], [1.0, 2.0], {"a": None}, ["a", None], ["a", 0.5],
    ]
)  # fmt: skip
VALUES = st.recursive(
    HARD | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)

FIELDS: Mapping[str, tuple[str, ...]] = {
    "frigate": (
        "id", "camera", "label", "start_time", "frame_time", "end_time", "top_score", "score", "stationary",
        "false_positive", "sub_label", "current_zones", "box", "wardline_media", "severity", "data",
        "attributes", "current_attributes", "snapshot", "recognized_license_plate",
    ),
    "cloudevents": (
        "id", "source", "specversion", "type", "time", "subject", "datacontenttype", "data", "data_base64",
    ),
    "telemetry": ("source", "at", "readings", "ts", "values"),
    "report": (
        "text", "channel", "category", "lon", "lat", "datum", "accuracy_m", "address", "component", "media",
        "reporter", "observed_at", "key",
    ),
    "open311": (
        "service_code", "description", "answers", "question", "answer", "lat", "long", "accuracy_m", "address",
        "component", "media", "reporter", "key",
    ),
    "history": (
        "id", "opened_at", "lon", "lat", "datum", "address", "area", "text", "category", "kind", "feed", "source",
        "worker", "filed_at", "closed_at", "handled_at",
    ),
    "chirpstack": (
        "deviceInfo", "devEUI", "deviceName", "deduplicationId", "time", "publishedAt", "devAddr", "fCnt", "fPort",
        "data", "object", "objectJSON", "rxInfo", "margin", "batteryLevel", "batteryLevelUnavailable",
        "externalPowerSource", "level", "code", "description", "type", "error", "acknowledged", "location", "txInfo",
    ),
    "tts": (
        "end_device_ids", "received_at", "simulated", "uplink_message", "uplink_normalized", "location_solved",
        "service_data", "join_accept", "downlink_ack",
    ),
    "ngsild": (
        "id", "type", "data", "notifiedAt", "subscriptionId", "metadata", "body", "properties", "geometry", "features",
        "location", "dateObserved", "dateIssued", "category", "subCategory", "severity", "description", "address",
        "fillingLevel", "refDevice", "controlledProperty", "numValue", "@context",
    ),
    "sensorthings": (
        "result", "phenomenonTime", "resultTime", "Datastream", "MultiDatastream", "Datastream@iot.navigationLink",
        "value", "Observations", "@iot.id",
    ),
    "webhook": ("alarms", "dev", "when", "what", "words", "where", "level", "value", "numbers"),
    "sparkplug": ("timestamp", "metrics", "seq", "uuid"),
    "deepstream": (
        "messageid", "sensor", "object", "event", "@timestamp", "place", "videoPath", "sensorId", "objects", "id",
    ),
    "milestone": (
        "events", "states", "array", "data", "id", "source", "type", "time", "name", "message", "stateLevel", "state",
        "priority", "commandId", "location",
    ),
    "hikvision": (
        "EventNotificationAlert", "channelID", "dateTime", "activePostCount", "eventType", "eventState", "macAddress",
        "channelName", "isDataRetransmission", "DetectionRegionList", "DurationList", "ANPR", "UUID", "DeviceGPSInfo",
        "wardline_media",
    ),
    "dahua": ("Code", "Action", "Index", "Data"),
    "onvif": ("topic", "timestamp", "UtcTime", "Source", "Key", "Data", "message", "serial", "PropertyOperation"),
    "gb28181": (
        "CmdType", "DeviceID", "channelId", "AlarmPriority", "AlarmMethod", "AlarmTime", "AlarmDescription",
        "Longitude", "Latitude", "Info", "AlarmType",
    ),
    "cap": ("id", "type", "geometry", "properties", "features", "alert"),
}  # fmt: skip
GOOD: Mapping[str, dict[str, Any]] = {
    "frigate": {"id": "1.5-a", "camera": "cam_1", "label": "trash", "start_time": 1.7e9, "frame_time": 1.7e9 + 90},
    "cloudevents": {"id": "1", "source": "/a", "specversion": "1.0", "type": "t", "data": {"text": "a hole"}},
    "telemetry": {"source": "g-1", "readings": [{"metric": "CH4", "value": 12.5}]},
    "report": {"text": "路灯不亮", "lon": 106.505, "lat": 29.515},
    "open311": {"service_code": "P0118", "description": "dark", "key": "k"},
    "history": {"id": "9", "opened_at": "2026-01-02T03:04:05Z", "text": "litter"},
    "chirpstack": {"deviceInfo": {"devEui": "1000000000000001"}, "fCnt": 4, "object": {"a": {"b": 1.5}}, "rxInfo": []},
    "tts": {"end_device_ids": {"device_id": "d"}, "uplink_message": {"f_cnt": 1, "decoded_payload": {"a": [1, True]}}},
    "ngsild": {"id": "urn:a:1", "type": "Alert", "subCategory": "trash", "dateIssued": "2026-03-03T01:00:00Z"},
    "sensorthings": {"result": 1.5, "phenomenonTime": "2026-03-03T01:00:00Z"},
    "sparkplug": {"timestamp": 1.7e12},
    "webhook": {"when": 1_772_503_200, "what": "trash", "value": 7},
    "deepstream": {
        "messageid": "1",
        "sensor": {"id": "cam_1"},
        "object": {"id": "7", "vehicle": {"type": "trash"}},
        "event": {"type": "entry"},
    },
    "milestone": {"id": "7", "source": "cameras/1", "type": "trash", "time": "2026-03-03T01:00:00Z", "stateLevel": 1},
    "hikvision": {"eventType": "trash", "eventState": "active", "channelID": 1, "dateTime": "2026-03-03T09:00:00"},
    "dahua": {"Code": "trash", "Action": "Start", "Index": 0, "Data": {"UTC": 1.7e9}},
    "onvif": {"topic": "trash", "UtcTime": "2026-03-03T01:00:00Z", "Data": {"State": True}},
    "gb28181": {"CmdType": "Alarm", "DeviceID": "1", "AlarmMethod": 7, "AlarmDescription": "路灯不亮"},
    "cap": {
        "type": "Feature",
        "properties": {
            "id": "1",
            "sender": "a",
            "sent": "2026-03-03T01:00:00Z",
            "status": "Actual",
            "messageType": "Alert",
            "event": "Flood",
        },
    },
}
INNER = {
    "frigate": ("detections", "objects", "zones"),
    "cloudevents": (
        "category", "kind", "text", "description", "lon", "lat", "datum", "accuracy_m", "address", "phase", "episode",
        "severity", "confidence", "media",
    ),
    "telemetry": ("metric", "value", "unit", "at"),
    "chirpstack": ("devEui", "deviceName", "rssi", "snr", "loRaSNR", "time", "gwTime", "latitude", "longitude"),
    "tts": (
        "device_id", "dev_eui", "dev_addr", "session_key_id", "f_cnt", "f_port", "frm_payload", "decoded_payload",
        "normalized_payload", "rx_metadata", "locations", "received_at", "service", "data", "location", "rssi", "snr",
    ),
    "ngsild": (
        "id", "type", "value", "object", "@value", "observedAt", "metadata", "coordinates", "unitCode", "properties",
        "TimeInstant", "streetAddress",
    ),
    "sensorthings": ("@iot.id", "name", "ObservedProperty", "ObservedProperties", "Thing", "result"),
    "deepstream": (
        "id", "name", "type", "location", "lat", "lon", "vehicle", "person", "confidence", "bbox", "topleftx",
        "toplefty", "bottomrightx", "bottomrighty",
    ),
    "milestone": ("id", "name", "source", "type", "time", "message", "objects", "vendor", "description", "stateName"),
    "hikvision": (
        "eventType", "licensePlate", "confidenceLevel", "regionID", "TargetRect", "Longitude", "relationEvent",
    ),
    "dahua": ("UTC", "UTCMS", "RealUTC", "LocaleTime", "Name", "RegionName", "Object", "wardline_media"),
    "onvif": ("State", "ObjectId", "VideoSource", "Rule", "source", "data", "active", "classTypes"),
    "gb28181": ("AlarmType", "EventType", "Longitude"),
    "cap": (
        "id", "sender", "sent", "status", "messageType", "references", "coordinates", "type", "geocode", "parameters",
        "severity", "certainty", "info", "identifier", "msgType",
    ),
}  # fmt: skip


def test_every_feed_is_fuzzed() -> None:
    assert set(FIELDS) == set(FEEDS) == set(GOOD)


def shaped(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects of the feed's shape, some of whose values are anything."""
    inner = st.dictionaries(st.sampled_from(INNER.get(name, ("x",))), VALUES, max_size=4)
    values = VALUES | inner | st.lists(inner, max_size=2)
    changes = st.dictionaries(st.sampled_from(FIELDS[name]), values, max_size=5)
    return changes.map(lambda changed: {**GOOD[name], **changed})


def body_of(name: str, said: dict[str, Any], frame: object) -> bytes:
    """Return the message; Frigate puts what it tells into an envelope."""
    message = {"type": frame, "before": {}, "after": said} if name == "frigate" else said
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")


def ask_all(feed: Feed, body: bytes) -> None:
    """Ask the feed all that the doors and the engine ask of it."""
    assert isinstance(feed.sender(body), str)
    parts = feed.split(body)
    assert parts, "a body was lost"
    for part in parts:
        key = feed.key(part)
        assert key is None or isinstance(key, bytes)
        try:
            said = feed.translate(part, ORIGINS[feed.name])
        except Unreadable:
            continue
        for each in said:
            if isinstance(each, Learned):
                assert len(each.key) <= LEARNED_KEY_MAX
            elif not isinstance(each, Ask):
                check_said(each)


def check_said(said: Event | Reading | Record) -> None:
    """What is told to the engine can be kept: times have zones and are not ahead, texts can be written."""
    event = said.event if isinstance(said, Record) else said
    assert event.observed_at.utcoffset() is not None
    if isinstance(event, Event):
        event.text.encode()
        event.place_text.encode()
        assert "\x00" not in event.text + event.place_text + event.feed
        assert event.point is None or (-180.1 <= event.point.lon <= 180.1 and -90.1 <= event.point.lat <= 90.1)


@pytest.mark.parametrize("name", sorted(FEEDS))
@given(body=st.binary(max_size=200))
@example(body=b"")
@example(body=b"[" * 100_000)
@example(body=b'{"a":' * 50_000)
@example(body=b"[]")
@example(body=b" [ , ] ")
@example(body=b"\xff\xfe{}")
@example(body=b'{"id": "\\ud800", "text": "\\udfff", "source": "\\ud800"}')
@example(body=b'{"text": "\xed\xa0\x80"}')
@example(body=b'{"id": NaN, "type": "new", "after": NaN}')
def test_bytes_of_any_kind(name: str, body: bytes) -> None:
    ask_all(FEEDS[name], body)


@pytest.mark.parametrize("name", sorted(FEEDS))
@settings(max_examples=150)
@given(data=st.data())
def test_json_of_the_feeds_shape_with_any_values(name: str, data: st.DataObject) -> None:
    frame = data.draw(st.sampled_from(["new", "update", "end"]) | VALUES)
    ask_all(FEEDS[name], body_of(name, data.draw(shaped(name)), frame))


METRICS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.binary(max_size=8) | st.just(b"level"),
        "alias": st.integers(0, 2**64 - 1) | st.integers(0, 2),
        "timestamp": st.sampled_from([0, 1, 1_772_503_200_000, 2**63, 2**64 - 1]),
        "datatype": st.integers(0, 40),
        "is_historical": st.booleans(),
        "is_null": st.booleans(),
        "int_value": st.integers(0, 2**32 - 1),
        "long_value": st.integers(0, 2**64 - 1),
        "double_value": st.floats(),
        "float_value": st.floats(width=32),
        "boolean_value": st.booleans(),
    },
)
TOPICS = st.sampled_from(
    [f"spBv1.0/g/{message}/n" for message in ("NBIRTH", "NDATA", "NDEATH", "DDATA")]
    + [f"spBv1.0/g/{message}/n/d" for message in ("DBIRTH", "DDATA", "DDEATH", "NDATA")]
    + ["", "spBv1.0/STATE/h", "?topic=spBv1.0%2Fg%2FNDATA%2Fn", "spBv1.0/" + "g" * 300 + "/NDATA/n"]
)


@given(topic=TOPICS, metrics=st.lists(METRICS, max_size=4), cut=st.integers(0, 3), junk=st.binary(max_size=20))
def test_sparkplug_payloads_of_any_kind(topic: str, metrics: list[dict[str, Any]], cut: int, junk: bytes) -> None:
    payload = sparkplug.make_payload({"timestamp": 1_772_503_200_000, "metrics": metrics})
    for body in (payload, payload[: len(payload) - cut] + junk, junk):
        ask_all(FEEDS["sparkplug"], with_address(topic, body))


JUNK = st.sampled_from([b"NaN", b"{", b"{]", b"nul", b'{"a": NaN}', b'{"a" 1}', b"1 2", b'{"a": "\xff"}', b"'x'", b"-"])
WHOLE = shaped("report").map(lambda said: json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@given(parts=st.lists(WHOLE, min_size=1, max_size=5), pad=st.sampled_from([b"", b" ", b"\r\n\t"]))
def test_an_array_is_parted_byte_for_byte(parts: list[bytes], pad: bytes) -> None:
    body = pad + b"[" + (pad + b"," + pad).join(parts) + b"]" + pad
    assert split_array(body) == parts


@given(parts=st.lists(WHOLE, min_size=1, max_size=4), junk=JUNK.filter(lambda each: b"{" not in each or b"}" in each))
def test_a_broken_element_takes_no_other_with_it(parts: list[bytes], junk: bytes) -> None:
    if junk == b"{]":
        return
    for place in range(len(parts) + 1):
        mixed = [*parts[:place], junk, *parts[place:]]
        assert split_array(b"[" + b", ".join(mixed) + b"]") == mixed


@given(parts=st.lists(WHOLE, max_size=3), end=st.sampled_from([b"", b",", b"]]", b"] x", b'"', b"{]", b"\\"]))
def test_what_cannot_be_parted_is_kept_whole(parts: list[bytes], end: bytes) -> None:
    body = b"[" + b",".join(parts) + end
    assert b"".join(split_array(body)) in (body, b"".join(parts))


def test_a_hostile_array_is_read_in_no_time() -> None:
    for body in (
        b"[" + b"[" * 10**6,
        b"[" + b"," * 250_000,
        b"[" + b'"' * 250_001,
        b'["' + b"\\" * 250_000,
        b"[{" * 125_000,
    ):
        assert split_array(body)
