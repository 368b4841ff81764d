"""The matrix of dispatch/access.py, cell by cell: every role at every route, and at every topic of a socket."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from dispatch.access import PERMISSIONS, RIGHTS, ROLES, Actor, Role, may, permissions_of
from dispatch.citymap import City
from services.api.app import ROUTERS
from services.api.doors import OPEN
from services.api.identity import OWN, access_of
from services.live.hub import NEEDS, TOPICS, grant
from tests.builders import make_actor
from tests.services.api.world import World

ONES_OWN = frozenset(
    {
        "getMe",
        "getPicture",  # his own, or those of the cases that he sees
        "getRoles",
        "changeOwnPassword",
        "getSecondFactor",
        "beginSecondFactor",
        "confirmSecondFactor",
        "renewRecoveryCodes",
        "removeSecondFactor",
        "listOwnSessions",
        "endOtherSessions",
        "endOwnSession",
        "listTokens",
        "addToken",
        "removeToken",
    }
)
"""Routes that take no permission. What is added here is open to every role."""

FILL = {
    "letter_id": "1-x",
    "parcel_id": "1-x",
    "held_id": "x",
    "ban_id": "x",
    "case_id": "x",
    "command": "note",
    "media_id": "x",
    "worker_id": "x",
    "source_id": "x",
    "message_id": "x",
    "username": "x",
    "token_id": "0" * 64,
    "session_id": "0" * 64,
    "role_id": "x",
    "key_id": "x",
    "section_id": "x",
    "key": "0" * 32,
    "call_id": "0" * 32,
    "report": "R-260101-00001",
    "version": "999",
    "component_id": "x",
    "subscription_id": "x",
    "view_id": "x",
}
"""Things that there are not: who is let in finds nothing, who is not hears so before."""


def routes() -> Iterator[APIRoute]:
    for router in ROUTERS:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def asked_by(route: APIRoute) -> str:
    return "" if access_of(route) == OWN else access_of(route)


GUARDED = [(asked_by(route), route) for route in routes() if asked_by(route)]


def test_every_route_is_open_or_ones_own_or_takes_a_permission() -> None:
    for route in routes():
        is_own = access_of(route) == OWN
        assert is_own == (route.operation_id in ONES_OWN), route.operation_id
        assert asked_by(route) or is_own or route.operation_id in OPEN, f"{route.operation_id} lets everybody in"


def test_every_permission_opens_a_route() -> None:
    assert {name for name, _ in GUARDED} == set(PERMISSIONS) - SEEN_BY


SEEN_BY = {"media.clear"}
"""Permissions that open no route but show more of what another opens (tests/services/api/test_privacy.py)."""


def bounds_of(role: Role, city: City) -> dict[str, str]:
    return {"department": min(city.codes.departments)} if role is Role.DEPARTMENT_DISPATCHER else {}


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_passes_the_routes_of_its_permissions_and_is_refused_at_all_others(
    world: World, city: City, role: Role
) -> None:
    async with world.sign_in(role.value, role, **bounds_of(role, city)) as client:
        for name, route in GUARDED:
            for method in sorted(route.methods or ()):
                answer = await client.request(method, route.path.replace(":path", "").format(**FILL), json={})
                refused = answer.status_code == 403 and answer.json().get("permission") == name
                allowed = name in permissions_of(role)
                assert refused is not allowed, (role, method, route.path, answer.status_code, answer.text[:200])
                assert answer.status_code < 500, answer.text


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_of_one_scope_passes_its_routes_alone(world: World, city: City, role: Role) -> None:
    mine = sorted(permissions_of(role))
    async with world.sign_in(role.value, role, **bounds_of(role, city)) as client, world.stranger() as program:
        for scope in mine[:3]:
            made = await client.post("/api/v1/me/tokens", json={"label": scope, "scopes": [scope]})
            headers = {"Authorization": f"Bearer {made.json()['token']}"}
            assert (await program.get("/api/v1/me", headers=headers)).json()["permissions"] == [scope]
            for name, route in GUARDED:
                method = min(route.methods or ())
                url = route.path.replace(":path", "").format(**FILL)
                answer = await program.request(method, url, json={}, headers=headers)
                refused = answer.status_code == 403 and answer.json().get("permission") == name
                assert refused is (name != scope), (role, scope, method, route.path, answer.text[:200])


TOPIC_CELLS = [(role, topic) for role in Role for topic in sorted(TOPICS)]


@pytest.mark.parametrize(("role", "topic"), TOPIC_CELLS)
def test_a_topic_is_granted_where_the_matrix_says_so_and_nowhere_else(role: Role, topic: str) -> None:
    actor: Actor = make_actor(role)
    assert (grant(actor, {topic}) == {topic}) is (NEEDS[topic] in ROLES[role].permissions)
    assert not grant(make_actor(role, permissions=frozenset()), {topic})


def test_what_a_custom_role_is_granted_counts_and_not_its_base() -> None:
    everything = make_actor("worker", permissions=frozenset(PERMISSIONS), commands=frozenset(RIGHTS))
    assert all(may(everything, name) for name in PERMISSIONS)
    nothing = make_actor("admin", permissions=frozenset(), commands=frozenset())
    assert not any(may(nothing, name) for name in PERMISSIONS)
