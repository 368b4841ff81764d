"""Settings as files: one section or the whole pack, out and in."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.routes.settings import Editor, IfMatch, Reader, SectionId
from services.api.settings_desk import Workspace, open_for_change, open_workspace, save, section_named
from services.api.settings_views import Edited
from services.api.uploads import Upload, read_upload
from services.api.wire import Reply, reply, router
from services.city.archive import read_archive, write_archive
from services.city.drafting import Files, body_of, edit, rows_of
from services.city.rows import Edit, Put, Row, Unreadable
from services.city.sections import Section, list_of_file
from services.city.sections.model import Form
from services.store import packs

routes = router("settings")

SECTION_UPLOAD = Upload(files={"file": 1}, file_bytes=24_000_000, fields_max=1)
ARCHIVE_UPLOAD = Upload(files={"file": 1}, file_bytes=60_000_000)

CONTENT_TYPES = {
    Form.CSV: "text/csv; charset=utf-8",
    Form.GEOJSON: "application/geo+json",
    Form.TOML_LIST: "application/toml",
    Form.TOML_NAMED: "application/toml",
    Form.TOML_INNER: "application/toml",
    Form.TOML_VALUES: "application/toml",
}
VersionQuery = Annotated[
    int | None, Query(ge=1, lt=2**31, description="Of this version; without it as one's draft has it")
]


@routes.get("/settings/sections/{section_id}/file", operation_id="exportSettingsSection", response_class=Response)
async def export_section(
    request: Request, section_id: SectionId, account: Reader, version: VersionQuery = None
) -> Response:
    """The file that a section's rows stand in, byte by byte."""
    section = section_named(section_id)
    files = await _files_of(request, account, version)
    return _download(body_of(files, section), CONTENT_TYPES[section.form], section.file.rpartition("/")[2])


@routes.get("/settings/archive", operation_id="exportSettings", response_class=Response)
async def export_pack(request: Request, account: Reader, version: VersionQuery = None) -> Response:
    """The whole pack as ZIP: unpacked, it is a folder that `wardline city load` takes."""
    files = await _files_of(request, account, version)
    body = await asyncio.to_thread(write_archive, files)
    return _download(body, "application/zip", "city-pack.zip")


async def _files_of(request: Request, account: Reader, version: int | None) -> Files:
    if version is None:
        return (await open_workspace(request, account)).files
    files = await platform_of(request).db.read(lambda connection: packs.read_files(connection, version))
    if not files:
        raise Problem("not-found", "There is no such version.")
    return files


def _download(body: bytes, content_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=content_type, headers=headers)


@routes.post("/settings/sections/{section_id}/file", operation_id="importSettingsSection")
async def import_section(
    request: Request, section_id: SectionId, account: Editor, if_match: IfMatch = None
) -> Reply[Edited]:
    """Bring a file in for a section, into one's draft: in place of what is there, or (field `mode`: merge) row by row.

    The form has the file as `file`. Sections that stand in one file (calendar.toml, city.toml) come together.
    """
    section = section_named(section_id)
    async with tools_of(request).hands.hold() as hold:
        form = await read_upload(request, SECTION_UPLOAD, hold)
    body, mode = _only_file(form.files), form.fields.get("mode", "replace")
    if mode not in ("replace", "merge") or set(form.fields) - {"mode"}:
        raise Problem("invalid", "mode is replace or merge.")
    async with platform_of(request).renewal.editing(account.username):
        workspace = await open_for_change(request, account, if_match)
        try:
            files = await asyncio.to_thread(_bring_in, workspace, section, body, merge=mode == "merge")
        except Unreadable as error:
            fault = error.fault
            raise Problem(
                "invalid", str(fault), errors=[{"where": f"line {fault.line}", "message": fault.message}]
            ) from None
        return reply(Edited(keys=(), draft=await save(request, workspace, files)))


def _bring_in(workspace: Workspace, section: Section, body: bytes, *, merge: bool) -> Files:
    """Return the files with the body in place of the section's, or with its rows put among those that are there."""
    body = _as_collection(body) if section.form is Form.GEOJSON else body
    new = {**workspace.files, section.file: body}
    for each in list_of_file(section.file):
        rows_of(new, each)  # a file that holds no rows is refused before anything is kept
    if not merge:
        return new
    files = dict(workspace.files)
    for each in list_of_file(section.file):
        known = {row.key for row in rows_of(files, each)}
        files = edit(files, each, [_put(row, known) for row in rows_of(new, each)])
    return files


def _put(row: Row, known: set[str]) -> Edit:
    return Put(cells=row.cells, key=row.key if row.key in known else None, shape=row.shape)


def _as_collection(body: bytes) -> bytes:
    """Return GeoJSON as a collection: tools write a single feature, or geometry, as well."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if isinstance(value, dict) and value.get("type") == "Feature":
        return json.dumps({"type": "FeatureCollection", "features": [value]}, ensure_ascii=False).encode()
    return body


@routes.post("/settings/archive", operation_id="importSettings")
async def import_pack(request: Request, account: Editor, if_match: IfMatch = None) -> Reply[Edited]:
    """Bring a whole pack in as ZIP (form field `file`), in place of all that is there, into one's draft."""
    async with tools_of(request).hands.hold() as hold:
        form = await read_upload(request, ARCHIVE_UPLOAD, hold)
    files = await asyncio.to_thread(read_archive, _only_file(form.files))
    async with platform_of(request).renewal.editing(account.username):
        workspace = await open_for_change(request, account, if_match)
        return reply(Edited(keys=(), draft=await save(request, workspace, files, imported=True)))


def _only_file(files: Any) -> bytes:
    if len(files) != 1:
        raise Problem("invalid", "body.file: one file is taken.")
    body: bytes = files[0]
    return body
