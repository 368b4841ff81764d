"""Pictures: sent by people and cameras, seen by the staff. A citizen sees his own through his report's link."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from msgspec import Struct
from starlette.responses import FileResponse

from services.api.fields import Id
from services.api.identity import Caller, Signed, permission_or_source
from services.api.pictures import MAX_FILE_BYTES, BadPicture, PictureTooLarge
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.sight import may_see_picture
from services.api.uploads import Upload, read_upload
from services.api.wire import Reply, reply, router
from services.observe.clock import now
from services.store.media import Medium, add_medium, find_medium

routes = router("media")

CACHE = "private, max-age=31536000, immutable"
"""A picture's id is the hash of its bytes: it never changes. Only the reader's own browser may keep it."""

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
    """One picture that is stored."""

    id: str
    url: str
    thumbnail_url: str
    width: int
    height: int


def picture_of(medium: Medium) -> Picture:
    url = f"/api/v1/media/{medium.id}"
    return Picture(id=medium.id, url=url, thumbnail_url=f"{url}?size=thumb", width=medium.width, height=medium.height)


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


@routes.post("/media", operation_id="addPicture", status_code=201, openapi_extra=PICTURE_UPLOAD)
async def add_picture(request: Request, caller: Uploader) -> Reply[Picture]:
    """Store a picture (multipart field `file`): a person's, or a camera's with its source key."""
    upload = await read_upload(request, Upload(files={"file": 1}, file_bytes=MAX_FILE_BYTES))
    if not upload.files:
        raise Problem("invalid", "The form has no field `file` with a picture.")
    medium = await store_picture(request, upload.files[0], caller.name)
    return reply(picture_of(medium), 201)


@routes.get("/media/{media_id}", operation_id="getPicture")
async def get_picture(request: Request, media_id: Id, account: Signed, size: Size = "full") -> FileResponse:
    """The picture as JPEG, or its thumbnail: for who has sent it, and for who may see a case that it belongs to."""
    if not await may_see_picture(request, account, media_id):
        raise Problem("not-found", "No picture has that id.")  # what one may not see is not said to exist
    return await send_picture(request, media_id, size)


async def send_picture(request: Request, media_id: str, size: str) -> FileResponse:
    """Answer with a stored picture.

    :raises Problem: `not-found`.
    """
    medium = await platform_of(request).db.read(lambda connection: find_medium(connection, media_id))
    if medium is None:
        raise Problem("not-found", "No picture has that id.")
    path = tools_of(request).pictures.path(medium.id, thumb=size == "thumb")
    return FileResponse(path, media_type=medium.content_type, headers={"Cache-Control": CACHE})
