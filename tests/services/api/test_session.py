"""Signing in and out; who asks; the proof that our own page asked."""

from datetime import timedelta

import pytest

from dispatch.access import Role
from services.api.identity import csrf_of
from services.api.passwords import TRIES_PER_PAIR
from services.observe.clock import now
from services.store.accounts import Account, add_session, add_token, hash_secret, set_disabled
from services.store.tables import sessions
from tests.services.api.world import PASSWORD, World


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_the_csrf_cookie_is_not(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    async with world.stranger() as client:
        answer = await client.post("/api/v1/session", json={"username": "wang", "password": PASSWORD})
    assert answer.json()["username"] == "wang"
    assert "case.open" in answer.json()["permissions"]
    session, csrf = sorted(answer.headers.get_list("set-cookie"), reverse=True)
    assert session.startswith("wardline_session=")
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "HttpOnly" not in csrf
    assert "Secure" not in session, "this test speaks http"


async def test_the_cookie_is_secure_over_https(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    async with world.stranger() as client:
        body = {"username": "wang", "password": PASSWORD}
        answer = await client.post("https://wardline.test/api/v1/session", json=body)
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))


async def test_only_the_hash_of_a_session_is_stored(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        token = client.cookies["wardline_session"]
    rows = await world.parts.db.read(lambda connection: connection.execute(sessions.select()).all())
    assert [row.token_hash for row in rows] == [hash_secret(token)]
    assert token not in str(rows)


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("wang", ""), ("", "")])
async def test_a_wrong_name_and_a_wrong_password_read_alike(world: World, name: str, password: str) -> None:
    await world.add("wang", Role.DISPATCHER)
    async with world.stranger() as client:
        answer = await client.post("/api/v1/session", json={"username": name, "password": password})
    assert answer.status_code == 401
    assert answer.json()["type"] == "urn:wardline:problem:wrong-password"
    assert "set-cookie" not in answer.headers


async def test_guessing_is_slowed_down_for_the_name_and_address_and_for_no_other_name(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    await world.add("zhao", Role.DISPATCHER)
    async with world.stranger() as client:
        for _ in range(TRIES_PER_PAIR):
            await client.post("/api/v1/session", json={"username": "wang", "password": "guess"})
        right = await client.post("/api/v1/session", json={"username": "wang", "password": PASSWORD})
        other = await client.post("/api/v1/session", json={"username": "zhao", "password": PASSWORD})
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0
    assert other.status_code == 200


async def test_right_passwords_do_not_count_as_guesses(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    async with world.stranger() as client:
        for _ in range(TRIES_PER_PAIR + 4):
            answer = await client.post("/api/v1/session", json={"username": "wang", "password": PASSWORD})
            assert answer.status_code == 200


async def test_a_cookie_alone_changes_nothing(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        del client.headers["X-CSRF-Token"]
        for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf_of("another session")}):
            answer = await client.post("/api/v1/cases", json={"text": "a"}, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:wardline:problem:csrf-failed"
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_a_planted_csrf_cookie_does_not_help(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        client.cookies.set("wardline_csrf", "planted")
        answer = await client.post("/api/v1/cases", json={"text": "a"}, headers={"X-CSRF-Token": "planted"})
    assert answer.status_code == 403


async def test_signing_out_ends_the_session_for_whoever_has_the_cookie(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.stranger() as thief:
        thief.cookies.update(client.cookies)
        assert (await thief.get("/api/v1/me")).status_code == 200
        assert (await client.delete("/api/v1/session")).status_code == 204
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_a_session_ends_with_its_time(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    at = now()
    await world.parts.db.write(lambda c: add_session(c, "old", "id-wang", at, at - timedelta(seconds=1)))
    async with world.stranger() as client:
        client.cookies.set("wardline_session", "old")
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 401


async def test_a_closed_account_is_out_at_once(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        await world.parts.db.write(lambda connection: set_disabled(connection, "wang", disabled=True))
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_token_needs_no_csrf_and_a_wrong_one_is_told_so(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    await world.parts.db.write(lambda connection: add_token(connection, "secret", "id-wang", "test", now()))
    async with world.stranger() as client:
        right = await client.get("/api/v1/me", headers={"Authorization": "Bearer secret"})
        wrong = await client.get("/api/v1/me", headers={"Authorization": "Bearer secret2"})
    assert right.json()["username"] == "wang"
    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"] == "Bearer"


async def test_a_token_that_is_over_is_not_valid(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    at = now()
    await world.parts.db.write(lambda c: add_token(c, "secret", "id-wang", "test", at, at - timedelta(seconds=1)))
    async with world.stranger() as client:
        answer = await client.get("/api/v1/me", headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 401


async def test_a_person_makes_and_withdraws_his_own_tokens(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.stranger() as program:
        made = (await client.post("/api/v1/me/tokens", json={"label": "script", "days": 7})).json()
        program.headers["Authorization"] = f"Bearer {made['token']}"
        assert (await program.get("/api/v1/me")).json()["username"] == "wang"
        listed = await client.get("/api/v1/me/tokens")
        assert [row["label"] for row in listed.json()["items"]] == ["script"]
        assert made["token"] not in listed.text
        assert (await client.delete(f"/api/v1/me/tokens/{made['id']}")).status_code == 204
        assert (await program.get("/api/v1/me")).status_code == 401


async def test_an_account_says_who_it_is_in_both_languages(world: World) -> None:
    account = Account(id="1", username="li", role=Role.LEADER, name_zh="李", name_en="Li")
    assert account.role == "leader"
    async with world.sign_in("li", Role.LEADER, name_zh="李", name_en="Li") as client:
        assert (await client.get("/api/v1/me")).json()["name"] == {"zh": "李", "en": "Li"}
