"""One's own account: the password, the second factor, the sessions, the tokens; and what an administrator may end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pyotp
import pytest
from httpx import AsyncClient, Response

from dispatch.access import Role
from dispatch.citymap import City
from services.api import totp
from services.api.passwords import TRIES_PER_PAIR
from services.api.vault import Unreadable, Vault
from services.api.weakness import find_weakness, is_in_file
from services.observe.clock import now
from services.settings import Settings
from services.store.accounts import hash_secret
from services.store.credentials import find_holders
from services.store.tables import second_factors, sessions
from tests.services.api.world import PASSWORD, World, open_world

NEW = "quite another passphrase 7"


def slug(answer: Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


async def try_login(world: World, username: str, password: str = PASSWORD, totp_code: str = "") -> Response:
    body = {"username": username, "password": password} | ({"totp": totp_code} if totp_code else {})
    async with world.stranger() as client:
        return await client.post("/api/v1/session", json=body)


# --- password ---------------------------------------------------------------------------------------------------------


async def test_a_password_is_changed_by_who_knows_it_and_his_other_sessions_end(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as here, world.again("wang") as there:
        wrong = await here.post("/api/v1/me/password", json={"current": "nonsense", "new": NEW})
        assert (wrong.status_code, slug(wrong)) == (401, "wrong-password")
        assert (await here.post("/api/v1/me/password", json={"current": PASSWORD, "new": NEW})).status_code == 204
        assert (await here.get("/api/v1/me")).status_code == 200
        assert (await there.get("/api/v1/me")).status_code == 401
    assert (await try_login(world, "wang")).status_code == 401
    assert (await try_login(world, "wang", NEW)).status_code == 200


@pytest.mark.parametrize(
    "weak", ["short", "password123", "woaini1314520", "qwertyuiop", "1234567890", "wang-lihua-wang", "wardline-demo"]
)
async def test_a_password_that_is_known_or_easily_guessed_is_refused_in_both_languages(world: World, weak: str) -> None:
    async with world.sign_in("wang-lihua", Role.DISPATCHER) as client:
        answer = await client.post("/api/v1/me/password", json={"current": PASSWORD, "new": weak})
    assert (answer.status_code, slug(answer)) == (422, "weak-password")
    assert answer.json()["words"]["zh"]
    assert answer.json()["words"]["en"]
    assert weak not in answer.text


def test_a_file_of_leaked_passwords_is_searched_whole(tmp_path: Path) -> None:
    leaked = [f"leaked passphrase number {n}" for n in range(2_000)]
    lines = sorted(
        sha1(text.encode(), usedforsecurity=False).hexdigest().upper() + f":{n}" for n, text in enumerate(leaked)
    )
    path = tmp_path / "pwned.txt"
    for end in ("\n", "\r\n"):
        path.write_bytes((end.join(lines) + end).encode())
        assert all(is_in_file(text, path) for text in leaked)
        assert not any(is_in_file(f"another {text}", path) for text in leaked)
    path.write_bytes(b"")
    assert not is_in_file(leaked[0], path)
    path.write_text("\n".join(lines))
    reason = find_weakness(leaked[7], (), str(path))
    assert reason
    assert "leaked" in reason[1]
    assert find_weakness(leaked[7]) is None, "it is the file that knows it"


async def test_the_file_is_asked_where_a_password_is_set(city: City, tmp_path: Path) -> None:
    leaked = "an excellent passphrase that was leaked"
    file = tmp_path / "pwned.txt"
    file.write_text(sha1(leaked.encode(), usedforsecurity=False).hexdigest().upper() + ":3\n")
    async with (
        open_world(city, tmp_path, breached_passwords=str(file)) as world,
        world.sign_in("admin", Role.ADMIN) as admin,
    ):
        answer = await admin.post("/api/v1/users", json={"username": "x1", "role": "worker", "password": leaked})
        assert slug(answer) == "weak-password"
        fine = {"username": "x1", "role": "worker", "password": leaked + "!"}
        assert (await admin.post("/api/v1/users", json=fine)).status_code == 201


# --- second factor ----------------------------------------------------------------------------------------------------


def code_of(secret: str, *, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(now(), counter_offset=steps)


async def enrol(client: AsyncClient) -> tuple[str, list[str]]:
    """Set a second factor up; return its secret and the recovery codes."""
    begun = await client.post("/api/v1/me/totp", json={"password": PASSWORD})
    assert begun.status_code == 201, begun.text
    secret = begun.json()["secret"]
    confirmed = await client.post("/api/v1/me/totp/confirm", json={"code": code_of(secret, steps=-1)})
    assert confirmed.status_code == 200, confirmed.text
    return secret, confirmed.json()["codes"]


async def test_a_second_factor_guards_from_when_it_is_confirmed(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.again("wang") as other:
        assert slug(await client.post("/api/v1/me/totp", json={"password": "wrong"})) == "wrong-password"
        begun = (await client.post("/api/v1/me/totp", json={"password": PASSWORD})).json()
        assert begun["address"].startswith("otpauth://totp/Wardline")
        assert begun["secret"] in begun["address"]
        assert begun["picture"].startswith('<svg xmlns="http://www.w3.org/2000/svg"'), "an image by itself"
        assert (await try_login(world, "wang")).status_code == 200, "not confirmed yet"
        assert slug(await client.post("/api/v1/me/totp/confirm", json={"code": "000000"})) == "wrong-code"
        secret, codes = await enrol(client)
        assert secret != begun["secret"], "a second beginning replaces the first"
        assert len(set(codes)) == 10
        assert (await other.get("/api/v1/me")).status_code == 401, "who stole the session before is out"
        state = (await client.get("/api/v1/me/totp")).json()
        assert state == {"enabled": True, "required": False, "recovery_codes_left": 10}

        needed = await try_login(world, "wang")
        assert (needed.status_code, slug(needed)) == (401, "second-factor-needed")
        assert "set-cookie" not in needed.headers
        assert slug(await try_login(world, "wang", "wrong", code_of(secret))) == "wrong-password"
        assert slug(await try_login(world, "wang", PASSWORD, "123 456")) == "wrong-code"
        code = code_of(secret)
        assert (await try_login(world, "wang", PASSWORD, f"{code[:3]} {code[3:]}")).status_code == 200
        assert slug(await try_login(world, "wang", PASSWORD, code)) == "wrong-code", "no code works twice"
        assert slug(await client.post("/api/v1/me/totp", json={"password": PASSWORD})) == "conflict"
        listed = (await client.get("/api/v1/me/sessions")).json()["items"]
        assert sorted(one["method"] for one in listed) == ["password", "totp"]


async def test_a_recovery_code_opens_once_and_is_told_in_the_audit(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        _, codes = await enrol(client)
        assert (await try_login(world, "wang", PASSWORD, codes[0].upper().replace("-", " "))).status_code == 200
        assert slug(await try_login(world, "wang", PASSWORD, codes[0])) == "wrong-code"
        assert (await client.get("/api/v1/me/totp")).json()["recovery_codes_left"] == 9
        fresh = await client.post("/api/v1/me/totp/recovery-codes", json={"password": PASSWORD})
        assert slug(await try_login(world, "wang", PASSWORD, codes[1])) == "wrong-code", "the old ones are void"
        assert (await try_login(world, "wang", PASSWORD, fresh.json()["codes"][0])).status_code == 200
    async with world.sign_in("auditor", Role.AUDITOR) as auditor:
        acts = (await auditor.get("/api/v1/audit", params={"action": "totp"})).json()["items"]
        assert [act["action"] for act in acts][::-1] == [
            "totp.enabled",
            "totp.recovery-used",
            "totp.recovery-renewed",
            "totp.recovery-used",
        ]


async def test_wrong_codes_are_throttled_as_passwords_are(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        secret, _ = await enrol(client)
        for _ in range(TRIES_PER_PAIR):
            assert slug(await try_login(world, "wang", PASSWORD, "000000")) == "wrong-code"
        assert (await try_login(world, "wang", PASSWORD, code_of(secret))).status_code == 429


async def test_neither_secret_nor_codes_lie_readable_in_the_database(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        secret, codes = await enrol(client)
    rows = await world.parts.db.read(
        lambda c: [
            str(row)
            for table in ("second_factors", "recovery_codes", "audit")
            for row in c.exec_driver_sql(f"SELECT * FROM {table}").all()
        ]
    )
    assert len(rows) > 11
    assert not any(word in row for row in rows for word in (secret, *codes))
    mode = (world.parts.settings.data_dir / "secret.key").stat().st_mode
    assert mode & 0o077 == 0


async def test_a_secret_sealed_with_another_key_lets_nobody_in_and_breaks_nothing(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        secret, _ = await enrol(client)
        other = Vault(Settings(data_dir=world.parts.settings.data_dir, database_url="", secret_key="k" * 40))
        await world.parts.db.write(lambda c: c.execute(second_factors.update().values(sealed_secret=other.seal("x"))))
        assert slug(await try_login(world, "wang", PASSWORD, code_of(secret))) == "wrong-code"
    with pytest.raises(Unreadable):
        Vault(world.parts.settings).open(other.seal("x"))


async def test_it_is_taken_away_by_oneself_with_the_password_or_by_an_administrator(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.sign_in("admin", Role.ADMIN) as admin:
        assert slug(await client.post("/api/v1/me/totp/remove", json={"password": PASSWORD})) == "conflict"
        await enrol(client)
        assert slug(await client.post("/api/v1/me/totp/remove", json={"password": "wrong"})) == "wrong-password"
        assert (await client.post("/api/v1/me/totp/remove", json={"password": PASSWORD})).status_code == 204
        assert (await try_login(world, "wang")).status_code == 200
        await enrol(client)
        (row,) = [one for one in (await admin.get("/api/v1/users")).json()["items"] if one["username"] == "wang"]
        assert row["totp"] is True
        assert (await admin.post("/api/v1/users/wang/totp/remove")).status_code == 204
        assert (await client.get("/api/v1/me")).status_code == 401, "its sessions end"
        assert (await try_login(world, "wang")).status_code == 200
        assert (await admin.post("/api/v1/users/wang/totp/remove")).status_code == 409
        assert (await admin.post("/api/v1/users/none/totp/remove")).status_code == 404


@asynccontextmanager
async def strict_world(city: City, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(city, tmp_path, totp_roles=frozenset({"admin"})) as world:
        yield world


async def test_where_a_role_takes_a_second_factor_nothing_else_is_open_before_it(city: City, tmp_path: Path) -> None:
    async with strict_world(city, tmp_path) as world, world.sign_in("admin", Role.ADMIN) as admin:
        me = (await admin.get("/api/v1/me")).json()
        assert me["must_enrol"] is True
        assert me["permissions"] == me["commands"] == []
        for method, path in (
            ("GET", "/users"),
            ("GET", "/cases"),
            ("GET", "/roles"),
            ("GET", "/me/tokens"),
            ("POST", "/me/tokens"),
            ("GET", "/media/x"),
            ("POST", "/media"),
        ):
            answer = await admin.request(method, f"/api/v1{path}", json={"label": "x"})
            assert slug(answer) == "second-factor-required", path
        assert (await admin.get("/api/v1/me/totp")).json()["required"] is True
        await enrol(admin)
        assert (await admin.get("/api/v1/me")).json()["must_enrol"] is False
        assert (await admin.get("/api/v1/users")).status_code == 200
        async with world.sign_in("wang", Role.DISPATCHER) as other:
            assert (await other.get("/api/v1/me")).json()["must_enrol"] is False


@pytest.mark.parametrize(("code", "fits"), [("755224", False), ("", False), ("١٢٣٤٥٦", False), ("12345a", False)])
def test_what_is_no_code_is_none(code: str, fits: bool) -> None:
    assert (totp.find_step(totp.make_secret(), code, now()) is not None) is fits


def test_codes_are_those_of_the_standard_and_stand_a_step_to_either_side() -> None:
    """RFC 6238, appendix B: the secret "12345678901234567890", SHA-1; the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for unix, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        at = datetime.fromtimestamp(unix, tz=now().tzinfo)
        assert totp.find_step(secret, code, at) == unix // 30
        assert totp.find_step(secret, code, at + timedelta(seconds=30)) == unix // 30
        assert totp.find_step(secret, code, at + timedelta(seconds=61)) is None


# --- sessions ---------------------------------------------------------------------------------------------------------


async def test_sessions_are_listed_with_device_and_place_and_end_one_by_one_or_all_but_this(world: World) -> None:
    await world.add("wang", Role.DISPATCHER)
    await world.add("zhao", Role.DISPATCHER)
    async with world.again("wang") as here, world.again("wang") as there, world.again("zhao") as zhao:
        items = (await here.get("/api/v1/me/sessions")).json()["items"]
        assert [one["current"] for one in items].count(True) == 1
        assert all(one["device"].startswith("python-httpx") and one["address"] for one in items)
        assert all(one["last_seen_at"] and one["username"] == "wang" for one in items)
        (other,) = [one["id"] for one in items if not one["current"]]
        assert (await zhao.delete(f"/api/v1/me/sessions/{other}")).status_code == 404, "another's"
        assert (await here.delete(f"/api/v1/me/sessions/{other}")).status_code == 204
        assert (await there.get("/api/v1/me")).status_code == 401
        async with world.again("wang") as third:
            assert (await here.delete("/api/v1/me/sessions")).status_code == 204
            assert (await third.get("/api/v1/me")).status_code == 401
        assert (await here.get("/api/v1/me")).status_code == 200
        assert (await zhao.get("/api/v1/me")).status_code == 200


async def test_an_administrator_sees_all_sessions_and_ends_them(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.sign_in("admin", Role.ADMIN) as admin:
        items = (await admin.get("/api/v1/sessions")).json()["items"]
        assert {one["username"] for one in items} == {"wang", "admin"}
        (mine,) = [one["id"] for one in items if one["username"] == "wang"]
        assert hash_secret(client.cookies["wardline_session"]) == mine, "an id opens nothing"
        assert (await admin.delete(f"/api/v1/sessions/{mine}")).status_code == 204
        assert (await client.get("/api/v1/me")).status_code == 401
        assert (await admin.delete(f"/api/v1/sessions/{mine}")).status_code == 404
        async with world.again("wang") as again:
            assert (await admin.delete("/api/v1/users/wang/sessions")).status_code == 204
            assert (await again.get("/api/v1/me")).status_code == 401
        assert (await admin.delete("/api/v1/users/none/sessions")).status_code == 404


async def test_when_a_session_was_seen_is_written_once_a_minute(world: World) -> None:
    async with world.sign_in("wang", Role.DISPATCHER) as client:
        key = hash_secret(client.cookies["wardline_session"])

        def seen(connection: Any) -> datetime | None:
            return find_holders(connection, [key], now())[key].last_seen_at

        first = await world.parts.db.read(seen)
        await client.get("/api/v1/me")
        assert await world.parts.db.read(seen) == first
        earlier = now() - timedelta(minutes=5)
        await world.parts.db.write(lambda c: c.execute(sessions.update().values(last_seen_at=earlier)))
        await client.get("/api/v1/me")
        later = await world.parts.db.read(seen)
        assert later
        assert first
        assert later > first


async def test_a_sessions_secret_is_no_token(world: World) -> None:
    """As a token it would need no proof against forgery by another page."""
    async with world.sign_in("wang", Role.DISPATCHER) as client, world.stranger() as stranger:
        secret = client.cookies["wardline_session"]
        answer = await stranger.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
