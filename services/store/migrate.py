"""Brings the tables to the version of the code (alembic)."""

import importlib
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text

from services.settings import Settings
from services.store.database import Database

FOLDER = Path(__file__).resolve().parent / "migrations"


def open_database(settings: Settings) -> Database:
    """Return the database with its tables up to date."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url)
    upgrade(db.engine)
    return db


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run the migrations that the database lacks; none takes no time."""
    if to != "head" or find_revision(engine) != newest_revision():
        _migrating().upgrade(engine, to)


def downgrade(engine: Engine, to: str = "base") -> None:
    _migrating().downgrade(engine, to)


def find_revision(engine: Engine) -> str | None:
    """Return the revision that the tables have; None where there are none yet."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def newest_revision() -> str:
    """Return the revision of the code. The files are called by theirs, one after the other."""
    return max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0]


def _migrating() -> Any:
    return importlib.import_module("services.store.migrating")
