"""One's own draft of the next version of the settings: looked at, previewed, rebased, published, discarded."""

import asyncio
import json
from collections.abc import Mapping, Sequence, Set
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from dispatch.effects import Effect
from services.api.fields import Form, Prose
from services.api.identity import deed_of
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.routes.settings import Editor, IfMatch
from services.api.settings_desk import (
    Workspace,
    changed_since,
    diff_of,
    open_for_change,
    open_workspace,
    refuse_faults,
    save,
    section_named,
    summary_of,
)
from services.api.settings_views import (
    DraftView,
    EffectView,
    LooseEnd,
    Published,
    Rebased,
    conflict_views,
    diff_view,
    effect_view,
    numbers_of,
)
from services.api.wire import Reply, reply, router
from services.city.drafting import Files, merge, summarize
from services.city.pack import CityPack
from services.engine.renewal import Current, NeededRows, list_fixed_differences
from services.observe.clock import now
from services.store import drafts, packs
from services.store.accounts import list_accounts
from services.store.audit import note
from services.store.packs import Mark, StaleVersion
from services.store.sources import list_keys

routes = router("settings")

LOOSE_ENDS_SHOWN = 100


class Preference(Form):
    """Whose row counts where both have changed it."""

    prefer: Literal["mine", "theirs"] = "mine"


class Publishing(Form):
    """Why: what the history shows beside who and when."""

    comment: Annotated[Prose, Field(max_length=500)] = ""


@routes.get("/settings/draft", operation_id="getSettingsDraft")
async def get_draft(request: Request, account: Editor) -> Reply[DraftView]:
    """What one's draft changes, row by row, and its faults."""
    workspace = await _open_with_draft(request, account)
    found = await diff_of(workspace)
    return reply(DraftView(draft=await summary_of(request, workspace), diff=diff_view(found, summarize(found))))


async def _open_with_draft(request: Request, account: Editor) -> Workspace:
    workspace = await open_workspace(request, account)
    if workspace.draft is None:
        raise Problem("not-found", "You have no draft.")
    return workspace


@routes.delete("/settings/draft", operation_id="discardSettingsDraft", status_code=204)
async def discard_draft(
    request: Request,
    account: Editor,
    section: Annotated[str, Query(max_length=40, description="Only the changes of this section")] = "",
) -> Response:
    """Discard one's draft, or what it changes in one section (and in those whose rows stand in the same file)."""
    async with platform_of(request).renewal.editing(account.username):
        workspace = await _open_with_draft(request, account)
        if section:
            await save(request, workspace, _without(workspace, section))
        else:
            await platform_of(request).db.write(lambda connection: drafts.delete_draft(connection, account.username))
    return Response(status_code=204)


def _without(workspace: Workspace, section: str) -> Files:
    path = section_named(section).file
    files = dict(workspace.files)
    files.pop(path, None)
    return {**files, path: workspace.base[path]} if path in workspace.base else files


@routes.get("/settings/draft/effect", operation_id="previewSettings")
async def preview(request: Request, account: Editor) -> Reply[EffectView]:
    """What publishing one's draft would do to the open cases, and what keeps it from being published."""
    platform = platform_of(request)
    workspace = await _open_with_draft(request, account)
    checked = await platform.renewal.check(workspace.files)
    if checked.pack is None:
        return reply(effect_view(Effect(), (), (), now(), faultless=False))
    current = await platform.renewal.current()
    if other_city := list_fixed_differences(current.pack, checked.pack):
        return reply(effect_view(Effect(), (), other_city, now(), faultless=True))
    effect = await platform.renewal.effect(checked.pack)
    loose_ends = await _loose_ends(platform, current, checked.pack)
    return reply(effect_view(effect, loose_ends, (), now(), faultless=not workspace.is_stale))


async def _loose_ends(platform: Platform, current: Current, pack: CityPack) -> list[LooseEnd]:
    """Return the accounts and keys that would point at nothing."""
    before = current.pack
    gone: Mapping[str, Set[str]] = {
        "worker": {each.id for each in before.workers} - {each.id for each in pack.workers},
        "department": {each.id for each in before.departments} - {each.id for each in pack.departments},
        "area": set(before.areas) - set(pack.areas),
    }
    sources = {each.id for each in before.sources} - {each.id for each in pack.sources}

    def look(connection: Connection) -> list[LooseEnd]:
        found = []
        for account in list_accounts(connection):
            named = {"worker": account.worker_id, "department": account.department, "area": account.area}
            found += [LooseEnd(who=account.username, what=w, code=c) for w, c in named.items() if c in gone[w]]
        keys = [key for key in list_keys(connection) if key.source_id in sources] if sources else []
        return found + [LooseEnd(who=f"…{key.hint}", what="key", code=key.source_id) for key in keys]

    return (await platform.db.read(look))[:LOOSE_ENDS_SHOWN]


@routes.post("/settings/draft/rebase", operation_id="rebaseSettingsDraft")
async def rebase(request: Request, preference: Preference, account: Editor) -> Reply[Rebased]:
    """Bring one's draft upon the version that is at work now, row by row."""
    platform = platform_of(request)
    async with platform.renewal.editing(account.username):
        workspace = await _open_with_draft(request, account)
        theirs = workspace.current.files
        merged = await asyncio.to_thread(merge, workspace.base, workspace.files, theirs, prefer=preference.prefer)
        moved = Workspace(account, workspace.current, None, theirs, workspace.files)
        draft = await save(request, moved, merged.files)
        return reply(Rebased(conflicts=conflict_views(merged.conflicts), draft=draft))


@routes.post("/settings/draft/publish", operation_id="publishSettings", status_code=201)
async def publish(
    request: Request, publishing: Publishing, account: Editor, if_match: IfMatch = None
) -> Reply[Published]:
    """Make one's draft the version that is at work. Open cases get their new limits meanwhile and after."""
    platform = platform_of(request)
    async with platform.renewal.editing(account.username):
        workspace = await open_for_change(request, account, if_match)
        found = await diff_of(workspace)
        if workspace.draft is None or not (found.sections or found.files):
            raise Problem("conflict", "There is nothing to publish.")
        checked = await platform.renewal.check(workspace.files)
        refuse_faults(checked, workspace.files)
        assert checked.pack is not None, "faults are refused"
        mark = Mark(
            author=account.username,
            comment=publishing.comment.strip(),
            origin=_origin_of(workspace),
            parent=workspace.draft.base,
            restored=workspace.draft.restored,
            changes=json.dumps(summarize(found)),
        )
        due = len((await platform.renewal.effect(checked.pack)).due)
        version = await _publish(platform, workspace, checked.pack, mark)
        deed = deed_of(request, account, "settings.published", str(version))

        def finish(connection: Connection) -> None:
            drafts.delete_draft(connection, account.username)
            note(connection, deed)

        await platform.db.write(finish)
    platform.renewal.sweep_soon()
    return reply(Published(version=version, due_count=due), 201)


def _origin_of(workspace: Workspace) -> packs.Origin:
    assert workspace.draft is not None, "it is published"
    if workspace.draft.restored is not None:
        return packs.REVERTED
    return packs.IMPORTED if workspace.draft.imported else packs.EDITED


async def _publish(platform: Platform, workspace: Workspace, pack: CityPack, mark: Mark) -> int:
    try:
        return await platform.renewal.publish(workspace.files, pack, mark)
    except StaleVersion:
        raise await changed_since(platform, mark.parent or 0) from None
    except NeededRows as needed:
        in_use: Sequence[dict[str, object]] = [
            {"what": each.what, "code": each.code, "count": len(each.cases), "numbers": numbers_of(each.cases)}
            for each in needed.effect.in_use
        ]
        raise Problem("settings-in-use", str(needed), in_use=in_use) from None
