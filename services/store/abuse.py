"""Who is banned, what is held, and what was seen before at the citizen's door."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select, update

from services.store.abuse_tables import bans, held_reports, report_senders, spent_proofs
from services.store.tables import cases, media, media_cases, reports
from services.store.upsert import insert_new, insert_returning_new

BANS_MAX = 1_000
"""Bans of a city; each network among them is compared with every report's."""


class BanKind(StrEnum):
    """By what somebody is known again."""

    PHONE = "phone"
    EMAIL = "email"
    DEVICE = "device"
    NETWORK = "network"


class Ban(Struct, frozen=True, kw_only=True):
    """One ban. `value` is a keyed digest, of a network the network itself; `until` None is without an end."""

    id: str
    kind: str
    value: str
    hint: str
    reason: str
    created_by: str
    created_at: datetime
    until: datetime | None


class Sender(Struct, frozen=True, kw_only=True):
    """By what a sender is known: keyed digests ("" for what he has not given), and his address or network."""

    phone: str = ""
    email: str = ""
    device: str = ""
    address: str = ""


def add_ban(connection: Connection, ban: Ban) -> None:
    connection.execute(insert(bans).values(**asdict(ban)))


def remove_ban(connection: Connection, ban_id: str) -> bool:
    return connection.execute(delete(bans).where(bans.c.id == ban_id)).rowcount > 0


def list_bans(connection: Connection, limit: int) -> list[Ban]:
    """Return the bans, the last made first; those that are over too."""
    rows = connection.execute(select(bans).order_by(bans.c.created_at.desc(), bans.c.id).limit(limit))
    return [Ban(**row._mapping) for row in rows]


# --- what is held -----------------------------------------------------------------------------------------------------


class Held(Struct, frozen=True, kw_only=True):
    """A report that waits for a person to say whether it is read."""

    message_id: str
    number: str
    body: bytes
    ban_id: str
    state: str
    created_at: datetime
    decided_by: str
    decided_at: datetime | None


def hold(connection: Connection, message_id: str, body: bytes, ban_id: str, at: datetime) -> None:
    """Keep a report apart; the same one again changes nothing."""
    row = {"message_id": message_id, "body": body, "ban_id": ban_id, "state": "held"}
    insert_new(connection, held_reports, [{**row, "created_at": at, "decided_by": "", "decided_at": None}])


def list_held(connection: Connection, state: str, before: datetime | None, limit: int) -> list[Held]:
    """Return held reports of a state, the last first."""
    query = select(held_reports, reports.c.number).join_from(
        held_reports, reports, reports.c.message_id == held_reports.c.message_id, isouter=True
    )
    query = query.where(held_reports.c.state == state)
    if before is not None:
        query = query.where(held_reports.c.created_at < before)
    rows = connection.execute(query.order_by(held_reports.c.created_at.desc()).limit(limit))
    return [Held(**{**row._mapping, "number": row.number or ""}) for row in rows]


def find_held(connection: Connection, message_id: str) -> Held | None:
    row = connection.execute(
        select(held_reports, reports.c.number)
        .join_from(held_reports, reports, reports.c.message_id == held_reports.c.message_id, isouter=True)
        .where(held_reports.c.message_id == message_id)
    ).one_or_none()
    return None if row is None else Held(**{**row._mapping, "number": row.number or ""})


def decide(connection: Connection, message_id: str, state: str, by: str, at: datetime) -> bool:
    """Note what has become of a held report; return False if somebody has said so before. What it says goes from here:
    what is discarded is deleted, and what is released has become a message.
    """
    one = (held_reports.c.message_id == message_id, held_reports.c.state == "held")
    values = {"state": state, "decided_by": by, "decided_at": at, "body": b""}
    return connection.execute(update(held_reports).where(*one).values(**values)).rowcount > 0


class NewSender(Struct, frozen=True):
    """From where the report of a message came."""

    message_id: str
    sender: Sender
    at: datetime


def note_senders(connection: Connection, new: Sequence[NewSender]) -> Sequence[None]:
    """Remember from where reports came. (A `Bulk` of `Database`.)"""
    rows = [
        {
            "message_id": each.message_id,
            "device": each.sender.device,
            "network": each.sender.address,
            "created_at": each.at,
        }
        for each in new
    ]
    insert_new(connection, report_senders, rows)
    return [None] * len(new)


def find_sender(connection: Connection, number: str) -> Sender | None:
    """Return from where the report of that number came; None once that is forgotten."""
    row = connection.execute(
        select(report_senders)
        .join(reports, reports.c.message_id == report_senders.c.message_id)
        .where(reports.c.number == number)
    ).first()
    return None if row is None else Sender(device=row.device, address=row.network)


# --- proofs and pictures ----------------------------------------------------------------------------------------------


def spend(connection: Connection, digest: str, expires_at: datetime) -> bool:
    """Note that a proof is used; return False if it was before."""
    rows = [{"digest": digest, "expires_at": expires_at}]
    return bool(insert_returning_new(connection, spent_proofs, "digest", rows))


def note_looks(connection: Connection, media_id: str, looks: str) -> None:
    connection.execute(update(media).where(media.c.id == media_id).values(looks=looks))


class Seen(Struct, frozen=True):
    """A picture that was there before, and the number of a case that it is in ("" for none yet)."""

    media_id: str
    looks: str
    number: str


def list_looks(connection: Connection, since: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (media id, looks) of citizens' pictures since then, the last first."""
    query = select(media.c.id, media.c.looks).where(media.c.looks.is_not(None), media.c.created_at >= since)
    return [(row.id, row.looks) for row in connection.execute(query.order_by(media.c.created_at.desc()).limit(limit))]


def find_case_of_picture(connection: Connection, media_ids: Sequence[str]) -> str:
    """Return the number of the first case that one of these pictures is in, "" where none is."""
    found: str | None = connection.scalar(
        select(cases.c.number)
        .join_from(media_cases, cases, cases.c.id == media_cases.c.case_id)
        .where(media_cases.c.media_id.in_(media_ids))
        .order_by(cases.c.opened_at)
        .limit(1)
    )
    return found or ""


def delete_old(connection: Connection, now: datetime, senders_before: datetime, held_before: datetime) -> int:
    """Delete what has had its time: proofs, from where reports came, and reports that were decided on long ago."""
    gone = connection.execute(delete(spent_proofs).where(spent_proofs.c.expires_at < now)).rowcount
    gone += connection.execute(delete(report_senders).where(report_senders.c.created_at < senders_before)).rowcount
    decided = (held_reports.c.state != "held", held_reports.c.decided_at < held_before)
    return gone + connection.execute(delete(held_reports).where(*decided)).rowcount
