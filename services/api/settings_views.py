"""How settings look on the wire: sections, rows, differences, faults, effects, versions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from dispatch.case import Case
from dispatch.city import Names
from dispatch.effects import Effect
from services.city.drafting import Conflict, PackDiff, PlacedFault
from services.city.rows import Change, Row
from services.city.sections import Column, Section
from services.store.packs import Version
from services.store.sweeps import Sweep

CHANGES_SHOWN = 500
"""Rows of one section that a difference shows; the counts tell of all."""
CASES_SHOWN = 200
"""Cases that an effect lists; the counts tell of all."""
FAULTS_SHOWN = 500


class SectionView(Struct, frozen=True, kw_only=True):
    """One table of the settings: what it is and what its columns mean."""

    id: str
    group: str
    label: Names
    about: Names
    file: str
    form: str
    key: Sequence[str]
    columns: Sequence[Column]
    values: Sequence[Column]
    """What the rows of a section of single values are called, and of which kind each is."""


class Counts(Struct, frozen=True, kw_only=True):
    added: int
    changed: int
    removed: int


class DraftSummary(Struct, frozen=True, kw_only=True):
    """A draft of the next version. `stale`: another version has been published since it was begun.

    `changed` is by section; for files without rows (roads, water) by path.
    """

    base: int
    stale: bool
    updated_at: datetime
    restored: int | None
    changed: Mapping[str, Counts]
    fault_count: int
    faults: Sequence[PlacedFault]


class SweepView(Struct, frozen=True, kw_only=True):
    """How far a version has come through the open cases whose limits it may change."""

    version: int
    seen: int
    changed: int
    finished_at: datetime | None


class SettingsView(Struct, frozen=True, kw_only=True):
    """The settings: which version is at work, their sections, and one's own draft of the next."""

    version: int
    author: str
    published_at: datetime
    may_edit: bool
    sections: Sequence[SectionView]
    draft: DraftSummary | None
    sweep: SweepView | None


class RowView(Struct, frozen=True, kw_only=True):
    """One row. `state` is "" as published, else added or changed; `before` is what is published."""

    key: str
    line: int
    cells: Mapping[str, str]
    state: str = ""
    before: Mapping[str, str] | None = None


class RowPage(Struct, frozen=True, kw_only=True):
    """Rows of a section, from `after` on. `more` are columns of the file that are kept and mean nothing here."""

    section: str
    version: int
    total: int
    rows: Sequence[RowView]
    removed: Sequence[RowView]
    more: Sequence[str]
    unreadable: PlacedFault | None
    next: int | None


class Edited(Struct, frozen=True, kw_only=True):
    """What an edit has made: the keys of the rows that were put, and the draft."""

    keys: Sequence[str]
    draft: DraftSummary


class ChangeView(Struct, frozen=True, kw_only=True):
    """What differs in a row; `cells` are the columns that do."""

    kind: str
    key: str
    before: Mapping[str, str] | None
    after: Mapping[str, str] | None
    cells: Sequence[str]


class SectionDiffView(Struct, frozen=True, kw_only=True):
    section: str
    counts: Counts
    changes: Sequence[ChangeView]
    unreadable: bool


class DiffView(Struct, frozen=True, kw_only=True):
    """What differs between two versions; `files` are those without rows."""

    sections: Sequence[SectionDiffView]
    files: Sequence[str]


class DraftView(Struct, frozen=True, kw_only=True):
    draft: DraftSummary
    diff: DiffView


class DueView(Struct, frozen=True, kw_only=True):
    case_id: str
    number: str
    category: str
    due_at: datetime | None
    new_due_at: datetime


class DutyView(Struct, frozen=True, kw_only=True):
    """A case that a new one like it would not share the department with; it stays where it is."""

    case_id: str
    number: str
    category: str
    department: str
    would_be: str


class InUseView(Struct, frozen=True, kw_only=True):
    """A row that may not vanish. `what`: category, department, worker, area."""

    what: str
    code: str
    count: int
    numbers: Sequence[str]


class LooseEnd(Struct, frozen=True, kw_only=True):
    """What would point at a row that vanishes: an account (`what`: worker, department, area), a source's key."""

    who: str
    what: str
    code: str


class EffectView(Struct, frozen=True, kw_only=True):
    """What publishing the draft would do. `other_city` are fields that a running city cannot change.

    `sooner` and `later` count cases by how their due time moves; `overdue` become overdue by it, `relieved` cease
    to be.
    """

    due_count: int
    sooner: int
    later: int
    overdue: int
    relieved: int
    due: Sequence[DueView]
    duty_count: int
    duties: Sequence[DutyView]
    in_use: Sequence[InUseView]
    loose_ends: Sequence[LooseEnd]
    other_city: Sequence[str]
    may_publish: bool


class VersionView(Struct, frozen=True, kw_only=True):
    """A version of the settings. `origin`: load (by a command), edit, import, revert (to `restored`)."""

    version: int
    published_at: datetime
    author: str
    comment: str
    origin: str
    parent: int | None
    restored: int | None
    changed: Mapping[str, Counts]


class ConflictView(Struct, frozen=True, kw_only=True):
    section: str
    file: str
    key: str


class Rebased(Struct, frozen=True, kw_only=True):
    """A draft upon the newest version. Rows that both had changed are as was preferred."""

    conflicts: Sequence[ConflictView]
    draft: DraftSummary


class Published(Struct, frozen=True, kw_only=True):
    version: int
    due_count: int


def section_view(section: Section) -> SectionView:
    return SectionView(
        id=section.id,
        group=section.group,
        label=section.label,
        about=section.about,
        file=section.file,
        form=section.form.value,
        key=section.key,
        columns=section.columns,
        values=section.rows,
    )


def counts_of(summary: Mapping[str, Mapping[str, int]]) -> dict[str, Counts]:
    return {name: Counts(**counts) for name, counts in summary.items()}


def sweep_view(sweep: Sweep | None) -> SweepView | None:
    if sweep is None:
        return None
    return SweepView(version=sweep.version, seen=sweep.seen, changed=sweep.changed, finished_at=sweep.finished_at)


def version_view(version: Version) -> VersionView:
    changed: dict[str, Any] = msgspec.json.decode(version.changes) or {}
    return VersionView(
        version=version.version,
        published_at=version.loaded_at,
        author=version.author,
        comment=version.comment,
        origin=version.origin,
        parent=version.parent,
        restored=version.restored,
        changed=counts_of(changed),
    )


def diff_view(found: PackDiff, summary: Mapping[str, Mapping[str, int]]) -> DiffView:
    sections = [
        SectionDiffView(
            section=each.section,
            counts=Counts(**summary[each.section]),
            changes=[change_view(change) for change in (each.changes or ())[:CHANGES_SHOWN]],
            unreadable=each.changes is None,
        )
        for each in found.sections
    ]
    return DiffView(sections=sections, files=found.files)


def change_view(change: Change) -> ChangeView:
    return ChangeView(kind=change.kind, key=change.key, before=change.before, after=change.after, cells=change.cells)


def row_views(rows: Sequence[Row], changes: Iterable[Change]) -> tuple[list[RowView], list[RowView]]:
    """Return the rows with what has become of each, and those that are gone."""
    by_key = {change.key: change for change in changes}
    views = []
    for row in rows:
        change = by_key.get(row.key)
        state, before = (change.kind, change.before) if change else ("", None)
        views.append(RowView(key=row.key, line=row.line, cells=row.cells, state=state, before=before))
    removed = [
        RowView(key=change.key, line=0, cells=change.before or {}, state="removed", before=change.before)
        for change in by_key.values()
        if change.kind == "removed"
    ]
    return views, removed


def conflict_views(conflicts: Sequence[Conflict]) -> list[ConflictView]:
    return [ConflictView(section=each.section, file=each.file, key=each.key) for each in conflicts]


def effect_view(
    effect: Effect, loose_ends: Sequence[LooseEnd], other_city: Sequence[str], at: datetime, *, faultless: bool
) -> EffectView:
    return EffectView(
        due_count=len(effect.due),
        sooner=sum(each.case.due_at is not None and each.due_at < each.case.due_at for each in effect.due),
        later=sum(each.case.due_at is not None and each.due_at > each.case.due_at for each in effect.due),
        overdue=sum(each.due_at <= at and not each.case.overdue for each in effect.due),
        relieved=sum(each.due_at > at and each.case.overdue for each in effect.due),
        due=[
            DueView(
                case_id=each.case.id,
                number=each.case.number,
                category=each.case.category,
                due_at=each.case.due_at,
                new_due_at=each.due_at,
            )
            for each in sorted(effect.due, key=lambda each: each.due_at)[:CASES_SHOWN]
        ],
        duty_count=len(effect.duties),
        duties=[
            DutyView(
                case_id=each.case.id,
                number=each.case.number,
                category=each.case.category,
                department=each.case.department,
                would_be=each.department,
            )
            for each in effect.duties[:CASES_SHOWN]
        ],
        in_use=[
            InUseView(what=each.what, code=each.code, count=len(each.cases), numbers=numbers_of(each.cases))
            for each in effect.in_use
        ],
        loose_ends=loose_ends,
        other_city=other_city,
        may_publish=faultless and not other_city and not effect.in_use,
    )


def numbers_of(cases: Sequence[Case]) -> list[str]:
    return [case.number for case in cases[:10]]
