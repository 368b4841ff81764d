"""Pictures that people and cameras send: read with suspicion, stored as our own bytes.

A picture is decoded and encoded anew, so nothing of the sender's file survives: no EXIF (a telephone writes the
owner's position and name there), no appended archive, no parser's surprise for whoever looks at it. Files are named
by the hash of what is stored.
"""

import asyncio
import functools
import struct
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from math import ceil, floor
from pathlib import Path
from typing import ParamSpec, TypeVar

from PIL import ExifTags, Image, UnidentifiedImageError

from services.store.blurs import Box
from services.store.files import put_whole
from services.store.jpeg_shape import OddShape, check_shape
from services.store.media import Medium
from services.store.shelf import ID_LENGTH, Shelf, folder_of, on_shelf

warnings.filterwarnings("ignore", module="PIL")
"""What Pillow finds odd in a stranger's file we find out ourselves. Once and for all, not around each reading: that
would change the filters of all other threads."""

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

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by the EXIF's Orientation (CIPA DC-008, 4.6.5.1)."""

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = ThreadPoolExecutor(1, thread_name_prefix="picture")
"""One at a time: a 40-megapixel picture takes 120 MB while it is open."""
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
        check_shape(body)
        return _reencode(body)
    except OddShape as error:
        raise BadPicture(str(error)) from None
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
        check_shape(body)
        with Image.open(BytesIO(body), formats=FORMATS) as picture:
            width, height = picture.size
    except OddShape as error:
        raise BadPicture(str(error)) from None
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
        upright = _on_white(_turn_upright(picture))
    small = upright.copy()
    small.thumbnail((THUMB_SIDE_PX, THUMB_SIDE_PX), Image.Resampling.LANCZOS)
    return _to_jpeg(upright), _to_jpeg(small), upright.size


def _turn_upright(picture: Image.Image) -> Image.Image:
    """Return it as its EXIF or XMP says that it was held.

    Not by `ImageOps.exif_transpose`: that writes the EXIF anew, which we throw away, and fails where a camera's odd
    entry cannot be written again.
    """
    turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


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
        if not min(region.size):
            continue
        squares = max(1, round(BLUR_SQUARES * region.width / max(region.size)))
        rows = max(1, round(BLUR_SQUARES * region.height / max(region.size)))
        mean = region.resize((squares, rows), Image.Resampling.BOX)
        made.paste(mean.resize(region.size, Image.Resampling.NEAREST), (left, top))
    return made


class PictureFolder:
    """The pictures on a shelf: `ab/abcdef....jpg` and `...-thumb.jpg`.

    A picture that came with a device's message lies aside as it came until it is developed (ADR 0039). Its id is the
    hash of that, so that the message can name it at once. Where the shelf is a bucket, every call may raise BucketAway.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def look_every_s(self) -> float:
        """How often it is worth looking for pictures that another process has put down."""
        return self._shelf.look_every_s

    async def put_down(self, body: bytes) -> Medium:
        """Keep a device's picture as it came, to be developed; its row is still to be written.

        :raises BadPicture, PictureTooLarge: by its header. :raises TooManyPictures: where too many wait already.
        """
        return await on_shelf(self._put_down, body)

    def _put_down(self, body: bytes) -> Medium:
        width, height = measure(body)
        media_id = sha256(b"raw\0" + body).hexdigest()[:ID_LENGTH]
        medium = Medium(id=media_id, content_type=CONTENT_TYPE, width=width, height=height, size=len(body))
        if not self._shelf.has(_name(media_id)):
            if self._shelf.count_aside() >= UNDEVELOPED_MAX:
                raise TooManyPictures(f"{UNDEVELOPED_MAX} pictures wait to be developed")
            self._shelf.put_aside(media_id, body)
        return medium

    async def list_undeveloped(self) -> list[str]:
        """Return the ids of the pictures that wait to be developed, the oldest first."""
        return await on_shelf(self._shelf.list_aside)

    async def develop(self, media_id: str) -> Medium | None:
        """Make our own picture of the one that came; None where none waits. What came is kept until `drop_raw`.

        :raises BadPicture, PictureTooLarge: as `reencode` does.
        """
        try:
            body = await on_shelf(self._shelf.read_aside, media_id)
        except FileNotFoundError:
            return None
        return await self._keep(media_id, *await _in_turn(reencode, body))

    async def drop_raw(self, media_id: str) -> None:
        """Forget what came: the picture is developed, or is none."""
        await on_shelf(self._shelf.drop_aside, media_id)

    async def store(self, body: bytes) -> Medium:
        """Re-encode and store a picture; its row is still to be written.

        :raises BadPicture, PictureTooLarge: as `reencode` does.
        """
        large, small, size = await _in_turn(reencode, body)
        return await self._keep(sha256(large).hexdigest()[:ID_LENGTH], large, small, size)

    async def _keep(self, media_id: str, large: bytes, small: bytes, size: tuple[int, int]) -> Medium:
        width, height = size
        await on_shelf(self._shelf.put, _name(media_id, thumb=True), small)
        await on_shelf(self._shelf.put, _name(media_id), large)
        return Medium(id=media_id, content_type=CONTENT_TYPE, width=width, height=height, size=len(large))

    async def file(self, media_id: str, *, thumb: bool = False) -> Path:
        """Make sure that a picture is on this disk, and return where.

        :raises FileNotFoundError: if it is not kept; a device's picture may still have to be developed.
        """
        return await on_shelf(self._shelf.fetch, _name(media_id, thumb=thumb))

    async def shown(self, media_id: str, boxes: Sequence[Box], *, thumb: bool = False) -> Path:
        """Return the file of a stored picture for somebody from whom these boxes of it are hidden, () for none.

        :raises FileNotFoundError: as `file` does.
        """
        return await (self.blurred(media_id, boxes, thumb=thumb) if boxes else self.file(media_id, thumb=thumb))

    async def blurred(self, media_id: str, boxes: Sequence[Box], *, thumb: bool = False) -> Path:
        """Return the file of a stored picture in which these boxes cannot be read; it is made the first time.

        :raises FileNotFoundError: where the picture's own file is not kept.
        """
        digest = sha256(repr(sorted(boxes)).encode()).hexdigest()[:16]
        whole = self._shelf.place_of(f"{folder_of(media_id)}/{media_id}-blur-{digest}.jpg")
        small = whole.with_stem(f"{whole.stem}-thumb")
        wanted = small if thumb else whole
        if not await on_shelf(wanted.exists):
            clear = await self.file(media_id)
            await _in_turn(_write_blurred, clear, boxes, whole, small)
        return wanted

    async def delete(self, media_ids: Sequence[str]) -> None:
        """Delete all files of these pictures, and of recordings, which lie beside them."""
        await on_shelf(self._shelf.delete, media_ids)


def _name(media_id: str, *, thumb: bool = False) -> str:
    return f"{folder_of(media_id)}/{media_id}{'-thumb' if thumb else ''}.jpg"


def _write_blurred(clear: Path, boxes: Sequence[Box], whole: Path, small: Path) -> None:
    with Image.open(clear) as picture:
        blurred = blur(picture.convert("RGB"), boxes)
    put_whole(whole, _to_jpeg(blurred))
    blurred.thumbnail((THUMB_SIDE_PX, THUMB_SIDE_PX), Image.Resampling.LANCZOS)
    put_whole(small, _to_jpeg(blurred))


async def _in_turn(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on one picture at a time, beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, functools.partial(call, *args, **kwargs))
