"""What partners were to be told and could not be, and another try; and how it goes with each partner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import CaseId
from services.api.fields import Short
from services.api.identity import deed_of, needs, permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine import forwarding
from services.store import journal, letters
from services.store.accounts import Account
from services.store.audit import note
from services.store.letters import Key, Letter, PartnerState, State

routes = router("letters")

PAGE_MAX = 200
STATES = {
    "dead": (State.DEAD,),
    "waiting": letters.OPEN_STATES,
    "settled": (State.TAKEN, State.GIVEN_UP, State.WITHDRAWN),
}
"""What is asked for -> the states that it means."""

LetterId = Annotated[str, Path(pattern=r"^[0-9]{1,18}-[A-Za-z0-9._-]{1,80}$")]
Manager = Annotated[Account, Depends(permission("letters.manage"))]


class LetterView(Struct, frozen=True, kw_only=True):
    """A letter. `status` is that of an update, "" for the request itself; `reason` a stable word for why it is dead,
    `detail` what the partner has answered last. `doubtful`: a try may have reached him.
    """

    id: str
    partner: str
    partner_name: Names
    case_id: str
    number: str
    reference: str
    status: str
    state: str
    tries: int
    next_at: datetime | None
    doubtful: bool
    request_id: str
    reason: str
    detail: str
    created_at: datetime
    changed_at: datetime


class PartnerView(Struct, frozen=True, kw_only=True):
    """How it goes with a partner. `answered_at` is when he last did; `failures` the questions in a row that he did not.

    `error` is what went wrong last.
    """

    id: str
    name: Names
    endpoint: str
    updates: str
    polled_at: datetime | None
    answered_at: datetime | None
    failures: int
    error: str
    waiting: int
    dead: int


def _view(letter: Letter, number: str, city: City) -> LetterView:
    partner = city.codes.partners.get(letter.partner)
    return LetterView(
        id=f"{letter.seq}-{letter.partner}",
        partner=letter.partner,
        partner_name=Names(partner.name_zh, partner.name_en) if partner else Names(letter.partner, letter.partner),
        case_id=letter.case_id,
        number=number,
        reference=letter.reference,
        status=letter.status,
        state=letter.state,
        tries=letter.tries,
        next_at=letter.next_at,
        doubtful=letter.doubtful,
        request_id=letter.request_id,
        reason=letter.reason,
        detail=letter.detail,
        created_at=letter.created_at,
        changed_at=letter.changed_at,
    )


def _views(connection: Connection, found: Sequence[Letter], city: City) -> list[LetterView]:
    numbers = journal.find_numbers(connection, [each.case_id for each in found])
    return [_view(each, numbers.get(each.case_id, ""), city) for each in found]


@routes.get("/letters", operation_id="listLetters", dependencies=needs("letters.read"))
async def list_letters(
    request: Request,
    state: Annotated[Literal["dead", "waiting", "settled"], Query()] = "dead",
    partner: Annotated[Short, Query()] = "",
    after: Annotated[str, Query(pattern=r"^([0-9]{1,18}-[0-9]{1,18})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> Reply[Page[LetterView]]:
    """Letters to partners, the last to change first: those that are dead, that wait, or that are settled."""
    platform = platform_of(request)
    states = [each.value for each in STATES[state]]
    before = letters.read_cursor(after) if after else None

    def read(connection: Connection) -> tuple[list[LetterView], str | None]:
        found = letters.list_letters(connection, states=states, partner=partner, before=before, limit=limit)
        last = letters.cursor_of(found[-1]) if len(found) == limit else None
        return _views(connection, found, platform.city), last

    views, last = await platform.db.read(read)
    return reply_page(views, last)


@routes.get("/partners", operation_id="listPartners", dependencies=needs("letters.read"))
async def list_partners(request: Request) -> Reply[Page[PartnerView]]:
    """The systems that the city gives cases to, and how it goes with each."""
    platform = platform_of(request)
    states, counts = await platform.db.read(lambda c: (letters.load_states(c), letters.count_by_partner(c)))
    views = []
    for partner in platform.city.codes.partners.values():
        state, count = states.get(partner.id, PartnerState(partner=partner.id)), counts.get(partner.id, {})
        views.append(
            PartnerView(
                id=partner.id,
                name=Names(partner.name_zh, partner.name_en),
                endpoint=partner.endpoint,
                updates=partner.updates.value,
                polled_at=state.polled_at,
                answered_at=state.answered_at,
                failures=state.failures,
                error=state.error,
                waiting=sum(count.get(each.value, 0) for each in letters.OPEN_STATES),
                dead=count.get(State.DEAD.value, 0),
            )
        )
    return reply_page(views)


async def _get_dead(request: Request, letter_id: str) -> Letter:
    """Return a letter that is dead.

    :raises Problem: `not-found`, or `conflict` for one that is not.
    """
    seq, _, partner = letter_id.partition("-")
    found = await platform_of(request).db.read(lambda c: letters.find_letter(c, Key(int(seq), partner)))
    if found is None:
        raise Problem("not-found", "No letter has that id.")
    if found.state != State.DEAD:
        raise Problem("conflict", f"Only a dead letter can be tried again or given up; this one is {found.state}.")
    return found


async def _answer(request: Request, letter: Letter, account: Account, action: str) -> Reply[LetterView]:
    platform = platform_of(request)
    deed = deed_of(request, account, action, f"{letter.seq}-{letter.partner}"[:120])
    await platform.db.write(lambda c: note(c, deed))

    def read(connection: Connection) -> list[LetterView]:
        after = letters.find_letter(connection, letter.key) or letter
        return _views(connection, [after], platform.city)

    (view,) = await platform.db.read(read)
    return reply(view)


@routes.post("/letters/{letter_id}/retry", operation_id="retryLetter")
async def retry_letter(request: Request, letter_id: LetterId, account: Manager) -> Reply[LetterView]:
    """Have a dead letter tried again from now on, with as many tries as a new one."""
    letter = await _get_dead(request, letter_id)
    await platform_of(request).desk.order(lambda turn: forwarding.retry(turn, letter))
    return await _answer(request, letter, account, "letter.retried")


@routes.post("/letters/{letter_id}/give-up", operation_id="giveUpLetter")
async def give_up_letter(request: Request, letter_id: LetterId, account: Manager) -> Reply[LetterView]:
    """Have a dead letter tried no more. The case says so."""
    letter, desk = await _get_dead(request, letter_id), platform_of(request).desk
    await desk.recall(CaseId(letter.case_id))
    await desk.order(lambda turn: forwarding.note_given_up(turn, letter, account.username))
    return await _answer(request, letter, account, "letter.given-up")
