"""Single sign-on: OpenID Connect, code flow with PKCE, state and nonce (Authlib). What comes back is a person's claims.

The provider proves who somebody is; what he may do here follows from his claims by the settings of the sign-on, and is
nothing where they say nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import structlog
from authlib.integrations.starlette_client import OAuthError, StarletteOAuth2App
from joserfc.errors import JoseError
from msgspec import Struct

from services.settings import Oidc
from services.store.sso import Attempt

ANSWER_WITHIN_S = 10.0
"""A provider that takes longer is down: somebody waits at the login."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by the provider's own key. Never `none`, and no secret that it shares with us."""
SUBJECT_MAX = 255
"""OpenID Connect Core, 2: `sub`."""
NAME_MAX = 64

log = structlog.get_logger(__name__)


class SignOnFailed(Exception):
    """A sign-on has failed; `reason` is a stable word that the login screen has words for."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class Person(Struct, frozen=True, kw_only=True):
    """Who the provider says it is, and what he would be here. `role` is "" where nothing leads to one."""

    issuer: str
    subject: str
    username: str
    name: str
    role: str
    department: str
    area: str


class SignOn:
    """One provider. Its addresses and keys are fetched when they are needed, and kept."""

    def __init__(self, settings: Oidc) -> None:
        self.settings = settings
        self._app = StarletteOAuth2App(
            None,
            name="oidc",
            client_id=settings.client_id,
            client_secret=settings.client_secret or None,
            server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.scopes,
                "code_challenge_method": "S256",
                "timeout": ANSWER_WITHIN_S,
            },
        )

    async def begin(self, redirect_uri: str, next_page: str) -> tuple[str, str, Attempt]:
        """Return the provider's address to send the browser to, the state, and what to remember until it is back.

        :raises SignOnFailed: `provider-down`.
        """
        await self._load()
        made = await self._app.create_authorization_url(redirect_uri)
        attempt = Attempt(nonce=made["nonce"], verifier=made["code_verifier"], next=next_page)
        return str(made["url"]), str(made["state"]), attempt

    async def finish(self, redirect_uri: str, code: str, state: str, attempt: Attempt) -> Person:
        """Return who has signed on.

        :raises SignOnFailed: `provider-down`, or `not-proven` for a code or an ID token that does not hold.
        """
        await self._load()
        try:
            token = await self._app.fetch_access_token(
                redirect_uri=redirect_uri, code=code, code_verifier=attempt.verifier, state=state
            )
            claims = await self._app.parse_id_token(token, nonce=attempt.nonce)
            if not claims:
                raise SignOnFailed("not-proven", "the provider gave no ID token")
            return person_of(await self._all_claims(claims, token), self.settings)
        except httpx2.HTTPError as error:
            raise _down(error) from None
        except (OAuthError, JoseError, ValueError, KeyError, TypeError) as error:
            # ValueError and the like: what an ID token or a key that is none makes of the readers.
            log.warning("a sign-on does not hold", error=type(error).__name__)
            raise SignOnFailed("not-proven", type(error).__name__) from None

    async def _load(self) -> None:
        try:
            metadata = await self._app.load_server_metadata()
        except (httpx2.HTTPError, ValueError) as error:
            raise _down(error) from None
        if str(metadata.get("issuer", "")).rstrip("/") != self.settings.issuer:
            raise SignOnFailed("not-proven", "the provider calls itself otherwise")  # Discovery, 4.3
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [each for each in offered if each in ALGORITHMS]

    async def _all_claims(self, claims: Mapping[str, Any], token: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the claims of the ID token, and those that only the userinfo endpoint tells."""
        wanted = (self.settings.username_claim, self.settings.role_claim)
        if all(name in claims for name in wanted) or "userinfo_endpoint" not in self._app.server_metadata:
            return claims
        told = await self._app.userinfo(token=token)
        if told.get("sub") != claims["sub"]:  # Core, 5.3.2
            raise SignOnFailed("not-proven", "userinfo speaks of another person")
        return {**told, **claims}


def _down(error: Exception) -> SignOnFailed:
    log.error("the sign-on provider does not answer", error=f"{type(error).__name__}: {error}")
    return SignOnFailed("provider-down")


def person_of(claims: Mapping[str, Any], settings: Oidc) -> Person:
    """Return who the claims are of, and the role that they lead to.

    :raises SignOnFailed: `not-proven` without a subject or a name.
    """
    subject, username = _text(claims, "sub"), _text(claims, settings.username_claim)
    if not subject or len(subject) > SUBJECT_MAX:
        raise SignOnFailed("not-proven", "no subject")
    if not username or len(username) > NAME_MAX:
        raise SignOnFailed("no-name", f"no claim {settings.username_claim}")
    return Person(
        issuer=settings.issuer,
        subject=subject,
        username=username,
        name=_text(claims, settings.name_claim)[:80],
        role=role_of(claims, settings),
        department=_text(claims, settings.department_claim),
        area=_text(claims, settings.area_claim),
    )


def role_of(claims: Mapping[str, Any], settings: Oidc) -> str:
    """Return the role of the first row of the map that the claim has a value of; else the default."""
    given = claims.get(settings.role_claim)
    values: Sequence[Any] = given if isinstance(given, list | tuple) else [given]
    held = {value for value in values if isinstance(value, str)}
    return next((role for value, role in settings.role_map if value in held), settings.default_role)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name) if name else None
    return value.strip() if isinstance(value, str) and "\x00" not in value else ""
