"""What partners answer, in XML or JSON, read to rows of texts: the dialects differ in both, and none is trusted."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.feeds import Unreadable
from services.feeds._xml import Node, read_xml

ROWS_MAX = 2_000
"""Rows of one answer: the standard's page has a thousand."""
TEXT_MAX = 8_000
"""Characters of one field that are read; a description has 4,000 at most."""

Row = Mapping[str, str]
"""Field -> its text, outer spaces and what is null or nested left out."""


class Garbled(Exception):
    """The answer is neither of the two formats, or holds nothing of what it should."""


def read_rows(body: bytes) -> Sequence[Row]:
    """Return the rows of an answer, by what it is and not by what its header says: several servers say it wrong.

    :raises Garbled: if it is neither XML nor JSON, or no list.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return _read_xml(body)
    if start in (b"[", b"{"):
        return _read_json(body)
    raise Garbled("neither XML nor JSON")


def _read_xml(body: bytes) -> Sequence[Row]:
    try:
        root = read_xml(body)
    except Unreadable as error:
        raise Garbled(f"no XML ({error.reason})") from None
    if root.name == "html":
        raise Garbled("a page of HTML")
    return [_row_of(node) for node in root.children[:ROWS_MAX]]


def _row_of(node: Node) -> Row:
    fields = {child.name: child.text[:TEXT_MAX].strip() for child in node.children if not child.children}
    return {name: text for name, text in fields.items() if text}


def _read_json(body: bytes) -> Sequence[Row]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled("no JSON") from None
    if isinstance(found, dict):
        # Some servers wrap the list as the XML does.
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if len(lists) == 1 and len(found) == 1 else [found]
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Garbled("no list of objects")
    return [_texts(each) for each in found[:ROWS_MAX]]


def _texts(row: Mapping[str, Any]) -> Row:
    texts = {
        str(name).lower(): str(value)[:TEXT_MAX].strip()
        for name, value in row.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    return {name: text for name, text in texts.items() if text}


def say_errors(body: bytes) -> str:
    """Return what an error's answer says, "" where it is none of the standard's."""
    try:
        rows = read_rows(body)
    except Garbled:
        return ""
    return "; ".join(text for row in rows if (text := row.get("description", "")))
