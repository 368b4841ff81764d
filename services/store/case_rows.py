"""A case as a row: all of it as a document, and beside that in columns what is listed, sorted and counted."""

from collections.abc import Iterable, Mapping
from operator import attrgetter

import msgspec

from dispatch.case import Case
from dispatch.ids import CaseId
from dispatch.timers import next_timer_at
from services.store.tables import cases
from services.store.upsert import Row, Statement, lay_upsert

_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Case)

SETTLED: Mapping[str, tuple[str, ...]] = {
    "number": ("number",),
    "is_open": ("is_open",),
    "category": ("category",),
    "feed": ("feed",),
    "source_id": ("source_id",),
    "department": ("department",),
    "worker": ("worker",),
    "place": ("lon", "lat", "district", "street", "community", "grid", "address"),
    "opened_at": ("opened_at",),
    "filed_at": ("filed_at",),
    "due_at": ("due_at",),
    "closed_at": ("closed_at",),
    "voided_at": ("voided_at",),
    "judged_at": ("judged_at",),
    "unanswered": ("unanswered",),
    "called_at": ("called_at",),
    "ratings": ("rated_at", "stars"),
}
"""Field of a case that seldom changes -> the columns made of it. Most of them are in an index of their own, and SQLite
writes an index anew for each column that is set, whatever it is set to: half the work of writing a case.
"""
_SETTLED_COLUMNS = tuple(column for columns in SETTLED.values() for column in columns)
_settled_of = attrgetter(*SETTLED)


def lay_out(changed: Iterable[Case], held: Mapping[CaseId, Case], dialect: str) -> list[Statement]:
    """Return what writes the cases; `held` has those as the database holds them that are known."""
    whole: list[Row] = []
    moved: list[Row] = []
    for case in changed:
        before = held.get(case.id)
        is_settled = before is not None and _settled_of(before) == _settled_of(case)
        (moved if is_settled else whole).append(case_row(case))
    return lay_upsert(cases, dialect, whole) + lay_upsert(cases, dialect, moved, kept=_SETTLED_COLUMNS)


def case_row(case: Case) -> dict[str, object]:
    place = case.place
    return {
        "id": case.id,
        "number": case.number,
        "version": case.version,
        "stage": case.stage.value,
        "is_open": case.is_open,
        "category": case.category,
        "priority": case.priority.value,
        "severity": case.severity,
        "feed": case.feed,
        "source_id": case.source_id,
        "department": case.department,
        "worker": case.worker,
        "lon": place.point.lon if place.point else None,
        "lat": place.point.lat if place.point else None,
        "district": place.district,
        "street": place.street,
        "community": place.community,
        "grid": place.grid,
        "address": place.address,
        "text": case.text,
        "waiting": case.waiting,
        "overdue": case.overdue,
        "on_time": case.on_time,
        "opened_at": case.opened_at,
        "reworks": case.reworks,
        "filed_at": case.filed_at,
        "due_at": case.due_at,
        "first_dispatched_at": case.first_dispatched_at,
        "dispatched_at": case.dispatched_at,
        "accepted_at": case.accepted_at,
        "arrived_at": case.arrived_at,
        "handled_at": case.handled_at,
        "checked_at": case.checked_at,
        "closed_at": case.closed_at,
        "voided_at": case.voided_at,
        "flagged": case.is_flagged,
        "kind": case.kind,
        "verdict": case.verdict.value,
        "judged_at": case.judged_at,
        "erased": "|".join(case.erased),
        "unanswered": bool(case.unanswered),
        "called_at": case.called_at,
        "satisfied": case.satisfied,
        "rated_at": case.ratings[-1].at if case.ratings else None,
        "stars": case.ratings[-1].stars if case.ratings else None,
        "next_timer_at": next_timer_at(case),
        "doc": _encode(case),
    }


def read_case(doc: bytes) -> Case:
    return _decoder.decode(doc)
