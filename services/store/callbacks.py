"""What was reported by telephone, and who of those who did is called back once it has ended (回访)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from dispatch.case import Case, Stage
from dispatch.facts import CallbackDone, MasterEnded
from services.store.reporters import Reporter
from services.store.tables import cases, events, hotline_reports, journal, reporters, reports

CLAIMED_FOR = timedelta(minutes=10)
"""Who has taken a call upon himself and says nothing for so long is not calling."""
AGAIN_AFTER = timedelta(hours=2)
"""Who was not reached is tried again so much later."""
LIST_MAX = 500
"""Calls of one list: a day's work of a desk."""


_case_of = msgspec.json.Decoder(Case).decode


class Filed(Struct, frozen=True, kw_only=True):
    """What an operator has filed. `callback` says why its sender is called back: asked, rule, or ""."""

    message_id: str
    number: str
    operator: str
    call_id: str
    callback: str
    created_at: datetime


class Due(Struct, frozen=True, kw_only=True):
    """A report whose sender is to be called, with its case; `tries` are the calls since the case has ended."""

    report: str
    callback: str
    case: Case
    ended_at: datetime
    reported_at: datetime
    reporter: Reporter | None
    tries: int
    called_at: datetime | None
    claimed_by: str
    claimed_at: datetime | None

    @property
    def next_at(self) -> datetime:
        """When he is to be called: at once, or some hours after a call that did not reach him."""
        return self.ended_at if self.called_at is None else self.called_at + AGAIN_AFTER


def add_filed(connection: Connection, filed: Filed) -> None:
    """Note what was filed; the same message again is noted already."""
    if connection.scalar(select(hotline_reports.c.number).where(hotline_reports.c.message_id == filed.message_id)):
        return
    connection.execute(
        insert(hotline_reports).values(
            message_id=filed.message_id,
            event_id=f"{filed.message_id}/0",
            number=filed.number,
            operator=filed.operator,
            call_id=filed.call_id,
            callback=filed.callback,
            created_at=filed.created_at,
            called_by="",
            tries=0,
            is_last=False,
            claimed_by="",
        )
    )


def find_case_of_message(connection: Connection, message_id: str) -> str:
    """Return the id of the case that a report's message has become a part of, "" while it is not read."""
    found = connection.scalar(select(events.c.case_id).where(events.c.id == f"{message_id}/0"))
    return found or ""


def find_first_event(connection: Connection, case_id: str) -> str:
    """Return the id of the event that opened a case, "" where none is kept."""
    of_case = select(events.c.id).where(events.c.case_id == case_id)
    return connection.scalar(of_case.order_by(events.c.received_at, events.c.id).limit(1)) or ""


# --- who is to be called ---------------------------------------------------------------------------------------------

_ENDED_AT = func.coalesce(cases.c.closed_at, cases.c.voided_at)
_CALLED_SINCE = and_(hotline_reports.c.called_at.is_not(None), hotline_reports.c.called_at >= _ENDED_AT)

_COLUMNS = (
    hotline_reports.c.number,
    hotline_reports.c.callback,
    hotline_reports.c.tries,
    hotline_reports.c.called_at,
    hotline_reports.c.claimed_by,
    hotline_reports.c.claimed_at,
    hotline_reports.c.created_at,
    cases.c.doc,
    _ENDED_AT.label("ended_at"),
    _CALLED_SINCE.label("called_since"),
    reporters.c.id.label("reporter_id"),
    reporters.c.name,
    reporters.c.phone,
    reporters.c.email,
)


def list_due(connection: Connection, since: datetime, seen: Sequence[ColumnElement[bool]]) -> list[Due]:
    """Return whom to call, the longest due first; of the cases that ended since then and that one may see."""
    rows = connection.execute(_due(since, seen).order_by(_ENDED_AT, hotline_reports.c.number).limit(LIST_MAX))
    return sorted(map(_read, rows), key=lambda due: (due.next_at, due.report))


def count_due(connection: Connection, since: datetime, seen: Sequence[ColumnElement[bool]]) -> int:
    """Return how many are to be called."""
    inner = _due(since, seen).with_only_columns(hotline_reports.c.number).subquery()
    return connection.scalar(select(func.count()).select_from(inner)) or 0


def find_due(connection: Connection, report: str, since: datetime, seen: Sequence[ColumnElement[bool]]) -> Due | None:
    """Return one call that is due, None where none is."""
    row = connection.execute(_due(since, seen).where(hotline_reports.c.number == report)).first()
    return None if row is None else _read(row)


def _due(since: datetime, seen: Sequence[ColumnElement[bool]]) -> Any:
    """Bound by when the cases ended, for which there are indexes: what was called long ago is not looked at."""
    ended = or_(cases.c.closed_at >= since, cases.c.voided_at >= since)
    told = select(journal.c.seq).where(journal.c.case_id == cases.c.id, journal.c.kind == MasterEnded.__name__)
    return (
        select(*_COLUMNS)
        .join_from(hotline_reports, events, events.c.id == hotline_reports.c.event_id)
        .join(cases, cases.c.id == events.c.case_id)
        .join(reports, reports.c.message_id == hotline_reports.c.message_id)
        .join(reporters, reporters.c.id == reports.c.reporter_id, isouter=True)
        .where(hotline_reports.c.callback != "", ~cases.c.is_open, ended, *seen)
        .where(or_(cases.c.stage != Stage.MERGED.value, told.exists()))
        .where(or_(~_CALLED_SINCE, ~hotline_reports.c.is_last))
    )


def _read(row: Any) -> Due:
    from_before = not row.called_since
    return Due(
        report=row.number,
        callback=row.callback,
        case=_case_of(row.doc),
        ended_at=row.ended_at,
        reported_at=row.created_at,
        reporter=Reporter(id=row.reporter_id, name=row.name, phone=row.phone, email=row.email)
        if row.reporter_id
        else None,
        tries=0 if from_before else row.tries,
        called_at=None if from_before else row.called_at,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
    )


# --- calling ---------------------------------------------------------------------------------------------------------


def claim_call(connection: Connection, report: str, by: str, at: datetime) -> str:
    """Take a call upon oneself; return who has it then: oneself, or another who has taken it before."""
    free = or_(
        hotline_reports.c.claimed_by.in_(("", by)),
        hotline_reports.c.claimed_at.is_(None),
        hotline_reports.c.claimed_at < at - CLAIMED_FOR,
    )
    taken = update(hotline_reports).where(hotline_reports.c.number == report, free)
    connection.execute(taken.values(claimed_by=by, claimed_at=at))
    return connection.scalar(select(hotline_reports.c.claimed_by).where(hotline_reports.c.number == report)) or ""


def let_go(connection: Connection, report: str, by: str) -> None:
    """Give up a call that one has taken upon oneself."""
    mine = update(hotline_reports).where(hotline_reports.c.number == report, hotline_reports.c.claimed_by == by)
    connection.execute(mine.values(claimed_by="", claimed_at=None))


def keep_call(connection: Connection, call: CallbackDone, at: datetime) -> None:
    """Note how a call went, in the commit of the fact that says so; nobody is about to call him then."""
    done = update(hotline_reports).where(hotline_reports.c.number == call.report)
    connection.execute(
        done.values(
            called_at=at, called_by=call.by, tries=call.tries, is_last=call.is_last, claimed_by="", claimed_at=None
        )
    )


# --- who calls -------------------------------------------------------------------------------------------------------


class Earlier(Struct, frozen=True, kw_only=True):
    """An earlier report of a caller, with its case; None while it is not read."""

    number: str
    at: datetime
    name: str
    case: Case | None


EARLIER_MAX = 20
"""Earlier reports that are told of a caller: the latest."""


def list_earlier(connection: Connection, phones: Sequence[str]) -> list[Earlier]:
    """Return what was reported from a telephone number, however it was written, the latest first."""
    query = (
        select(reports.c.number, reports.c.created_at, reporters.c.name, cases.c.doc)
        .join_from(reporters, reports, reports.c.reporter_id == reporters.c.id)
        .join(events, events.c.id == reports.c.message_id + "/0", isouter=True)
        .join(cases, cases.c.id == events.c.case_id, isouter=True)
        .where(reporters.c.phone.in_(phones))
    )
    rows = connection.execute(query.order_by(reports.c.created_at.desc()).limit(EARLIER_MAX))
    return [
        Earlier(
            number=row.number,
            at=row.created_at,
            name=row.name,
            case=None if row.doc is None else _case_of(row.doc),
        )
        for row in rows
    ]
