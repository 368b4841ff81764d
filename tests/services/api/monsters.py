"""Files that are sent as photographs and are none, or are more than that."""

import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO

from PIL import Image

from tests.services.api.samples import jpeg, png_claiming

SCRIPT = b"<script>alert(document.cookie)</script>"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    return out.getvalue()


def _png_with(*chunks: bytes) -> bytes:
    """Return a PNG with more chunks behind its header."""
    whole = _png()
    return whole[:33] + b"".join(chunks) + whole[33:]


def _jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    whole = jpeg(60, 40)
    extra = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return whole[:2] + extra + whole[2:]


def _jpeg_claiming(width: int, height: int) -> bytes:
    whole = bytearray(jpeg(60, 40))
    at = whole.index(b"\xff\xc0") + 5
    whole[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def _zip() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("evil.html", SCRIPT)
    return out.getvalue()


def _moving(kind: str, frames: int) -> bytes:
    out = BytesIO()
    pictures = [Image.new("RGB", (64, 64), (n % 256, 0, 0)) for n in range(frames)]
    pictures[0].save(out, kind, save_all=True, append_images=pictures[1:])
    return out.getvalue()


def _bomb(side: int) -> bytes:
    """Return a PNG of some kilobytes that is as large as its header says."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side * 3)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _saved(kind: str) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, kind)
    return out.getvalue()


def make_monsters() -> Mapping[str, bytes]:
    """Return them by name."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\xff\xff\0\0\0\0\0\0"
    return {
        "nothing": b"",
        "a picture of vectors with a script": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
        "a page": b"<!doctype html>" + SCRIPT,
        "an archive": _zip(),
        "a document": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
        "a program for a printer": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file\n",
        "a film": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 400,
        "a tiff": _saved("TIFF"),
        "an icon": _saved("ICO"),
        "a tga": _saved("TGA"),
        "200 megapixels of jpeg": _jpeg_claiming(20_000, 10_000),
        "65535 by 65535 of jpeg": _jpeg_claiming(65_535, 65_535),
        "200 megapixels of png": png_claiming(14_142, 14_142),
        "four thousand million by one": png_claiming(2**31 - 1, 1),
        "a bomb of 49 megapixels": _bomb(7_000),
        "36 megapixels, as it says": _bomb(6_000),
        "a text that unpacks to 100 MB": _png_with(_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"\0" * 100_000_000, 9))),
        "colours that unpack to 100 MB": _png_with(_chunk(b"iCCP", b"a\0\0" + zlib.compress(b"\0" * 100_000_000, 9))),
        "a png that says a script": _png_with(_chunk(b"tEXt", b"Comment\0" + SCRIPT)),
        "a jpeg that says a script": _jpeg_with((0xFE, SCRIPT), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SCRIPT)),
        "a jpeg and an archive": jpeg(60, 40) + _zip(),
        "a jpeg and a page": jpeg(60, 40) + b"<html>" + SCRIPT,
        "a gif that is a script": b"GIF89a/*" + _saved("GIF")[8:] + b"*/=alert(1)//" + SCRIPT,
        "six megabytes of exif": _jpeg_with(*[(0xE1, exif + b"A" * 60_000)] * 100),
        "exif that turns it nowhere": _jpeg_with((0xE1, exif)),
        "exif that ends nowhere": _jpeg_with((0xE1, exif[:20])),
        "a gif of 400 pictures": _moving("GIF", 400),
        "a png of 100 pictures": _moving("PNG", 100),
        "a webp of 100 pictures": _moving("WEBP", 100),
        "half a jpeg": jpeg(600, 400)[:900],
        "half a png": _png()[:60],
        "a jpeg's first bytes": b"\xff\xd8\xff",
    }


def broken(monsters: Mapping[str, bytes], count: int, seed: int) -> Iterator[bytes]:
    """Yield `count` of them with bytes changed, cut, doubled or put into each other, the same for the same seed."""
    chance = random.Random(seed)
    bodies = [body for body in monsters.values() if 0 < len(body) < 200_000]
    for _ in range(count):
        body = bytearray(chance.choice(bodies))
        for _ in range(chance.randint(1, 12)):
            if not body:
                break
            at = chance.randrange(len(body))
            match chance.randrange(4):
                case 0:
                    body[at] = chance.randrange(256)
                case 1:
                    del body[at : at + chance.randint(1, 64)]
                case 2:
                    body[at:at] = body[at : at + chance.randint(1, 64)]
                case _:
                    other = chance.choice(bodies)
                    start = chance.randrange(len(other))
                    body[at : at + 16] = other[start : start + 16]
        yield bytes(body)
