"""The commands, joined; and what goes wrong, said in one line."""

import sys

import click
from sqlalchemy.exc import OperationalError

from services.city.faults import PackFaults
from services.cli import (
    audit,
    benches,
    city,
    demo,
    export,
    history,
    media,
    privacy,
    sensing,
    serve,
    source,
    user,
    webhook,
)
from services.settings import BadSetting


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Wardline: from a message in the street to a closed case."""


for command in (
    serve.serve,
    demo.demo,
    benches.simulate,
    benches.bench,
    benches.classifier,
    city.city,
    user.user,
    audit.audit,
    source.source,
    webhook.webhook,
    sensing.sensing,
    privacy.privacy,
    media.media,
    history.import_group,
    export.export_group,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line; a fault of the user's is told without a traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PackFaults as faults:
        click.echo(str(faults), err=True)
        sys.exit(1)
    except OperationalError as error:
        click.echo(f"wardline: the database does not answer: {error.orig}", err=True)
        sys.exit(1)
    except (BadSetting, RuntimeError, OSError) as error:
        click.echo(f"wardline: {error}", err=True)
        sys.exit(1)
