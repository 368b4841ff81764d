"""Views of the console that people keep, share and begin with."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request, Response
from msgspec import Struct
from msgspec.structs import replace
from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from dispatch.access import permissions_of
from services.api.fields import Form, Id
from services.api.identity import permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Reply, reply, router
from services.engine.orders import new_id
from services.observe.clock import now
from services.store import saved_views
from services.store.accounts import Account
from services.store.saved_views import VIEWS_MAX, SavedView

routes = router("views")

Reader = Annotated[Account, Depends(permission("cases.read"))]

QUERY_MAX = 4_000
"""Characters of an address; browsers take more, proxies do not."""


def _plain(text: str) -> str:
    if "\x00" in text or not text.strip():
        raise ValueError("a name that can be read is needed")
    return text.strip()


Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_plain)]
Query = Annotated[str, Field(max_length=QUERY_MAX, pattern="^[^\x00]*$")]


class ViewBody(Form):
    """A view: its name, and the query of the console's address that shows it."""

    name: Name
    query: Query
    shared: bool = False


class ViewChange(Form):
    """What is to be changed of a view; what is left out stays."""

    name: Name | None = None
    query: Query | None = None
    shared: bool | None = None


class DefaultView(Form):
    """The view that my console begins with; "" for none."""

    id: Annotated[str, Field(max_length=32)]


class ViewRow(Struct, frozen=True, kw_only=True):
    """One view, as its reader sees it. `mine` says whether he may change it."""

    id: str
    name: str
    query: str
    shared: bool
    owner: str
    mine: bool


class ViewList(Struct, frozen=True, kw_only=True):
    """My views and the shared ones; `default` is the id of the one that my console begins with, "" for none."""

    items: Sequence[ViewRow]
    default: str


def _row(view: SavedView, account: Account) -> ViewRow:
    return ViewRow(
        id=view.id,
        name=view.name,
        query=view.query,
        shared=view.shared,
        owner=view.owner,
        mine=_is_his(view, account),
    )


def _is_his(view: SavedView, account: Account) -> bool:
    """A shared view may also be tidied up by who manages the accounts."""
    is_admin = "accounts.manage" in permissions_of(account.role)
    return view.owner == account.username or (view.shared and is_admin)


@routes.get("/views", operation_id="listViews")
async def list_views(request: Request, account: Reader) -> Reply[ViewList]:
    """My saved views and those that others share, by name."""

    def read(connection: Connection) -> ViewList:
        views = saved_views.list_views(connection, account.username)
        default = saved_views.find_default(connection, account.username)
        return ViewList(items=[_row(view, account) for view in views], default=default)

    return reply(await platform_of(request).db.read(read))


@routes.post("/views", operation_id="addView", status_code=201)
async def add_view(request: Request, body: ViewBody, account: Reader) -> Reply[ViewRow]:
    """Keep a view."""
    at = now()
    view = SavedView(
        id=new_id(at), owner=account.username, name=body.name, query=body.query, shared=body.shared, created_at=at
    )

    def write(connection: Connection) -> bool:
        if saved_views.count_own(connection, account.username) >= VIEWS_MAX:
            return False
        saved_views.add_view(connection, view)
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("conflict", f"You have {VIEWS_MAX} views already; delete one first.")
    return reply(_row(view, account), 201)


async def _get_his(request: Request, view_id: str, account: Account) -> SavedView:
    view = await platform_of(request).db.read(lambda connection: saved_views.find_view(connection, view_id))
    if view is None or not (view.shared or view.owner == account.username):
        raise Problem("not-found", "No view has that id.")
    if not _is_his(view, account):
        raise Problem("not-allowed", "Only who has made a view may change it.")
    return view


@routes.patch("/views/{view_id}", operation_id="changeView")
async def change_view(request: Request, view_id: Id, body: ViewChange, account: Reader) -> Reply[ViewRow]:
    """Rename a view, share it or take it back, or let it show something else."""
    view = await _get_his(request, view_id, account)
    view = replace(view, **body.model_dump(exclude_none=True))
    await platform_of(request).db.write(lambda connection: saved_views.change_view(connection, view))
    return reply(_row(view, account))


@routes.delete("/views/{view_id}", operation_id="deleteView", status_code=204)
async def delete_view(request: Request, view_id: Id, account: Reader) -> Response:
    """Delete a view."""
    view = await _get_his(request, view_id, account)
    await platform_of(request).db.write(lambda connection: saved_views.delete_view(connection, view.id))
    return Response(status_code=204)


@routes.put("/me/default-view", operation_id="setDefaultView", status_code=204)
async def set_default_view(request: Request, body: DefaultView, account: Reader) -> Response:
    """Let my console begin with a view, or with none."""

    def write(connection: Connection) -> bool:
        known = {view.id for view in saved_views.list_views(connection, account.username)}
        if body.id and body.id not in known:
            return False
        saved_views.set_default(connection, account.username, body.id)
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("not-found", "No view has that id.")
    return Response(status_code=204)
