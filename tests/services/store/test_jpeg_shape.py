"""What a JPEG costs its reader is looked at first: scans and headers without end are refused, a camera's are not."""

import random
from io import BytesIO

import pytest
from PIL import Image

from services.store.jpeg_shape import SCANS_MAX, SEGMENTS_MAX, OddShape, check_shape
from services.store.pictures import BadPicture, measure, reencode
from tests.services.api.monsters import jpeg_of_scans
from tests.services.api.samples import jpeg


def test_as_many_scans_as_may_be_are_read_and_one_more_is_refused() -> None:
    assert reencode(jpeg_of_scans(64, SCANS_MAX))[2] == (64, 64)
    for read in (reencode, measure):
        with pytest.raises(BadPicture, match="scans"):
            read(jpeg_of_scans(64, SCANS_MAX + 1))


def test_as_many_headers_as_may_be_are_read_and_one_more_is_refused() -> None:
    plain = jpeg(60, 40)
    own = 20  # tables, the frame and the like
    remark = b"\xff\xfe\x00\x03A"
    check_shape(plain[:2] + remark * (SEGMENTS_MAX - own) + plain[2:])
    with pytest.raises(OddShape):
        check_shape(plain[:2] + remark * (SEGMENTS_MAX + 1) + plain[2:])


def test_what_encoders_write_is_like_any_other() -> None:
    noise = Image.frombytes("RGB", (640, 480), random.Random(7).randbytes(640 * 480 * 3))
    for more in ({"progressive": True}, {"restart_marker_blocks": 1}, {"icc_profile": b"p" * 5_000_000}):
        out = BytesIO()
        noise.save(out, "JPEG", quality=95, **more)
        check_shape(out.getvalue())
        assert reencode(out.getvalue())[2] == (640, 480)


def test_signs_of_scans_in_headers_and_behind_the_end_do_not_count() -> None:
    plain, signs = jpeg(60, 40), b"\xff\xda" * 5_000
    check_shape(plain[:2] + b"\xff\xe1\x27\x12" + signs + plain[2:])
    check_shape(plain + signs)  # a film that a telephone has put behind its picture


def test_fill_bytes_without_end_are_gone_over_once() -> None:
    """A pattern that is tried anew from each of them takes hours of these ten megabytes."""
    check_shape(b"\xff\xd8" + b"\xff" * 10_000_000 + b"\x00")


def test_fill_bytes_hide_no_scan() -> None:
    with pytest.raises(OddShape):
        check_shape(jpeg_of_scans(64, SCANS_MAX + 1).replace(b"\xff\xda", b"rubbish\xff\xff\xff\xda"))


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda", b"\xff\xd8\xff\xe1\xff\xff", b"\x89PNG" + b"\xff\xda" * 900]
)
def test_what_is_cut_off_or_no_jpeg_is_left_to_its_reader(body: bytes) -> None:
    check_shape(body)
