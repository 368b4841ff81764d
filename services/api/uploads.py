"""Multipart forms (RFC 7578), read under limits of our own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from services.api.hands import Hold
from services.api.problems import Problem

FIELD_BYTES = 64_000
"""One field that is no file; the longest text has 4,000 characters, at most 16,000 bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a form may hold: which file fields, how often, how large; how many other fields."""

    files: Mapping[str, int]
    file_bytes: int
    fields_max: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """What it held: the files' bytes in order, and the other fields."""

    files: Sequence[bytes]
    fields: Mapping[str, str] = field(default_factory=dict)


async def read_upload(request: Request, wanted: Upload, hold: Hold) -> Received:
    """Read the request's form; its files once it is their turn.

    :raises Problem: `unsupported-media-type`, `malformed-request`, `too-large`, or `invalid` for a field not wanted.
    :raises Overloaded: where too many wait.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise Problem("unsupported-media-type", "The body must be multipart/form-data.")
    files: list[bytes] = []
    fields: dict[str, str] = {}
    count = sum(wanted.files.values())
    try:
        async with request.form(
            max_files=count + 1, max_fields=wanted.fields_max + 1, max_part_size=FIELD_BYTES
        ) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    await hold.take()
                    files.append(await _read_file(name, value, wanted))
                else:
                    _take_field(fields, name, value, wanted)
    except HTTPException as error:
        raise Problem("malformed-request", str(error.detail)) from None
    if len(files) > count:
        raise Problem("invalid", f"At most {count} files are taken here.")
    return Received(files, fields)


def _take_field(fields: dict[str, str], name: str, value: str, wanted: Upload) -> None:
    if not wanted.fields_max or name in fields:
        raise Problem("invalid", f"The field {name[:60]!r} is not wanted here, or is there twice.")
    fields[name] = value


async def _read_file(name: str, file: UploadFile, wanted: Upload) -> bytes:
    if name not in wanted.files:
        raise Problem("invalid", f"The file field {name[:60]!r} is not wanted here.")
    if (file.size or 0) > wanted.file_bytes:
        raise Problem("too-large", f"At most {wanted.file_bytes:,} bytes a file.")
    return await file.read()
