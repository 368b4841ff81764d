"""`wardline sensing try`: what a rule of sensors would have told of the past."""

import asyncio
import csv
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from dispatch.city import Source
from dispatch.citymap import City
from dispatch.event import Reading
from dispatch.ids import EventId, SourceId
from dispatch.sensing import Opening, replay
from services.city.build import build_city
from services.city.read import read_pack
from services.engine.loading import read_city
from services.engine.senders import Senders
from services.engine.state import load_senders
from services.engine.trying import Question, UnknownRule, rules_named, try_rule
from services.feeds import load_feeds
from services.settings import Settings
from services.store.migrate import open_database

TIME_COLUMNS = ("time", "timestamp", "at", "observed_at")
LEVELS = {1: "advisory", 2: "warning", 3: "alarm"}
ROWS_MAX = 5_000_000
"""Readings of one file: a year of a sensor that tells every six seconds."""
WAIT_S = 3_600.0
"""A command may take longer than somebody at a screen waits."""


@click.group()
def sensing() -> None:
    """Try rules of sensors on the past."""


@sensing.command("try")
@click.argument("rule")
@click.option(
    "--pack",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The pack that has the rule; without it the city that is loaded.",
)
@click.option("--days", type=click.FloatRange(0, 3_660, min_open=True), default=7.0, show_default=True)
@click.option("--source", default="", help="One sensor alone; with --csv the sensor that readings without one are of.")
@click.option(
    "--csv",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Readings: columns time (or timestamp) and value, and where they differ source and metric.",
)
@click.option("--metric", default="", help="With --csv: the metric of readings that name none; the rule's own without.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON value.")
def try_command(
    rule: str, pack: Path | None, days: float, source: str, file: Path | None, metric: str, as_json: bool
) -> None:
    """Say what RULE (an id of sensing.csv, or a sensor type) would have told: one line an episode. Nothing comes of it.

    Without --csv the messages that the server has kept are read once more. A rule that is off is tried as if on.
    """
    if file is not None:
        city = build_city(read_pack(pack)) if pack else read_city(open_database(Settings.from_env()))
        openings, looked = _try_file(city, rule, file, source, metric)
    else:
        openings, looked = _try_kept(rule, pack, days, source)
    if as_json:
        click.echo(msgspec.json.encode({**looked, "openings": openings}).decode())
        return
    for each in openings:
        ends = each.closed_at.isoformat() if each.closed_at else "still holds"
        click.echo(f"{each.opened_at.isoformat()}  {LEVELS[each.level]:<8}  {each.source_id}  {each.said}  ({ends})")
    cases = sum(each.opens_case for each in openings)
    click.echo(
        f"{cases} cases and {len(openings) - cases} advisories of {looked['readings']} readings, "
        f"{looked['start']} to {looked['end']}.",
        err=True,
    )


def _try_kept(rule: str, pack: Path | None, days: float, source: str) -> tuple[list[Opening], dict[str, Any]]:
    db = open_database(Settings.from_env())
    loaded = read_city(db)
    city = build_city(read_pack(pack)) if pack else loaded
    with db.engine.connect() as connection:
        senders = load_senders(connection, city)
    asked = Question(rule=rule, days=days, only=SourceId(source) if source else None, seconds=WAIT_S)
    try:
        tried = asyncio.run(try_rule(db, load_feeds(), senders, city, asked))
    except UnknownRule as unknown:
        raise click.ClickException(str(unknown)) from None
    return list(tried.openings), {
        "rule": rule,
        "start": tried.start.isoformat(),
        "end": tried.end.isoformat(),
        "is_cut": tried.is_cut,
        "messages": tried.messages,
        "readings": tried.readings,
    }


# --- a file ----------------------------------------------------------------------------------------------


def _try_file(city: City, rule: str, file: Path, source: str, metric: str) -> tuple[list[Opening], dict[str, Any]]:
    senders = Senders(city.codes, city.timezone)
    kind = _kind_watched(city, rule)
    if not kind:
        raise click.ClickException(f"no rule is called {rule!r}")
    usual_source = SourceId(source or "csv")
    row = next((each for each in city.codes.sensing if each.id == rule), None)
    usual_metric = metric or (row.metric if row else city.codes.sensor_types[rule].metric)
    readings = list(_read_rows(file, usual_source, usual_metric, city.timezone))
    readings.sort(key=lambda each: each.observed_at)
    ids = list(dict.fromkeys(each.source_id for each in readings))
    for each in ids:
        if senders.find(each) is None:
            senders.add(_stand_in(each, kind))
    watched = rules_named(city, ids, senders, rule)
    if not readings:
        raise click.ClickException(f"{file} holds no readings")
    openings = replay(
        lambda source_id, name: watched.get(source_id, {}).get(name, ()), readings, readings[-1].observed_at
    )
    return openings, {
        "rule": rule,
        "start": readings[0].observed_at.isoformat(),
        "end": readings[-1].observed_at.isoformat(),
        "is_cut": False,
        "readings": len(readings),
    }


def _kind_watched(city: City, rule: str) -> str:
    """Return the type of the sensors that a rule watches, "" where there is no such rule."""
    named = next((row.sensors for row in city.codes.sensing if row.id == rule), "")
    return named or (rule if rule in city.codes.sensor_types else "")


def _stand_in(source_id: SourceId, kind: str) -> Source:
    """Return what stands for a sensor that the city does not have."""
    return Source(
        id=source_id,
        feed="csv",
        kind="sensor",
        external_id=source_id,
        name_zh=source_id,
        name_en=source_id,
        kinds=(kind,),
    )


def _read_rows(file: Path, source: SourceId, metric: str, zone: ZoneInfo) -> Iterator[Reading]:
    """Yield the readings. A time without a zone is the city's; an empty value is left out.

    :raises click.ClickException: names the line that cannot be read.
    """
    with file.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        names = table.fieldnames or ()
        time_column = next((name for name in TIME_COLUMNS if name in names), None)
        if time_column is None or "value" not in names:
            raise click.ClickException(f"{file} needs the columns time and value; it has {', '.join(names) or 'none'}")
        try:
            for number, row in enumerate(table, 2):
                if number > ROWS_MAX:
                    raise click.ClickException(f"{file} has more than {ROWS_MAX} rows")
                if (row.get("value") or "").strip():
                    yield _reading(file, number, row, row[time_column] or "", source, metric, zone)
        except (csv.Error, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file}: {error}") from None


def _reading(
    file: Path, number: int, row: dict[str, str], when: str, source: SourceId, metric: str, zone: ZoneInfo
) -> Reading:
    try:
        at, value = datetime.fromisoformat(when.strip()), float(row["value"])
    except ValueError as error:
        raise click.ClickException(f"{file}:{number}: {error}") from None
    if not isfinite(value):
        raise click.ClickException(f"{file}:{number}: {row['value']!r} is no value")
    at = at if at.tzinfo else at.replace(tzinfo=zone)
    return Reading(
        id=EventId(f"csv/{number}"),
        feed="csv",
        source_id=SourceId(row.get("source") or source),
        metric=row.get("metric") or metric,
        value=value,
        observed_at=at,
        received_at=at,
    )
