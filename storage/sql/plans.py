"""Routes, explanations and what was learnt in SQL, so that a restart shows the same plan."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from domain.ids import FleetId, OrderId
from domain.plan import Route
from storage import refusals
from storage.sql import tables as t
from storage.sql.database import Database
from storage.sql.documents import from_doc, put, to_doc


class SqlPlans:
    """``domain.ports.PlanStore`` in SQL; a planner that lost its lease is refused by its epoch."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_routes(self, fleet: FleetId, epoch: int, routes: Sequence[Route]) -> None:
        """Record the routes given (others stay) as of ``epoch``.

        Raises:
            Conflict: ``stale_epoch`` when a newer epoch is recorded.
        """
        async with self._database.write() as db:
            query = select(t.plan_epochs.c.epoch).where(t.plan_epochs.c.fleet == fleet).with_for_update()
            newest = await db.scalar(query) or 0
            if epoch < newest:
                raise refusals.stale_epoch(epoch, newest)
            await put(db, t.plan_epochs, {"fleet": fleet, "epoch": epoch})
            for route in routes:
                row = {
                    "fleet": fleet,
                    "courier_id": route.courier_id,
                    "version": route.version,
                    "doc": to_doc(route),
                }
                await put(db, t.routes, row)

    async def routes(self, fleet: FleetId) -> tuple[int, list[Route]]:
        async with self._database.read() as db:
            epoch = await db.scalar(select(t.plan_epochs.c.epoch).where(t.plan_epochs.c.fleet == fleet))
            query = select(t.routes.c.doc).where(t.routes.c.fleet == fleet).order_by(t.routes.c.courier_id)
            docs = await db.scalars(query)
        return epoch or 0, [from_doc(doc, Route) for doc in docs]

    async def put_explanation(
        self, fleet: FleetId, order_id: OrderId, at_ms: int, doc: Mapping[str, object]
    ) -> None:
        row = {"fleet": fleet, "order_id": order_id, "at_ms": at_ms, "doc": to_doc(dict(doc))}
        async with self._database.write() as db:
            await put(db, t.explanations, row)

    async def find_explanation(self, fleet: FleetId, order_id: OrderId) -> dict[str, object] | None:
        columns = t.explanations.c
        query = select(columns.doc).where(columns.fleet == fleet, columns.order_id == order_id)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, dict[str, object]) if doc else None

    async def put_learnt(self, fleet: FleetId, name: str, at_ms: int, doc: Mapping[str, object]) -> None:
        row = {"fleet": fleet, "name": name, "at_ms": at_ms, "doc": to_doc(dict(doc))}
        async with self._database.write() as db:
            await put(db, t.learnt, row)

    async def find_learnt(self, fleet: FleetId, name: str) -> dict[str, object] | None:
        query = select(t.learnt.c.doc).where(t.learnt.c.fleet == fleet, t.learnt.c.name == name)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, dict[str, object]) if doc else None
