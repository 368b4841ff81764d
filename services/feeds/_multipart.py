"""Bodies of several parts (RFC 2046, section 5.1): forms of alarm servers, and the endless streams of cameras.

The boundary is the body's own first delimiter line, so that a body reads the same from a form, a saved stream and a
relay, whatever its Content-Type said.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.feeds import PARTS_MAX, Picture, Pictured, name_in

PREAMBLE_MAX = 4_096
"""Bytes before the first delimiter; what stands there is no part (RFC 2046, 5.1.1)."""
HEADERS_MAX = 32
"""Headers of one part; devices write three or four. What follows counts as its body."""
HEAD_MAX = 8_192
"""Bytes of one header."""

SHARED = "shared-private"
"""What a picture is called in which another message of its part may tell a face or a plate: all of it is hidden."""

_DELIMITER = re.compile(rb"^--([0-9A-Za-z'()+_,./:=? -]{1,70}?)[ \t]*\r?$", re.MULTILINE)
_HEADER = re.compile(rb"[A-Za-z-]{1,60}[ \t]*:[^\r\n]*(?:\r?\n|$)")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF")
_TEXTS = (b"<", b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its media type in lower case without parameters ("" where it names none), its bytes, and the name of
    its file, else its own, as its disposition tells it.
    """

    content_type: str
    body: bytes
    name: str = ""


def split_parts(body: bytes) -> Sequence[Part] | None:
    """Return the parts of a body, without what stands before the first and after the last; None where it is not of
    several parts. A part that was cut short is a part all the same.
    """
    start = body[:PREAMBLE_MAX].lstrip()
    if not start or start.startswith(_TEXTS):
        return None
    found = _DELIMITER.search(body, 0, PREAMBLE_MAX)
    if found is None:
        return None
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(found.group(1)) + rb"(?:--)?[ \t]*(?=\r?\n|$)")
    # A stream that was joined in the middle begins within a part: what stands before its first delimiter is one.
    head = [body[: found.start()]] if _HEADER.match(start) else []
    pieces = line.split(body[found.start() :], maxsplit=PARTS_MAX + 2)
    return [_part(piece) for piece in (*head, *pieces) if piece.strip()]


def _part(piece: bytes) -> Part:
    at = re.match(rb"\s*", piece).end()  # type: ignore[union-attr]
    content_type, told = "", ""
    for _ in range(HEADERS_MAX):
        found = _HEADER.match(piece, at, at + HEAD_MAX)
        if found is None:
            break
        name, _, value = found.group().partition(b":")
        if name.strip().lower() == b"content-type":
            content_type = value.partition(b";")[0].strip().decode("latin-1").lower()
        elif name.strip().lower() == b"content-disposition":
            told = name_in(value)
        at = found.end()
    return Part(content_type, piece[at:].strip(b"\r\n"), told)


def is_picture(part: Part) -> bool:
    """Say whether a part is a picture or other bytes that say nothing by themselves.

    The media type alone does not tell: devices send their JPEGs as application/octet-stream too.
    """
    if part.body.lstrip().startswith(_TEXTS):
        return False
    binary = ("image/", "video/", "audio/", "application/octet-stream")
    return part.content_type.startswith(binary) or part.body.startswith(_PICTURES)


def split_pictured(
    body: bytes, split_text: Callable[[bytes], Sequence[bytes]], private: re.Pattern[bytes]
) -> Sequence[Pictured]:
    """Return the messages of a body with the pictures of each: those that stand behind it, and for the first one also
    those before it. Messages of one part share its pictures. A body of pictures alone is one (unreadable) message.

    Each message is read alone, and may be the first to show a picture. Where several share one and the words of any may
    tell of a face or a plate (`private`), it is named SHARED, for each of them to hide.
    """
    parts = split_parts(body)
    if parts is None:
        return [(message, ()) for message in split_text(body)]
    groups: list[tuple[Sequence[bytes], list[bytes]]] = []
    before: list[bytes] = []
    for part in parts:
        if not is_picture(part):
            groups.append((split_text(part.body), []))
        elif is_image(part):
            (groups[-1][1] if groups else before).append(Picture.named(part.name, part.body))
    if not groups:
        return [(body, ())]
    groups[0][1][:0] = before
    for messages, pictures in groups:
        if len(messages) > 1 and any(private.search(message) for message in messages):
            pictures[:] = [Picture.named(SHARED, picture) for picture in pictures]
    return [(message, pictures) for messages, pictures in groups for message in messages]


def is_image(part: Part) -> bool:
    """Say whether a part that says nothing by itself is a still picture."""
    return part.content_type.startswith("image/") or part.body.startswith(_PICTURES)
