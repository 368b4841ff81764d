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


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """Return a progressive JPEG (ITU-T T.81, annex G) whose further scans say of every block that nothing changes."""
    blocks = (-(-side // 8)) ** 2
    bits = ""
    while blocks > 0:
        run = min(max(blocks, 1 << 14), (1 << 15) - 1)  # EOB14: one code, 14 bits for the run
        bits += f"0{run - (1 << 14):014b}"
        blocks -= run
    bits += "1" * (-len(bits) % 8)
    nothing = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)).replace(b"\xff", b"\xff\0")
    one_code = bytes([1, *[0] * 15])
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xDB, b"\0" + b"\1" * 64),
            _segment(0xC2, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0"),
            _segment(0xC4, b"\x00" + one_code + b"\x00"),
            _segment(0xC4, b"\x10" + one_code + b"\xe0"),
            _segment(0xDA, b"\1\1\0\0\0\0") + b"\0" * (-(-(((side + 7) // 8) ** 2) // 8)),
            (_segment(0xDA, b"\1\1\0\1\x3f\0") + nothing) * (scans - 1),
            b"\xff\xd9",
        )
    )


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def _gif_with(*blocks: bytes) -> bytes:
    """Return a GIF with more blocks before its picture."""
    whole = _saved("GIF")
    at = 13 + (3 << ((whole[10] & 7) + 1) if whole[10] & 0x80 else 0)
    return whole[:at] + b"".join(blocks) + whole[at:]


def _large_gif() -> bytes:
    out = BytesIO()
    Image.new("P", (6_000, 6_000)).save(
        out, "GIF", save_all=True, append_images=[Image.new("P", (6_000, 6_000), 1)] * 3
    )
    return out.getvalue()


def _headers() -> Mapping[str, bytes]:
    """Return files of formats that Pillow reads or not, which claim 200 megapixels and more in some bytes."""
    bmp = (
        b"BM"
        + struct.pack("<IHHI", 100, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 20_000, 10_000, 1, 8, 1, 0, 0, 0, 0, 0)
    )
    tiff = _saved("TIFF")
    sides = {256: 14_142, 257: 14_142}
    for n in range(struct.unpack_from("<H", tiff, at := struct.unpack_from("<I", tiff, 4)[0])[0]):
        entry = at + 2 + 12 * n
        if (tag := struct.unpack_from("<H", tiff, entry)[0]) in sides:
            tiff = tiff[: entry + 2] + struct.pack("<HII", 4, 1, sides[tag]) + tiff[entry + 12 :]
    vp8x = b"VP8X" + struct.pack("<II", 10, 0) + (16_382).to_bytes(3, "little") * 2
    webp = b"RIFF" + struct.pack("<I", len(vp8x) + 4) + b"WEBP" + vp8x
    gif = (
        b"GIF89a"
        + struct.pack("<HH", 65_535, 65_535)
        + b"\0\0\0,"
        + struct.pack("<HHHH", 0, 0, 65_535, 65_535)
        + b"\0\2\0;"
    )
    return {
        "200 megapixels of tiff": tiff,
        "200 megapixels of bmp in runs": bmp,
        "268 megapixels of webp": webp,
        "65535 by 65535 of gif": gif,
    }


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
        "36 megapixels in 2,000 scans": jpeg_of_scans(6_000, 2_000),
        "36 megapixels in scans that fill a file": jpeg_of_scans(6_000, 150_000),
        "a jpeg of 100,000 bits of exif": _jpeg_with(*[(0xE1, b"Exif\0\0A")] * 100_000),
        "a jpeg of a million headers": _jpeg_with(*[(0xEE, b"")] * 1_000_000),
        "a png of 100,000 parts": _png_with(_chunk(b"prVt", b"") * 100_000),
        "a gif of 200,000 remarks": _gif_with(b"\x21\xfe\x01A\0" * 200_000),
        "a gif of four times 36 megapixels": _large_gif(),
        "a png and an archive": _png() + _zip(),
        "a webp and a page": _saved("WEBP") + b"<html>" + SCRIPT,
        "an avif": _saved("AVIF"),
        "a jpeg 2000": _saved("JPEG2000"),
        "a heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 400,
        **_headers(),
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
