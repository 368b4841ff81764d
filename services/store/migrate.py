"""Brings the tables to the version of the code (alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from services.settings import Settings
from services.store.database import Database

FOLDER = Path(__file__).resolve().parent / "migrations"


def open_database(settings: Settings) -> Database:
    """Return the database with its tables up to date."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url)
    upgrade(db.engine)
    return db


def make_config(engine: Engine) -> Config:
    """Return alembic's configuration; the migrations run on a connection of this engine."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Run the migrations that the database lacks; none takes no time."""
    config = make_config(engine)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if to != "head" or current != ScriptDirectory.from_config(config).get_current_head():
        command.upgrade(config, to)


def downgrade(engine: Engine, to: str = "base") -> None:
    command.downgrade(make_config(engine), to)
