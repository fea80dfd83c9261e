"""Migrate over the connection that `migrations.upgrade` passes, inside its transaction; Alembic runs this."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
