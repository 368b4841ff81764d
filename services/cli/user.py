"""`wardline user add`."""

import click

from dispatch.access import Role
from dispatch.ids import WorkerId
from services.api.logins import BadAccount, create_account, generate_password
from services.bootstrap import open_database
from services.engine.loading import NoCity, read_city
from services.observe import clock
from services.settings import Settings
from services.store.accounts import Account, NameTaken


@click.group()
def user() -> None:
    """Make accounts."""


@user.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--area", default="", help="Code of the area that the account is bounded to.")
@click.option("--department", default="", help="Id of the department that the account is bounded to.")
@click.option("--worker", default="", help="Id of the worker of the city pack that the account is.")
def add(name: str, role: str, area: str, department: str, worker: str) -> None:
    """Make an account. The password is asked for; an empty answer has one made and printed once."""
    db = open_database(Settings.from_env())
    try:
        city = read_city(db)
    except NoCity:
        city = None
    given = click.prompt("Password (empty: make one)", hide_input=True, default="", show_default=False)
    if given and click.prompt("Once more", hide_input=True) != given:
        raise click.ClickException("the two passwords differ")
    password = given or generate_password()
    account = Account(
        id="", username=name, role=role, area=area, department=department, worker_id=WorkerId(worker), is_demo=False
    )
    try:
        with db.engine.begin() as connection:
            create_account(connection, account, password, city, clock.now())
    except (BadAccount, NameTaken) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Account {name} is made.")
    if not given:
        click.echo(f"Its password, shown this once: {password}")
