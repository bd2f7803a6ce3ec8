"""The migrations make exactly the schema that the code uses."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.sql import migrate
from storage.sql.migrate import newest_revision
from storage.sql.stores import open_stores
from storage.sql.tables import metadata


async def test_the_migrated_schema_is_the_declared_one(tmp_path):
    stores = await open_stores(f"sqlite:///{tmp_path}/relevo.db")

    def differences(connection):
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with stores._database.read() as db:
        assert await db.run_sync(differences) == []
    await stores.close()


def test_the_newest_migration_is_told_by_its_files_name():
    scripts = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    assert scripts.get_heads() == [newest_revision()]
