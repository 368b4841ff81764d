"""An endless multipart answer (RFC 2046, 5.1; x-mixed-replace), parted as it comes, wherever its chunks end."""

import re
from dataclasses import dataclass
from enum import Enum

import msgspec

from services.feeds import name_in

HEAD_MAX = 8_192
"""Bytes of a part's headers; devices write about a hundred."""
HEADERS_MAX = 32
LINE_MAX = 200
"""Bytes of a delimiter with what may stand around it (a boundary has at most 70 characters)."""
PART_MAX = 10 * 1024 * 1024
"""Bytes of one part: the largest message that the doors take by default. A larger one is let go by."""

_BLANK = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIRST = re.compile(rb"(?:\A|\n)(?=--[^\s-])--([0-9A-Za-z'()+_,./:=?-]{1,70})[ \t]*\r?\n")
_HEADER = re.compile(rb"^([A-Za-z-]{1,60})[ \t]*:[ \t]*([^\r\n]*)", re.MULTILINE)
_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]{0,80})[\s>]")
_BOUNDARY = re.compile(r"""boundary\s*=\s*("([^"]{1,72})"|[^\s;]{1,72})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its media type in lower case without parameters, its bytes, and the name that its disposition gives it.
    One that was cut off is one too.
    """

    content_type: str
    body: bytes
    name: str = ""


class _At(Enum):
    DELIMITER, HEAD, BODY = range(3)


class PartReader:
    """Takes chunks and gives the parts that are whole by then.

    A part ends at the length that it announces, so that it need not wait for the next one, but never past a delimiter:
    devices announce lengths and then send less.
    """

    def __init__(self, content_type: str) -> None:
        named = _BOUNDARY.search(content_type)
        self._delimiter = _pattern_of((named.group(2) or named.group(1)).encode()) if named else None
        self._buffer = bytearray()
        self._at = _At.DELIMITER
        self._seen = 0
        """Bytes of the buffer in which no delimiter begins."""
        self._type, self._name, self._length = "", "", -1
        self.dropped = 0
        """Parts let go by because they were too large."""

    def feed(self, chunk: bytes) -> list[Part]:
        """Return the parts that end with these bytes."""
        self._buffer += chunk
        parts: list[Part] = []
        while self._step(parts):
            pass
        return parts

    def end(self) -> list[Part]:
        """Return what the stream leaves unfinished: it ended within a part."""
        body = bytes(self._buffer).strip()
        self._buffer.clear()
        return [Part(self._type, body, self._name)] if self._at is _At.BODY and body else []

    def _step(self, parts: list[Part]) -> bool:
        """Go one state on; return whether that was possible."""
        if self._at is _At.DELIMITER:
            return self._seek()
        if self._at is _At.HEAD:
            return self._read_head()
        return self._read_body(parts)

    def _seek(self) -> bool:
        if self._delimiter is None:
            first = _FIRST.search(self._buffer)
            if first:
                self._delimiter = _pattern_of(first.group(1))
        found = self._delimiter.search(self._buffer) if self._delimiter else None
        if found is None:
            del self._buffer[:-LINE_MAX]
            return False
        self._advance(found.end(), _At.HEAD)
        return True

    def _read_head(self) -> bool:
        blank = _BLANK.search(self._buffer, 0, HEAD_MAX)
        if blank is None and len(self._buffer) < HEAD_MAX:
            return False
        head = bytes(self._buffer[: blank.start() if blank else 0])
        headers = {name.lower(): value for name, value in _HEADER.findall(head)[:HEADERS_MAX]}
        self._type = headers.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1").lower()
        self._name = name_in(headers.get(b"content-disposition", b""))
        length = headers.get(b"content-length", b"").strip()
        self._length = int(length) if length.isdigit() and len(length) < 12 else -1
        self._advance(blank.end() if blank else 0, _At.BODY)
        return True

    def _read_body(self, parts: list[Part]) -> bool:
        assert self._delimiter is not None, "a body stands behind a delimiter"
        is_whole = 0 <= self._length <= len(self._buffer)
        until = self._length if is_whole else len(self._buffer)
        found = self._delimiter.search(self._buffer, self._seen, until)
        if found:
            self._take(parts, found.start(), found.start())
        elif is_whole:
            self._take(parts, self._length, self._length)
        elif self._length < 0 and looks_whole(self._buffer):
            self._take(parts, len(self._buffer), len(self._buffer))
        elif len(self._buffer) > PART_MAX:
            self.dropped += 1
            self._advance(len(self._buffer) - LINE_MAX, _At.DELIMITER)
        else:
            self._seen = max(0, len(self._buffer) - LINE_MAX)
            return False
        return True

    def _take(self, parts: list[Part], end: int, used: int) -> None:
        body = bytes(self._buffer[:end]).strip(b"\r\n")
        if body:
            parts.append(Part(self._type, body, self._name))
        self._advance(used, _At.DELIMITER)

    def _advance(self, used: int, at: _At) -> None:
        del self._buffer[:used]
        self._at, self._seen = at, 0


def _pattern_of(boundary: bytes) -> re.Pattern[bytes]:
    """Return what a delimiter line looks like. Some firmware declares the boundary with its hyphens, some without."""
    return re.compile(rb"(?:\A|\r?\n)-{2,4}" + re.escape(boundary.lstrip(b"-")) + rb"(?:--)?[ \t]*\r?\n")


def looks_whole(body: bytes | bytearray) -> bool:
    """Say whether XML or JSON without an announced length has come to its end."""
    last = bytes(body[-LINE_MAX:]).rstrip()
    if last.endswith(b">"):
        root = _ROOT.search(body, 0, LINE_MAX * 10)
        return root is not None and last.endswith(b"</" + root.group(1) + b">")
    if last.endswith((b"}", b"]")) and bytes(body[:LINE_MAX]).lstrip()[:1] in (b"{", b"["):
        try:
            msgspec.json.decode(bytes(body))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return True
    return False
