"""The forms that partners post: fields, answers and files, however each client writes them.

A field that is empty is the same as one that is absent. Files come as parts of any name (`media`, `photo1`, ...), or as
base64 in the field `media`; addresses of pictures in `media_url`, once or several times.
"""

import asyncio
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, unquote_to_bytes

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.api.hands import Hold
from services.api.open311.errors import BadRequest311, Fault, invalid
from services.api.spool import LARGE_BYTES, spool
from services.store.pictures import MAX_FILE_BYTES

FIELDS_MAX = 200
"""Fields of one form: the standard's twenty and a service's answers."""
FILES_MAX = 5
"""Pictures of one request, however they come."""
PART_BYTES = MAX_FILE_BYTES * 4 // 3 + 1_000
"""One field: a picture in base64 is a third longer than its bytes."""
VALUE_MAX = 4_000
"""Characters of a field that is no picture, as the standard has it for the description."""

_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,64})\](\[\d{0,4}\])?")
_DATA_URL = re.compile(rb"data:image/[\w.+-]{1,40};base64,", re.ASCII)
_ESCAPES = (b"%2B", b"%2F", b"%3D", b"%0D", b"%0A", b"%20", b"%3A", b"%3B", b"%2C")
"""What there is to escape in base64, its lines and a data URL."""
_BLANKS = b" \t\n\r\x0b\x0c\0"
_PLUS = bytes.maketrans(b" ", b"+")


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form holds: single fields, answers by the question's code, pictures, and addresses of pictures."""

    fields: Mapping[str, str]
    answers: Mapping[str, Sequence[str]]
    pictures: Sequence[bytes]
    media_urls: Sequence[str]

    def get(self, name: str) -> str:
        """Return the field, "" where there is none."""
        return self.fields.get(name, "")


@dataclass(slots=True)
class _Gathered:
    fields: dict[str, str] = field(default_factory=dict)
    answers: dict[str, list[str]] = field(default_factory=dict)
    pictures: list[bytes] = field(default_factory=list)
    media_urls: list[str] = field(default_factory=list)

    def take(self, name: str, value: str) -> None:
        if _is_media(name):
            self.take_picture(value.encode("utf-8", "replace"))
            return
        value = _clean(value)
        if not value:
            return
        if name.rstrip("[]") == "media_url":
            self.media_urls.append(_short(name, value))
        elif found := _ATTRIBUTE.fullmatch(name):
            self.answers.setdefault(found[1], []).append(_short(name, value))
        else:
            self.fields[name] = _short(name, value)

    def take_picture(self, base64: bytes) -> None:
        """Take a picture by itself: of these megabytes no copy is made that need not be."""
        if picture := _picture(base64):
            self.pictures.append(picture)


async def read_form(request: Request, hold: Hold) -> Posted:
    """Read a form in either encoding; its pictures once it is their turn.

    :raises BadRequest311: 400 for what is no form, or is too large. :raises Overloaded: where too many wait.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    gathered = _Gathered()
    # The standard has a form; its machine-readable description (v2.1) has the address, and some clients follow that.
    for name, value in request.query_params.multi_items()[:FIELDS_MAX]:
        gathered.take(name, value)
    async with spool(request, hold) as body:
        if kind == "multipart/form-data":
            await _read_parts(body.request, gathered, hold)
        elif kind == "application/x-www-form-urlencoded" or not (kind or body.size):
            await _read_fields(body.request, gathered)
        else:
            raise invalid(
                "请以 application/x-www-form-urlencoded 或 multipart/form-data 提交",
                "Send application/x-www-form-urlencoded or multipart/form-data",
            )
    if len(gathered.pictures) + len(gathered.media_urls) > FILES_MAX:
        raise invalid(f"图片至多 {FILES_MAX} 张", f"At most {FILES_MAX} pictures")
    return Posted(gathered.fields, gathered.answers, gathered.pictures, gathered.media_urls)


async def _read_fields(request: Request, gathered: _Gathered) -> None:
    """Read a urlencoded form one field after the other: of a large one, no second copy of all is made."""
    pair, count = bytearray(), 1

    def take() -> None:
        whole = bytes(pair)
        pair.clear()
        name, _, value = whole.partition(b"=")
        if _is_media(unquote_plus(name.decode("latin-1"))):
            del whole
            gathered.take_picture(_unescaped(value))
            return
        for known, text in parse_qsl(whole.decode("utf-8", "replace"), keep_blank_values=True):
            gathered.take(known, text)

    async def end() -> None:
        if len(pair) > LARGE_BYTES:  # some tenths of a second, in which others are answered
            await asyncio.to_thread(take)
        else:
            take()

    async for chunk in request.stream():
        *ended, rest = chunk.split(b"&")
        count += len(ended)
        if count > FIELDS_MAX:
            raise invalid(f"字段多于 {FIELDS_MAX} 个", f"More than {FIELDS_MAX} fields")
        for piece in ended:
            pair += piece
            await end()
        pair += rest
    await end()


async def _read_parts(request: Request, gathered: _Gathered, hold: Hold) -> None:
    try:
        async with request.form(max_files=FILES_MAX + 1, max_fields=FIELDS_MAX, max_part_size=PART_BYTES) as form:
            for name, value in form.multi_items():
                if not isinstance(value, UploadFile):
                    gathered.take(name, value)
                elif value.size or value.filename:  # else a field of files that was left empty
                    await hold.take()
                    gathered.pictures.append(await value.read())
    except HTTPException as error:
        raise invalid("表单无法读取", f"The form cannot be read: {str(error.detail)[:200]}") from None


def _clean(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\x00", "").strip()


def _short(name: str, value: str) -> str:
    if len(value) > VALUE_MAX:
        name = name[:64]
        raise invalid(f"{name} 至多 {VALUE_MAX} 个字符", f"{name} has at most {VALUE_MAX} characters")
    return value


def _is_media(name: str) -> bool:
    return name.rstrip("[]") == "media"


def _unescaped(value: bytes) -> bytes:
    """Return what a urlencoded value says. `unquote` makes a list of as many pieces as there are escapes."""
    for escape in _ESCAPES:
        value = value.replace(escape, unquote_to_bytes(escape)).replace(escape.lower(), unquote_to_bytes(escape))
    return unquote_to_bytes(value) if b"%" in value else value


def _picture(body: bytes) -> bytes:
    """Return the bytes of a picture in base64, bare or as a data URL; b"" for nothing."""
    try:
        body = body.strip(_BLANKS)
        if found := _DATA_URL.match(body):
            body = body[found.end() :].strip(_BLANKS)
        # A form's `+` is a blank where a client did not escape it.
        return b64decode(body.translate(_PLUS, _BLANKS.replace(b" ", b"")), validate=True)
    except (Base64Error, ValueError):
        fault = Fault(400, "media 不是 base64 编码的图片", "media is no picture in base64")
        raise BadRequest311(400, fault) from None
