"""How a JPEG file is put together (ITU-T T.81, annex B), looked at before anything decodes it.

A decoder goes over the whole picture once for each scan of a progressive file, and a scan that says "nothing new" of 36
megapixels is 58 bytes long: 2,000 of them took 8 s, and a file of 12 MB holds a hundred times as many. Headers have
their price too: Pillow joins those of one kind one by one, a million of EXIF in 21 s.
"""

import re
from collections.abc import Iterator

SCANS_MAX = 100
"""Encoders that try hard write some twenty; a picture within a picture (MPO) is not counted."""
SEGMENTS_MAX = 1_000
"""Headers of at most 64 kB. A colour profile may fill 255 of them, a depth map in XMP about a hundred."""

_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
"""What begins a segment. 0xFF 0x00 is data of a scan, and 0xD0 to 0xD7 part data; decoders go on behind both."""
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01


class OddShape(Exception):
    """More scans or headers than any camera or program has a reason to write."""


def check_shape(body: bytes) -> None:
    """Do nothing for what is no JPEG, or one like any other.

    :raises OddShape: for one that would cost its reader too much.
    """
    if not body.startswith(b"\xff\xd8"):
        return
    scans = 0
    for count, marker in enumerate(_list_markers(body), start=1):
        scans += marker == _SOS
        if scans > SCANS_MAX or count - scans > SEGMENTS_MAX:
            raise OddShape(f"More than {SCANS_MAX} scans or {SEGMENTS_MAX} headers.")


def _list_markers(body: bytes) -> Iterator[int]:
    """Yield the markers from the first SOI to the first EOI, as decoders find them."""
    at = 2
    while found := _MARKER.search(body, at):
        marker, at = found[1][0], found.end()
        if marker == _EOI:
            return
        yield marker
        if marker not in (_SOI, _TEM):  # these two have no length
            at += max(2, int.from_bytes(body[at : at + 2], "big"))
