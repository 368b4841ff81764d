"""Pictures that people and cameras send: read with suspicion, stored as our own bytes.

A picture is decoded and encoded anew, so nothing of the sender's file survives: no EXIF (a telephone writes the
owner's position and name there), no appended archive, no parser's surprise for whoever looks at it. Files are named
by the hash of what is stored.
"""

import asyncio
import os
import struct
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from services.store.blurs import Box
from services.store.files import put_whole
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
BLUR_SQUARES = 6
"""Squares along the longer side of what is blurred: a face of six by six tells nobody from anybody."""

CONTENT_TYPE = "image/jpeg"
ID_LENGTH = 40
"""Hexadecimal digits of a picture's id."""

_THREADS = ThreadPoolExecutor(1, thread_name_prefix="picture")
"""One at a time: a 40-megapixel picture takes 120 MB while it is open."""
_SHELF_THREAD = ThreadPoolExecutor(1, thread_name_prefix="picture-shelf")
"""Puts down what devices send: it must not wait for a picture that is being developed."""
UNDEVELOPED_MAX = 4_000
"""Pictures that may wait to be developed: some minutes of work, about 2 GB. Further ones are not kept."""

_LIES = (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, MemoryError, TypeError, LookupError, struct.error)
"""What Pillow's readers raise on a file that lies about itself; they promise nothing closer."""


class BadPicture(Exception):
    """The bytes are no picture that we read, or a broken one."""


class PictureTooLarge(Exception):
    """The picture has too many bytes or too many pixels."""


class TooManyPictures(Exception):
    """More pictures wait to be developed than may."""


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
    except _LIES as error:
        raise BadPicture(f"The picture is broken ({type(error).__name__}).") from None


def measure(body: bytes) -> tuple[int, int]:
    """Return (width, height) as a picture's header claims; nothing is decoded.

    :raises BadPicture: if it is none. :raises PictureTooLarge: if it has too many bytes or pixels.
    """
    if len(body) > MAX_FILE_BYTES:
        raise PictureTooLarge(f"At most {MAX_FILE_BYTES:,} bytes a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(body), formats=FORMATS) as picture:
                width, height = picture.size
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(str(error)) from None
    except _LIES as error:
        raise BadPicture(f"This is no picture that we read ({type(error).__name__}).") from None
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise PictureTooLarge(f"At most {MAX_PIXELS:,} pixels; this one has {width} x {height}.")
    return width, height


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


def blur(picture: Image.Image, boxes: Sequence[Box]) -> Image.Image:
    """Return the picture with each box as a few squares of its mean colours: nothing of it can be brought back, as a
    soft blur could be.
    """
    made = picture.copy()
    for x, y, width, height in boxes:
        left, top = floor(x * made.width), floor(y * made.height)
        right, bottom = ceil((x + width) * made.width), ceil((y + height) * made.height)
        region = made.crop((left, top, right, bottom))
        squares = max(1, round(BLUR_SQUARES * region.width / max(region.size)))
        rows = max(1, round(BLUR_SQUARES * region.height / max(region.size)))
        mean = region.resize((squares, rows), Image.Resampling.BOX)
        made.paste(mean.resize(region.size, Image.Resampling.NEAREST), (left, top))
    return made


class PictureFolder:
    """The folder that holds the bytes: `media/ab/abcdef....jpg` and `...-thumb.jpg`.

    A picture that came with a device's message lies in `media/raw/` as it came until it is developed (ADR 0039). Its id
    is the hash of that, so that the message can name it at once.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "media"
        self._raw = self._folder / "raw"

    async def put_down(self, body: bytes) -> Medium:
        """Keep a device's picture as it came, to be developed; its row is still to be written.

        :raises BadPicture, PictureTooLarge: by its header. :raises TooManyPictures: where too many wait already.
        """
        return await asyncio.get_running_loop().run_in_executor(_SHELF_THREAD, self._put_down, body)

    def _put_down(self, body: bytes) -> Medium:
        width, height = measure(body)
        media_id = sha256(b"raw\0" + body).hexdigest()[:ID_LENGTH]
        medium = Medium(id=media_id, content_type=CONTENT_TYPE, width=width, height=height, size=len(body))
        if not self.path(media_id).exists():
            if len(self._waiting()) >= UNDEVELOPED_MAX:
                raise TooManyPictures(f"{UNDEVELOPED_MAX} pictures wait to be developed")
            put_whole(self._raw / media_id, body)
        return medium

    def list_undeveloped(self) -> list[str]:
        """Return the ids of the pictures that wait to be developed, the oldest first."""
        return [each.name for each in sorted(self._waiting(), key=lambda entry: entry.stat().st_mtime_ns)]

    def _waiting(self) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self._raw) as entries:
                return [each for each in entries if len(each.name) == ID_LENGTH]
        except FileNotFoundError:
            return []

    async def develop(self, media_id: str) -> Medium | None:
        """Make our own picture of the one that came; None where none waits. What came is kept until `drop_raw`.

        :raises BadPicture, PictureTooLarge: as `reencode` does.
        """
        return await asyncio.get_running_loop().run_in_executor(_THREADS, self._develop, media_id)

    def _develop(self, media_id: str) -> Medium | None:
        try:
            body = (self._raw / media_id).read_bytes()
        except FileNotFoundError:
            return None
        return self._keep(media_id, *reencode(body))

    def drop_raw(self, media_id: str) -> None:
        """Forget what came: the picture is developed, or is none."""
        (self._raw / media_id).unlink(missing_ok=True)

    async def store(self, body: bytes) -> Medium:
        """Re-encode and store a picture; its row is still to be written.

        :raises BadPicture, PictureTooLarge: as `reencode` does.
        """
        return await asyncio.get_running_loop().run_in_executor(_THREADS, self._store, body)

    def _store(self, body: bytes) -> Medium:
        large, small, size = reencode(body)
        return self._keep(sha256(large).hexdigest()[:ID_LENGTH], large, small, size)

    def _keep(self, media_id: str, large: bytes, small: bytes, size: tuple[int, int]) -> Medium:
        width, height = size
        put_whole(self.path(media_id, thumb=True), small)
        put_whole(self.path(media_id), large)
        return Medium(id=media_id, content_type=CONTENT_TYPE, width=width, height=height, size=len(large))

    async def blurred(self, media_id: str, boxes: Sequence[Box], *, thumb: bool = False) -> Path:
        """Return the file of a stored picture in which these boxes cannot be read; it is made the first time.

        :raises FileNotFoundError: where the picture's own file is not there.
        """
        return await asyncio.get_running_loop().run_in_executor(_THREADS, self._blurred, media_id, boxes, thumb)

    def _blurred(self, media_id: str, boxes: Sequence[Box], thumb: bool) -> Path:
        digest = sha256(repr(sorted(boxes)).encode()).hexdigest()[:16]
        whole = self._folder / media_id[:2] / f"{media_id}-blur-{digest}.jpg"
        small = whole.with_stem(f"{whole.stem}-thumb")
        wanted = small if thumb else whole
        if not wanted.exists():
            with Image.open(self.path(media_id)) as picture:
                blurred = blur(picture.convert("RGB"), boxes)
            put_whole(whole, _to_jpeg(blurred))
            blurred.thumbnail((THUMB_SIDE_PX, THUMB_SIDE_PX), Image.Resampling.LANCZOS)
            put_whole(small, _to_jpeg(blurred))
        return wanted

    def delete(self, media_ids: Iterable[str]) -> None:
        """Delete all files of these pictures, and of recordings, which lie beside them."""
        for media_id in media_ids:
            self.drop_raw(media_id)
            for path in (self._folder / media_id.removeprefix("rec-")[:2]).glob(f"{media_id}*"):
                path.unlink(missing_ok=True)

    def path(self, media_id: str, *, thumb: bool = False) -> Path:
        return self._folder / media_id[:2] / f"{media_id}{'-thumb' if thumb else ''}.jpg"
