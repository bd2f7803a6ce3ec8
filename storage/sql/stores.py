"""All SQL stores over one database, as one value."""

from storage.sql.database import Database
from storage.sql.migrate import migrate
from storage.sql.orders import SqlOrders
from storage.sql.people import SqlPeople
from storage.sql.plans import SqlPlans
from storage.sql.tracks import SqlTracks
from storage.sql.webhooks import SqlWebhooks
from storage.sql.zones import SqlZones


class SqlStores:
    """``domain.ports.Stores`` on SQLite or PostgreSQL; make one with ``open_stores``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.people = SqlPeople(database)
        self.orders = SqlOrders(database)
        self.plans = SqlPlans(database)
        self.zones = SqlZones(database)
        self.tracks = SqlTracks(database)
        self.webhooks = SqlWebhooks(database)

    async def close(self) -> None:
        """Close all connections."""
        await self._database.close()


async def open_stores(url: str) -> SqlStores:
    """Open the record at ``sqlite:///path`` or ``postgresql://...``, on the newest schema.

    Raises:
        Unavailable: ``record_unavailable`` when the database cannot be reached.
        ValueError: the address is of another database.
    """
    database = Database(url)
    try:
        await migrate(database)
    except BaseException:
        await database.close()
        raise
    return SqlStores(database)
