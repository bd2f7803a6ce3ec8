"""The refusals that every implementation of the order and plan stores raises alike."""

from domain.errors import Conflict
from domain.ids import OrderId


def stale_version(order_id: OrderId) -> Conflict:
    """Return the refusal of a change to an order that moved on meanwhile."""
    return Conflict("stale_version", f"Order {order_id} changed meanwhile; read it again.", order_id=order_id)


def key_taken(key: str, order_id: OrderId, *, same_request: bool) -> Conflict:
    """Return the refusal of a second insert under one Idempotency-Key; detail ``order_id`` is the first."""
    if same_request:
        message = f"Order {order_id} was already made by this request."
        return Conflict("order_already_placed", message, order_id=order_id)
    message = f"Idempotency-Key {key!r} came before with another request."
    return Conflict("idempotency_key_reused", message, order_id=order_id)


def action_repeated(action_id: str) -> Conflict:
    """Return the refusal of an action that was applied before."""
    return Conflict("action_repeated", f"Action {action_id} was applied before.", action_id=action_id)


def stale_epoch(epoch: int, newest: int) -> Conflict:
    """Return the refusal of a plan older than the recorded one."""
    return Conflict("stale_epoch", f"Plan epoch {epoch} is older than the recorded {newest}.", newest=newest)
