"""Voice notes: what a browser's MediaRecorder makes, looked through from end to end, and stored as it is.

Three containers are taken: WebM (RFC 9559), Ogg (RFC 3533, RFC 7845) and MP4 (ISO/IEC 14496-12). Each is walked by its
own lengths to its last byte, so that nothing can be hidden behind it, and must hold sound alone. No sound is decoded
here: a decoder that reads strangers' files is a larger door than the file (ADR 0028).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from services.store.media import Medium
from services.store.shelf import ID_LENGTH, SOUND_ENDINGS, SOUND_PREFIX, Shelf, folder_of, on_shelf

MAX_FILE_BYTES = 4_000_000
"""Five minutes at 96 kbit/s; a phone records speech at a third of that."""
ELEMENTS_MAX = 100_000
"""Elements, pages or boxes of one file: a recording of five minutes has about 20,000."""

_THREADS = ThreadPoolExecutor(1, thread_name_prefix="recording")


class BadRecording(Exception):
    """The bytes are no recording that we take, or not a whole one."""


class _Reader:
    """Bytes read in order; every step past the end is a fault of the file."""

    def __init__(self, body: bytes) -> None:
        self.body, self.at, self._steps = body, 0, 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.body)

    def take(self, count: int) -> bytes:
        self._steps += 1
        if self._steps > ELEMENTS_MAX * 4:
            raise BadRecording("The recording has too many parts.")
        if count < 0 or self.at + count > len(self.body):
            raise BadRecording("The recording is cut off.")
        self.at += count
        return self.body[self.at - count : self.at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")


# --- WebM ------------------------------------------------------------------------------------------------------

_EBML, _DOC_TYPE, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x4282, 0x18538067, 0x1F43B675
_TRACKS, _TRACK, _TRACK_TYPE, _CODEC = 0x1654AE6B, 0xAE, 0x83, 0x86
_OPENED = frozenset({_SEGMENT, _CLUSTER, _TRACKS, _TRACK})
"""Elements that are gone into. A live recording does not know how long its segment and its clusters will be."""
_UNWANTED = frozenset({0x1941A469, 0x1254C367, 0x6D80})
"""Attachments, tags and compressed tracks: no recorder of a browser writes them."""
_AUDIO_TRACK = b"\x02"
_WEBM_CODECS = frozenset({b"A_OPUS", b"A_VORBIS"})


def _vint(reader: _Reader, *, keep_marker: bool) -> int:
    """Return an EBML variable-length integer (RFC 8794, 4); -1 for a length that is not known."""
    first = reader.number(1)
    if first == 0:
        raise BadRecording("The recording is broken.")
    length = 9 - first.bit_length()
    value = first if keep_marker else first & ((1 << (8 - length)) - 1)
    value = (value << (8 * (length - 1))) | (reader.number(length - 1) if length > 1 else 0)
    return -1 if not keep_marker and value == (1 << (7 * length)) - 1 else value


def _check_webm(body: bytes) -> None:
    reader, types, codecs, doc_type = _Reader(body), list[bytes](), set[bytes](), b""
    while not reader.is_done:
        element, size = _vint(reader, keep_marker=True), _vint(reader, keep_marker=False)
        if element in _UNWANTED:
            raise BadRecording("The recording carries more than sound.")
        if element == _EBML:
            doc_type = _doc_type(reader.take(size))
        elif element in _OPENED:
            if size > len(body) - reader.at:
                raise BadRecording("The recording is cut off.")
        else:
            value = reader.take(size)
            if element == _TRACK_TYPE:
                types.append(value)
            elif element == _CODEC:
                codecs.add(value.rstrip(b"\x00"))
    if doc_type != b"webm" or not types or set(types) != {_AUDIO_TRACK} or not codecs <= _WEBM_CODECS:
        raise BadRecording("This is not a WebM recording of sound alone.")


def _doc_type(header: bytes) -> bytes:
    reader = _Reader(header)
    while not reader.is_done:
        element, size = _vint(reader, keep_marker=True), _vint(reader, keep_marker=False)
        value = reader.take(size)
        if element == _DOC_TYPE:
            return value.rstrip(b"\x00")
    return b""


# --- Ogg -------------------------------------------------------------------------------------------------------

_OGG_CODECS = (b"OpusHead", b"\x01vorbis")


def _check_ogg(body: bytes) -> None:
    reader, serial = _Reader(body), b""
    while not reader.is_done:
        head = reader.take(27)
        if head[:5] != b"OggS\x00":
            raise BadRecording("The recording is broken.")
        data = reader.take(sum(reader.take(head[26])))
        if not serial:
            serial = head[14:18]
            if not data.startswith(_OGG_CODECS):
                raise BadRecording("This is not an Ogg recording of sound alone.")
        elif head[14:18] != serial:
            raise BadRecording("The recording holds more than one stream.")


# --- MP4 -------------------------------------------------------------------------------------------------------

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia"})
_TOP = frozenset({b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"sidx", b"styp", b"mfra", b"emsg"})
_NOT_IN_MOVIE = frozenset({b"udta", b"meta", b"uuid"})
"""Where a telephone writes its owner's name and where he stands."""


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    reader = _Reader(body)
    while not reader.is_done:
        size, name, head = reader.number(4), reader.take(4), 8
        if size == 1:
            size, head = reader.number(8), 16
        elif size == 0:
            size = head + len(body) - reader.at
        yield name, reader.take(size - head)


def _check_mp4(body: bytes) -> None:
    handlers: list[bytes] = []

    def go_into(inside: bytes) -> None:
        for name, content in _boxes(inside):
            if name in _NOT_IN_MOVIE:
                raise BadRecording("The recording carries more than sound.")
            if name in _CONTAINERS:
                go_into(content)
            elif name == b"hdlr":
                handlers.append(content[8:12])

    for name, content in _boxes(body):
        if name not in _TOP:
            raise BadRecording("The recording carries more than sound.")
        if name == b"moov":
            go_into(content)
    if set(handlers) != {b"soun"}:
        raise BadRecording("This is not an MP4 recording of sound alone.")


# --- all ---------------------------------------------------------------------------------------------------------

_Check = Callable[[bytes], None]
_KINDS: Mapping[str, tuple[int, bytes, _Check]] = {
    "audio/webm": (0, b"\x1a\x45\xdf\xa3", _check_webm),
    "audio/ogg": (0, b"OggS", _check_ogg),
    "audio/mp4": (4, b"ftyp", _check_mp4),
}
"""Content type -> where its magic stands, its magic, and what looks it through."""


def find_kind(body: bytes) -> str | None:
    """Return the content type that the first bytes speak of; None where they are of no recording."""
    return next((kind for kind, (at, magic, _) in _KINDS.items() if body[at : at + len(magic)] == magic), None)


def check_recording(body: bytes) -> str:
    """Return the content type of a recording.

    :raises BadRecording: if it is none, is broken, or holds anything but sound.
    """
    kind = find_kind(body)
    if kind is None:
        raise BadRecording("This is not a WebM, Ogg or MP4 recording.")
    if len(body) > MAX_FILE_BYTES:
        raise BadRecording(f"At most {MAX_FILE_BYTES:,} bytes a recording.")
    try:
        _KINDS[kind][2](body)
    except RecursionError:
        raise BadRecording("The recording is broken.") from None
    return kind


class RecordingFolder:
    """The recordings on a shelf, beside the pictures: `ab/rec-abcdef....webm`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def store(self, body: bytes) -> Medium:
        """Look through and store a recording; its row is still to be written.

        :raises BadRecording: as `check_recording` does. :raises BucketAway: if it cannot be kept now.
        """
        kind = await asyncio.get_running_loop().run_in_executor(_THREADS, check_recording, body)
        media_id = f"{SOUND_PREFIX}{sha256(body).hexdigest()[:ID_LENGTH]}"
        medium = Medium(id=media_id, content_type=kind, width=0, height=0, size=len(body))
        await on_shelf(self._shelf.put, self._name(medium), body)
        return medium

    async def file(self, medium: Medium) -> Path:
        """Make sure that a recording is on this disk, and return where.

        :raises FileNotFoundError: if it is not kept. :raises BucketAway: if it cannot be read now.
        """
        return await on_shelf(self._shelf.fetch, self._name(medium))

    def file_name(self, medium: Medium) -> str:
        return f"{medium.id}{SOUND_ENDINGS[medium.content_type]}"

    def _name(self, medium: Medium) -> str:
        return f"{folder_of(medium.id)}/{self.file_name(medium)}"
