"""One administrator at the settings: his draft upon the version that is at work.

A draft is a changed set of files. It is read whole after every change, so that a fault stands beside its field at
once; nothing of it reaches the engine before it is published.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from fastapi import Request

from services.api.matching import version_of
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.settings_views import (
    FAULTS_SHOWN,
    Counts,
    DraftSummary,
    VersionView,
    counts_of,
    version_view,
)
from services.city.drafting import Checked, Files, PackDiff, diff, place, summarize
from services.city.sections import SECTIONS, Section
from services.engine.renewal import AtWork
from services.observe.clock import now
from services.store import drafts, packs
from services.store.accounts import Account
from services.store.drafts import Draft


@dataclass(frozen=True)
class Workspace:
    """Who edits, upon which version, and what his draft makes of its files.

    `base` are the files that the draft was begun on; they are those of `current` unless it is stale.
    """

    account: Account
    current: AtWork
    draft: Draft | None
    base: Files
    files: Files

    @property
    def is_stale(self) -> bool:
        return self.draft is not None and self.draft.base != self.current.version.version


async def open_workspace(request: Request, account: Account) -> Workspace:
    """Return the administrator's place of work."""
    platform = platform_of(request)
    current = await platform.renewal.at_work()
    draft = await platform.db.read(lambda connection: drafts.find_draft(connection, account.username))
    base = current.files
    if draft is not None and draft.base != current.version.version:
        number = draft.base
        base = await platform.db.read(lambda connection: packs.read_files(connection, number))
    return Workspace(account=account, current=current, draft=draft, base=base, files=_apply(base, draft))


def _apply(base: Files, draft: Draft | None) -> Files:
    files = dict(base)
    for path, body in (draft.files if draft else {}).items():
        if body is None:
            files.pop(path, None)
        else:
            files[path] = body
    return files


async def open_for_change(request: Request, account: Account, if_match: str | None) -> Workspace:
    """Return the place of work of one who is about to change something.

    :raises Problem: `settings-changed` if he has another version before him than the one that is at work.
    """
    workspace = await open_workspace(request, account)
    seen, newest = version_of(if_match), workspace.current.version.version
    if (seen is not None and seen != newest) or workspace.is_stale:
        since = workspace.draft.base if workspace.draft else (seen or newest)
        raise await changed_since(platform_of(request), since)
    return workspace


async def changed_since(platform: Platform, version: int) -> Problem:
    """Return the refusal that tells who has published what since a version."""
    newest = (await platform.renewal.at_work()).version.version
    found = await platform.db.read(lambda connection: packs.list_versions(connection, limit=max(1, newest - version)))
    views: list[VersionView] = [version_view(each) for each in found if each.version > version]
    changed = [msgspec.to_builtins(view) for view in views]
    who = ", ".join(dict.fromkeys(view.author or "wardline" for view in views))
    return Problem("settings-changed", f"Version {newest} is at work ({who}).", version=newest, changed=changed)


async def save(
    request: Request,
    workspace: Workspace,
    files: Mapping[str, bytes],
    *,
    restored: int | None = None,
    imported: bool = False,
) -> DraftSummary:
    """Keep the files as the administrator's draft; return what it is then."""
    platform = platform_of(request)
    before, base = workspace.draft, workspace.base
    changed: dict[str, bytes | None] = {path: body for path, body in files.items() if base.get(path) != body}
    changed.update({path: None for path in base if path not in files})
    draft = Draft(
        base=before.base if before else workspace.current.version.version,
        updated_at=now(),
        files=changed,
        restored=restored if restored is not None else before.restored if before else None,
        imported=imported or (before.imported if before else False),
    )
    username = workspace.account.username
    await platform.db.write(lambda connection: drafts.save_draft(connection, username, draft))
    kept = Workspace(workspace.account, workspace.current, draft, base, dict(files))
    return await summary_of(request, kept)


async def summary_of(request: Request, workspace: Workspace) -> DraftSummary:
    """Return what the draft changes, and its faults. The workspace has a draft."""
    draft, checked = workspace.draft, await platform_of(request).renewal.check(workspace.files)
    assert draft is not None, "there is a draft"
    faults = await asyncio.to_thread(place, workspace.files, checked.faults)
    return DraftSummary(
        base=draft.base,
        stale=workspace.is_stale,
        updated_at=draft.updated_at,
        restored=draft.restored,
        changed=await _counts(workspace),
        fault_count=checked.count,
        faults=faults[:FAULTS_SHOWN],
    )


async def _counts(workspace: Workspace) -> dict[str, Counts]:
    return counts_of(summarize(await diff_of(workspace)))


async def diff_of(workspace: Workspace) -> PackDiff:
    """Return what the draft changes of the version that it was begun on."""
    return await asyncio.to_thread(diff, workspace.base, workspace.files)


def section_named(name: str) -> Section:
    """:raises Problem: `not-found` for a section that there is not."""
    section = SECTIONS.get(name)
    if section is None:
        raise Problem("not-found", "The settings have no such section.")
    return section


def refuse_faults(checked: Checked, files: Files) -> None:
    """:raises Problem: `settings-faulty` with every fault, if there is one."""
    if checked.pack is None:
        placed = place(files, checked.faults)[:FAULTS_SHOWN]
        detail = f"{placed[0].file}:{placed[0].line}: {placed[0].message.en}" if placed else ""
        raise Problem(
            "settings-faulty", detail, fault_count=checked.count, faults=[msgspec.to_builtins(each) for each in placed]
        )
