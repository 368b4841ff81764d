"""Commands: what people ask of a case. The desk decides; a refusal says what would be allowed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Header, Path, Request
from msgspec import Struct
from pydantic import Field

from dispatch.access import Actor
from dispatch.category import Priority
from dispatch.commands import COMMANDS, Refusal, legal_commands
from dispatch.ids import CaseId
from services.api.fields import Form, Id, Latitude, Longitude, MediaIds, Moment, Prose, Short
from services.api.identity import Reader
from services.api.matching import version_of
from services.api.once import once
from services.api.platform import platform_of
from services.api.problems import Problem, problem_of
from services.api.refusals import REFUSALS
from services.api.routes.cases import check_media, get_seen_case, reply_case
from services.api.routes.field import LATE_WITHIN
from services.api.wire import Reply, reply, router
from services.engine.people import actor_of
from services.engine.refusals import Overloaded, ShuttingDown, UnknownCase, VersionMismatch
from services.live.views import CaseView, case_view
from services.observe.clock import now
from services.store.accounts import Account
from services.store.worker_day import was_concerned

routes = router("commands")

BULK_MAX = 500
"""Cases of one bulk command: a page of a list."""

NAMES_MAX = 20
"""Departments or people that one command may name."""

Names = Annotated[tuple[Short, ...], Field(max_length=NAMES_MAX)]


class CommandData(Form):
    """What goes with a command. Which fields one needs, the command's refusal says (`missing`)."""

    worker: Short | None = None
    category: Short | None = None
    reason: Prose | None = None
    note: Prose | None = None
    false_alarm: bool | None = Field(None, description="Of `void`: there was nothing of the kind")
    passed: bool | None = None
    real: bool | None = None
    media: MediaIds | None = None
    before: MediaIds | None = None
    after: MediaIds | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Short | None = None
    happened_at: Moment | None = Field(None, description="When it happened by the phone's clock, if told later")
    report: Short | None = Field(None, description="Of `reply`: whose message is answered; without it everybody's")
    into: Short | None = Field(None, description="Id or number of the case to merge into")
    amount: Annotated[float, Field(gt=0, le=10_000)] | None = Field(None, description="In the unit of the case's limit")
    review_at: Moment | None = None
    due_at: Moment | None = None
    department: Short | None = None
    lead: Short | None = None
    assisting: Names | None = None
    text: Prose | None = None
    priority: Priority | None = None
    urgent: bool | None = None
    key_case: bool | None = None
    mentions: Names | None = None


class BulkCommand(Form):
    """One command for many cases. `versions` are If-Match for those that are named in it."""

    ids: Annotated[tuple[Id, ...], Field(min_length=1, max_length=BULK_MAX)]
    data: CommandData = CommandData()
    versions: Annotated[dict[Id, Annotated[int, Field(ge=0, lt=2**62)]], Field(default_factory=dict)]


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one case of a bulk command: the case as it is then, or the problem (RFC 9457) by its name."""

    id: str
    ok: bool
    case: CaseView | None
    problem: Mapping[str, Any] | None


class Outcomes(Struct, frozen=True):
    items: Sequence[Outcome]


def _check_name(command: str) -> None:
    if command not in COMMANDS:
        raise Problem("not-found", "There is no such command.", legal=sorted(COMMANDS))


def _fields_of(data: CommandData) -> dict[str, Any]:
    return data.model_dump(exclude_unset=True, exclude_none=True)


async def _check_pictures(request: Request, data: CommandData) -> None:
    await check_media(request, (*(data.media or ()), *(data.before or ()), *(data.after or ())))


@routes.post("/cases/{case_id}/commands/{command}", operation_id="command")
async def give_command(
    request: Request,
    case_id: Id,
    command: Annotated[str, Path(max_length=40)],
    account: Reader,
    data: CommandData | None = None,
    if_match: Annotated[str | None, Header(max_length=100)] = None,
) -> Reply[CaseView]:
    """Give a command; answers with the case as it is then.

    If-Match is honoured (412), Idempotency-Key is honoured; an illegal move is 409 and says which commands are legal.
    """
    _check_name(command)
    given = data or CommandData()
    version = version_of(if_match)

    async def run() -> Reply[CaseView]:
        # Looked at here and not before: a command that is sent again is answered as it was, though it has taken the
        # case out of its sender's sight.
        await _check_sight(request, case_id, account)
        await _check_pictures(request, given)
        platform = platform_of(request)
        actor = actor_of(account, platform.city)
        case = await platform.desk.command(CaseId(case_id), command, actor, _fields_of(given), if_match=version)
        return reply_case(request, case, account)

    return await once(request, account.username, await request.body(), run)


async def _check_sight(request: Request, case_id: str, account: Account) -> None:
    """Let pass who sees the case. A worker whose case it was a moment ago is told that it is his no longer.

    :raises Problem: `not-found`, or `conflict` for that worker.
    """
    try:
        await get_seen_case(request, case_id, account)
    except Problem:
        worker = account.worker_id
        if worker and await _was_his(request, case_id, worker):
            raise Problem("conflict", "The task is no longer yours: it was taken back or given to another.") from None
        raise


async def _was_his(request: Request, case_id: str, worker: str) -> bool:
    since = now() - LATE_WITHIN
    return await platform_of(request).db.read(lambda connection: was_concerned(connection, case_id, worker, since))


@routes.post("/cases/commands/{command}", operation_id="bulkCommand")
async def give_many(
    request: Request, command: Annotated[str, Path(max_length=40)], account: Reader, bulk: BulkCommand
) -> Reply[Outcomes]:
    """Give one command for many cases. Each succeeds or is refused by name, whatever becomes of the others.

    Honours Idempotency-Key.
    """
    _check_name(command)
    await _check_pictures(request, bulk.data)
    actor = actor_of(account, platform_of(request).city)

    async def run() -> Reply[Outcomes]:
        ids = dict.fromkeys(bulk.ids)
        return reply(Outcomes([await _give_one(request, command, account, actor, bulk, each) for each in ids]))

    return await once(request, account.username, await request.body(), run)


async def _give_one(
    request: Request, command: str, account: Account, actor: Actor, bulk: BulkCommand, case_id: str
) -> Outcome:
    platform = platform_of(request)
    try:
        await _check_sight(request, case_id, account)
        case = await platform.desk.command(
            CaseId(case_id), command, actor, _fields_of(bulk.data), if_match=bulk.versions.get(case_id)
        )
    except (Problem, Refusal, UnknownCase, VersionMismatch, Overloaded, ShuttingDown) as refusal:
        return Outcome(id=case_id, ok=False, case=None, problem=problem_of(request, refusal, REFUSALS))
    view = case_view(case, platform.city.codes, now(), legal_commands(case, actor, platform.city.flow))
    return Outcome(id=case_id, ok=True, case=view, problem=None)
