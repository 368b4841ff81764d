"""Single sign-on against a provider that really runs: out, back with a session, and every way in which it fails."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import AsyncClient, Response

from dispatch.access import Role
from dispatch.citymap import City
from services.api.routes.sso import page_of_ours
from services.api.sso import SignOnFailed, person_of, role_of
from services.settings import BadSetting, Oidc, Settings
from services.store.accounts import find_account
from tests.parts.oidc import Provider, run_provider, sign_on_there
from tests.services.api.world import PASSWORD, World, open_world

BACK = "http://wardline.test/api/v1/session/sso/callback"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with run_provider(tmp_path_factory.mktemp("oidc"), BACK) as running:
        yield running


@asynccontextmanager
async def world_with(city: City, tmp_path: Path, provider: Provider, **changes: Any) -> AsyncIterator[World]:
    async with open_world(city, tmp_path, oidc=provider.settings(**changes)) as world:
        yield world


async def come_back(client: AsyncClient, login: str, *, next_page: str = "") -> Response:
    """Go to the provider, sign on there, and come back; return our last answer."""
    sent = await client.get("/api/v1/session/sso", params={"next_page": next_page})
    assert sent.status_code == 302, sent.text
    return await client.get(sign_on_there(sent.headers["location"], login))


def reason(answer: Response) -> str:
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query).get("sso", [""])[0]


async def test_a_person_who_is_new_gets_the_account_that_his_claims_lead_to_and_no_more(
    city: City, tmp_path: Path, provider: Provider
) -> None:
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        assert (await client.get("/api/v1/session/ways")).json() == {"sso": "城市统一认证"}
        answer = await come_back(client, "lin", next_page="/console/?q=1")
        assert answer.headers["location"] == "/console/?q=1"
        me = (await client.get("/api/v1/me")).json()
        assert (me["username"], me["role"], me["managed_by"]) == ("lin", "dispatcher", "oidc")
        assert me["name"]["zh"] == "林晓"
        client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
        (mine,) = (await client.get("/api/v1/me/sessions")).json()["items"]
        assert mine["method"] == "oidc"
        # There is no password that opens it, and none can be set.
        login = {"username": "lin", "password": "!"}
        assert (await world.stranger().post("/api/v1/session", json=login)).status_code == 401
        change = {"current": "!", "new": PASSWORD}
        assert (await client.post("/api/v1/me/password", json=change)).status_code == 409
        async with world.sign_in("admin", Role.ADMIN) as admin:
            assert (await admin.post("/api/v1/users/lin/password")).status_code == 409
            assert (await admin.patch("/api/v1/users/lin", json={"role": "admin"})).status_code == 409
            acts = (await admin.get("/api/v1/audit", params={"subject": "lin"})).json()["items"]
            assert [act["action"] for act in acts] == ["session.refused", "session.opened", "sso.account-made"]


async def test_the_role_follows_the_claims_at_every_visit(city: City, tmp_path: Path, provider: Provider) -> None:
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        await come_back(client, "lin")
    narrower = (("staff", "supervisor"),)
    async with world_with(city, tmp_path, provider, role_map=narrower) as world, world.stranger() as client:
        await come_back(client, "lin")
        assert (await client.get("/api/v1/me")).json()["role"] == "supervisor"
    async with world_with(city, tmp_path, provider, role_map=()) as world, world.stranger() as client:
        assert reason(await come_back(client, "lin")) == "no-role"
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_department_and_bounds_come_with_the_claims(city: City, tmp_path: Path, provider: Provider) -> None:
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        # The city has no department D01: no account, rather than one that is bounded by nothing.
        assert reason(await come_back(client, "gao")) == "bad-claims"
        assert await world.parts.db.read(lambda connection: find_account(connection, "gao")) is None


@pytest.mark.parametrize(
    ("login", "changes", "why"),
    [
        ("guest", {}, "no-role"),
        ("nameless", {}, "no-name"),
        ("lin", {"provision": False}, "no-account"),
        ("lin", {"client_secret": "another"}, "not-proven"),
    ],
)
async def test_who_may_not_come_in_hears_why_at_the_login(
    city: City, tmp_path: Path, provider: Provider, login: str, changes: dict[str, Any], why: str
) -> None:
    async with world_with(city, tmp_path, provider, **changes) as world, world.stranger() as client:
        answer = await come_back(client, login)
        assert reason(answer) == why
        assert "wardline_session" not in client.cookies
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_role_by_default_lets_in_who_has_none_as_little_as_it_says(
    city: City, tmp_path: Path, provider: Provider
) -> None:
    async with world_with(city, tmp_path, provider, default_role="supervisor") as world, world.stranger() as client:
        await come_back(client, "guest")
        assert (await client.get("/api/v1/me")).json()["role"] == "supervisor"


async def test_an_account_of_that_name_is_taken_over_only_where_the_setting_says_so(
    city: City, tmp_path: Path, provider: Provider
) -> None:
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        await world.add("lin", Role.WORKER)
        assert reason(await come_back(client, "lin")) == "name-taken"
    async with world_with(city, tmp_path, provider, link=True) as world, world.stranger() as client:
        await come_back(client, "lin")
        me = (await client.get("/api/v1/me")).json()
        assert (me["role"], me["managed_by"]) == ("worker", ""), "its role is its own"
        async with world.sign_in("admin", Role.ADMIN) as admin:
            await admin.patch("/api/v1/users/lin", json={"disabled": True})
        assert reason(await come_back(client, "lin")) == "disabled"


async def test_what_was_not_begun_in_this_browser_does_not_end_in_it(
    city: City, tmp_path: Path, provider: Provider
) -> None:
    """Login CSRF: a stranger's own answer of the provider, sent to somebody else's browser."""
    async with world_with(city, tmp_path, provider) as world:
        async with world.stranger() as attacker, world.stranger() as victim:
            sent = await attacker.get("/api/v1/session/sso")
            answer = sign_on_there(sent.headers["location"], "lin")
            assert reason(await victim.get(answer)) == "expired"
            await victim.get("/api/v1/session/sso")
            assert reason(await victim.get(answer)) == "expired"
        async with world.stranger() as client:
            first = await client.get("/api/v1/session/sso")
            answer = sign_on_there(first.headers["location"], "lin")
            cookie = client.cookies["wardline_sso"]
            assert reason(await client.get(answer)) == ""
            client.cookies.set("wardline_sso", cookie, domain="wardline.test", path="/api/v1/session/sso")
            assert reason(await client.get(answer)) == "expired", "an answer is good once"


async def test_an_answer_to_another_question_proves_nothing(city: City, tmp_path: Path, provider: Provider) -> None:
    """The verifier and the nonce of one sign-on do not fit the code of another."""
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        sent = await client.get("/api/v1/session/sso")
        answer = sign_on_there(sent.headers["location"], "lin")
        state = client.cookies["wardline_sso"]

        def swap(**changes: str) -> Any:
            def run(connection: Any) -> None:
                row = connection.exec_driver_sql("SELECT nonce, verifier, next, expires_at FROM sso_attempts").one()
                values = dict(zip(("nonce", "verifier", "next", "expires_at"), row, strict=True)) | changes
                connection.exec_driver_sql(
                    "UPDATE sso_attempts SET nonce = ?, verifier = ?", (values["nonce"], values["verifier"])
                )

            return run

        await world.parts.db.write(swap(nonce="another"))
        assert reason(await client.get(answer)) == "not-proven"
        assert state
        sent = await client.get("/api/v1/session/sso")
        answer = sign_on_there(sent.headers["location"], "lin")
        await world.parts.db.write(swap(verifier="v" * 48))
        assert reason(await client.get(answer)) == "not-proven"


async def test_a_refusal_of_the_provider_and_another_providers_answer_are_told(
    city: City, tmp_path: Path, provider: Provider
) -> None:
    async with world_with(city, tmp_path, provider) as world, world.stranger() as client:
        back = "/api/v1/session/sso/callback"
        assert reason(await client.get(back, params={"error": "access_denied", "state": "x"})) == "refused"
        assert reason(await client.get(back, params={"code": "x", "state": "x"})) == "expired"
        wrong = {"code": "x", "state": "x", "iss": "https://evil.example"}
        assert reason(await client.get(back, params=wrong)) == "not-proven"


async def test_a_provider_that_does_not_answer_is_told_and_nothing_else_suffers(city: City, tmp_path: Path) -> None:
    gone = Oidc(issuer="http://127.0.0.1:9", client_id="x")
    async with open_world(city, tmp_path, oidc=gone) as world, world.stranger() as client:
        assert reason(await client.get("/api/v1/session/sso")) == "provider-down"
        await world.add("wang", Role.DISPATCHER)
        login = {"username": "wang", "password": PASSWORD}
        assert (await client.post("/api/v1/session", json=login)).status_code == 200


async def test_without_a_provider_there_is_no_sign_on(world: World) -> None:
    async with world.stranger() as client:
        assert (await client.get("/api/v1/session/ways")).json() == {"sso": None}
        assert (await client.get("/api/v1/session/sso")).status_code == 404
        assert (await client.get("/api/v1/session/sso/callback")).status_code == 404


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("/console/", True),
        ("/report/?a=b#c", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://evil.example", False),
        ("/a b", False),
        ("/a\r\nSet-Cookie: x=y", False),
        ("", False),
    ],
)
def test_a_login_leads_to_a_page_of_ours_alone(page: str, kept: bool) -> None:
    assert page_of_ours(page) == (page if kept else "")


def test_the_first_row_of_the_map_that_fits_gives_the_role() -> None:
    settings = Oidc(role_map=(("a", "admin"), ("b", "worker")), default_role="supervisor")
    assert role_of({"groups": ["b", "a"]}, settings) == "admin"
    assert role_of({"groups": "b"}, settings) == "worker"
    assert role_of({"groups": [1, None]}, settings) == "supervisor"
    assert role_of({}, Oidc()) == ""


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": 5}, {"sub": "x" * 256}, {"sub": "a\x00b"}])
def test_without_a_subject_there_is_nobody(claims: dict[str, object]) -> None:
    with pytest.raises(SignOnFailed):
        person_of({"preferred_username": "x", **claims}, Oidc(issuer="https://id.example"))


@pytest.mark.parametrize(
    "env",
    [
        {"WARDLINE_OIDC_ISSUER": "http://id.example", "WARDLINE_OIDC_CLIENT_ID": "x"},
        {"WARDLINE_OIDC_ISSUER": "https://id.example"},
        {"WARDLINE_OIDC_ROLE_MAP": "a"},
        {"WARDLINE_SECRET_KEY": "short"},
        {"WARDLINE_BREACHED_PASSWORDS": "/nowhere"},
    ],
)
def test_a_setting_that_cannot_be_stops_the_start(env: dict[str, str]) -> None:
    with pytest.raises(BadSetting):
        Settings.from_env(env)


def test_the_map_keeps_its_order_and_takes_names_of_a_directory() -> None:
    with pytest.raises(BadSetting):
        Settings.from_env({"WARDLINE_OIDC_ROLE_MAP": "cn=z,=admin"})
    assert Settings.from_env({"WARDLINE_OIDC_ROLE_MAP": "z=admin, cn=a=worker"}).oidc.role_map == (
        ("z", "admin"),
        ("cn=a", "worker"),
    )
