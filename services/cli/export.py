"""`wardline export words`: what the city's own history teaches."""

import csv
from pathlib import Path

import click

from dispatch.redaction import redact
from services.settings import Settings
from services.store.learning import iterate_chosen
from services.store.migrate import open_database


@click.group("export")
def export_group() -> None:
    """Write out what the city knows."""


@export_group.command("words")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--corrected", is_flag=True, help="Only texts whose category a person has changed.")
def words(file: Path, corrected: bool) -> None:
    """Write to FILE (CSV: text,label) what people reported and what a person said that it is.

    `wardline classifier train` learns from it. Telephone, plate, identity numbers and e-mail addresses are taken out.
    """
    database = open_database(Settings.from_env())
    count = changed = 0
    with database.engine.connect() as connection, file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("text", "label"))
        for chosen in iterate_chosen(connection):
            changed += chosen.corrected
            if chosen.corrected or not corrected:
                writer.writerow((redact(chosen.text), chosen.category))
                count += 1
    click.echo(f"{file}: {count} texts, {changed} of the city's had their category changed by a person")
