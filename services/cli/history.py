"""`wardline import events`: past cases from a file, with their own times."""

import asyncio
import csv
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import MessageId, SourceId
from services.bootstrap import run_engine_until_read
from services.engine.loading import read_city
from services.feeds import load_feeds
from services.observe import clock
from services.settings import Settings
from services.store import import_queries, sources
from services.store.database import Database
from services.store.migrate import open_database

RECORDS_PER_MESSAGE = 500
LINE_MAX = 1_000_000


class BadFile(click.ClickException):
    """The file or its map cannot be read."""


@click.group(name="import")
def import_group() -> None:
    """Bring records of another system in."""


@import_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--feed", type=click.Choice(sorted(load_feeds())), default="history", show_default=True, help="Their format."
)
@click.option(
    "--map", "map_file", type=click.Path(exists=True, path_type=Path), help="How CSV columns are named (TOML)."
)
def events(file: Path, feed: str, map_file: Path | None) -> None:
    """Import past cases from JSON lines or CSV, with their own times.

    Without a running server the cases are read here; a running one reads them within a second. The same file
    again changes nothing.
    """
    db = open_database(Settings.from_env())
    city = read_city(db)
    with db.engine.begin() as connection:
        source = ensure_source(connection, feed)
    plan = Plan.read(map_file) if map_file else Plan()
    records = list(_read_records(file, plan))
    if not records:
        raise BadFile(f"{file} holds no records")
    ids = asyncio.run(run_engine_until_read(db, city, feed, source, _messages(records)))
    _summarise(db, city, ids)


def ensure_source(connection: Connection, feed: str) -> SourceId:
    """Return the source that imports of a feed come from; it is made at the first."""
    source_id = SourceId(f"import:{feed}")
    made = Source(id=source_id, feed=feed, kind="gateway", external_id=source_id, name_zh="导入", name_en="Import")
    try:
        with connection.begin_nested():
            sources.add_source(connection, made, clock.now())
    except IntegrityError:
        return source_id
    return source_id


@dataclass(frozen=True, slots=True)
class Plan:
    """How the columns of a CSV become the fields of a record. Without a map they are named alike already.

    [columns] field = "column"; [constants] field = "value"; [values.field] "in the file" = "in the record";
    [times] format = "%Y-%m-%d %H:%M:%S", timezone = "America/Los_Angeles".
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    time_format: str = ""
    timezone: str = "UTC"
    nothing: frozenset[str] = frozenset({"", "NA", "NULL"})

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """:raises BadFile: if the map is no TOML or has tables that there are not."""
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadFile(f"{path}: {error}") from None
        unknown = set(table) - {"columns", "constants", "values", "times"}
        if unknown:
            raise BadFile(f"{path}: no table is called {', '.join(sorted(unknown))}")
        times = table.get("times", {})
        try:
            ZoneInfo(times.get("timezone", "UTC"))
        except (ZoneInfoNotFoundError, ValueError, TypeError):
            raise BadFile(f"{path}: [times] timezone names no zone: {times['timezone']!r}") from None
        return cls(
            columns=table.get("columns", {}),
            constants=table.get("constants", {}),
            values=table.get("values", {}),
            time_format=times.get("format", ""),
            timezone=times.get("timezone", "UTC"),
        )

    def record(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the record of one row; columns that hold nothing are left out."""
        names = self.columns or {name: name for name in row}
        record: dict[str, Any] = dict(self.constants)
        for name, column in names.items():
            text = (row.get(column) or "").strip()
            if text in self.nothing:
                continue
            if name in self.values:
                text = self.values[name].get(text, text)
            record[name] = self._value(name, text)
        return record

    def _value(self, name: str, text: str) -> Any:
        if name.endswith("_at") and self.time_format:
            return self._time(text)
        if name in ("lon", "lat"):
            try:
                return float(text)
            except ValueError:
                return text
        return text

    def _time(self, text: str) -> str:
        try:
            return datetime.strptime(text, self.time_format).replace(tzinfo=ZoneInfo(self.timezone)).isoformat()
        except ValueError:
            # The feed refuses it, with the record and the reason in quarantine.
            return text


def _read_records(file: Path, plan: Plan) -> Iterator[dict[str, Any]]:
    try:
        yield from _read_lines(file, plan)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{file}: {error}") from None


def _read_lines(file: Path, plan: Plan) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        if file.suffix.lower() == ".csv":
            csv.field_size_limit(LINE_MAX)
            yield from map(plan.record, csv.DictReader(lines))
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                # NaN and Infinity are no JSON: as words they make this record unreadable, and not all of its message.
                yield json.loads(line, parse_constant=str)
            except (json.JSONDecodeError, RecursionError) as error:
                raise BadFile(f"{file}:{number}: {error}") from None


def _messages(records: list[dict[str, Any]]) -> Iterator[bytes]:
    for start in range(0, len(records), RECORDS_PER_MESSAGE):
        yield json.dumps(records[start : start + RECORDS_PER_MESSAGE], ensure_ascii=False).encode()


def _summarise(db: Database, city: City, ids: list[MessageId]) -> None:
    """Say what became of the records, and whether they lie where the file says."""
    with db.engine.connect() as connection:
        found = import_queries.summarise(connection, ids)
    click.echo(f"{len(ids)} records: {found.states['done']} read, {found.states['quarantined']} in quarantine.")
    for reason, n in found.reasons.most_common():
        click.echo(f"  quarantined, {reason}: {n}")
    streets: Counter[str] = Counter()
    named = agree = 0
    for place, recorded in found.places:
        area = city.codes.areas.get(place.area)
        streets[city.codes.areas[place.street].name_en if place.street else "(outside)"] += 1
        if recorded:
            named += 1
            path = city.path_of(place.area) if area else ()
            agree += any(
                recorded in (code, city.codes.areas[code].name_en, city.codes.areas[code].name_zh) for code in path
            )
    if named:
        click.echo(f"{agree} of {named} lie in the area that the file records.")
    for name, n in streets.most_common():
        click.echo(f"  {n:6d}  {name}")
