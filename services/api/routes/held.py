"""Reports of banned senders, which wait for a person; and who is banned, why, by whom and until when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from fastapi import Depends, Query, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from services.api.fields import Form, Id, Moment, Short
from services.api.identity import deed_of, needs, permission
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.routes.reports import FEED, portal_of
from services.api.senders import digest_of, network_of
from services.api.wire import Page, Reply, reply, reply_page, router
from services.observe.clock import now
from services.store import abuse
from services.store.abuse import BANS_MAX, Ban, BanKind, Held, Sender
from services.store.accounts import Account
from services.store.audit import note
from services.store.reporters import find_reporter_of_report

routes = router("held")

PAGE_MAX = 200
DAYS_MAX = 3_650
WIDEST = {4: 16, 6: 32}
"""IP version -> the shortest prefix: a wider one holds a whole country."""

Keeper = Annotated[Account, Depends(permission("held.manage"))]
Banner = Annotated[Account, Depends(permission("bans.manage"))]


class _Said(msgspec.Struct):
    """What is shown of a report that is held."""

    text: str = ""
    category: str = ""
    address: str = ""
    media: tuple[str, ...] = ()
    flags: str = ""


class HeldView(Struct, frozen=True, kw_only=True):
    """A report that is held. `ban` is why its sender is banned, "" once the ban is lifted."""

    id: str
    number: str
    text: str
    category: str
    address: str
    photos: int
    flags: str
    ban: str
    state: str
    created_at: datetime
    decided_by: str
    decided_at: datetime | None


class BanView(Struct, frozen=True, kw_only=True):
    """Whose reports are held. `hint` is enough to know him again, and no more."""

    id: str
    kind: str
    hint: str
    reason: str
    created_by: str
    created_at: datetime
    until: datetime | None


class NewBan(Form):
    """Whom to hold: by `value` (a telephone number, an e-mail, a network), or as who sent the report of a number."""

    kind: BanKind
    value: Short = ""
    report: Short = ""
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
    until: Moment | None = None


def _view(held: Held, bans: Sequence[Ban]) -> HeldView:
    said = msgspec.json.decode(held.body, type=_Said) if held.body else _Said()
    return HeldView(
        id=held.message_id,
        number=held.number,
        text=said.text,
        category=said.category,
        address=said.address,
        photos=len(said.media),
        flags=said.flags,
        ban=next((ban.reason for ban in bans if ban.id == held.ban_id), ""),
        state=held.state,
        created_at=held.created_at,
        decided_by=held.decided_by,
        decided_at=held.decided_at,
    )


def _ban_view(ban: Ban) -> BanView:
    return BanView(
        id=ban.id,
        kind=ban.kind,
        hint=ban.hint,
        reason=ban.reason,
        created_by=ban.created_by,
        created_at=ban.created_at,
        until=ban.until,
    )


@routes.get("/held", operation_id="listHeldReports", dependencies=needs("held.manage"))
async def list_held(
    request: Request,
    state: Annotated[Literal["held", "released", "discarded"], Query()] = "held",
    after: Annotated[Moment | None, Query(description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> Reply[Page[HeldView]]:
    """Reports of banned senders, the last first."""
    found, bans = await platform_of(request).db.read(
        lambda c: (abuse.list_held(c, state, after, limit), abuse.list_bans(c, BANS_MAX))
    )
    last = found[-1].created_at.isoformat() if len(found) == limit else None
    return reply_page([_view(each, bans) for each in found], last)


async def _decide(request: Request, held_id: str, account: Account, state: str) -> Reply[HeldView]:
    platform, at = platform_of(request), now()
    held = await platform.db.read(lambda c: abuse.find_held(c, held_id))
    if held is None:
        raise Problem("not-found", "No report is held under that id.")
    if held.state != "held":
        raise Problem("conflict", f"Somebody has decided on it already: it is {held.state}.")
    if state == "released":
        # Read before it is noted: should the server end between the two, it is the same message again.
        await platform.inbox.receive(FEED, portal_of(platform), held.body, at)
    deed = deed_of(request, account, f"held.{state}", held.number or held_id)

    def write(connection: Connection) -> Held | None:
        if abuse.decide(connection, held_id, state, account.username, at):
            note(connection, deed)
        return abuse.find_held(connection, held_id)

    after = await platform.db.write(write)
    return reply(_view(after or held, ()))


@routes.post("/held/{held_id}/release", operation_id="releaseHeldReport")
async def release(request: Request, held_id: Id, account: Keeper) -> Reply[HeldView]:
    """Let a held report be read like any other."""
    return await _decide(request, held_id, account, "released")


@routes.post("/held/{held_id}/discard", operation_id="discardHeldReport")
async def discard(request: Request, held_id: Id, account: Keeper) -> Reply[HeldView]:
    """Put a held report away; what it says is deleted."""
    return await _decide(request, held_id, account, "discarded")


@routes.get("/bans", operation_id="listBans", dependencies=needs("bans.manage"))
async def list_bans(request: Request) -> Reply[Page[BanView]]:
    """Whose reports are held, the last first; bans that are over are listed until they are removed."""
    found = await platform_of(request).db.read(lambda c: abuse.list_bans(c, BANS_MAX))
    return reply_page([_ban_view(each) for each in found])


@routes.post("/bans", operation_id="addBan", status_code=201)
async def add_ban(request: Request, new: NewBan, account: Banner) -> Reply[BanView]:
    """Hold what somebody sends from now on. He is not told, and reads the same answer as anybody."""
    at = now()
    if new.until is not None and not at < new.until < at + timedelta(days=DAYS_MAX):
        raise Problem("invalid", "until: a time to come, within ten years, is meant.")
    value, hint = await _who(request, new)
    ban = Ban(
        id=uuid4().hex,
        kind=new.kind.value,
        value=value,
        hint=hint,
        reason=new.reason.strip(),
        created_by=account.username,
        created_at=at,
        until=new.until,
    )
    deed = deed_of(request, account, "ban.made", f"{new.kind.value} {hint}".strip()[:120])

    def write(connection: Connection) -> bool:
        if len(abuse.list_bans(connection, BANS_MAX)) == BANS_MAX:
            return False
        abuse.add_ban(connection, ban)
        note(connection, deed)
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("conflict", f"There are {BANS_MAX} bans: remove those that are over.")
    tools_of(request).bans.change()
    return reply(_ban_view(ban), 201)


@routes.delete("/bans/{ban_id}", operation_id="removeBan", status_code=204)
async def remove_ban(request: Request, ban_id: Id, account: Banner) -> Response:
    """Lift a ban. What is held stays held until somebody decides."""
    deed = deed_of(request, account, "ban.lifted", ban_id)

    def write(connection: Connection) -> bool:
        if not abuse.remove_ban(connection, ban_id):
            return False
        note(connection, deed)
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("not-found", "No ban has that id.")
    tools_of(request).bans.change()
    return Response(status_code=204)


async def _who(request: Request, new: NewBan) -> tuple[str, str]:
    """Return by what somebody is known, and enough of it to know him again.

    :raises Problem: `invalid` if that leads to nobody.
    """
    if new.kind is BanKind.DEVICE and not new.report:
        raise Problem("invalid", "A device is known by the report that it sent: give its number.")
    value = await _of_report(request, new) if new.report else new.value.strip()
    if not value:
        raise Problem("invalid", f"Nothing says whose {new.kind} is meant.")
    if new.kind is BanKind.NETWORK:
        network = _read_network(value)
        return network, network
    if new.kind is BanKind.DEVICE:
        return value, new.report[:64]
    hint = f"…{value[-4:]}" if new.kind is BanKind.PHONE else f"{value[:1]}…@{value.rpartition('@')[2]}"
    return digest_of(request, new.kind, value), hint[:64]


async def _of_report(request: Request, new: NewBan) -> str:
    """Return what the report of that number says of its sender, "" where it says nothing or that is forgotten."""

    def look_up(connection: Connection) -> tuple[Sender, tuple[str, str]]:
        reporter = find_reporter_of_report(connection, new.report)
        sender = abuse.find_sender(connection, new.report) or Sender()
        return sender, (reporter.phone, reporter.email) if reporter else ("", "")

    sender, (phone, email) = await platform_of(request).db.read(look_up)
    return {"phone": phone, "email": email, "device": sender.device, "network": sender.address}[new.kind.value]


def _read_network(text: str) -> str:
    try:
        network = ip_network(text if "/" in text else network_of(text), strict=False)
    except ValueError:
        raise Problem("invalid", "value: an address or a network such as 203.0.113.0/24 is meant.") from None
    if network.prefixlen < WIDEST[network.version]:
        raise Problem("invalid", f"value: at most a /{WIDEST[network.version]} can be held.")
    return str(network)
