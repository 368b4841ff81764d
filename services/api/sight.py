"""What an account may see: which cases, and so which pictures. The same bounds as `dispatch.access.may_see_fact`."""

from fastapi import Request
from sqlalchemy import Connection

from dispatch.access import Actor, may, sees_nothing, sees_own_tasks
from dispatch.citymap import City
from services.api.platform import platform_of
from services.engine.people import actor_of
from services.store.accounts import Account
from services.store.case_queries import Scope, may_see_case
from services.store.media import is_uploader, list_cases_of

NOBODY = " "
"""A worker id that nobody has."""


def scope_of_actor(actor: Actor, city: City) -> Scope:
    """Return the bounds as those of a list: a worker sees what is his own, others what lies in area and department."""
    if sees_nothing(actor) or not may(actor, "cases.read"):
        return Scope(worker=NOBODY)
    if sees_own_tasks(actor):
        return Scope(worker=actor.worker_id or NOBODY)
    area = city.codes.areas.get(actor.area)
    # An area that the city no longer has shows nothing, rather than everything.
    return Scope(area_level=area.level if area else "grid", area=actor.area, department=actor.department)


async def may_see_picture(request: Request, account: Account, media_id: str) -> bool:
    """Tell whether the account has sent the picture itself, or may see a case that it belongs to."""
    platform = platform_of(request)
    scope = scope_of_actor(actor_of(account, platform.city), platform.city)

    def look_up(connection: Connection) -> bool:
        return is_uploader(connection, media_id, account.username) or any(
            may_see_case(connection, case_id, scope) for case_id in list_cases_of(connection, media_id)
        )

    return await platform.db.read(look_up)
