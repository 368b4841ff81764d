"""Views of the console that people keep: a name for a query of its address."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from services.store.tables import default_views, saved_views

VIEWS_MAX = 100
"""Views that one person may keep."""


class SavedView(Struct, frozen=True, kw_only=True):
    """One view. `shared` ones are offered to everybody; only who owns one may change it."""

    id: str
    owner: str
    name: str
    query: str
    shared: bool
    created_at: datetime


def list_views(connection: Connection, username: str) -> list[SavedView]:
    """Return his own and the shared ones, by name."""
    mine = or_(saved_views.c.owner == username, saved_views.c.shared)
    query = select(saved_views).where(mine).order_by(saved_views.c.name, saved_views.c.id)
    return [SavedView(**row._mapping) for row in connection.execute(query)]


def find_view(connection: Connection, view_id: str) -> SavedView | None:
    row = connection.execute(select(saved_views).where(saved_views.c.id == view_id)).first()
    return None if row is None else SavedView(**row._mapping)


def count_own(connection: Connection, username: str) -> int:
    query = select(func.count()).select_from(saved_views).where(saved_views.c.owner == username)
    return connection.scalar(query) or 0


def add_view(connection: Connection, view: SavedView) -> None:
    connection.execute(insert(saved_views).values(**_values(view)))


def change_view(connection: Connection, view: SavedView) -> None:
    connection.execute(update(saved_views).where(saved_views.c.id == view.id).values(**_values(view)))
    if not view.shared:
        # Nobody else may begin with a view that he cannot see any more.
        others = (default_views.c.view_id == view.id, default_views.c.username != view.owner)
        connection.execute(delete(default_views).where(*others))


def delete_view(connection: Connection, view_id: str) -> None:
    """Delete a view, also where it is somebody's default."""
    connection.execute(delete(saved_views).where(saved_views.c.id == view_id))
    connection.execute(delete(default_views).where(default_views.c.view_id == view_id))


def find_default(connection: Connection, username: str) -> str:
    """Return the id of the view that his console begins with, "" for none."""
    return connection.scalar(select(default_views.c.view_id).where(default_views.c.username == username)) or ""


def set_default(connection: Connection, username: str, view_id: str) -> None:
    """Let his console begin with a view; "" for none."""
    connection.execute(delete(default_views).where(default_views.c.username == username))
    if view_id:
        connection.execute(insert(default_views).values(username=username, view_id=view_id))


def _values(view: SavedView) -> dict[str, object]:
    return {name: getattr(view, name) for name in SavedView.__struct_fields__}
