"""What several feeds need to read a message: decoding, times and positions, each with its named refusal."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TypeVar

import msgspec

from dispatch.city import Source
from dispatch.event import Phase
from dispatch.health.skew import AHEAD_MAX, EARLIEST
from gis.datum import to_wgs84
from gis.point import LonLat
from services.feeds import PARTS_MAX, Unreadable

T = TypeVar("T")

EPOCH_MAX_S = 253_402_300_799
"""The end of the year 9999."""
TEXT_MAX = 10_000
"""Characters of one text; a report is not a book."""


def decode(body: bytes, model: type[T]) -> T:
    """Read the JSON as the model.

    :raises Unreadable: with reason `json` where it is no JSON, `shape` where it is not the model's.
    """
    try:
        return msgspec.json.decode(body, type=model)
    except msgspec.ValidationError as error:
        raise Unreadable("shape", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json", str(error)) from None


class _Keyed(msgspec.Struct):
    key: str = ""


def own_key(part: bytes) -> bytes | None:
    """Return what the sender tells a message from others by, its `key`; None (all bytes count) where it has none."""
    try:
        return decode(part, _Keyed).key.encode("utf-8", "surrogatepass") or None
    except Unreadable:
        return None


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A question of the category's, and what was answered; both in words."""

    question: str
    answer: str


def join_answers(text: str, answers: Sequence[Answer]) -> str:
    """Return what somebody wrote, and below it a line for each of his answers."""
    said = (text, *(f"{each.question} {each.answer}" for each in answers))
    return "\n".join(each.strip() for each in said if each.strip())


def check_name(text: str, length_max: int) -> str:
    """Return a name of another system's (a feed, a worker), which is kept in a column of that length.

    :raises Unreadable: reason `size` if it is longer, `shape` if it holds NUL.
    """
    if len(text) > length_max:
        raise Unreadable("size", f"a name of {len(text)} characters; at most {length_max}")
    if "\x00" in text:
        raise Unreadable("shape", "a name holds NUL")
    return text


def split_array(body: bytes) -> list[bytes]:
    """Part a JSON array into its elements, each byte for byte as it came; anything else is one message.

    Where an element is broken the others are told apart by brackets and commas, so that it takes none of them with
    it. What cannot be parted even so is one (unreadable) message: it must go to quarantine, not be lost.
    """
    if body.lstrip()[:1] != b"[":
        return [body]
    try:
        return [bytes(part) for part in msgspec.json.decode(body, type=list[msgspec.Raw])] or [body]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _split_broken(body) or [body]


BROKEN_MAX = 256 * 1024
"""Bytes of an array that is parted in spite of a broken element: the worst takes some hundredths of a second."""
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[][{},]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def _split_broken(body: bytes) -> list[bytes]:
    """Return the elements between the commas of the outermost brackets; [] where brackets do not match."""
    body = body.strip()
    if len(body) > BROKEN_MAX:
        return []
    parts, depth, start = [], 0, 1
    for mark in _MARKS.finditer(body):
        sign = mark.group()
        depth += _STEPS.get(sign, 0)
        if (sign == b"," and depth == 1) or depth == 0:
            parts.append(body[start : mark.start()].strip())
            start = mark.end()
        if len(parts) > PARTS_MAX:
            return parts
        if depth == 0:
            break
    return [part for part in parts if part] if depth == 0 and start == len(body) else []


def check_time(at: datetime, received_at: datetime) -> datetime:
    """Return the time in UTC as the device has it. Whether its clock can be right the engine judges with all that it
    knows of the source (`dispatch.health`): a wrong clock is no reason not to hear what it says.

    Of a local time that comes twice, when the clocks are put back, the coming nearer to the receipt is meant.

    :raises Unreadable: reason `time` for one without a zone, or out of range.
    """
    if at.tzinfo is None:
        raise Unreadable("time", f"{at.isoformat()} has no zone (RFC 3339 asks for one)")
    try:
        first = at.astimezone(UTC)
        if isinstance(at.tzinfo, timezone):
            return first
        second = at.replace(fold=1).astimezone(UTC)
    except OverflowError:
        raise Unreadable("time", f"{at.isoformat()} is out of range") from None
    # In the hour that is left out the second reading is the earlier one: that hour is read as so much later.
    is_double = second > first
    return second if is_double and abs(received_at - second) < abs(received_at - first) else first


def check_past(at: datetime, received_at: datetime) -> datetime:
    """Return the time of a record of the past, in UTC. It has no clock of its own to be judged by.

    :raises Unreadable: reason `time` as `check_time`, and for one before 2000 or more than a day ahead.
    """
    at = check_time(at, received_at)
    if at < EARLIEST or at > received_at + AHEAD_MAX:
        raise Unreadable("time", f"{at.isoformat()} cannot be right: it was received at {received_at.isoformat()}")
    return min(at, received_at)


_CLOCK = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|[+-]\d{2}:?\d{2})?"
)
"""Such as 2024-05-07T17:48:03.847+07:00, and what devices write for it: blanks, slashes, one digit, no zone."""


def parse_time(text: str, zone: tzinfo) -> datetime:
    """Return the instant that a device has written (ISO 8601, and near to it); one without a zone is of `zone`.

    :raises Unreadable: reason `time` where it is none.
    """
    found = _CLOCK.fullmatch(text.strip()[:64])
    if found is None:
        raise Unreadable("time", f"{text[:64]!r} is no time")
    *parts, fraction, offset = found.groups()
    numbers = [int(part or 0) for part in parts]
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    try:
        return datetime(*numbers, microsecond, tzinfo=_offset(offset) if offset else zone)  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError) as error:
        raise Unreadable("time", f"{text[:64]!r}: {error}") from None


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    shift = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-shift if text[0] == "-" else shift)


def from_epoch(seconds: float, received_at: datetime) -> datetime:
    """Return the instant of seconds since 1970, checked as `check_time` does."""
    if not 0 <= seconds <= EPOCH_MAX_S:
        raise Unreadable("time", f"{seconds} is no time")
    return check_time(datetime.fromtimestamp(seconds, UTC), received_at)


def position(lon: float | None, lat: float | None, datum: str) -> LonLat | None:
    """Return the WGS-84 position, None where the message gives none.

    :raises Unreadable: reason `position` for half a position, one off the globe, or an unknown datum.
    """
    if lon is None and lat is None:
        return None
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Unreadable("position", f"lon {lon}, lat {lat} is no position on the globe")
    try:
        return to_wgs84(LonLat(lon, lat), datum)
    except ValueError as error:
        raise Unreadable("position", str(error)) from None


def share(value: float | None) -> float | None:
    """Return a detector's confidence between 0 and 1, None where it has none."""
    return None if value is None else min(max(value, 0.0), 1.0)


def span_episode(told: str, source: Source, word: str, phase: Phase, point: LonLat | None) -> str:
    """Return the key of an episode that its sender has named, or, of one that has a span and no name, what makes it
    one: the source and what it tells of. That of a source that tells of many places would join them, so it has none.
    """
    if told:
        return f"{source.id}/{told}"
    is_span = phase in (Phase.OPEN, Phase.UPDATE, Phase.CLOSE)
    return f"{source.id}/{word}" if is_span and word and point is None and source.point is not None else ""


def check_text(text: str) -> str:
    """Return the text, trimmed and without NUL (which PostgreSQL cannot hold).

    :raises Unreadable: reason `size` if it is too long.
    """
    if len(text) > TEXT_MAX:
        raise Unreadable("size", f"a text of {len(text)} characters; at most {TEXT_MAX}")
    return text.replace("\x00", "").strip()
