"""What `test_fuzz` says, for the feeds whose messages are XML, text with fields, or bodies of several parts."""

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.feeds.test_fuzz import FEEDS, ask_all

TEXTS = st.sampled_from(
    [
        "", " ", "0", "-1", "1", "2", "33", "1e999", "nan", "9" * 400, "x" * 400, "解放碑", "\U0001f600", "trash",
        "true", "active", "inactive", "duration", "videoloss", "IO", "ANPR", "Alarm", "Keepalive", "Actual", "Exercise",
        "Alert", "Update", "Cancel", "Ack", "a,b,2026-01-01T00:00:00Z", "a,b,2026-99-01T00:00:00Z a,c,2026-01-01",
        "Initialized", "2026-03-03T10:00:00+08:00", "2026-03-03T10:00:00", "0001-01-01T00:00:00+14:00", "2026-02-30",
        "9999-12-31T23:59:59-14:00", "29,106 29,107 30,107 29,106", "29,106 5", "95,200 95,201 96,200", "180,",
        "0,179 0,-179 1,-179 0,179",
    ]
)  # fmt: skip
ELEMENTS: Mapping[str, tuple[str, ...]] = {
    "hikvision": (
        "EventNotificationAlert", "eventType", "eventState", "channelID", "dateTime", "activePostCount", "macAddress",
        "DetectionRegionList", "regionID", "detectionTarget", "TargetRect", "X", "ANPR", "licensePlate", "UUID",
        "confidenceLevel", "DeviceGPSInfo", "Longitude", "Latitude", "degree", "DurationList", "relationEvent",
        "isDataRetransmission", "wardline_media",
    ),
    "milestone": (
        "AnalyticsEvent", "Alert", "EventHeader", "ID", "Timestamp", "Type", "Message", "Class", "CustomTag", "Source",
        "FQID", "ObjectId", "Name", "Description", "StartTime", "EndTime", "Location", "Count", "ObjectList", "Object",
        "AlarmTrigger", "Value", "Polygon", "Point", "X", "Y", "BoundingBox", "Left", "Vendor",
    ),
    "onvif": (
        "Envelope", "Body", "Notify", "NotificationMessage", "Topic", "Message", "Source", "Key", "Data", "SimpleItem",
        "ProducerReference", "Address",
    ),
    "gb28181": (
        "Notify", "CmdType", "DeviceID", "AlarmPriority", "AlarmMethod", "AlarmTime", "AlarmDescription", "Longitude",
        "Latitude", "Info", "AlarmType", "AlarmTypeParam", "EventType",
    ),
    "cap": (
        "alert", "identifier", "sender", "sent", "status", "msgType", "scope", "references", "note", "info", "event",
        "severity", "certainty", "headline", "description", "eventCode", "valueName", "value", "responseType", "area",
        "areaDesc", "polygon", "circle", "geocode", "onset", "expires",
    ),
}  # fmt: skip
WHOLE: Mapping[str, str] = {
    "hikvision": (
        "<EventNotificationAlert><eventType>trash</eventType><eventState>active</eventState>"
        "<dateTime>2026-03-03T09:00:00</dateTime>{}</EventNotificationAlert>"
    ),
    "milestone": (
        "<AnalyticsEvent><EventHeader><Message>trash</Message><Timestamp>2026-03-03T01:00:00Z</Timestamp>"
        "</EventHeader>{}</AnalyticsEvent>"
    ),
    "onvif": (
        "<Envelope><Body><NotificationMessage><Topic>trash</Topic><Message><Message PropertyOperation='Changed'>"
        "<Data><SimpleItem Name='State' Value='true'/></Data>{}</Message></Message></NotificationMessage></Body>"
        "</Envelope>"
    ),
    "gb28181": "<Notify>{}<CmdType>Alarm</CmdType><DeviceID>1</DeviceID><AlarmMethod>7</AlarmMethod></Notify>",
    "cap": (
        "<alert>{}<identifier>1</identifier><sender>a</sender><sent>2026-03-03T01:00:00Z</sent><status>Actual</status>"
        "<msgType>Alert</msgType><info><event>Flood</event></info></alert>"
    ),
}


def elements(name: str) -> st.SearchStrategy[str]:
    """Elements of the feed's names within each other, with anything as their text."""
    names = st.sampled_from(ELEMENTS[name])
    leaf = st.builds(
        _element, names, st.lists(st.tuples(st.sampled_from(["Name", "Value", "UtcTime"]), TEXTS), max_size=2), TEXTS
    )
    return st.recursive(
        leaf,
        lambda inner: st.builds(_nest, names, st.lists(inner, max_size=4)),
        max_leaves=12,
    )


def _element(name: str, attributes: list[tuple[str, str]], text: str) -> str:
    told = "".join(f" {key}={quoteattr(value)}" for key, value in dict(attributes).items())
    return f"<{name}{told}>{escape(text)}</{name}>"


def _nest(name: str, inner: list[str]) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"


@pytest.mark.parametrize("name", sorted(ELEMENTS))
@settings(max_examples=150)
@given(data=st.data())
def test_xml_of_the_feeds_shape_with_any_values(name: str, data: st.DataObject) -> None:
    inner = "".join(data.draw(st.lists(elements(name), max_size=4)))
    text = data.draw(st.sampled_from([WHOLE[name].format(inner), inner, WHOLE[name].format(inner)[:-9]]))
    encoding = data.draw(st.sampled_from(["utf-8", "gb18030", "utf-16"]))
    ask_all(FEEDS[name], text.encode(encoding))


PARTS = st.sampled_from(
    [
        b"",
        b"--",
        b"\r\n\r\n",
        b"\xff\xfe<",
        b"Content-Type:\r\n",
        b'\r\n{"eventType": "trash"}',
        b"Code=trash;action=Stop;index=x",
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0",
        b"Content-Type: text/plain\r\nContent-Length: 9\r\n\r\nHeartbeat",
        b"Content-Type: text/plain\r\n\r\nCode=trash;action=Start;index=0",
        b'Content-Type: text/plain\r\n\r\nCode=trash;action=Start;index=0;data={"Name": "a;b={"',
        b'Content-Disposition: form-data; name="x"\r\n\r\n<a>',
        b"Content-Type: application/xml\r\n\r\n<EventNotificationAlert><eventType>trash</eventType>",
    ]
)


@pytest.mark.parametrize("name", ["hikvision", "dahua"])
@given(parts=st.lists(PARTS | st.binary(max_size=30), max_size=6), end=st.sampled_from([b"--\r\n", b"", b"\r\n", b"-"]))
def test_bodies_of_any_parts(name: str, parts: list[bytes], end: bytes) -> None:
    ask_all(FEEDS[name], b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b" + end)


WORDS = st.sampled_from(
    [
        "Code=", "trash", "CrossLineDetection", ";", "action=", "Start", "Stop", "index=", "0", "\n", "data=", "{", "}",
        '"UTC": 1', '"LocaleTime": "2026-03-03 10:00:00"', "Heartbeat", "[", ",", "\x00", "规则",
    ]
)  # fmt: skip
LINES = st.lists(WORDS | st.text(max_size=4), max_size=14)


@given(pieces=LINES)
def test_lines_of_any_fields(pieces: list[str]) -> None:
    ask_all(FEEDS["dahua"], "".join(pieces).encode("utf-8", "surrogatepass"))
    ask_all(FEEDS["dahua"], ("Code=trash;action=Start;index=0;" + "".join(pieces)).encode("gb18030", "replace"))
