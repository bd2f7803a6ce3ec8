"""Tokens in SQL: rows of ``tokens``, read and written inside a caller's transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import FleetId, TokenId
from domain.people import Token
from storage.sql import tables as t
from storage.sql.documents import from_doc, put, to_doc

_columns = select(t.tokens.c.doc, t.tokens.c.revoked_at_ms, t.tokens.c.last_used_at_ms)


async def write(db: AsyncConnection, token: Token) -> None:
    """Insert or replace a token."""
    row = {
        "id": token.id,
        "fleet": token.fleet,
        "secret_sha256": token.secret_sha256,
        "created_at_ms": token.created_at_ms,
        "revoked_at_ms": token.revoked_at_ms,
        "last_used_at_ms": token.last_used_at_ms,
        "doc": to_doc(token),
    }
    await put(db, t.tokens, row)


async def find(db: AsyncConnection, secret_sha256: str) -> Token | None:
    """Return the token with that digest, revoked or not."""
    found = (await db.execute(_columns.where(t.tokens.c.secret_sha256 == secret_sha256))).first()
    return _token(found) if found else None


async def of_fleet(db: AsyncConnection, fleet: FleetId) -> list[Token]:
    """Return a fleet's tokens, oldest first."""
    query = _columns.where(t.tokens.c.fleet == fleet).order_by(t.tokens.c.created_at_ms, t.tokens.c.id)
    return [_token(row) for row in await db.execute(query)]


async def revoke(db: AsyncConnection, fleet: FleetId, token_id: TokenId, at_ms: int) -> bool:
    """Revoke a token; returns whether it was good until now."""
    result = await db.execute(
        update(t.tokens)
        .where(t.tokens.c.id == token_id, t.tokens.c.fleet == fleet, t.tokens.c.revoked_at_ms.is_(None))
        .values(revoked_at_ms=at_ms)
    )
    return result.rowcount == 1


async def touch(db: AsyncConnection, used: Mapping[TokenId, int]) -> None:
    """Note when tokens were last used; never moves back."""
    last = t.tokens.c.last_used_at_ms
    statement = (
        update(t.tokens)
        .where(t.tokens.c.id == bindparam("token"), func.coalesce(last, 0) < bindparam("used_at_ms"))
        .values(last_used_at_ms=bindparam("used_at_ms"))
    )
    rows = [{"token": token, "used_at_ms": at_ms} for token, at_ms in sorted(used.items())]
    await db.execute(statement, rows)


def _token(row: Row[*tuple[Any, ...]]) -> Token:
    token = from_doc(row.doc, Token)
    return msgspec.structs.replace(
        token, revoked_at_ms=row.revoked_at_ms, last_used_at_ms=row.last_used_at_ms
    )
