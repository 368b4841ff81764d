"""The city's settings, section by section: their rows, and edits of them in one's own draft."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import Depends, Header, Path, Query, Request
from pydantic import AfterValidator, Field

from dispatch.access import permissions_of
from services.api.fields import Form, refuse_nul
from services.api.identity import permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.settings_choices import Choices, list_choices
from services.api.settings_desk import Workspace, open_for_change, open_workspace, save, section_named, summary_of
from services.api.settings_views import (
    Edited,
    RowPage,
    SettingsView,
    row_views,
    section_view,
    sweep_view,
)
from services.api.wire import Reply, reply, router
from services.city.drafting import edit, place, rows_of
from services.city.rows import Edit, Put, Remove, Row, Unreadable, diff_rows, key_of
from services.city.sections import SECTIONS, Section
from services.store import sweeps
from services.store.accounts import Account

routes = router("settings")

PAGE_MAX = 5_000
EDITS_MAX = 5_000
"""Edits of one request: a whole matrix, a year of days."""
CELLS_MAX = 100

Reader = Annotated[Account, Depends(permission("settings.read"))]
Editor = Annotated[Account, Depends(permission("settings.manage"))]
IfMatch = Annotated[str | None, Header(max_length=100)]
SectionId = Annotated[str, Path(max_length=40)]
RowKey = Annotated[str, Path(max_length=600)]

Cell = Annotated[str, Field(max_length=4_000), AfterValidator(refuse_nul)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(refuse_nul)]
Key = Annotated[str, Field(max_length=600)]
CellsForm = Annotated[Mapping[Name, Cell], Field(max_length=CELLS_MAX)]


class RowForm(Form):
    """Cells by column. Those that are not named stay as they are."""

    cells: CellsForm


class EditForm(Form):
    """One edit: put cells into the row of `key` (a new row without one), or remove it."""

    op: Literal["put", "remove"]
    key: Key | None = None
    cells: CellsForm = Field(default_factory=dict)


class EditsForm(Form):
    """Edits that are made together or not at all."""

    edits: Annotated[Sequence[EditForm], Field(max_length=EDITS_MAX)]


@routes.get("/settings", operation_id="getSettings")
async def get_settings(request: Request, account: Reader) -> Reply[SettingsView]:
    """The settings: the version at work, their sections, and one's own draft."""
    platform = platform_of(request)
    workspace = await open_workspace(request, account)
    version = workspace.current.version
    sweep = await platform.db.read(sweeps.find_latest)
    view = SettingsView(
        version=version.version,
        author=version.author,
        published_at=version.loaded_at,
        may_edit="settings.manage" in permissions_of(account.role),
        sections=[section_view(section) for section in SECTIONS.values()],
        draft=await summary_of(request, workspace) if workspace.draft else None,
        sweep=sweep_view(sweep),
    )
    return reply(view, headers={"ETag": f'"{version.version}"'})


@routes.get("/settings/choices", operation_id="getSettingsChoices")
async def get_choices(request: Request, account: Reader) -> Reply[Choices]:
    """What the columns that name other rows may name, as one's draft has it."""
    workspace = await open_workspace(request, account)
    return reply(await asyncio.to_thread(list_choices, workspace.files))


@routes.get("/settings/sections/{section_id}/rows", operation_id="listSettingsRows")
async def list_rows(
    request: Request,
    section_id: SectionId,
    account: Reader,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
) -> Reply[RowPage]:
    """The rows of a section in the order of the file, with what one's draft has changed of each."""
    section = section_named(section_id)
    workspace = await open_workspace(request, account)
    return reply(await asyncio.to_thread(_page, workspace, section, after, limit))


def _page(workspace: Workspace, section: Section, after: int, limit: int) -> RowPage:
    version = workspace.current.version.version
    try:
        rows = rows_of(workspace.files, section)
    except Unreadable as error:
        (fault,) = place(workspace.files, [error.fault])
        return RowPage(
            section=section.id, version=version, total=0, rows=(), removed=(), more=(), unreadable=fault, next=None
        )
    changes = diff_rows(_rows_or_none(workspace, section), rows) if workspace.draft else ()
    views, removed = row_views(rows, changes)
    known = {column.name for column in section.columns}
    more = dict.fromkeys(name for row in rows for name in row.cells if name not in known and name != "shape")
    return RowPage(
        section=section.id,
        version=version,
        total=len(views),
        rows=views[after : after + limit],
        removed=removed if after == 0 else (),
        more=tuple(more),
        unreadable=None,
        next=after + limit if after + limit < len(views) else None,
    )


def _rows_or_none(workspace: Workspace, section: Section) -> list[Row]:
    try:
        return rows_of(workspace.base, section)
    except Unreadable:
        return []


# --- edits -----------------------------------------------------------------------------------------------


@routes.post("/settings/sections/{section_id}/rows", operation_id="addSettingsRow", status_code=201)
async def add_row(
    request: Request, section_id: SectionId, form: RowForm, account: Editor, if_match: IfMatch = None
) -> Reply[Edited]:
    """Add a row to one's draft. Faults are in the answer: a draft may have some, what is published may not."""
    edited = await _edit(request, section_id, [Put(cells=form.cells)], account, if_match)
    return reply(edited, 201)


@routes.patch("/settings/sections/{section_id}/rows/{key:path}", operation_id="changeSettingsRow")
async def change_row(
    request: Request, section_id: SectionId, key: RowKey, form: RowForm, account: Editor, if_match: IfMatch = None
) -> Reply[Edited]:
    """Change cells of a row in one's draft."""
    return reply(await _edit(request, section_id, [Put(cells=form.cells, key=key)], account, if_match))


@routes.delete("/settings/sections/{section_id}/rows/{key:path}", operation_id="removeSettingsRow")
async def remove_row(
    request: Request, section_id: SectionId, key: RowKey, account: Editor, if_match: IfMatch = None
) -> Reply[Edited]:
    """Take a row out in one's draft."""
    return reply(await _edit(request, section_id, [Remove(key)], account, if_match))


@routes.post("/settings/sections/{section_id}/edits", operation_id="editSettings")
async def make_edits(
    request: Request, section_id: SectionId, form: EditsForm, account: Editor, if_match: IfMatch = None
) -> Reply[Edited]:
    """Make several edits of a section in one's draft, all or none."""
    return reply(await _edit(request, section_id, [_edit_of(each) for each in form.edits], account, if_match))


def _edit_of(form: EditForm) -> Edit:
    if form.op == "put":
        return Put(cells=form.cells, key=form.key)
    if form.key is None:
        raise Problem("invalid", "body.edits: removing a row takes its key.")
    return Remove(form.key)


async def _edit(
    request: Request, section_id: str, edits: Sequence[Edit], account: Account, if_match: str | None
) -> Edited:
    section = section_named(section_id)
    async with platform_of(request).renewal.editing(account.username):
        workspace = await open_for_change(request, account, if_match)
        try:
            files = await asyncio.to_thread(edit, workspace.files, section, edits)
        except Unreadable as error:
            raise Problem("conflict", f"{error}: import a file that can be read first.") from None
        keys = [_key_after(section, workspace, each) for each in edits if isinstance(each, Put)]
        return Edited(keys=keys, draft=await save(request, workspace, files))


def _key_after(section: Section, workspace: Workspace, put: Put) -> str:
    """Return what the row is called now."""
    cells = dict(put.cells)
    if put.key is not None:
        before = next((row.cells for row in rows_of(workspace.files, section) if row.key == put.key), {})
        cells = {**before, **cells}
    return key_of(section.key, cells, 0)
