"""GeoJSON: the properties of features are rows; a feature that is not changed keeps its text and its shape."""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from msgspec import UNSET

from services.city.faults import Fault
from services.city.files import Lines, scan_features
from services.city.forms.keyed import apply_edits
from services.city.rows import SHAPE, Cells, Edit, Put, Row, Unreadable, key_of, number_doubles
from services.city.sections.model import Section

EMPTY = b'{"type":"FeatureCollection","features":[\n]}\n'
"""A file of no features."""

FLAGS = {"true": True, "false": False}
DIGEST_SHOWN = 12
"""Hex digits by which a shape is told from another."""


class Feature(NamedTuple):
    """A feature as it stands in the file."""

    text: str
    value: Any


class Collection(NamedTuple):
    """A file in pieces: what stands before the first feature, the features, what stands behind the last."""

    head: str
    features: list[Feature]
    tail: str
    rows: list[Row]


def read_features(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`."""
    return _read(section, body).rows


def write_features(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`."""
    collection = _read(section, body)
    texts = apply_edits(section, collection.rows, collection.features, edits, _change(section))
    between = ",\n".join(feature.text for feature in texts)
    return (collection.head + between + collection.tail).encode("utf-8")


def _change(section: Section) -> Any:
    flags = {column.name for column in section.columns if column.kind == "flag"}

    def change(before: Feature | None, cells: Cells, edit: Put) -> Feature:
        value = dict(before.value) if before else {"type": "Feature", "properties": {}, "geometry": None}
        properties = dict(value.get("properties") or {})
        for name, text in cells.items():
            if name == SHAPE or (before and _text(properties.get(name)) == text):
                continue
            if text == "" and name in flags:
                properties.pop(name, None)
            else:
                properties[name] = FLAGS.get(text, text) if name in flags else text
        value["properties"] = properties
        if edit.shape is not UNSET:
            value["geometry"] = edit.shape
        return Feature(json.dumps(value, ensure_ascii=False, separators=(",", ":")), value)

    return change


def _read(section: Section, body: bytes) -> Collection:
    try:
        text = body.decode("utf-8-sig")
        found = list(scan_features(text))
    except UnicodeDecodeError as error:
        raise Unreadable(Fault(section.file, body.count(b"\n", 0, error.start) + 1, "not UTF-8")) from None
    except json.JSONDecodeError as error:
        raise Unreadable(Fault(section.file, error.lineno, f"not readable as GeoJSON: {error.msg}")) from None
    except RecursionError:
        raise Unreadable(Fault(section.file, 0, "not readable as GeoJSON: nested too deeply")) from None
    decoder = json.JSONDecoder()
    spans = [(start, decoder.raw_decode(text, start)[1]) for start, _ in found]
    features = [Feature(text[start:end], value) for (start, end), (_, value) in zip(spans, found, strict=True)]
    if spans:
        head, tail = text[: spans[0][0]], text[spans[-1][1] :]
    else:
        at = text.index("]", text.index('"features"'))
        head, tail = text[:at], text[at:]
    return Collection(head, features, tail, _rows(section, Lines(text), spans, features))


def _rows(section: Section, lines: Lines, spans: Sequence[tuple[int, int]], features: Sequence[Feature]) -> list[Row]:
    all_cells = [_cells(feature.value) for feature in features]
    places = [(lines.of(start), lines.of(end)) for start, end in spans]
    keys = number_doubles(key_of(section.key, cells, line) for cells, (line, _) in zip(all_cells, places, strict=True))
    return [
        Row(key=key, line=line, last_line=last, cells=cells, shape=_geometry(feature.value))
        for key, cells, (line, last), feature in zip(keys, all_cells, places, features, strict=True)
    ]


def _geometry(value: Any) -> Any:
    return value.get("geometry") if isinstance(value, dict) else None


def _cells(value: Any) -> dict[str, str]:
    properties = value.get("properties") if isinstance(value, dict) else None
    cells = {str(name): _text(each) for name, each in properties.items()} if isinstance(properties, dict) else {}
    geometry = _geometry(value)
    if geometry is None:
        return {**cells, SHAPE: ""}
    text = json.dumps(geometry, separators=(",", ":"), sort_keys=True)
    return {**cells, SHAPE: sha256(text.encode()).hexdigest()[:DIGEST_SHOWN]}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
