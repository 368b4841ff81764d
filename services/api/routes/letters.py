"""Mail and short messages to citizens: what has become of them, and another try for one that is dead."""

from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from sqlalchemy import Connection

from services.api.fields import Id
from services.api.identity import deed_of, permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Page, Reply, reply_page, router
from services.observe.clock import now
from services.store import letters
from services.store.accounts import Account
from services.store.audit import note
from services.store.letters import KeptLetter

routes = router("letters")

SHOWN_MAX = 200
"""Letters of one answer, the latest: an operator looks for why, not for each."""


@routes.get("/letters", operation_id="listLetters")
async def list_letters(
    request: Request,
    account: Annotated[Account, Depends(permission("messages.read"))],  # noqa: ARG001 - asked for, not looked at
    state: Annotated[Literal["waiting", "sent", "dead"], Query()] = "dead",
) -> Reply[Page[KeptLetter]]:
    """Letters of a state, the latest first, with the reason of the last try that failed. They name no address."""
    found = await platform_of(request).db.read(lambda connection: letters.list_kept(connection, state, SHOWN_MAX))
    return reply_page(found)


@routes.post("/letters/{letter_id}/retry", operation_id="retryLetter")
async def retry_letter(
    request: Request, letter_id: Id, account: Annotated[Account, Depends(permission("messages.replay"))]
) -> Reply[Page[KeptLetter]]:
    """Have a dead letter tried again; answers with those that are dead still."""
    deed = deed_of(request, account, "letter.retried", letter_id)
    platform = platform_of(request)

    def revive(connection: Connection) -> bool:
        is_dead = letters.revive(connection, letter_id, now())
        if is_dead:
            note(connection, deed)
        return is_dead

    if not await platform.db.write(revive):
        raise Problem("not-found", "No letter of that id is dead.")
    found = await platform.db.read(lambda connection: letters.list_kept(connection, letters.DEAD, SHOWN_MAX))
    return reply_page(found)
