"""`wardline privacy report`: what of persons is past its keeping, before the night deletes it."""

import click
import msgspec

from services.engine.forgetting import DueReport, make_report
from services.engine.loading import read_city
from services.observe import clock
from services.settings import Settings
from services.store.migrate import open_database


@click.group()
def privacy() -> None:
    """What is kept of persons, and for how long."""


@privacy.command("report")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON value.")
def report(as_json: bool) -> None:
    """Say what the next run of the job `retention` would delete. Nothing is changed; the server may run meanwhile."""
    database = open_database(Settings.from_env())
    with database.engine.connect() as connection:
        found = make_report(connection, read_city(database).codes.retention, clock.now())
    click.echo(msgspec.json.encode(found).decode() if as_json else _words_of(found))


def _words_of(found: DueReport) -> str:
    lines = [f"{'field':10} {'category':12} {'kept (days)':>11} {'due':>8}  oldest end of a case"]
    lines += [
        f"{row.field:10} {row.category or '(no case)':12} {row.days:11} {row.count:8}  {row.oldest:%Y-%m-%d}"
        for row in found.rows
    ]
    if not found.rows and not found.held:
        lines = ["Nothing is past its keeping."]
    elif not found.rows:
        lines = []
    if found.held:
        lines.append(f"{found.held} reports of banned senders, on which nobody has decided in time.")
    if found.asked:
        lines.append(f"{found.asked} reports go by their sender's wish once their case has ended.")
    return "\n".join(lines)
