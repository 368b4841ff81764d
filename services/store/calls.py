"""The hotline's calls, who sits at which telephone, and the reports that are being taken down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from services.store.tables import call_drafts, calls, hotline_seats

RINGS_FOR = timedelta(minutes=3)
"""A call that has rung for longer without another word is over: its `ended` was lost."""
LIVE_FOR = timedelta(hours=4)
"""So for one that was answered: nobody speaks to the hotline for longer."""
CALLS_MAX = 200
"""Calls of one list."""
DRAFTS_MAX = 20
"""Drafts that one operator may have; a twenty-first means that he parks them and never comes back."""


class Step(StrEnum):
    """What the telephone system tells of a call."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"


class CallState(StrEnum):
    """Where a call stands."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"  # it was spoken
    MISSED = "missed"  # nobody has answered


class Call(Struct, frozen=True, kw_only=True):
    """One call. `number` is E.164 where it is a telephone number, as it came where not, "" where it is withheld."""

    id: str
    source_id: str
    number: str
    line: str
    agent: str
    created_at: datetime
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    returned_at: datetime | None = None
    returned_by: str = ""
    report: str = ""

    @property
    def begun_at(self) -> datetime:
        return self.rang_at or self.answered_at or self.ended_at or self.created_at

    def state(self, at: datetime) -> CallState:
        """Return where the call stands, as far as the telephone system has told."""
        if self.answered_at is not None:
            is_over = self.ended_at is not None or at > self.answered_at + LIVE_FOR
            return CallState.ENDED if is_over else CallState.ANSWERED
        is_over = self.ended_at is not None or at > self.begun_at + RINGS_FOR
        return CallState.MISSED if is_over else CallState.RINGING


class Told(Struct, frozen=True, kw_only=True):
    """One word of the telephone system about a call that it calls `ref`."""

    source_id: str
    ref: str
    step: Step
    at: datetime
    number: str = ""
    line: str = ""
    agent: str = ""


class Draft(Struct, frozen=True, kw_only=True):
    """A report that is being taken down; `doc` is what the screen keeps of it."""

    id: str
    operator: str
    call_id: str
    doc: str
    updated_at: datetime


_TIME = {Step.RINGING: "rang_at", Step.ANSWERED: "answered_at", Step.ENDED: "ended_at"}


def call_id_of(source_id: str, ref: str) -> str:
    return sha256(f"{source_id}\0{ref}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def tell_call(connection: Connection, told: Told, at: datetime) -> tuple[Call, bool]:
    """Take in a word about a call; return the call, and whether that has changed it.

    Words may come twice and in any order: each keeps its own time, the first that was told counts, and what one does
    not say (the number, the extension) stays as another has said it. Only an answer moves a call to another extension.
    """
    call_id = call_id_of(told.source_id, told.ref)
    known = find_call(connection, call_id)
    if known is None:
        call = Call(
            id=call_id,
            source_id=told.source_id,
            number=told.number,
            line=told.line,
            agent=told.agent,
            created_at=at,
            **{_TIME[told.step]: told.at},  # type: ignore[arg-type]
        )
        connection.execute(insert(calls).values(**asdict(call)))
        return call, True
    changes: dict[str, object] = {}
    if getattr(known, _TIME[told.step]) is None:
        changes[_TIME[told.step]] = told.at
    for name in ("number", "line", "agent"):
        if getattr(told, name) and not getattr(known, name):
            changes[name] = getattr(told, name)
    if told.agent and told.step is Step.ANSWERED and told.agent != known.agent:
        changes["agent"] = told.agent
    if not changes:
        return known, False
    connection.execute(update(calls).where(calls.c.id == call_id).values(**changes))
    found = find_call(connection, call_id)
    assert found is not None, "it was there a moment ago"
    return found, True


def find_call(connection: Connection, call_id: str) -> Call | None:
    row = connection.execute(select(calls).where(calls.c.id == call_id)).first()
    return None if row is None else _read(row)


def list_live(connection: Connection, at: datetime) -> list[Call]:
    """Return the calls that ring or are spoken, the oldest first."""
    query = select(calls).where(calls.c.ended_at.is_(None), calls.c.created_at > at - LIVE_FOR)
    rows = connection.execute(query.order_by(calls.c.created_at.desc()).limit(CALLS_MAX))
    live = (CallState.RINGING, CallState.ANSWERED)
    return sorted((call for call in map(_read, rows) if call.state(at) in live), key=lambda call: call.begun_at)


def list_missed(connection: Connection, since: datetime, at: datetime) -> list[Call]:
    """Return the calls since then that nobody has answered or called back, the latest first.

    Of several of one number the last stands for all; none does where the same number was spoken to later.
    """
    later = calls.alias()
    spoken = (
        select(later.c.id)
        .where(later.c.number == calls.c.number, later.c.answered_at.is_not(None))
        .where(later.c.created_at >= calls.c.created_at)
        .exists()
    )
    query = select(calls).where(
        calls.c.created_at >= since,
        calls.c.answered_at.is_(None),
        calls.c.returned_at.is_(None),
        or_(calls.c.number == "", ~spoken),
    )
    found: dict[str, Call] = {}
    for call in map(_read, connection.execute(query.order_by(calls.c.created_at.desc()).limit(CALLS_MAX))):
        if call.state(at) is CallState.MISSED:
            found.setdefault(call.number or call.id, call)
    return list(found.values())


def return_call(connection: Connection, call: Call, by: str, at: datetime) -> bool:
    """Note that a missed call was called back, and with it earlier ones of that number; False if another has."""
    same = calls.c.number == call.number if call.number else calls.c.id == call.id
    done = update(calls).where(
        same, calls.c.created_at <= call.created_at, calls.c.answered_at.is_(None), calls.c.returned_at.is_(None)
    )
    return connection.execute(done.values(returned_at=at, returned_by=by)).rowcount > 0


def note_report(connection: Connection, call_id: str, number: str) -> None:
    """Note which report was filed from a call."""
    connection.execute(update(calls).where(calls.c.id == call_id).values(report=number))


def delete_calls_before(connection: Connection, before: datetime) -> int:
    """Delete calls, and drafts that nobody has touched, from before then; return how many calls."""
    connection.execute(delete(call_drafts).where(call_drafts.c.updated_at < before))
    return connection.execute(delete(calls).where(calls.c.created_at < before)).rowcount


# --- seats -----------------------------------------------------------------------------------------------------------


def sit_down(connection: Connection, username: str, extension: str, at: datetime) -> None:
    """Note at which telephone an operator sits ("" at none); who sat there before sits there no longer."""
    here = or_(hotline_seats.c.username == username, hotline_seats.c.extension == extension)
    connection.execute(delete(hotline_seats).where(here))
    if extension:
        connection.execute(insert(hotline_seats).values(username=username, extension=extension, created_at=at))


def find_seat(connection: Connection, username: str) -> str:
    """Return the extension at which an operator sits, "" where at none."""
    found = connection.scalar(select(hotline_seats.c.extension).where(hotline_seats.c.username == username))
    return found or ""


def find_operator(connection: Connection, extension: str) -> str:
    """Return who sits at a telephone, "" where nobody does."""
    if not extension:
        return ""
    found = connection.scalar(select(hotline_seats.c.username).where(hotline_seats.c.extension == extension))
    return found or ""


def list_seats(connection: Connection) -> dict[str, str]:
    """Return who sits where: extension -> username."""
    return {row.extension: row.username for row in connection.execute(select(hotline_seats))}


# --- drafts ----------------------------------------------------------------------------------------------------------


def keep_draft(connection: Connection, draft: Draft) -> bool:
    """Keep a draft as it is now; False for one of another operator, or past DRAFTS_MAX."""
    known = connection.execute(select(call_drafts.c.operator).where(call_drafts.c.id == draft.id)).first()
    values = {"call_id": draft.call_id, "doc": draft.doc, "updated_at": draft.updated_at}
    if known is not None:
        if known.operator != draft.operator:
            return False
        connection.execute(update(call_drafts).where(call_drafts.c.id == draft.id).values(**values))
        return True
    if len(list_drafts(connection, draft.operator)) >= DRAFTS_MAX:
        return False
    connection.execute(
        insert(call_drafts).values(id=draft.id, operator=draft.operator, created_at=draft.updated_at, **values)
    )
    return True


def drop_draft(connection: Connection, draft_id: str, operator: str) -> None:
    connection.execute(delete(call_drafts).where(call_drafts.c.id == draft_id, call_drafts.c.operator == operator))


def list_drafts(connection: Connection, operator: str) -> Sequence[Draft]:
    """Return an operator's drafts, the oldest first."""
    query = select(call_drafts).where(call_drafts.c.operator == operator).order_by(call_drafts.c.created_at)
    return [
        Draft(id=row.id, operator=row.operator, call_id=row.call_id, doc=row.doc, updated_at=row.updated_at)
        for row in connection.execute(query)
    ]


def _read(row: Row[Any]) -> Call:
    return Call(**row._mapping)
