"""Alembic runs this: migrate over the connection that it was given, inside the transaction that is open."""

from alembic import context

from study.database.schema import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
