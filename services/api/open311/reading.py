"""The forms that partners post: fields, answers and files, however each client writes them.

A field that is empty is the same as one that is absent. Files come as parts of any name (`media`, `photo1`, ...), or as
base64 in the field `media`; addresses of pictures in `media_url`, once or several times.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.api.hands import Hold
from services.api.open311.errors import BadRequest311, Fault, invalid
from services.store.pictures import MAX_FILE_BYTES

FIELDS_MAX = 200
"""Fields of one form: the standard's twenty and a service's answers."""
FILES_MAX = 5
"""Pictures of one request, however they come."""
LARGE_BYTES = 1_000_000
"""A body above this has pictures in base64, and waits for its turn."""
PART_BYTES = MAX_FILE_BYTES * 4 // 3 + 1_000
"""One field: a picture in base64 is a third longer than its bytes."""
VALUE_MAX = 4_000
"""Characters of a field that is no picture, as the standard has it for the description."""

_ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,64})\](\[\d{0,4}\])?")
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.ASCII)


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
        value = _clean(value)
        if not value:
            return
        if name.rstrip("[]") == "media_url":
            self.media_urls.append(_short(name, value))
        elif name.rstrip("[]") == "media":
            self.pictures.append(_picture(value))
        elif found := _ATTRIBUTE.fullmatch(name):
            self.answers.setdefault(found[1], []).append(_short(name, value))
        else:
            self.fields[name] = _short(name, value)


async def read_form(request: Request, hold: Hold) -> Posted:
    """Read a form in either encoding; its pictures once it is their turn.

    :raises BadRequest311: 400 for what is no form, or is too large. :raises Overloaded: where too many wait.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    gathered = _Gathered()
    # The standard has a form; its machine-readable description (v2.1) has the address, and some clients follow that.
    for name, value in request.query_params.multi_items()[:FIELDS_MAX]:
        gathered.take(name, value)
    if kind == "multipart/form-data":
        await _read_parts(request, gathered, hold)
    elif kind == "application/x-www-form-urlencoded" or (not kind and not await request.body()):
        if len(body := await request.body()) > LARGE_BYTES:
            await hold.take()
        _read_fields(body, gathered)
    else:
        raise invalid(
            "请以 application/x-www-form-urlencoded 或 multipart/form-data 提交",
            "Send application/x-www-form-urlencoded or multipart/form-data",
        )
    if len(gathered.pictures) + len(gathered.media_urls) > FILES_MAX:
        raise invalid(f"图片至多 {FILES_MAX} 张", f"At most {FILES_MAX} pictures")
    return Posted(gathered.fields, gathered.answers, gathered.pictures, gathered.media_urls)


def _read_fields(body: bytes, gathered: _Gathered) -> None:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise invalid(f"字段多于 {FIELDS_MAX} 个", f"More than {FIELDS_MAX} fields") from None
    for name, value in pairs:
        gathered.take(name, value)


async def _read_parts(request: Request, gathered: _Gathered, hold: Hold) -> None:
    try:
        async with request.form(max_files=FILES_MAX + 1, max_fields=FIELDS_MAX, max_part_size=PART_BYTES) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    await hold.take()
                    body = await value.read()
                    if body or value.filename:
                        gathered.pictures.append(body)
                else:
                    gathered.take(name, value)
    except HTTPException as error:
        raise invalid("表单无法读取", f"The form cannot be read: {str(error.detail)[:200]}") from None


def _clean(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\x00", "").strip()


def _short(name: str, value: str) -> str:
    if len(value) > VALUE_MAX:
        name = name[:64]
        raise invalid(f"{name} 至多 {VALUE_MAX} 个字符", f"{name} has at most {VALUE_MAX} characters")
    return value


def _picture(text: str) -> bytes:
    """Return the bytes of a picture in base64, bare or as a data URL."""
    body = text[found.end() :] if (found := _DATA_URL.match(text)) else text
    try:
        # A form's `+` is a blank where a client did not escape it.
        return b64decode("".join(body.replace(" ", "+").split()).encode("ascii"), validate=True)
    except (Base64Error, ValueError):
        fault = Fault(400, "media 不是 base64 编码的图片", "media is no picture in base64")
        raise BadRequest311(400, fault) from None
