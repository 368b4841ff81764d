"""The hotline's calls as the telephone system tells them, and what an operator's screen begins with."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.city import Hotline
from services.api.fields import Form, Moment
from services.api.hotline import DESK, FEED, CallId
from services.api.identity import Caller, deed_of, permission, permission_or_source
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.routes.case_filter import scope_of
from services.api.wire import Reply, reply, router
from services.live.calls import CallView, call_view, is_for, sees_number
from services.live.phones import LENGTH_MAX, read_phone
from services.observe.clock import now
from services.store import callbacks, calls
from services.store.accounts import Account
from services.store.audit import note
from services.store.calls import Call, Draft, Step, Told
from services.store.case_queries import CaseFilter, conditions_of

routes = router("hotline")

MISSED_FOR = timedelta(days=7)
"""Whom nobody has called back for longer does not wait for it any more."""
DRAFT_CHARS = 20_000
"""What a screen keeps of one report: the longest text that it takes, and its fields."""

Operator = Annotated[Account, Depends(permission("hotline.use"))]
DraftKey = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
CallKey = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Extension = Annotated[str, Field(max_length=40, pattern=r"^[0-9A-Za-z+*#@._:-]*$")]


# --- what the telephone system tells ---------------------------------------------------------------------------------


class CallEvent(Form):
    """One word about a call: it rings, it is answered, it has ended."""

    event: Literal["ringing", "answered", "ended"]
    call_id: Annotated[str, Field(min_length=1, max_length=128)]
    number: Annotated[str, Field(max_length=LENGTH_MAX)] = Field("", description="Who calls; empty where withheld")
    line: Annotated[str, Field(max_length=40)] = Field("", description="The number that was dialled")
    agent: Extension = Field("", description="The extension that rings; empty while the call waits in a queue")
    at: Moment | None = Field(None, description="When; our own clock where it is not said")


class CallTold(Struct, frozen=True, kw_only=True):
    """The call, by our id, and where it stands."""

    id: str
    state: str


@routes.post("/hotline/calls", operation_id="tellCall", status_code=202)
async def tell_call(
    request: Request, event: CallEvent, caller: Annotated[Caller, Depends(permission_or_source("hotline.calls"))]
) -> Reply[CallTold]:
    """What a telephone system tells of a call. Durable when answered; a word that comes twice or late does no harm."""
    platform, at = platform_of(request), now()
    sender = _sender(platform, caller)
    phone = read_phone(event.number, platform.city.hotline)
    told = Told(
        source_id=sender,
        ref=event.call_id.replace("\x00", ""),
        step=Step(event.event),
        at=event.at or at,
        number=phone.kept if phone else "",
        line=event.line.replace("\x00", ""),
        agent=event.agent,
    )

    def write(connection: Connection) -> tuple[Call, bool, str]:
        call, is_new = calls.tell_call(connection, told, at)
        return call, is_new, calls.find_operator(connection, call.agent)

    call, is_new, operator = await platform.db.write(write)
    if is_new:
        platform.switchboard.tell(call, operator, at)
    return reply(CallTold(id=call.id, state=call.state(at).value), 202)


def _sender(platform: Platform, caller: Caller) -> str:
    """Return whose calls they are: the hotline's desk by its key, or a partner's program by its token.

    :raises Problem: `not-allowed` for the key of another source.
    """
    if caller.account is not None:
        return f"user:{caller.account.username}"
    source = platform.desk.state.senders.find(caller.source_id)  # type: ignore[arg-type]
    if source is None or source.feed != FEED or source.external_id != DESK:
        raise Problem("not-allowed", "Calls are told with the key of the hotline's own source.")
    return caller.source_id


# --- what the operator's screen begins with --------------------------------------------------------------------------


class CallDraft(Struct, frozen=True, kw_only=True):
    """A report that is being taken down; `fields` is what the screen keeps of it."""

    key: str
    call_id: str
    fields: Mapping[str, Any]
    updated_at: datetime


class DeskView(Struct, frozen=True, kw_only=True):
    """What the operator's screen begins with. `callbacks` is how many callers are to be called back."""

    extension: str
    file_at_once: bool
    area_code: str
    drafts: Sequence[CallDraft]
    live: Sequence[CallView]
    missed: Sequence[CallView]
    callbacks: int


@routes.get("/hotline/desk", operation_id="getHotlineDesk")
async def get_desk(request: Request, account: Operator) -> Reply[DeskView]:
    """The operator's own desk: his telephone, what he has parked, the calls of now and those nobody has answered."""
    platform, at = platform_of(request), now()
    hotline, scope = platform.city.hotline, scope_of(request, account)

    def read(connection: Connection) -> DeskView:
        seats, clear = calls.list_seats(connection), sees_number(account)
        live = [(call, seats.get(call.agent, "")) for call in calls.list_live(connection, at)]
        mine = [(call, operator) for call, operator in live if is_for(account.username, operator)]
        seen = conditions_of(connection, CaseFilter(), scope)
        return DeskView(
            extension=calls.find_seat(connection, account.username),
            file_at_once=hotline.file_at_once,
            area_code=hotline.area_code,
            drafts=[_draft(each) for each in calls.list_drafts(connection, account.username)],
            live=[call_view(call, operator, hotline, at, clear=clear) for call, operator in mine],
            missed=[
                call_view(call, seats.get(call.agent, ""), hotline, at, clear=False)
                for call in calls.list_missed(connection, at - MISSED_FOR, at)
            ],
            callbacks=callbacks.count_due(connection, since_of(hotline, at), seen),
        )

    return reply(await platform.db.read(read))


def since_of(hotline: Hotline, at: datetime) -> datetime:
    """Return since when a case must have ended for its callers to be called back."""
    return at - timedelta(days=hotline.callback_days)


def _draft(draft: Draft) -> CallDraft:
    return CallDraft(key=draft.id, call_id=draft.call_id, fields=json.loads(draft.doc), updated_at=draft.updated_at)


class Seat(Form):
    """At which telephone one sits; "" at none."""

    extension: Extension = ""


@routes.put("/hotline/seat", operation_id="takeSeat", status_code=204)
async def take_seat(request: Request, seat: Seat, account: Operator) -> Response:
    """I sit at that telephone: its calls come to my screen."""
    at = now()
    await platform_of(request).db.write(lambda c: calls.sit_down(c, account.username, seat.extension, at))
    return Response(status_code=204)


@routes.post("/hotline/calls/{call_id}/return", operation_id="returnCall")
async def return_call(request: Request, call_id: CallKey, account: Operator) -> Reply[CallView]:
    """I call back who was not answered: the number in clear, which the audit notes. One operator alone is given it."""
    platform, at = platform_of(request), now()
    if not sees_number(account):
        raise Problem("not-allowed", "Who calls is not shown to this role.", permission="reporters.read")
    deed = deed_of(request, account, "caller.shown", call_id)

    def write(connection: Connection) -> Call | None:
        call = calls.find_call(connection, call_id)
        if call is None or not calls.return_call(connection, call, account.username, at):
            return None
        note(connection, deed)
        return call

    call = await platform.db.write(write)
    if call is None:
        raise Problem("conflict", "The call was called back already.", zh="该来电已由他人回拨。")
    return reply(call_view(call, "", platform.city.hotline, at, clear=True))


# --- drafts ----------------------------------------------------------------------------------------------------------


class DraftForm(Form):
    """A report as far as it is taken down."""

    call_id: CallId = ""
    fields: dict[str, Any]


@routes.put("/hotline/drafts/{key}", operation_id="keepDraft", status_code=204)
async def keep_draft(request: Request, key: DraftKey, form: DraftForm, account: Operator) -> Response:
    """Keep a report that is not filed yet; it is its operator's alone."""
    doc = json.dumps(form.fields, ensure_ascii=True)
    if len(doc) > DRAFT_CHARS:
        raise Problem("too-large", f"At most {DRAFT_CHARS:,} characters are kept of a draft.")
    draft = Draft(id=key, operator=account.username, call_id=form.call_id, doc=doc, updated_at=now())
    if not await platform_of(request).db.write(lambda connection: calls.keep_draft(connection, draft)):
        raise Problem("conflict", "Too many drafts: file or drop one first.", zh="暂存已满，请先登记或删除一个。")
    return Response(status_code=204)


@routes.delete("/hotline/drafts/{key}", operation_id="dropDraft", status_code=204)
async def drop_draft(request: Request, key: DraftKey, account: Operator) -> Response:
    """Forget a report that is not filed."""
    await platform_of(request).db.write(lambda connection: calls.drop_draft(connection, key, account.username))
    return Response(status_code=204)
