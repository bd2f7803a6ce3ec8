"""Orders from a spreadsheet: every row by itself, a bad row never loses a good one."""

import asyncio

from domain.errors import Refused
from server.api import PREFIX, Call, Endpoint, Param, Reply
from server.import_rows import Row, order_body
from server.policy import Action
from server.routes.orders import idempotency_key, place_order
from server.schemas.orders import ImportOut, ImportRow
from server.spreadsheets import read_rows


async def import_orders(call: Call) -> Reply:
    """Place the orders of a CSV or XLSX file and say what became of each row."""
    call.allow()
    key = idempotency_key(call)
    rows = await asyncio.to_thread(read_rows, await call.raw_body())
    time_zone = (await call.desk()).fleet.time_zone
    results = [
        await _place_row(call, number, row, time_zone, key and f"{key}:{number}")
        for number, row in enumerate(rows, start=1)
    ]
    created = sum(result.result == "created" for result in results)
    return Reply(value=ImportOut(created=created, refused=len(results) - created, rows=results))


async def _place_row(call: Call, number: int, row: Row, time_zone: str, key: str | None) -> ImportRow:
    try:
        order = await place_order(call, order_body(row, time_zone), key)
    except Refused as error:
        return ImportRow(
            row=number, result="refused", ref=row.get("ref"), code=error.code, message=error.message
        )
    return ImportRow(row=number, result="created", id=order.id, ref=order.ref)


ENDPOINTS = (
    Endpoint(
        method="POST", path=f"{PREFIX}/orders/import", handler=import_orders, tag="orders",
        action=Action.ORDER_IMPORT, summary="Place orders from a CSV or XLSX file", returns=ImportOut,
        description="Columns are the paths of the JSON body, for example pickup.lon; the columns of "
        "CoopCycle's deliveries sheet are understood too. With an Idempotency-Key a repeated file makes "
        "no row twice.",
        body_media=("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        body_factor=10, headers=(Param(name="Idempotency-Key", description="makes each row once"),),
        errors=("unreadable_file", "too_many_rows", "needs_geocoding", "invalid_row"),
    ),
)  # fmt: skip
