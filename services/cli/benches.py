"""`wardline bench`, `wardline simulate` and `wardline classifier`: programs of their own, started from here."""

import runpy
import sys

import click

BENCHES = {
    "end-to-end": "bench.end_to_end",
    "locate": "bench.locate",
    "assign": "bench.assign",
    "intake": "bench.intake",
    "citizen": "bench.citizen",
    "timers": "bench.timers",
    "console": "bench.console",
    "sensing": "bench.sensing",
    "start": "bench.start",
}
_PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}


class _Named(click.Command):
    """What stands behind a benchmark's name goes to that benchmark, `--help` too; alone it asks which there are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] in (["--help"], ["-h"]):
            click.echo(self.get_help(ctx))
            ctx.exit()
        return super().parse_args(ctx, args)


@click.command(cls=_Named, context_settings=_PASSED_ON)
@click.argument("name", type=click.Choice(sorted(BENCHES)))
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, rest: tuple[str, ...]) -> None:
    """Run a benchmark; `--json FILE` keeps its figures, `NAME --help` tells its method."""
    _run(BENCHES[name], f"wardline bench {name}", rest)


@click.command(context_settings=_PASSED_ON)
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def simulate(rest: tuple[str, ...]) -> None:
    """Play a scenario against any running server, over the wire."""
    _run("simulators", "wardline simulate", rest)


@click.command(context_settings=_PASSED_ON)
@click.argument("rest", nargs=-1, type=click.UNPROCESSED)
def classifier(rest: tuple[str, ...]) -> None:
    """Train, measure or ask the model that reads people's words."""
    _run("services.classifier", "wardline classifier", rest)


def _run(module: str, name: str, rest: tuple[str, ...]) -> None:
    """Run the module as its own program would be: nothing of the server is imported for it."""
    sys.argv = [name, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
