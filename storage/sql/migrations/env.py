"""Run by Alembic: migrates over the connection that ``storage.sql.migrate`` hands in, in its transaction."""

from alembic import context

from storage.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
