"""Runs the migrations. Only who has some to run imports this: alembic is a tenth of what a start imports."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from services.store.migrate import FOLDER


def make_config(engine: Engine) -> Config:
    """Return alembic's configuration; the migrations run on a connection of this engine."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, to: str) -> None:
    command.upgrade(make_config(engine), to)


def downgrade(engine: Engine, to: str) -> None:
    command.downgrade(make_config(engine), to)
