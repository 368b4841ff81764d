"""Accounts as the desk knows them, and who of them can be told of what no worker's phone tells."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import Connection

from dispatch.access import Actor, list_within
from dispatch.citymap import City
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from dispatch.notices import People
from services.store.accounts import Account, list_told


def actor_of(account: Account, city: City) -> Actor:
    """Return the account as the desk knows him."""
    return Actor(
        user=account.username,
        role=account.role,
        worker_id=WorkerId(account.worker_id),
        department=DepartmentId(account.department),
        area=AreaCode(account.area),
        areas=_areas_in(city, AreaCode(account.area)) if account.area else frozenset(),
        permissions=account.permissions,
        commands=account.commands,
    )


@lru_cache(maxsize=256)
def _areas_in(city: City, area: AreaCode) -> frozenset[AreaCode]:
    return list_within(city.codes.areas, area)


def read_people(connection: Connection, city: City) -> Sequence[Account]:
    """Return the accounts that may be told: those of the desk, and whom the city names to be told."""
    named = {each.lead for each in city.codes.departments.values()} | {row.target for row in city.escalations.rows}
    return list_told(connection, named - {""})


def people_of(accounts: Sequence[Account], city: City) -> People:
    return People(actor_of(account, city) for account in accounts)
