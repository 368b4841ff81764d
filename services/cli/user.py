"""`wardline user`: make accounts, and mend those that nobody can get into any more."""

from collections.abc import Callable

import click
from sqlalchemy import Connection

from dispatch.access import Role
from dispatch.citymap import City
from dispatch.ids import WorkerId
from services.api.logins import BadAccount, create_account, generate_password, read_role, with_role
from services.api.passwords import hash_password
from services.engine.loading import NoCity, read_city
from services.observe import clock
from services.settings import Settings
from services.store.accounts import (
    Account,
    NameTaken,
    UnknownAccount,
    get_account,
    set_disabled,
    set_password,
)
from services.store.audit import Deed, detail_of, note
from services.store.credentials import remove_sessions
from services.store.migrate import open_database
from services.store.second_factors import remove_factor

BY = "wardline user"
"""Who did it, in the audit: whoever may run commands on the server."""


@click.group()
def user() -> None:
    """Make accounts, close them, and mend them."""


def _city_of(settings: Settings) -> City | None:
    try:
        return read_city(open_database(settings))
    except NoCity:
        return None


@user.command()
@click.argument("name")
@click.option("--role", required=True, help=f"One of {', '.join(Role)}, or the id of a custom role.")
@click.option("--area", default="", help="Code of the area that the account is bounded to.")
@click.option("--department", default="", help="Id of the department that the account is bounded to.")
@click.option("--worker", default="", help="Id of the worker of the city pack that the account is.")
def add(name: str, role: str, area: str, department: str, worker: str) -> None:
    """Make an account. The password is asked for; an empty answer has one made and printed once."""
    settings = Settings.from_env()
    db, city, at = open_database(settings), _city_of(settings), clock.now()
    given = click.prompt("Password (empty: make one)", hide_input=True, default="", show_default=False)
    if given and click.prompt("Once more", hide_input=True) != given:
        raise click.ClickException("the two passwords differ")
    password = given or generate_password()
    blank = Account(id="", username=name, role=role, area=area, department=department, worker_id=WorkerId(worker))
    told = detail_of(role=role, area=area, department=department, worker=worker)
    try:
        with db.engine.begin() as connection:
            note(connection, Deed(at=at, username=BY, action="account.added", subject=name, detail=told))
            account = with_role(blank, role, read_role(connection, role))
            create_account(connection, account, password, city, at, leaked_file=settings.breached_passwords)
    except (BadAccount, NameTaken) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Account {name} is made.")
    if not given:
        click.echo(f"Its password, shown this once: {password}")


def _mend(name: str, action: str, run: Callable[[Connection], None]) -> None:
    db, at = open_database(Settings.from_env()), clock.now()
    try:
        with db.engine.begin() as connection:
            note(connection, Deed(at=at, username=BY, action=action, subject=name))
            run(connection)
    except UnknownAccount:
        raise click.ClickException(f"there is no account {name}") from None


@user.command()
@click.argument("name")
def close(name: str) -> None:
    """Close an account. Its sessions end, its sockets too within seconds."""
    _mend(name, "account.closed", lambda connection: set_disabled(connection, name, disabled=True))
    click.echo(f"Account {name} is closed.")


@user.command()
@click.argument("name")
def reopen(name: str) -> None:
    """Reopen an account that was closed."""
    _mend(name, "account.reopened", lambda connection: set_disabled(connection, name, disabled=False))
    click.echo(f"Account {name} is open.")


@user.command()
@click.argument("name")
def password(name: str) -> None:
    """Give an account a new password, printed once. Its sessions end."""
    made = generate_password()
    hashed = hash_password(made)
    _mend(name, "account.password-reset", lambda connection: set_password(connection, name, hashed))
    click.echo(f"The password of {name}, shown this once: {made}")


@user.command(name="totp-reset")
@click.argument("name")
def totp_reset(name: str) -> None:
    """Take an account's second factor away. Its sessions end."""

    def run(connection: Connection) -> None:
        account = get_account(connection, name)
        if not remove_factor(connection, account.id):
            raise click.ClickException(f"{name} has no second factor")
        remove_sessions(connection, account.id)

    _mend(name, "totp.reset", run)
    click.echo(f"{name} signs in without a second factor.")
