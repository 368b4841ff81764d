"""API tokens: of one's own, and of all for an administrator. A token may do what its scopes say, and never more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from dispatch.access import granted_commands, granted_permissions
from services.api.fields import Form
from services.api.identity import WhollyInPerson, deed_of, needs, owner_of
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.account import KeyId
from services.api.routes.session import new_secret
from services.api.routes.users import Admin
from services.api.wire import Page, Reply, reply, reply_page, router
from services.observe.clock import now
from services.store import accounts, credentials
from services.store.accounts import COMMAND_SCOPE, Account
from services.store.audit import detail_of, note
from services.store.credentials import TokenRow

routes = router("tokens")

TOKEN_DAYS_MAX = 366
"""A token that nobody renews within a year is nobody's."""
TOKENS_MAX = 100
"""Tokens of one account: more are forgotten ones."""
SCOPES_MAX = 200

Scope = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^(command:)?[a-z_.]+$")]


class NewToken(Form):
    """A token to be made. `scopes` are permissions and `command:RIGHT` of mine; null is all that I have."""

    label: Annotated[str, Field(min_length=1, max_length=80)]
    days: int = Field(90, ge=1, le=TOKEN_DAYS_MAX)
    scopes: Annotated[tuple[Scope, ...], Field(max_length=SCOPES_MAX)] | None = None


class MadeToken(Struct, frozen=True, kw_only=True):
    """A token, shown once."""

    id: str
    token: str
    expires_at: datetime


class TokenView(Struct, frozen=True, kw_only=True):
    """What is told of a token. `scopes` is null for all that its account has."""

    id: str
    username: str
    label: str
    scopes: Sequence[str] | None
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime | None


def _view(row: TokenRow) -> TokenView:
    return TokenView(
        id=row.id,
        username=row.username,
        label=row.label,
        scopes=row.scopes,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
    )


@routes.get("/me/tokens", operation_id="listTokens")
async def list_own_tokens(request: Request, caller: WhollyInPerson) -> Reply[Page[TokenView]]:
    """One's own API tokens, without the tokens themselves."""
    account = owner_of(caller)
    rows = await platform_of(request).db.read(lambda connection: credentials.list_tokens(connection, account.id))
    return reply_page([_view(row) for row in rows])


@routes.post("/me/tokens", operation_id="addToken", status_code=201)
async def add_token(request: Request, new: NewToken, caller: WhollyInPerson) -> Reply[MadeToken]:
    """Make an API token that may do what I may do, or a part of it. It is shown this once."""
    account = owner_of(caller)
    if "\x00" in new.label:
        raise Problem("invalid", "body.label: a NUL character cannot be stored.")
    scopes = _scopes_of(new, account)
    token, at = f"wt_{new_secret()}", now()
    expires_at = at + timedelta(days=new.days)
    deed = deed_of(
        request, account, "token.made", account.username, detail_of(label=new.label, days=new.days, scopes=scopes)
    )

    def write(connection: Connection) -> None:
        if len(credentials.list_tokens(connection, account.id)) >= TOKENS_MAX:
            raise Problem(
                "conflict",
                f"An account has at most {TOKENS_MAX} tokens; withdraw some.",
                zh=f"一个账户最多 {TOKENS_MAX} 个令牌，请先撤销一些。",
            )
        accounts.add_token(connection, token, account.id, new.label, at, expires_at, scopes=scopes)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(MadeToken(id=accounts.hash_secret(token), token=token, expires_at=expires_at), 201)


def _scopes_of(new: NewToken, account: Account) -> Sequence[str] | None:
    """Return the scopes of a new token.

    :raises Problem: `invalid` for a scope that the account does not have.
    """
    if new.scopes is None:
        return None
    mine = {*granted_permissions(account), *(COMMAND_SCOPE + right for right in granted_commands(account))}
    more = sorted(set(new.scopes) - mine)
    if more:
        raise Problem("invalid", f"body.scopes: you have no {more[0]} yourself.")
    return sorted(set(new.scopes))


@routes.delete("/me/tokens/{token_id}", operation_id="removeToken", status_code=204)
async def remove_own_token(request: Request, token_id: KeyId, caller: WhollyInPerson) -> Response:
    """Withdraw a token of mine. Its sockets are closed."""
    account = owner_of(caller)
    await _remove(request, token_id, account, account.id)
    return Response(status_code=204)


@routes.get("/tokens", operation_id="listAllTokens", dependencies=needs("accounts.read"))
async def list_all_tokens(request: Request) -> Reply[Page[TokenView]]:
    """The API tokens of all accounts, without the tokens themselves."""
    rows = await platform_of(request).db.read(credentials.list_tokens)
    return reply_page([_view(row) for row in rows])


@routes.delete("/tokens/{token_id}", operation_id="revokeToken", status_code=204)
async def revoke_token(request: Request, token_id: KeyId, admin: Admin) -> Response:
    """Withdraw anybody's token. Its sockets are closed."""
    await _remove(request, token_id, admin, "")
    return Response(status_code=204)


async def _remove(request: Request, token_id: str, actor: Account, user_id: str) -> None:
    def write(connection: Connection) -> bool:
        owner = credentials.remove_token(connection, token_id, user_id)
        if owner is None:
            return False
        account = accounts.find_account_by_id(connection, owner)
        note(connection, deed_of(request, actor, "token.revoked", account.username if account else owner))
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("not-found", "There is no such token.")
