"""One value in the standard's two formats: XML as it was written, JSON by its Spark mapping.

In XML every member is an element, an empty one where there is nothing, and a list's items bear its name in the
singular. In JSON the root is gone, members without a value are left out, ids are texts and booleans are real.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from starlette.responses import Response

Value: TypeAlias = "str | int | float | bool | datetime | Mapping[str, Value] | Sequence[Value] | None"

_encode = msgspec.json.Encoder().encode

SINGULAR: Mapping[str, str] = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "media_urls": "media_url",
    "notes": "note",
}
"""What the items of a list are called in XML."""

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document of XML 1.0 may hold, escaped or not (section 2.2)."""


@dataclass(frozen=True, slots=True)
class Format:
    """One of the two: the suffix of the path, and the media type."""

    suffix: str
    content_type: str


XML = Format("xml", "text/xml; charset=utf-8")
JSON = Format("json", "application/json; charset=utf-8")
FORMATS: Mapping[str, Format] = {each.suffix: each for each in (XML, JSON)}


def respond(
    form: Format, root: str, value: Value, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the value as an answer; `root` is the element that it stands in."""
    body = to_xml(root, value) if form is XML else to_json(value)
    # As a header: Starlette adds a charset of its own to what it takes for a text.
    return Response(body, status, {**(headers or {}), "content-type": form.content_type})


def to_json(value: Value) -> bytes:
    return _encode(_plain(value))


def _plain(value: Value) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return [_plain(inner) for inner in value]
    return format_time(value) if isinstance(value, datetime) else value


def to_xml(root: str, value: Value) -> bytes:
    element = Element(root)
    _fill(element, value)
    body: bytes = tostring(element, encoding="utf-8", xml_declaration=False)
    return _DECLARATION + body


def _fill(element: Element, value: Value) -> None:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(SubElement(element, name), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _fill(SubElement(element, SINGULAR[element.tag]), inner)
    elif value is not None:
        element.text = _NOT_XML.sub("", _text(value))


def _text(value: str | int | float | bool | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_time(value) if isinstance(value, datetime) else str(value)


def format_time(at: datetime) -> str:
    """Return the instant as the standard has it, to the second and with a zone: 2026-03-01T08:00:00Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
