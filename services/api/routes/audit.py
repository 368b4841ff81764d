"""The audit: who did what beside the cases. Read here, added to everywhere, changed nowhere."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from services.api.fields import CommaList, Form, Moment, parts_of
from services.api.identity import deed_of, needs, permission
from services.api.platform import platform_of
from services.api.spreadsheet import MARK, harmless, write_lines
from services.api.wire import Page, Reply, reply, reply_page, rfc3339, router
from services.store.accounts import Account
from services.store.audit import Wanted, Written, detail_of, find_break, find_head, list_actions, list_deeds, note

routes = router("audit")

PAGE_MAX = 500
CSV_PAGE = 2_000
"""Rows read at a time while a file is written."""
CSV_MAX = 200_000
"""Rows of one file: what a spreadsheet opens; more is asked for by the month."""

Auditor = Annotated[Account, Depends(permission("audit.read"))]


class AuditQuery(Form):
    """Which acts. `action` is a comma list of words or of their families (`session`, `account`)."""

    username: Annotated[str, Field(max_length=64)] = ""
    subject: Annotated[str, Field(max_length=120)] = ""
    action: CommaList = ""
    from_: Moment | None = Field(None, alias="from")
    to: Moment | None = None


class AuditListQuery(AuditQuery):
    after: int | None = Field(None, ge=0, lt=2**62, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_MAX)


class DeedView(Struct, frozen=True, kw_only=True):
    """One act: who did what to whom, from where. `detail` is a JSON object that says what was changed, or ""."""

    n: int
    at: datetime
    username: str
    action: str
    subject: str
    address: str
    detail: str
    hash: str


class ChainState(Struct, frozen=True, kw_only=True):
    """Whether the chain holds. `n` and `hash` are its end: keep them elsewhere, and a later check can be held to them.

    `broken_at` is the number of the first row that does not fit; `why` is changed, missing or rewritten.
    """

    n: int
    hash: str
    holds: bool
    broken_at: int | None
    why: str


def _wanted(query: AuditQuery) -> Wanted:
    return Wanted(
        username=query.username,
        subject=query.subject,
        actions=parts_of(query.action),
        start=query.from_,
        end=query.to,
    )


def _view(row: Written) -> DeedView:
    deed = row.deed
    return DeedView(
        n=row.n,
        at=deed.at,
        username=deed.username,
        action=deed.action,
        subject=deed.subject,
        address=deed.address,
        detail=deed.detail,
        hash=row.hash,
    )


@routes.get("/audit", operation_id="listDeeds", dependencies=needs("audit.read"))
async def list_audit(request: Request, query: Annotated[AuditListQuery, Query()]) -> Reply[Page[DeedView]]:
    """What was done beside the cases, the newest first."""
    wanted = _wanted(query)
    rows = await platform_of(request).db.read(
        lambda connection: list_deeds(connection, before=query.after, limit=query.limit, wanted=wanted)
    )
    return reply_page([_view(row) for row in rows], str(rows[-1].n) if len(rows) == query.limit else None)


@routes.get("/audit/actions", operation_id="listActions", dependencies=needs("audit.read"))
async def get_actions(request: Request) -> Reply[Page[str]]:
    """The words of all acts that there are, for a filter."""
    return reply_page(await platform_of(request).db.read(list_actions))


@routes.get("/audit/chain", operation_id="checkAudit", dependencies=needs("audit.read"))
async def check_chain(request: Request) -> Reply[ChainState]:
    """Walk the whole chain and say whether it holds."""

    def walk(connection: Connection) -> ChainState:
        head, broken = find_head(connection), find_break(connection)
        return ChainState(
            n=head[0],
            hash=head[1],
            holds=broken is None,
            broken_at=broken.n if broken else None,
            why=broken.why if broken else "",
        )

    return reply(await platform_of(request).db.read(walk))


COLUMNS = ("n", "at", "username", "action", "subject", "address", "detail", "hash")


@routes.get(
    "/audit.csv",
    operation_id="exportAudit",
    response_class=StreamingResponse,
    responses={200: {"description": "The acts, the newest first", "content": {"text/csv": {}}}},
)
async def export_audit(request: Request, auditor: Auditor, query: Annotated[AuditQuery, Query()]) -> StreamingResponse:
    """The same as a file (RFC 4180, UTF-8 with a mark). That it was taken out is in the audit too."""
    platform, wanted = platform_of(request), _wanted(query)
    deed = deed_of(request, auditor, "audit.exported", "", detail_of(**query.model_dump(mode="json")))
    await platform.db.write(lambda connection: note(connection, deed))
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_write(request, wanted), media_type="text/csv; charset=utf-8", headers=headers)


async def _write(request: Request, wanted: Wanted) -> AsyncIterator[str]:
    yield MARK + write_lines([COLUMNS])
    before: int | None = None
    written = 0
    while written < CSV_MAX:
        page = await platform_of(request).db.read(partial(list_deeds, before=before, limit=CSV_PAGE, wanted=wanted))
        if not page:
            return
        yield write_lines(_cells(row) for row in page)
        before, written = page[-1].n, written + len(page)


def _cells(row: Written) -> Sequence[object]:
    deed = row.deed
    told = (deed.username, deed.action, deed.subject, deed.address, deed.detail)
    return (row.n, rfc3339(deed.at), *map(harmless, told), row.hash)
