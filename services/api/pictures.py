"""Pictures that people and cameras send: read with suspicion, stored as our own bytes.

A picture is decoded and encoded anew, so nothing of the sender's file survives: no EXIF (a telephone writes the
owner's position and name there), no appended archive, no parser's surprise for whoever looks at it. Files are named
by the hash of what is stored.
"""

import asyncio
import struct
import warnings
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from services.api.files import put_whole
from services.store.media import Medium

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "MPO")
"""What is read. MPO is what many telephones write under the name of JPEG."""
MAX_FILE_BYTES = 12_000_000
"""The largest photograph of a present telephone is about 10 MB."""
MAX_PIXELS = 40_000_000
"""Checked on the header, before a pixel is decoded: a 10 kB file can claim to be 10 GB large."""
MAX_SIDE_PX = 20_000
STORED_SIDE_PX = 2_048
"""Longer side of what is kept: enough to read a number plate at ten metres, a tenth of the bytes."""
THUMB_SIDE_PX = 320
QUALITY = 82

CONTENT_TYPE = "image/jpeg"

_THREADS = ThreadPoolExecutor(1, thread_name_prefix="picture")
"""One at a time: a 40-megapixel picture takes 120 MB while it is open."""


_LIES = (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, MemoryError, TypeError, LookupError, struct.error)
"""What Pillow's readers raise on a file that lies about itself; they promise nothing closer."""


class BadPicture(Exception):
    """The bytes are no picture that we read, or a broken one."""


class PictureTooLarge(Exception):
    """The picture has too many bytes or too many pixels."""


def reencode(body: bytes) -> tuple[bytes, bytes, tuple[int, int]]:
    """Return the picture and its thumbnail as plain JPEG, and (width, height).

    :raises BadPicture: if it cannot be read. :raises PictureTooLarge: if it has too many pixels.
    """
    if len(body) > MAX_FILE_BYTES:
        raise PictureTooLarge(f"At most {MAX_FILE_BYTES:,} bytes a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _reencode(body)
    except UnidentifiedImageError:
        raise BadPicture("This is not a JPEG, PNG, WebP, GIF or BMP picture.") from None
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(str(error)) from None
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        OverflowError,
        MemoryError,
        TypeError,
        KeyError,
        IndexError,
    ) as error:
        # Pillow's readers raise any of these on a file that lies about itself (each was seen on a fuzzed one).
        raise BadPicture(f"The picture is broken ({type(error).__name__}).") from None


def _reencode(body: bytes) -> tuple[bytes, bytes, tuple[int, int]]:
    with Image.open(BytesIO(body), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
            raise PictureTooLarge(f"At most {MAX_PIXELS:,} pixels; this one has {width} x {height}.")
        picture.draft("RGB", (STORED_SIDE_PX, STORED_SIDE_PX))
        picture.thumbnail((STORED_SIDE_PX, STORED_SIDE_PX), Image.Resampling.LANCZOS)
        upright = _on_white(ImageOps.exif_transpose(picture))
    small = upright.copy()
    small.thumbnail((THUMB_SIDE_PX, THUMB_SIDE_PX), Image.Resampling.LANCZOS)
    return _to_jpeg(upright), _to_jpeg(small), upright.size


def _on_white(picture: Image.Image) -> Image.Image:
    """Return it as RGB; what is transparent becomes white, not the black that JPEG would make of it."""
    if picture.mode == "RGB":
        return picture.copy()
    layered = picture.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")


def _to_jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.info.clear()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


class PictureFolder:
    """The folder that holds the bytes: `media/ab/abcdef....jpg` and `...-thumb.jpg`."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "media"

    async def store(self, body: bytes) -> Medium:
        """Re-encode and store a picture; its row is still to be written.

        :raises BadPicture, PictureTooLarge: as `reencode` does.
        """
        return await asyncio.get_running_loop().run_in_executor(_THREADS, self._store, body)

    def _store(self, body: bytes) -> Medium:
        large, small, (width, height) = reencode(body)
        media_id = sha256(large).hexdigest()[:40]
        put_whole(self.path(media_id, thumb=True), small)
        put_whole(self.path(media_id), large)
        return Medium(id=media_id, content_type=CONTENT_TYPE, width=width, height=height, size=len(large))

    def path(self, media_id: str, *, thumb: bool = False) -> Path:
        return self._folder / media_id[:2] / f"{media_id}{'-thumb' if thumb else ''}.jpg"
