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
from services.store import parcels
from services.store.accounts import Account
from services.store.audit import note
from services.store.case_queries import find_numbers
from services.store.parcels import Key, Parcel, PartnerState, State

routes = router("parcels")

PAGE_MAX = 200
STATES = {
    "dead": (State.DEAD,),
    "waiting": parcels.OPEN_STATES,
    "settled": (State.TAKEN, State.GIVEN_UP, State.WITHDRAWN),
}
"""What is asked for -> the states that it means."""

ParcelId = Annotated[str, Path(pattern=r"^[0-9]{1,18}-[A-Za-z0-9._-]{1,80}$")]
Manager = Annotated[Account, Depends(permission("parcels.manage"))]


class ParcelView(Struct, frozen=True, kw_only=True):
    """A parcel. `status` is that of an update, "" for the request itself; `reason` a stable word for why it is dead,
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


def _view(parcel: Parcel, number: str, city: City) -> ParcelView:
    partner = city.codes.partners.get(parcel.partner)
    return ParcelView(
        id=f"{parcel.seq}-{parcel.partner}",
        partner=parcel.partner,
        partner_name=Names(partner.name_zh, partner.name_en) if partner else Names(parcel.partner, parcel.partner),
        case_id=parcel.case_id,
        number=number,
        reference=parcel.reference,
        status=parcel.status,
        state=parcel.state,
        tries=parcel.tries,
        next_at=parcel.next_at,
        doubtful=parcel.doubtful,
        request_id=parcel.request_id,
        reason=parcel.reason,
        detail=parcel.detail,
        created_at=parcel.created_at,
        changed_at=parcel.changed_at,
    )


def _views(connection: Connection, found: Sequence[Parcel], city: City) -> list[ParcelView]:
    numbers = find_numbers(connection, [each.case_id for each in found])
    return [_view(each, numbers.get(each.case_id, ""), city) for each in found]


@routes.get("/parcels", operation_id="listParcels", dependencies=needs("parcels.read"))
async def list_parcels(
    request: Request,
    state: Annotated[Literal["dead", "waiting", "settled"], Query()] = "dead",
    partner: Annotated[Short, Query()] = "",
    after: Annotated[str, Query(pattern=r"^([0-9]{1,18}-[0-9]{1,18})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
) -> Reply[Page[ParcelView]]:
    """Parcels to partners, the last to change first: those that are dead, that wait, or that are settled."""
    platform = platform_of(request)
    states = [each.value for each in STATES[state]]
    before = parcels.read_cursor(after) if after else None

    def read(connection: Connection) -> tuple[list[ParcelView], str | None]:
        found = parcels.list_parcels(connection, states=states, partner=partner, before=before, limit=limit)
        last = parcels.cursor_of(found[-1]) if len(found) == limit else None
        return _views(connection, found, platform.city), last

    views, last = await platform.db.read(read)
    return reply_page(views, last)


@routes.get("/partners", operation_id="listPartners", dependencies=needs("parcels.read"))
async def list_partners(request: Request) -> Reply[Page[PartnerView]]:
    """The systems that the city gives cases to, and how it goes with each."""
    platform = platform_of(request)
    states, counts = await platform.db.read(lambda c: (parcels.load_states(c), parcels.count_by_partner(c)))
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
                waiting=sum(count.get(each.value, 0) for each in parcels.OPEN_STATES),
                dead=count.get(State.DEAD.value, 0),
            )
        )
    return reply_page(views)


async def _get_dead(request: Request, parcel_id: str) -> Parcel:
    """Return a parcel that is dead.

    :raises Problem: `not-found`, or `conflict` for one that is not.
    """
    seq, _, partner = parcel_id.partition("-")
    found = await platform_of(request).db.read(lambda c: parcels.find_parcel(c, Key(int(seq), partner)))
    if found is None:
        raise Problem("not-found", "No parcel has that id.")
    if found.state != State.DEAD:
        raise Problem("conflict", f"Only a dead parcel can be tried again or given up; this one is {found.state}.")
    return found


async def _answer(request: Request, parcel: Parcel, account: Account, action: str) -> Reply[ParcelView]:
    platform = platform_of(request)
    deed = deed_of(request, account, action, f"{parcel.seq}-{parcel.partner}"[:120])
    await platform.db.write(lambda c: note(c, deed))

    def read(connection: Connection) -> list[ParcelView]:
        after = parcels.find_parcel(connection, parcel.key) or parcel
        return _views(connection, [after], platform.city)

    (view,) = await platform.db.read(read)
    return reply(view)


@routes.post("/parcels/{parcel_id}/retry", operation_id="retryParcel")
async def retry_parcel(request: Request, parcel_id: ParcelId, account: Manager) -> Reply[ParcelView]:
    """Have a dead parcel tried again from now on, with as many tries as a new one."""
    parcel = await _get_dead(request, parcel_id)
    await platform_of(request).desk.order(lambda turn: forwarding.retry(turn, parcel))
    return await _answer(request, parcel, account, "parcel.retried")


@routes.post("/parcels/{parcel_id}/give-up", operation_id="giveUpParcel")
async def give_up_parcel(request: Request, parcel_id: ParcelId, account: Manager) -> Reply[ParcelView]:
    """Have a dead parcel tried no more. The case says so."""
    parcel, desk = await _get_dead(request, parcel_id), platform_of(request).desk
    await desk.recall(CaseId(parcel.case_id))
    await desk.order(lambda turn: forwarding.note_given_up(turn, parcel, account.username))
    return await _answer(request, parcel, account, "parcel.given-up")
