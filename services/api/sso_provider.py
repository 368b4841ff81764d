"""The provider of a single sign-on, asked by Authlib."""

from collections.abc import Mapping
from typing import Any

import httpx2
import structlog
from authlib.integrations.starlette_client import OAuthError, StarletteOAuth2App
from joserfc.errors import JoseError

from services.api.sso import Person, SignOnFailed, person_of
from services.settings import Oidc
from services.store.sso import Attempt

ANSWER_WITHIN_S = 10.0
"""A provider that takes longer is down: somebody waits at the login."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by the provider's own key. Never `none`, and no secret that it shares with us."""

log = structlog.get_logger(__name__)


class Provider:
    """A `SignOn`. Its addresses and keys are fetched when they are needed, and kept."""

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
        await self._load()
        made = await self._app.create_authorization_url(redirect_uri)
        attempt = Attempt(nonce=made["nonce"], verifier=made["code_verifier"], next=next_page)
        return str(made["url"]), str(made["state"]), attempt

    async def finish(self, redirect_uri: str, code: str, state: str, attempt: Attempt) -> Person:
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
