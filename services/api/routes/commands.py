"""Commands: what people ask of a case. The desk decides; a refusal says what would be allowed."""

from typing import Annotated

from fastapi import Header, Path, Request

from dispatch.commands import COMMANDS
from dispatch.ids import CaseId
from services.api.fields import Form, Id, Latitude, Longitude, MediaIds, Prose, Short
from services.api.identity import Reader, actor_of
from services.api.once import once
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.cases import check_media, get_seen_case, reply_case
from services.api.wire import Reply, router
from services.live.views import CaseView

routes = router("commands")


class CommandData(Form):
    """What goes with a command. Which fields one needs, the command's refusal says (`missing`)."""

    worker: Short | None = None
    category: Short | None = None
    reason: Prose | None = None
    note: Prose | None = None
    passed: bool | None = None
    media: MediaIds | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Short | None = None


def version_of(if_match: str | None) -> int | None:
    """Return the version that If-Match names (RFC 9110, 13.1.1); None for none or `*`.

    :raises Problem: `malformed-request`.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Problem("malformed-request", 'If-Match carries a version, as in "1234".')
    return int(digits)


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
    if command not in COMMANDS:
        raise Problem("not-found", "There is no such command.", legal=sorted(COMMANDS))
    given = data or CommandData()
    version = version_of(if_match)
    await get_seen_case(request, case_id, account)
    await check_media(request, given.media or ())

    async def run() -> Reply[CaseView]:
        fields = given.model_dump(exclude_unset=True, exclude_none=True)
        platform = platform_of(request)
        actor = actor_of(account, platform.city)
        case = await platform.desk.command(CaseId(case_id), command, actor, fields, if_match=version)
        return reply_case(request, case, account)

    return await once(request, account.username, await request.body(), run)
