"""Pictures and voice notes: sent by people and cameras, seen by the staff. A citizen sees his own by his link."""

import functools
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from msgspec import Struct
from sqlalchemy import Connection
from starlette.responses import FileResponse

from dispatch.access import granted_permissions
from services.api.fields import Id
from services.api.identity import Caller, Signed, permission_or_source
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.recordings import BadRecording, find_kind
from services.api.sight import may_see_picture
from services.api.uploads import Upload, read_upload
from services.api.wire import Reply, reply, router
from services.observe.clock import now
from services.store.blurs import Box, find_boxes
from services.store.media import Medium, add_medium, find_medium
from services.store.pictures import MAX_FILE_BYTES, BadPicture, PictureFolder, PictureTooLarge

routes = router("media")

CACHE = "private, max-age=31536000, immutable"
"""A picture's id is the hash of its bytes: it never changes. Only the reader's own browser may keep it."""

CACHE_BLURRED = "private, no-cache"
"""What is blurred may be changed: it is asked for anew, by its ETag."""

Size = Annotated[Literal["full", "thumb"], Query()]
Uploader = Annotated[Caller, Depends(permission_or_source("media.write"))]

PICTURE_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


class Picture(Struct, frozen=True, kw_only=True):
    """One picture that is stored, or one recording: then without a thumbnail, and 0 by 0 pixels large.

    The id of a recording begins with `rec-`.
    """

    id: str
    url: str
    thumbnail_url: str
    width: int
    height: int
    content_type: str


def picture_of(medium: Medium) -> Picture:
    url = f"/api/v1/media/{medium.id}"
    return Picture(
        id=medium.id,
        url=url,
        thumbnail_url="" if _is_sound(medium) else f"{url}?size=thumb",
        width=medium.width,
        height=medium.height,
        content_type=medium.content_type,
    )


def _is_sound(medium: Medium) -> bool:
    return medium.content_type.startswith("audio/")


async def store_picture(request: Request, body: bytes, created_by: str) -> Medium:
    """Store one picture and its row.

    :raises Problem: `bad-picture` or `too-large`.
    """
    try:
        medium = await tools_of(request).pictures.store(body)
    except BadPicture as error:
        raise Problem("bad-picture", str(error)) from None
    except PictureTooLarge as error:
        raise Problem("too-large", str(error)) from None
    await platform_of(request).db.write(lambda connection: add_medium(connection, medium, created_by, now()))
    return medium


async def _store_recording(request: Request, body: bytes, created_by: str) -> Medium:
    try:
        medium = await tools_of(request).recordings.store(body)
    except BadRecording as error:
        raise Problem("bad-recording", str(error)) from None
    await platform_of(request).db.write(lambda connection: add_medium(connection, medium, created_by, now()))
    return medium


@routes.post("/media", operation_id="addPicture", status_code=201, openapi_extra=PICTURE_UPLOAD)
async def add_picture(request: Request, caller: Uploader) -> Reply[Picture]:
    """Store a picture (multipart field `file`): a person's, or a camera's with its source key; or a person's voice."""
    async with tools_of(request).hands.hold() as hold:
        upload = await read_upload(request, Upload(files={"file": 1}, file_bytes=MAX_FILE_BYTES), hold)
        if not upload.files:
            raise Problem("invalid", "The form has no field `file` with a picture.")
        body = upload.files[0]
        is_recording = caller.account is not None and find_kind(body) is not None
        medium = await (_store_recording if is_recording else store_picture)(request, body, caller.name)
    return reply(picture_of(medium), 201)


@routes.get("/media/{media_id}", operation_id="getPicture")
async def get_picture(request: Request, media_id: Id, account: Signed, size: Size = "full") -> FileResponse:
    """The picture as JPEG, or its thumbnail; a recording as it came, to be played and never opened as a page.

    For who has sent it, and for who may see a case that it belongs to.
    """
    if not await may_see_picture(request, account, media_id):
        raise Problem("not-found", "No picture has that id.")  # what one may not see is not said to exist
    return await send_picture(request, media_id, size, clear="media.clear" in granted_permissions(account))


async def _develop(pictures: PictureFolder, media_id: str) -> None:
    """Develop a device's picture that is asked for before its turn has come; one that is none, the darkroom forgets."""
    with suppress(BadPicture, PictureTooLarge):
        await pictures.develop(media_id)


async def send_picture(request: Request, media_id: str, size: str, *, clear: bool = False) -> FileResponse:
    """Answer with a stored picture; what of it is blurred is readable only for who may see it `clear`.

    :raises Problem: `not-found`.
    """

    def look_up(connection: Connection) -> tuple[Medium | None, tuple[Box, ...]]:
        return find_medium(connection, media_id), () if clear else find_boxes(connection, media_id)

    medium, boxes = await platform_of(request).db.read(look_up)
    if medium is None:
        raise Problem("not-found", "No picture has that id.")
    if _is_sound(medium):
        return await _send_recording(request, medium)
    pictures = tools_of(request).pictures
    find = functools.partial(pictures.shown, medium.id, boxes, thumb=size == "thumb")
    try:
        path = await find()
    except FileNotFoundError:
        await _develop(pictures, medium.id)
        try:
            path = await find()  # also where the darkroom has just done it
        except FileNotFoundError:
            raise Problem("not-found", "No picture has that id.") from None
    headers = {"Cache-Control": CACHE_BLURRED if boxes else CACHE}
    return FileResponse(path, media_type=medium.content_type, headers=headers)


async def _send_recording(request: Request, medium: Medium) -> FileResponse:
    recordings = tools_of(request).recordings
    try:
        path = await recordings.file(medium)
    except FileNotFoundError:
        raise Problem("not-found", "No recording has that id.") from None
    headers = {"Cache-Control": CACHE, "Content-Security-Policy": "sandbox; default-src 'none'"}
    # `filename` makes the disposition `attachment`; nosniff stands on every answer of the API.
    return FileResponse(path, media_type=medium.content_type, headers=headers, filename=recordings.file_name(medium))
