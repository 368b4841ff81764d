"""Alembic's entry: migrations run on the engine that they were given, each in a transaction of its own."""

from alembic import context
from sqlalchemy import Engine

from services.store.pack_tables import metadata

engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
