"""One's own account: password, second factor, sessions. Out of a token's reach, all of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from msgspec import Struct
from pydantic import Field
from sqlalchemy import Connection

from services.api.fields import Form
from services.api.identity import InPerson, address_of, deed_of, owner_of
from services.api.password_check import check_password_aside
from services.api.passwords import MAX_LENGTH, hash_password_aside
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.routes.session import check_login
from services.api.totp import (
    address_of_secret,
    digest_code,
    draw,
    find_factor_step,
    make_recovery_codes,
    make_secret,
)
from services.api.wire import Page, Reply, reply, reply_page, router
from services.observe.clock import now
from services.store import credentials
from services.store.accounts import Account, set_password
from services.store.audit import note
from services.store.credentials import SessionRow
from services.store.second_factors import (
    begin_factor,
    confirm_factor,
    count_recovery_codes,
    find_factor,
    remove_factor,
    set_recovery_codes,
    use_step,
)

routes = router("account")

Secret = Annotated[str, Field(max_length=MAX_LENGTH)]
KeyId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
"""The id of a session or a token."""


class PasswordChange(Form):
    """The password of now, and the one to be."""

    current: Secret
    new: Secret


class Proof(Form):
    """That it is oneself: the password."""

    password: Secret


class Code(Form):
    code: Annotated[str, Field(min_length=6, max_length=12)]


class FactorState(Struct, frozen=True, kw_only=True):
    """Whether a second factor guards the account, whether its role takes one, and how many recovery codes are left."""

    enabled: bool
    required: bool
    recovery_codes_left: int


class Enrolment(Struct, frozen=True, kw_only=True):
    """What goes into the authenticator: the picture (SVG), its address, or the secret typed in by hand. Shown once."""

    secret: str
    address: str
    picture: str


class RecoveryCodes(Struct, frozen=True, kw_only=True):
    """Codes that each open the account once where the telephone is lost. Shown once."""

    codes: Sequence[str]


class SessionView(Struct, frozen=True, kw_only=True):
    """One session. `method`: password, totp, recovery or oidc; `current`: the one that asks."""

    id: str
    username: str
    method: str
    address: str
    device: str
    created_at: datetime
    last_seen_at: datetime | None
    expires_at: datetime
    current: bool


def session_view(row: SessionRow, current: str = "") -> SessionView:
    return SessionView(
        id=row.id,
        username=row.username,
        method=row.method,
        address=row.address,
        device=row.device,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        current=row.id == current,
    )


async def _prove(request: Request, account: Account, password: str, at: datetime) -> None:
    """Check one's own password, throttled as a login is.

    :raises Problem: `wrong-password`, `too-many-requests`, or `conflict` for an account that has none.
    """
    if account.managed_by:
        raise Problem(
            "conflict",
            "This account signs in by single sign-on; it has no password here.",
            zh="该账户通过单点登录进入，此处没有密码。",
        )
    await check_login(request, account.username, password, at)
    tools_of(request).logins.succeed(account.username, address_of(request))


# --- password ---------------------------------------------------------------------------------------------------------


@routes.post("/me/password", operation_id="changeOwnPassword", status_code=204)
async def change_password(request: Request, change: PasswordChange, caller: InPerson) -> Response:
    """Change my password. My other sessions end."""
    account = owner_of(caller)
    await _prove(request, account, change.current, now())
    await check_password_aside(request, change.new, account)
    password_hash = await hash_password_aside(change.new)
    deed = deed_of(request, account, "account.password-changed", account.username)

    def write(connection: Connection) -> None:
        set_password(connection, account.username, password_hash, keep=caller.key)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return Response(status_code=204)


# --- second factor ----------------------------------------------------------------------------------------------------


@routes.get("/me/totp", operation_id="getSecondFactor")
async def get_factor(request: Request, caller: InPerson) -> Reply[FactorState]:
    """Whether a second factor guards my account."""
    platform, account = platform_of(request), owner_of(caller)

    def look_up(connection: Connection) -> FactorState:
        factor = find_factor(connection, account.id)
        return FactorState(
            enabled=factor is not None and factor.confirmed,
            required=account.role in platform.settings.totp_roles,
            recovery_codes_left=count_recovery_codes(connection, account.id),
        )

    return reply(await platform.db.read(look_up))


@routes.post("/me/totp", operation_id="beginSecondFactor", status_code=201)
async def begin(request: Request, proof: Proof, caller: InPerson) -> Reply[Enrolment]:
    """Begin to set up a second factor: it guards nothing until a code of it is confirmed."""
    platform, account, at = platform_of(request), owner_of(caller), now()
    await _prove(request, account, proof.password, at)
    if await _is_guarded(request, account):
        raise Problem("conflict", "There is a second factor; take it away first.", zh="已启用两步验证，请先停用。")
    secret = make_secret()
    sealed = tools_of(request).vault.seal(secret)
    await platform.db.write(lambda connection: begin_factor(connection, account.id, sealed, at))
    address = address_of_secret(secret, account.username, platform.city.name.en)
    return reply(Enrolment(secret=secret, address=address, picture=draw(address)), 201)


async def _is_guarded(request: Request, account: Account) -> bool:
    factor = await platform_of(request).db.read(lambda connection: find_factor(connection, account.id))
    return factor is not None and factor.confirmed


@routes.post("/me/totp/confirm", operation_id="confirmSecondFactor")
async def confirm(request: Request, given: Code, caller: InPerson) -> Reply[RecoveryCodes]:
    """Confirm the second factor by a code of it; answers with recovery codes. My other sessions end."""
    account, at = owner_of(caller), now()
    step = await _check_code(request, account, given.code, at)
    codes = make_recovery_codes()
    digests = [digest_code(tools_of(request).vault, account.id, code) for code in codes]
    deed = deed_of(request, account, "totp.enabled", account.username)

    def write(connection: Connection) -> None:
        if not use_step(connection, account.id, step):
            raise Problem("wrong-code")
        confirm_factor(connection, account.id, at)
        set_recovery_codes(connection, account.id, digests)
        credentials.remove_sessions(connection, account.id, keep=caller.key)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(RecoveryCodes(codes=codes))


async def _check_code(request: Request, account: Account, code: str, at: datetime) -> int:
    """Return the time step of a code of the factor that is being set up; tries are throttled as logins are.

    :raises Problem: `wrong-code`, `too-many-requests`, or `conflict` if none is being set up.
    """
    tools, address = tools_of(request), address_of(request)
    factor = await platform_of(request).db.read(lambda connection: find_factor(connection, account.id))
    if factor is None or factor.confirmed:
        raise Problem("conflict", "No second factor is being set up.", zh="当前没有正在设置的两步验证。")
    if wait_s := tools.logins.begin(account.username, address, at):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    step = find_factor_step(tools.vault, factor, code, at)
    if step is None:
        raise Problem("wrong-code")
    tools.logins.succeed(account.username, address)
    return step


@routes.post("/me/totp/recovery-codes", operation_id="renewRecoveryCodes")
async def renew_codes(request: Request, proof: Proof, caller: InPerson) -> Reply[RecoveryCodes]:
    """New recovery codes; the old ones open nothing any more."""
    account = owner_of(caller)
    await _prove(request, account, proof.password, now())
    if not await _is_guarded(request, account):
        raise Problem("conflict", "There is no second factor.", zh="尚未启用两步验证。")
    codes = make_recovery_codes()
    digests = [digest_code(tools_of(request).vault, account.id, code) for code in codes]
    deed = deed_of(request, account, "totp.recovery-renewed", account.username)

    def write(connection: Connection) -> None:
        set_recovery_codes(connection, account.id, digests)
        note(connection, deed)

    await platform_of(request).db.write(write)
    return reply(RecoveryCodes(codes=codes))


@routes.post("/me/totp/remove", operation_id="removeSecondFactor", status_code=204)
async def remove(request: Request, proof: Proof, caller: InPerson) -> Response:
    """Take my second factor away. A role that takes one asks for another at once."""
    account = owner_of(caller)
    await _prove(request, account, proof.password, now())
    deed = deed_of(request, account, "totp.disabled", account.username)

    def write(connection: Connection) -> bool:
        removed = remove_factor(connection, account.id)
        if removed:
            note(connection, deed)
        return removed

    if not await platform_of(request).db.write(write):
        raise Problem("conflict", "There is no second factor.", zh="尚未启用两步验证。")
    return Response(status_code=204)


# --- sessions ---------------------------------------------------------------------------------------------------------


@routes.get("/me/sessions", operation_id="listOwnSessions")
async def list_own_sessions(request: Request, caller: InPerson) -> Reply[Page[SessionView]]:
    """My sessions: where I am signed in, the latest seen first."""
    account, at = owner_of(caller), now()
    rows = await platform_of(request).db.read(lambda connection: credentials.list_sessions(connection, at, account.id))
    return reply_page([session_view(row, caller.key) for row in rows])


@routes.delete("/me/sessions", operation_id="endOtherSessions", status_code=204)
async def end_others(request: Request, caller: InPerson) -> Response:
    """End all my sessions but this one. Their sockets are closed."""
    account = owner_of(caller)
    deed = deed_of(request, account, "session.revoked-others", account.username)

    def write(connection: Connection) -> None:
        if credentials.remove_sessions(connection, account.id, keep=caller.key):
            note(connection, deed)

    await platform_of(request).db.write(write)
    return Response(status_code=204)


@routes.delete("/me/sessions/{session_id}", operation_id="endOwnSession", status_code=204)
async def end_own(request: Request, session_id: KeyId, caller: InPerson) -> Response:
    """End one of my sessions. Its sockets are closed."""
    account = owner_of(caller)
    deed = deed_of(request, account, "session.revoked", account.username)

    def write(connection: Connection) -> bool:
        ended = credentials.remove_session(connection, session_id, account.id) is not None
        if ended:
            note(connection, deed)
        return ended

    if not await platform_of(request).db.write(write):
        raise Problem("not-found", "You have no such session.")
    return Response(status_code=204)
