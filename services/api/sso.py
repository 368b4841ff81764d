"""Single sign-on: OpenID Connect, code flow with PKCE, state and nonce. What comes back is a person's claims.

The provider proves who somebody is; what he may do here follows from his claims by the settings of the sign-on, and is
nothing where they say nothing.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from services.settings import Oidc
from services.store.sso import Attempt

SUBJECT_MAX = 255
"""OpenID Connect Core, 2: `sub`."""
NAME_MAX = 64


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


class SignOn(Protocol):
    """One provider (`services/api/sso_provider.py`)."""

    settings: Oidc

    async def begin(self, redirect_uri: str, next_page: str) -> tuple[str, str, Attempt]:
        """Return the provider's address to send the browser to, the state, and what to remember until it is back.

        :raises SignOnFailed: `provider-down`.
        """
        ...

    async def finish(self, redirect_uri: str, code: str, state: str, attempt: Attempt) -> Person:
        """Return who has signed on.

        :raises SignOnFailed: `provider-down`, or `not-proven` for a code or an ID token that does not hold.
        """
        ...


def make_sign_on(settings: Oidc) -> SignOn | None:
    """Return the provider, None where none is set up. Only then is Authlib imported: it is a tenth of what a start
    imports.
    """
    if not settings.issuer:
        return None
    made: SignOn = importlib.import_module("services.api.sso_provider").Provider(settings)
    return made


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
