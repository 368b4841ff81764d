"""Calling back who reported by telephone, once his case has ended: the list, who calls whom, and what was said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Path, Request, Response
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.city import Hotline
from services.api.fields import Form, Prose
from services.api.figures import Figures, NoFigures, Period, bounds_of, figures_of, may_see_figures
from services.api.identity import deed_of, permission
from services.api.once import once
from services.api.platform import Platform, platform_of
from services.api.problems import Problem
from services.api.routes.calls import since_of
from services.api.routes.case_filter import scope_of
from services.api.wire import Reply, reply, router
from services.engine.people import actor_of
from services.live.calls import sees_number
from services.live.masking import mask_name, mask_phone
from services.live.phones import read_phone
from services.live.views import CaseRow, case_row
from services.observe.clock import now
from services.store import callbacks
from services.store.accounts import Account
from services.store.audit import note
from services.store.callbacks import CLAIMED_FOR, Due
from services.store.case_queries import CaseFilter, conditions_of
from services.store.measure_queries import sum_measures

routes = router("hotline")

FIGURES_DAYS = 30
"""Days of which the satisfaction rate above the list is."""
_TOLD = ("called_back", "satisfied", "satisfaction_rate")

Operator = Annotated[Account, Depends(permission("hotline.use"))]
ReportNumber = Annotated[str, Path(pattern="^R-[0-9]{6}-[0-9]{5,}$")]


class CallbackView(Struct, frozen=True, kw_only=True):
    """One who is to be called. `callback` is asked or rule; name and telephone are masked until one takes the call.

    `tries` are the calls since the case has ended, `next_at` from when on he is to be called. `claimed_by` is who is
    about to call him, "" where nobody is.
    """

    report: str
    callback: str
    case: CaseRow
    ended_at: datetime
    reported_at: datetime
    name: str
    phone: str
    masked: bool
    tries: int
    next_at: datetime
    claimed_by: str


class Callbacks(Struct, frozen=True, kw_only=True):
    """Whom to call, the longest due first; and of how many who were reached in the last thirty days are satisfied.

    `figures` is empty for who may see none.
    """

    items: Sequence[CallbackView]
    figures: Figures


class CallResult(Form):
    """How a call went. `satisfied` is null where he would not say; `reopen` takes the case up again, with `note`."""

    reached: bool
    satisfied: bool | None = None
    note: Prose = ""
    reopen: bool = False


@routes.get("/hotline/callbacks", operation_id="listCallbacks")
async def list_callbacks(request: Request, account: Operator) -> Reply[Callbacks]:
    """Whom to call back, with how satisfied those are who were reached."""
    platform, at, scope = platform_of(request), now(), scope_of(request, account)
    since = since_of(platform.city.hotline, at)
    found = await platform.db.read(
        lambda connection: callbacks.list_due(connection, since, conditions_of(connection, CaseFilter(), scope))
    )
    rows = [_view(due, platform, at, clear=False) for due in found]
    return reply(Callbacks(items=rows, figures=await _figures(platform, account, at)))


def _view(due: Due, platform: Platform, at: datetime, *, clear: bool) -> CallbackView:
    name, phone = (due.reporter.name, due.reporter.phone) if due.reporter else ("", "")
    is_held = due.claimed_at is not None and at <= due.claimed_at + CLAIMED_FOR
    return CallbackView(
        report=due.report,
        callback=due.callback,
        case=case_row(due.case, platform.city.codes, at),
        ended_at=due.ended_at,
        reported_at=due.reported_at,
        name=name if clear else mask_name(name),
        phone=_shown(phone, platform.city.hotline) if clear else mask_phone(phone),
        masked=not clear,
        tries=due.tries,
        next_at=due.next_at,
        claimed_by=due.claimed_by if is_held else "",
    )


def _shown(phone: str, hotline: Hotline) -> str:
    read = read_phone(phone, hotline)
    return read.shown if read else phone


async def _figures(platform: Platform, account: Account, at: datetime) -> Figures:
    actor, city = actor_of(account, platform.city), platform.city
    if not may_see_figures(actor):
        return {}
    try:
        bounds = bounds_of(actor, city)
    except NoFigures:
        return {}
    today = at.astimezone(city.timezone).date()
    period = Period(today - timedelta(days=FIGURES_DAYS - 1), today, city.timezone)
    await platform.measures.flush()
    sums = await platform.db.read(lambda connection: sum_measures(connection, bounds.measures(period)))
    figures = figures_of(sums.get("", ()), period, bounds)
    return {name: figures[name] for name in _TOLD}


@routes.post("/hotline/callbacks/{report}/claim", operation_id="claimCallback")
async def claim(request: Request, report: ReportNumber, account: Operator) -> Reply[CallbackView]:
    """I call him: his name and number in clear, which the audit notes. Another who tries it is refused by name."""
    platform, at = platform_of(request), now()
    if not sees_number(account):
        raise Problem("not-allowed", "Who reported is not shown to this role.", permission="reporters.read")
    due = await _get_due(request, report, account)
    deed = deed_of(request, account, "reporter.shown", due.case.id)

    def write(connection: Connection) -> str:
        holder = callbacks.claim_call(connection, report, account.username, at)
        if holder == account.username:
            note(connection, deed)
        return holder

    _check_holder(await platform.db.write(write), account)
    held = await _get_due(request, report, account)
    return reply(_view(held, platform, at, clear=True))


def _check_holder(holder: str, account: Account) -> None:
    if holder != account.username:
        raise Problem("claimed", f"{holder} is calling him.", zh=f"{holder}正在回访。", by=holder)


@routes.delete("/hotline/callbacks/{report}/claim", operation_id="releaseCallback", status_code=204)
async def release(request: Request, report: ReportNumber, account: Operator) -> Response:
    """I do not call him after all."""
    await platform_of(request).db.write(lambda connection: callbacks.let_go(connection, report, account.username))
    return Response(status_code=204)


@routes.post("/hotline/callbacks/{report}/result", operation_id="tellCallback")
async def tell_result(request: Request, report: ReportNumber, result: CallResult, account: Operator) -> Reply[CaseRow]:
    """How the call went; answers with the case as it is then. Honours Idempotency-Key."""
    platform = platform_of(request)

    async def run() -> Reply[CaseRow]:
        due = await _get_due(request, report, account)
        at = now()
        holder = await platform.db.write(
            lambda connection: callbacks.claim_call(connection, report, account.username, at)
        )
        _check_holder(holder, account)
        data = {"report": report, **result.model_dump(exclude_none=True)}
        actor = actor_of(account, platform.city)
        case = await platform.desk.command(due.case.id, "call_back", actor, data)
        return reply(case_row(case, platform.city.codes, now()))

    return await once(request, account.username, await request.body(), run)


async def _get_due(request: Request, report: str, account: Account) -> Due:
    """:raises Problem: `not-found` where nobody is to be called for that report."""
    platform, scope = platform_of(request), scope_of(request, account)
    since = since_of(platform.city.hotline, now())
    found = await platform.db.read(
        lambda connection: callbacks.find_due(connection, report, since, conditions_of(connection, CaseFilter(), scope))
    )
    if found is None:
        raise Problem("not-found", "Nobody is to be called back for that report.", zh="该工单无需回访或已完成回访。")
    return found
