"""Fleets, users, couriers and shifts in SQL."""

from collections.abc import Mapping

from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from domain.courier import Courier, Shift
from domain.errors import Conflict, PreconditionFailed
from domain.ids import CourierId, FleetId, TokenId
from domain.people import Fleet, FleetChange, Token, User
from storage.sql import tables as t
from storage.sql import tokens
from storage.sql.database import Database
from storage.sql.documents import from_doc, put, to_doc


class SqlPeople:
    """``domain.ports.PeopleStore`` in SQL. Other processes may write the same tables at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def fleets(self) -> list[Fleet]:
        async with self._database.read() as db:
            docs = await db.scalars(select(t.fleets.c.doc).order_by(t.fleets.c.id))
        return [from_doc(doc, Fleet) for doc in docs]

    async def find_fleet(self, fleet: FleetId) -> Fleet | None:
        async with self._database.read() as db:
            doc = await db.scalar(select(t.fleets.c.doc).where(t.fleets.c.id == fleet))
        return from_doc(doc, Fleet) if doc else None

    async def put_fleet(self, fleet: Fleet, change: FleetChange | None = None) -> None:
        async with self._database.write() as db:
            await put(db, t.fleets, {"id": fleet.id, "doc": to_doc(fleet)})
            if change is not None:
                row = {"fleet": fleet.id, "at_ms": change.at_ms, "doc": to_doc(change)}
                await db.execute(insert(t.fleet_changes).values(row))

    async def fleet_changes(self, fleet: FleetId, limit: int = 100) -> list[FleetChange]:
        changes = t.fleet_changes.c
        query = select(changes.doc).where(changes.fleet == fleet).order_by(changes.number.desc())
        async with self._database.read() as db:
            docs = await db.scalars(query.limit(limit))
        return [from_doc(doc, FleetChange) for doc in docs]

    async def find_user(self, login: str) -> User | None:
        async with self._database.read() as db:
            doc = await db.scalar(select(t.users.c.doc).where(t.users.c.login == login))
        return from_doc(doc, User) if doc else None

    async def users(self, fleet: FleetId) -> list[User]:
        async with self._database.read() as db:
            query = select(t.users.c.doc).where(t.users.c.fleet == fleet).order_by(t.users.c.id)
            docs = await db.scalars(query)
        return [from_doc(doc, User) for doc in docs]

    async def put_user(self, user: User) -> None:
        row = {"id": user.id, "fleet": user.fleet, "login": user.login, "doc": to_doc(user)}
        try:
            async with self._database.write() as db:
                await put(db, t.users, row)
        except IntegrityError as error:
            raise Conflict("login_taken", f"Somebody already signs in as {user.login!r}.") from error

    async def couriers(self, fleet: FleetId) -> list[Courier]:
        query = select(t.couriers.c.doc).where(t.couriers.c.fleet == fleet).order_by(t.couriers.c.id)
        async with self._database.read() as db:
            docs = await db.scalars(query)
        return [from_doc(doc, Courier) for doc in docs]

    async def find_courier(self, fleet: FleetId, courier_id: CourierId) -> Courier | None:
        query = select(t.couriers.c.doc).where(t.couriers.c.fleet == fleet, t.couriers.c.id == courier_id)
        async with self._database.read() as db:
            doc = await db.scalar(query)
        return from_doc(doc, Courier) if doc else None

    async def put_courier(self, courier: Courier, *, expected_version: int | None = None) -> None:
        row = {
            "fleet": courier.fleet,
            "id": courier.id,
            "version": courier.version,
            "doc": to_doc(courier),
        }
        async with self._database.write() as db:
            if expected_version is None:
                await put(db, t.couriers, row)
                return
            result = await db.execute(
                update(t.couriers)
                .where(t.couriers.c.fleet == courier.fleet, t.couriers.c.id == courier.id)
                .where(t.couriers.c.version == expected_version)
                .values(version=courier.version, doc=row["doc"])
            )
            if result.rowcount == 0:
                message = f"Courier {courier.id} changed meanwhile; read it again."
                raise PreconditionFailed("stale_version", message)

    async def open_shift(self, fleet: FleetId, shift: Shift) -> None:
        row = {
            "fleet": fleet,
            "courier_id": shift.courier_id,
            "started_at_ms": shift.started_at_ms,
            "ended_at_ms": shift.ended_at_ms,
        }
        async with self._database.write() as db:
            await put(db, t.shifts, row)

    async def close_shift(self, fleet: FleetId, courier_id: CourierId, ended_at_ms: int) -> None:
        async with self._database.write() as db:
            await db.execute(
                update(t.shifts)
                .where(t.shifts.c.fleet == fleet, t.shifts.c.courier_id == courier_id)
                .where(t.shifts.c.ended_at_ms.is_(None))
                .values(ended_at_ms=ended_at_ms)
            )

    async def shifts(self, fleet: FleetId, courier_id: CourierId, since_ms: int) -> list[Shift]:
        ended = t.shifts.c.ended_at_ms
        query = (
            select(t.shifts.c.started_at_ms, ended)
            .where(t.shifts.c.fleet == fleet, t.shifts.c.courier_id == courier_id)
            .where(or_(ended.is_(None), ended >= since_ms))
            .order_by(t.shifts.c.started_at_ms)
        )
        async with self._database.read() as db:
            rows = await db.execute(query)
        return [
            Shift(courier_id=courier_id, started_at_ms=started_at_ms, ended_at_ms=ended_at_ms)
            for started_at_ms, ended_at_ms in rows
        ]

    async def put_token(self, token: Token) -> None:
        async with self._database.write() as db:
            await tokens.write(db, token)

    async def find_token(self, secret_sha256: str) -> Token | None:
        async with self._database.read() as db:
            return await tokens.find(db, secret_sha256)

    async def tokens(self, fleet: FleetId) -> list[Token]:
        async with self._database.read() as db:
            return await tokens.of_fleet(db, fleet)

    async def revoke_token(self, fleet: FleetId, token_id: TokenId, at_ms: int) -> bool:
        async with self._database.write() as db:
            return await tokens.revoke(db, fleet, token_id, at_ms)

    async def touch_tokens(self, used: Mapping[TokenId, int]) -> None:
        if used:
            async with self._database.write() as db:
                await tokens.touch(db, used)
