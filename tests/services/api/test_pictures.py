"""What people upload is read with suspicion and stored as our own bytes."""

import struct
from io import BytesIO

import pytest
from PIL import Image

from services.store.pictures import MAX_PIXELS, STORED_SIDE_PX, THUMB_SIDE_PX, BadPicture, PictureTooLarge, reencode
from tests.services.api.samples import jpeg, png_claiming


def test_a_photograph_loses_its_exif_and_keeps_its_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the telephone upright: to be turned by 90 degrees
    exif[0x013B] = "Zhang San"
    exif.get_ifd(0x8825)[2] = (29.0, 33.0, 21.0)
    large, small, size = reencode(jpeg(400, 200, exif=exif))
    assert size == (200, 400)
    for body in (large, small):
        with Image.open(BytesIO(body)) as picture:
            assert picture.format == "JPEG"
            assert not picture.getexif()
            assert b"Zhang" not in body


@pytest.mark.parametrize("orientation", range(1, 9))
def test_however_a_camera_was_held_the_picture_stands_upright(orientation: int) -> None:
    """The upper left corner is red, as it was seen; Pillow's own turning is the judge."""
    seen = Image.new("RGB", (80, 48), "navy")
    seen.paste("red", (0, 0, 16, 16))
    # The turn that undoes each, by which the sensor's rows are made of what was seen.
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}.get(orientation)
    held = seen if undo is None else seen.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = BytesIO()
    held.save(out, "JPEG", exif=exif)
    with Image.open(BytesIO(reencode(out.getvalue())[0])) as picture:
        assert picture.size == seen.size
        red, _, blue = picture.getpixel((4, 4))  # type: ignore[misc]
        assert red > 200 > 60 > blue


def test_an_odd_entry_of_a_cameras_exif_costs_nobody_his_photograph() -> None:
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack(">HHII", 0x0201, 7, 8, 8)  # a number as bytes
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + entries + b"\0\0\0\0"
    out = BytesIO()
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=body)
    assert reencode(out.getvalue())[2] == (20, 40)


def test_a_large_photograph_is_made_smaller() -> None:
    large, small, size = reencode(jpeg(4000, 3000))
    assert max(size) == STORED_SIDE_PX
    with Image.open(BytesIO(small)) as picture:
        assert max(picture.size) == THUMB_SIDE_PX
    assert len(small) < len(large)


def test_what_is_transparent_becomes_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    large, _, _ = reencode(out.getvalue())
    with Image.open(BytesIO(large)) as picture:
        assert picture.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "RGB", "RGBA"])
def test_every_mode_of_colour_is_read(mode: str) -> None:
    out = BytesIO()
    Image.new(mode, (30, 20)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert reencode(out.getvalue())[2] == (30, 20)


def test_the_same_picture_is_the_same_bytes() -> None:
    assert reencode(jpeg(64, 64)) == reencode(jpeg(64, 64))


def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 2
    with pytest.raises(PictureTooLarge):
        reencode(png_claiming(side, side))


def test_a_decompression_bomb_is_refused() -> None:
    with pytest.raises(PictureTooLarge):
        reencode(png_claiming(60_000, 60_000))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        b"\xff\xd8\xff",
        jpeg(64, 64)[:100],
        jpeg(64, 64)[:-200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
def test_what_is_no_whole_picture_is_refused(body: bytes) -> None:
    with pytest.raises(BadPicture):
        reencode(body)


def test_a_picture_with_any_byte_changed_is_read_or_refused_by_name() -> None:
    whole = jpeg(48, 48)
    for at in range(0, len(whole), 7):
        broken = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        try:
            reencode(broken)
        except (BadPicture, PictureTooLarge):
            continue
