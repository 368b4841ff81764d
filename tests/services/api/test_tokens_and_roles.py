"""Tokens with their scopes; accounts and custom roles as an administrator changes them."""

from typing import Any

import pytest
from httpx import AsyncClient

from dispatch.access import Role
from dispatch.citymap import City
from services.observe.clock import now
from services.store.accounts import find_account
from services.store.tables import tokens
from tests.services.api.world import PASSWORD, World

NEW = "quite another passphrase 7"


# --- tokens -----------------------------------------------------------------------------------------------------------


async def make_token(client: AsyncClient, **body: object) -> dict[str, Any]:
    answer = await client.post("/api/v1/me/tokens", json={"label": "t", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_token_may_what_its_scopes_say_and_its_account_may(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.stranger() as program:
        token = await make_token(client, scopes=["cases.read", "command:note"])
        headers = {"Authorization": f"Bearer {token['token']}"}
        me = (await program.get("/api/v1/me", headers=headers)).json()
        assert (me["permissions"], me["commands"]) == (["cases.read"], ["note"])
        assert (await program.get("/api/v1/cases", headers=headers)).status_code == 200
        assert (await program.get("/api/v1/workers", headers=headers)).status_code == 403
        assert (await program.post("/api/v1/cases", json={"text": "x"}, headers=headers)).status_code == 403
        whole = await make_token(client)
        headers = {"Authorization": f"Bearer {whole['token']}"}
        assert (await program.get("/api/v1/workers", headers=headers)).status_code == 200
        listed = (await client.get("/api/v1/me/tokens")).json()["items"]
        assert [one["scopes"] for one in listed] == [["cases.read", "command:note"], None]
        assert all(one["last_seen_at"] for one in listed)
        assert token["token"] not in str(listed)


@pytest.mark.parametrize("scope", ["accounts.manage", "command:grant", "nothing.such", "command:", "cases read"])
async def test_nobody_gives_a_token_what_he_has_not(world: World, scope: str) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        answer = await client.post("/api/v1/me/tokens", json={"label": "t", "scopes": [scope]})
    assert answer.status_code == 422


async def test_a_token_cannot_touch_the_secrets_of_its_account(world: World) -> None:
    async with world.sign_in("wang", Role.ADMIN) as client, world.stranger() as program:
        headers = {"Authorization": f"Bearer {(await make_token(client))['token']}"}
        for method, path, body in (
            ("POST", "/me/tokens", {"label": "more"}),
            ("GET", "/me/tokens", None),
            ("POST", "/me/password", {"current": PASSWORD, "new": NEW}),
            ("POST", "/me/totp", {"password": PASSWORD}),
            ("DELETE", "/me/sessions", None),
            ("DELETE", f"/me/tokens/{'0' * 64}", None),
        ):
            answer = await program.request(method, f"/api/v1{path}", json=body, headers=headers)
            assert answer.status_code == 403, path


async def test_a_token_that_is_over_or_withdrawn_opens_nothing(world: World) -> None:
    async with (
        world.sign_in("wang", Role.DISPATCHER) as client,
        world.sign_in("admin", Role.ADMIN) as admin,
        world.stranger() as program,
    ):

        async def opens(made: dict[str, Any]) -> bool:
            headers = {"Authorization": f"Bearer {made['token']}"}
            return (await program.get("/api/v1/me", headers=headers)).status_code == 200

        mine, theirs, old = [await make_token(client) for _ in range(3)]
        assert (await client.delete(f"/api/v1/me/tokens/{mine['id']}")).status_code == 204
        assert (await admin.get("/api/v1/tokens")).json()["items"][0]["username"] == "wang"
        assert (await admin.delete(f"/api/v1/tokens/{theirs['id']}")).status_code == 204
        assert (await admin.delete(f"/api/v1/tokens/{theirs['id']}")).status_code == 404
        assert not await opens(mine)
        assert not await opens(theirs)
        assert await opens(old)
        over = tokens.update().where(tokens.c.token_hash == old["id"]).values(expires_at=now())
        await world.parts.db.write(lambda c: c.execute(over))
        assert not await opens(old)


# --- accounts and roles -----------------------------------------------------------------------------------------------


async def test_an_account_is_given_another_role_and_other_bounds(world: World, city: City) -> None:
    department = min(city.codes.departments)
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.sign_in("admin", Role.ADMIN) as admin:
        url = "/api/v1/users/wang"
        assert (await admin.patch(url, json={"role": "department_dispatcher"})).status_code == 422, "of no department"
        body = {"role": "department_dispatcher", "department": department, "name_zh": "王力"}
        changed = (await admin.patch(url, json=body)).json()
        assert (changed["role"], changed["department"], changed["name"]["zh"]) == (body["role"], department, "王力")
        me = (await client.get("/api/v1/me")).json()
        assert (me["role"], me["department"]) == ("department_dispatcher", department)
        assert (await admin.patch(url, json={"area": "999"})).status_code == 422
        assert (await admin.patch(url, json={"role": "king"})).status_code == 422
        assert (await admin.patch(url, json={})).status_code == 422
        assert (await admin.patch("/api/v1/users/admin", json={"role": "worker"})).status_code == 409, "not his own"
        (act,) = (await admin.get("/api/v1/audit", params={"action": "account.changed"})).json()["items"]
        assert department in act["detail"]


ROLE = {
    "id": "night-desk",
    "base": "dispatcher",
    "name_zh": "夜班席",
    "name_en": "Night desk",
    "permissions": ["cases.read", "metrics.read"],
    "commands": ["note", "force_close"],
}


async def test_a_custom_role_is_what_it_is_granted_and_changes_for_all_who_have_it(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        made = await admin.post("/api/v1/roles", json=ROLE)
        assert made.status_code == 201, made.text
        new = {"username": "night", "role": "night-desk", "password": PASSWORD}
        assert (await admin.post("/api/v1/users", json=new)).json()["account"]["custom_role"] == "night-desk"
        async with world.again("night") as night:
            me = (await night.get("/api/v1/me")).json()
            assert (me["role"], me["custom_role"], me["role_name"]["en"]) == ("dispatcher", "night-desk", "Night desk")
            assert me["permissions"] == ["cases.read", "metrics.read"]
            assert me["commands"] == ["force_close", "note"]
            assert (await night.get("/api/v1/workers")).status_code == 403, "its base may, it may not"
            body = {key: ROLE[key] for key in ("name_zh", "name_en", "commands")} | {"permissions": ["workers.read"]}
            assert (await admin.put("/api/v1/roles/night-desk", json=body)).status_code == 200
            assert (await night.get("/api/v1/workers")).status_code == 200
            assert (await night.get("/api/v1/cases")).status_code == 403
        assert (await admin.delete("/api/v1/roles/night-desk")).status_code == 409, "somebody has it"
        matrix = (await admin.get("/api/v1/roles")).json()
        assert matrix["roles"][-1]["accounts"] == 1
        await admin.patch("/api/v1/users/night", json={"role": "worker"})
        account = await world.parts.db.read(lambda connection: find_account(connection, "night"))
        assert account
        assert (account.role, account.custom_role, account.permissions) == ("worker", "", None)
        assert (await admin.delete("/api/v1/roles/night-desk")).status_code == 204
        acts = (await admin.get("/api/v1/audit", params={"action": "role"})).json()["items"]
        assert [act["action"] for act in acts] == ["role.removed", "role.changed", "role.added"]
        assert acts[1]["detail"] == (
            '{"base":"dispatcher","granted":["workers.read"],"taken":["cases.read","metrics.read"]}'
        )


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"id": "admin"}, 409),
        ({"id": "A B"}, 422),
        ({"base": "king"}, 422),
        ({"base": "night-desk"}, 422),
        ({"permissions": ["fly"]}, 422),
        ({"commands": ["fly"]}, 422),
        ({"name_zh": ""}, 422),
        ({"name_en": "a\x00b"}, 422),
    ],
)
async def test_a_role_that_cannot_be_is_refused(world: World, change: dict[str, object], status: int) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        assert (await admin.post("/api/v1/roles", json=ROLE | change)).status_code == status
        assert (await admin.post("/api/v1/roles", json=ROLE)).status_code == 201
        assert (await admin.post("/api/v1/roles", json=ROLE)).status_code == 409
        assert (await admin.delete("/api/v1/roles/none")).status_code == 404
        body = {key: ROLE[key] for key in ("name_zh", "name_en", "commands", "permissions")}
        assert (await admin.put("/api/v1/roles/none", json=body)).status_code == 404


async def test_nobody_changes_the_role_that_he_has_himself(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        keeper = ROLE | {"id": "keeper", "permissions": ["roles.manage"], "base": "admin"}
        await admin.post("/api/v1/roles", json=keeper)
        await admin.post("/api/v1/users", json={"username": "kim", "role": "keeper", "password": PASSWORD})
        async with world.again("kim") as kim:
            body = {key: keeper[key] for key in ("name_zh", "name_en", "commands")} | {"permissions": ["audit.read"]}
            assert (await kim.put("/api/v1/roles/keeper", json=body)).status_code == 409
