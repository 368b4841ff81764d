"""Messages as they came: what could not be read, why, and another try."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from msgspec import Struct

from dispatch.ids import MessageId
from services.api.fields import Id, Short
from services.api.identity import needs
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Page, Reply, reply, reply_page, router
from services.store import inbox
from services.store.message_queries import MessageRow, find_message, list_messages

routes = router("messages")

PAGE_MAX = 200
BODY_SHOWN = 4_000
"""Characters of a message that are shown: enough to see what is wrong with it."""

State = Annotated[Literal["quarantined", "set_aside", "pending", "done"], Query()]


class MessageView(Struct, frozen=True, kw_only=True):
    """One message. `body` is its beginning as text; `reason` is a stable word, `detail` says what was wrong."""

    id: str
    feed: str
    source: str
    state: str
    reason: str
    detail: str
    received_at: datetime
    processed_at: datetime | None
    size: int
    body: str


def _view(row: MessageRow) -> MessageView:
    return MessageView(
        id=row.id,
        feed=row.feed,
        source=row.source_id,
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        received_at=row.received_at,
        processed_at=row.processed_at,
        size=len(row.body),
        body=row.body[: BODY_SHOWN * 4].decode("utf-8", "replace")[:BODY_SHOWN],
    )


@routes.get("/messages", operation_id="listMessages", dependencies=needs("messages.read"))
async def get_messages(
    request: Request,
    state: State = "quarantined",
    feed: Annotated[Short, Query()] = "",
    after: Annotated[int | None, Query(ge=0, lt=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> Reply[Page[MessageView]]:
    """Messages of a state, the newest first."""
    rows = await platform_of(request).db.read(
        lambda connection: list_messages(connection, state=state, feed=feed, before=after, limit=limit)
    )
    return reply_page([_view(row) for row in rows], str(rows[-1].n) if len(rows) == limit else None)


@routes.get("/messages/{message_id}", operation_id="getMessage", dependencies=needs("messages.read"))
async def get_message(request: Request, message_id: Id) -> Reply[MessageView]:
    """One message."""
    row = await platform_of(request).db.read(lambda connection: find_message(connection, message_id))
    if row is None:
        raise Problem("not-found", "No message has that id.")
    return reply(_view(row))


@routes.post(
    "/messages/{message_id}/replay",
    operation_id="replayMessage",
    status_code=202,
    dependencies=needs("messages.replay"),
)
async def replay_message(request: Request, message_id: Id) -> Reply[MessageView]:
    """Read a message again that was quarantined or set aside, now that its feed, the pack or its source is mended."""
    platform = platform_of(request)
    message = await platform.db.write(lambda connection: inbox.replay(connection, MessageId(message_id)))
    row = await platform.db.read(lambda connection: find_message(connection, message_id))
    if row is None:
        raise Problem("not-found", "No message has that id.")
    if message is None:
        raise Problem("conflict", f"Only what was quarantined or set aside can be replayed; this one is {row.state}.")
    platform.desk.replay(message)
    return reply(_view(row), 202)
