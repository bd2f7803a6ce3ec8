"""Zones in SQL."""

from sqlalchemy import delete, select

from domain.ids import FleetId, ZoneId
from domain.zone import Zone
from storage.sql import tables as t
from storage.sql.database import Database
from storage.sql.documents import from_doc, put, to_doc


class SqlZones:
    """``domain.ports.ZoneStore`` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def zones(self, fleet: FleetId) -> list[Zone]:
        query = select(t.zones.c.doc).where(t.zones.c.fleet == fleet).order_by(t.zones.c.id)
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, Zone) for doc in docs]

    async def put_zone(self, zone: Zone) -> None:
        row = {"fleet": zone.fleet, "id": zone.id, "version": zone.version, "doc": to_doc(zone)}
        async with self._database.write() as db:
            await put(db, t.zones, row)

    async def drop_zone(self, fleet: FleetId, zone_id: ZoneId) -> bool:
        statement = delete(t.zones).where(t.zones.c.fleet == fleet, t.zones.c.id == zone_id)
        async with self._database.write() as db:
            result = await db.execute(statement)
        return result.rowcount == 1
