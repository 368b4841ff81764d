"""`wardline city check` and `wardline city load`."""

from pathlib import Path

import click

from services.bootstrap import open_database
from services.city.read import read_pack
from services.engine.loading import load_pack
from services.settings import Settings

Folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def city() -> None:
    """Check a city pack, or load it."""


@city.command()
@click.argument("folder", type=Folder)
def check(folder: Path) -> None:
    """Read a city pack; every fault is named with file and line."""
    pack = read_pack(folder)
    click.echo(
        f"{pack.profile.name.en} ({pack.profile.id}): {len(pack.areas)} areas, {len(pack.components)} components, "
        f"{len(pack.sources)} sources, {len(pack.workers)} workers, {len(pack.categories)} categories. No fault."
    )


@city.command()
@click.argument("folder", type=Folder)
def load(folder: Path) -> None:
    """Load a city pack, whole or not at all. A running server takes it up within seconds."""
    pack, version = load_pack(open_database(Settings.from_env()), folder)
    click.echo(f"{pack.profile.name.en} is loaded as version {version}.")
