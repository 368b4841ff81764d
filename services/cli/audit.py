"""`wardline audit`: whether the audit is as it was written."""

import sys

import click

from services.settings import Settings
from services.store.audit import find_break, find_head
from services.store.migrate import open_database


@click.group()
def audit() -> None:
    """Look after the audit log."""


@audit.command()
@click.option("--expect", default="", help="NUMBER:HASH that an earlier check printed, kept where nobody here writes.")
def check(expect: str) -> None:
    """Walk the audit's chain. Prints its end, NUMBER:HASH; exit status 1 where a row was changed or is missing."""
    number, _, digest = expect.partition(":")
    if expect and (not number.isdigit() or len(digest) != 64):
        raise click.BadParameter("NUMBER:HASH is meant", param_hint="--expect")
    db = open_database(Settings.from_env())
    with db.engine.connect() as connection:
        head = find_head(connection)
        broken = find_break(connection, (int(number), digest) if expect else None)
    if broken is not None:
        click.echo(f"The audit does not hold: row {broken.n} is {broken.why}.", err=True)
        sys.exit(1)
    click.echo(f"The audit holds: {head[0]} rows.\n{head[0]}:{head[1]}")
