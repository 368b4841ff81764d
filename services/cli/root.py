"""The commands, joined; and what goes wrong, said in one line."""

import importlib
import sys
from collections.abc import Mapping

import click
from sqlalchemy.exc import OperationalError

from services.city.faults import PackFaults
from services.observe.memory import collecting_no_garbage
from services.settings import BadSetting

COMMANDS: Mapping[str, str] = {
    "audit": "audit:audit",
    "bench": "benches:bench",
    "city": "city:city",
    "classifier": "benches:classifier",
    "demo": "demo:demo",
    "export": "export:export_group",
    "import": "history:import_group",
    "media": "media:media",
    "privacy": "privacy:privacy",
    "sensing": "sensing:sensing",
    "serve": "serve:serve",
    "simulate": "benches:simulate",
    "source": "source:source",
    "user": "user:user",
    "webhook": "webhook:webhook",
}
"""Command -> module of this package and what it is called there. Only the one that is asked for is imported: together
they are the whole product, and half of what it takes to start it.
"""


class Commands(click.Group):
    """The commands of the table."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        with collecting_no_garbage(stays=True):
            found = importlib.import_module(f"services.cli.{module}")
        command: click.Command = getattr(found, attribute)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Wardline: from a message in the street to a closed case."""


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
