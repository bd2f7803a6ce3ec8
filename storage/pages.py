"""Cursors of paged order lists: where the last page ended, opaque to clients."""

import base64
import binascii

from domain.errors import Invalid
from domain.ids import OrderId
from domain.order import Order


def cursor_of(order: Order) -> str:
    """Return the cursor that continues after ``order``."""
    return base64.urlsafe_b64encode(f"{order.placed_at_ms}:{order.id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, OrderId]:
    """Return placement time (Unix ms) and id of the last order seen.

    Raises:
        Invalid: ``bad_cursor`` when we did not make it.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        placed_at_ms, _, order_id = text.partition(":")
        return int(placed_at_ms), OrderId(order_id)
    except (binascii.Error, ValueError) as error:
        raise Invalid("bad_cursor", "The cursor is not one this server gave out.") from error
