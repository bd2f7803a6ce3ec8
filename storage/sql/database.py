"""Connections to SQLite or PostgreSQL, and the rules of how they are used.

On SQLite all writes of this process queue for one connection (so they never wait for each other's file
lock) and begin with BEGIN IMMEDIATE (so that another process waits its turn instead of failing half-way).
Readers see the last commit and never block. Transactions are short: nobody awaits anything but the
database inside one.

A commit is on the disk before it returns (``synchronous=FULL``): an order is accepted only once it would
survive a power cut, and the live stream is trimmed only of what is archived for good.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from domain.errors import Unavailable

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 5
POOL_TIMEOUT_S = 15.0
_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-16000",
)


class Database:
    """One database; hands out transactions.

    Args:
        url: ``sqlite:///path`` or ``postgresql://user@host/name``.
    """

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, begin="BEGIN IMMEDIATE", connections=1)
            self._reader = _sqlite_engine(self.url, begin="BEGIN", connections=POOL_SIZE)
        else:
            self._writer = _postgres_engine(self.url)
            self._reader = self._writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the database.

        Raises:
            Unavailable: ``record_unavailable`` when the database cannot be reached now.
        """
        with _unavailable():
            async with self._reader.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end and rolls back on any error.

        Raises:
            Unavailable: ``record_unavailable``; whether it was committed is then unknown.
        """
        with _unavailable():
            async with self._writer.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()


def async_url(url: str) -> URL:
    """Return the address with our driver; ``postgres://`` and ``sslmode`` are understood as by libpq."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    if backend in ("postgres", "postgresql"):
        query = dict(parsed.query)
        if "sslmode" in query:
            query["ssl"] = query.pop("sslmode")
        return parsed.set(drivername="postgresql+asyncpg", query=query)
    raise ValueError(f"DATABASE_URL must start with sqlite:/// or postgresql://, not {backend}://")


def _sqlite_engine(url: URL, *, begin: str, connections: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=connections, max_overflow=0, pool_timeout=POOL_TIMEOUT_S)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver shall not begin transactions by itself
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=POOL_SIZE, max_overflow=POOL_SIZE, pool_timeout=POOL_TIMEOUT_S, pool_pre_ping=True
    )


@contextmanager
def _unavailable() -> Iterator[None]:
    """Turn what may pass (no connection, locked, disk full) into Unavailable."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise _passing(error) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise _passing(error) from error
        raise


def _passing(error: Exception) -> Unavailable:
    reason = str(error).splitlines()[0]
    return Unavailable("record_unavailable", f"The database did not answer as it should: {reason}")
