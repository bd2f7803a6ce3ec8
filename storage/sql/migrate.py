"""Bring a database to the newest schema at start; safe when several processes start at once.

SQLite: a lock file beside the database is held meanwhile (switching a fresh file to WAL cannot wait for a
lock by itself). PostgreSQL: an advisory lock. The migrations run inside one transaction.
"""

import asyncio
import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, inspect, text

from storage.sql.database import BUSY_TIMEOUT_MS, Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_355_608_001


async def migrate(database: Database) -> None:
    """Create the database if need be and run the migrations that are missing."""
    if not database.is_sqlite:
        async with database.write() as db:
            await db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await db.run_sync(_upgrade)
        return
    path = Path(database.url.database or "")
    lock = await asyncio.to_thread(_locked_file, path)
    with lock:
        async with database.write() as db:
            await db.run_sync(_upgrade)


def _locked_file(path: Path) -> IO[str]:
    """Return the open lock file, held exclusively until closed, of a SQLite file that is ready for use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(path.name + ".lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        file.execute("PRAGMA auto_vacuum=INCREMENTAL")  # takes effect on a file without tables only
        file.execute("PRAGMA journal_mode=WAL")
    return lock


def newest_revision() -> str:
    """Return the revision of the last migration, by the numbers that their files' names begin with."""
    return max(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*_*.py"))


def _upgrade(connection: Connection) -> None:
    if _revision(connection) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415 - a third of a second that only a new schema needs
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision
