"""Bodies that tests send."""

import os
import struct
import zlib
from io import BytesIO

from PIL import Image


def jpeg(width: int, height: int, exif: Image.Exif | None = None) -> bytes:
    """Return a JPEG with a slope of colours, so that it is not one flat block."""
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif or Image.Exif())
    return out.getvalue()


def noise(width: int, height: int) -> bytes:
    """Return a photograph that no packing makes smaller: 2,300 by 2,000 are some 5 MB."""
    out = BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(out, "JPEG", quality=93)
    return out.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
