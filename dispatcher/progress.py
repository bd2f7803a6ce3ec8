"""How far an order has come with its courier, and which moves lead from one point to the next.

Pure: a small table on top of ``domain.lifecycle``, used for couriers' actions and for fences.
"""

from domain.lifecycle import Trigger
from domain.order import OrderStatus, StopKind

PROGRESS: dict[OrderStatus, int] = {
    OrderStatus.ASSIGNED: 0,
    OrderStatus.AT_PICKUP: 1,
    OrderStatus.PICKED_UP: 2,
    OrderStatus.AT_DROPOFF: 3,
    OrderStatus.DELIVERED: 4,
}

GOALS: dict[tuple[str, StopKind], OrderStatus] = {
    ("arrived", StopKind.PICKUP): OrderStatus.AT_PICKUP,
    ("picked_up", StopKind.PICKUP): OrderStatus.PICKED_UP,
    ("arrived", StopKind.DROPOFF): OrderStatus.AT_DROPOFF,
    ("delivered", StopKind.DROPOFF): OrderStatus.DELIVERED,
}
"""Which status a courier's action at a kind of stop means."""

_LAST_STEP: dict[OrderStatus, Trigger] = {
    OrderStatus.AT_PICKUP: Trigger.ARRIVE_PICKUP,
    OrderStatus.PICKED_UP: Trigger.PICK_UP,
    OrderStatus.AT_DROPOFF: Trigger.ARRIVE_DROPOFF,
    OrderStatus.DELIVERED: Trigger.DELIVER,
}


def reached(status: OrderStatus, goal: OrderStatus) -> bool:
    """Tell whether an order is at ``goal`` or past it."""
    return PROGRESS.get(status, -1) >= PROGRESS[goal]


def moves(status: OrderStatus, goal: OrderStatus) -> tuple[Trigger, ...] | None:
    """Return the moves that lead from a carried status to ``goal``, None when that is not believable.

    A delivery says that the goods were picked up before; an arrival at the door does not.
    """
    if status not in PROGRESS or reached(status, goal):
        return None
    on_board = PROGRESS[status] >= PROGRESS[OrderStatus.PICKED_UP]
    if goal == OrderStatus.AT_DROPOFF and not on_board:
        return None
    if goal == OrderStatus.DELIVERED and not on_board:
        return (Trigger.PICK_UP, Trigger.DELIVER)
    return (_LAST_STEP[goal],)
