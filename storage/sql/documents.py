"""Values as JSON documents in text columns, and the writing of them."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_Value = TypeVar("_Value")


def to_doc(value: object) -> str:
    """Return a value as a JSON document."""
    return msgspec.json.encode(value).decode()


def from_doc(doc: str, kind: type[_Value]) -> _Value:
    """Return the value of a document that ``to_doc`` made; fields added since then take their defaults."""
    return msgspec.json.decode(doc, type=kind)


async def put(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row, or replace the one with the same primary key."""
    key = [column.name for column in table.primary_key]
    changed = [name for name in row if name not in key]
    if connection.dialect.name == "sqlite":
        insert = sqlite.insert(table).values(row)
        await connection.execute(
            insert.on_conflict_do_update(
                index_elements=key, set_={name: insert.excluded[name] for name in changed}
            )
        )
    else:
        upsert = postgresql.insert(table).values(row)
        await connection.execute(
            upsert.on_conflict_do_update(
                index_elements=key, set_={name: upsert.excluded[name] for name in changed}
            )
        )


async def add_once(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is there; returns whether it was inserted."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    result = await connection.execute(dialect.insert(table).values(row).on_conflict_do_nothing())
    return result.rowcount == 1
