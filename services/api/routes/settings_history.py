"""The history of the settings: who changed what, when and why; and going back."""

import asyncio
from typing import Annotated

from fastapi import Path, Query, Request
from msgspec import Struct
from sqlalchemy import Connection

from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.settings import Editor, IfMatch, Reader
from services.api.settings_desk import Workspace, open_for_change, save
from services.api.settings_views import DiffView, Edited, VersionView, diff_view, version_view
from services.api.wire import Page, Reply, reply, reply_page, router
from services.city.drafting import Files, diff, summarize
from services.store import packs
from services.store.packs import Version

routes = router("settings")

PAGE_MAX = 200
VersionPath = Annotated[int, Path(ge=1, lt=2**31)]


class VersionDetail(Struct, frozen=True, kw_only=True):
    """A version and what it changed; `against` is the version that it is compared with, None for the first."""

    version: VersionView
    against: int | None
    diff: DiffView


@routes.get("/settings/versions", operation_id="listSettingsVersions")
async def list_versions(
    request: Request,
    _account: Reader,
    after: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> Reply[Page[VersionView]]:
    """The versions of the settings, the newest first."""
    found = await platform_of(request).db.read(lambda c: packs.list_versions(c, before=after, limit=limit + 1))
    page = found[:limit]
    return reply_page([version_view(each) for each in page], str(page[-1].version) if len(found) > limit else None)


@routes.get("/settings/versions/{version}", operation_id="getSettingsVersion")
async def get_version(
    request: Request,
    version: VersionPath,
    _account: Reader,
    against: Annotated[int | None, Query(ge=1, lt=2**31, description="Another version than the one before")] = None,
) -> Reply[VersionDetail]:
    """What a version changed, row by row."""

    def read(connection: Connection) -> tuple[Version | None, Files, int | None, Files]:
        found = packs.find_version(connection, version)
        other = against or (found.parent if found else None) or _before(connection, version)
        before = packs.read_files(connection, other) if other else {}
        return found, packs.read_files(connection, version), other if before else None, before

    found, files, other, before = await platform_of(request).db.read(read)
    if found is None or (against is not None and other is None):
        raise Problem("not-found", "There is no such version.")
    changed = await asyncio.to_thread(diff, before, files)
    view = diff_view(changed, summarize(changed))
    return reply(VersionDetail(version=version_view(found), against=other, diff=view))


def _before(connection: Connection, version: int) -> int | None:
    return next((each.version for each in packs.list_versions(connection, before=version)), None)


@routes.post("/settings/versions/{version}/restore", operation_id="restoreSettings")
async def restore(request: Request, version: VersionPath, account: Editor, if_match: IfMatch = None) -> Reply[Edited]:
    """Begin a draft with what an earlier version held: it becomes a new version once it is published."""
    platform = platform_of(request)
    async with platform.renewal.editing(account.username):
        workspace = await open_for_change(request, account, if_match)
        files = await platform.db.read(lambda connection: packs.read_files(connection, version))
        if not files:
            raise Problem("not-found", "There is no such version.")
        fresh = Workspace(account, workspace.current, None, workspace.current.files, workspace.current.files)
        return reply(Edited(keys=(), draft=await save(request, fresh, files, restored=version)))
