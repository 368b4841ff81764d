"""`wardline city check`, `wardline city load` and `wardline city holidays`."""

from pathlib import Path

import click

from dispatch.calendars import years_of
from services.city.pack import collect_files
from services.city.read import read_pack
from services.city.read_calendar import ANNOUNCED, ESTIMATED, HOLIDAYS_FILE, check_days
from services.engine.loading import load_pack
from services.settings import Settings
from services.store.migrate import open_database

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
    years = years_of(pack.working_times.days)
    for year, is_estimated in years.items():
        click.echo(f"Holidays of {year}: {ESTIMATED if is_estimated else ANNOUNCED}.")
    if not years:
        click.echo("No holidays are known: wardline city holidays YEAR --file DIR imports them.")


@city.command()
@click.argument("folder", type=Folder)
def load(folder: Path) -> None:
    """Load a city pack, whole or not at all. A running server takes it up within seconds."""
    pack, version = load_pack(open_database(Settings.from_env()), folder)
    click.echo(f"{pack.profile.name.en} is loaded as version {version}.")


@city.command()
@click.argument("year", type=click.IntRange(1990, 2100))
@click.option("--country", default="CN", show_default=True, help="ISO 3166-1 code.")
@click.option("--subdivision", default="", help="ISO 3166-2 code within the country, such as CA of US.")
@click.option("--file", "folder", type=Folder, help="The pack to write them into; without it they are only shown.")
@click.option("--estimated/--announced", default=None, help="Mark the year so; without it as far as it is known.")
def holidays(year: int, country: str, subdivision: str, folder: Path | None, estimated: bool | None) -> None:
    """Import a year's public holidays and make-up working days.

    Rows of the year are replaced, other years stay. What a government has not announced yet is marked as estimated.
    """
    # Its import takes a fifth of a second and needs a package that a server never does.
    from services.city.import_holidays import list_days, write_days  # noqa: PLC0415

    days = list_days(country, year, subdivision, estimated=estimated)
    if folder is None:
        click.echo(write_days("", year, days), nl=False)
        return
    files = collect_files(folder)
    check_days(files)
    text = write_days(files.get(HOLIDAYS_FILE, b"").decode("utf-8-sig"), year, days)
    check_days({**files, HOLIDAYS_FILE: text.encode()})
    part = folder / f"{HOLIDAYS_FILE}.new"
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(folder / HOLIDAYS_FILE)
    worked = sum(day.is_worked for day in days)
    click.echo(
        f"{HOLIDAYS_FILE}: {len(days) - worked} days off and {worked} make-up working days of {year}, "
        f"{ESTIMATED if any(day.is_estimated for day in days) else ANNOUNCED}."
    )
