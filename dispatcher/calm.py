"""Keeps couriers' next stops from flickering: what a change costs, the more the nearer the stop.

A better plan must gain more than the unrest it brings. Taking an order from its courier is priced by the
planner (``switch_*``), dearer as the pickup comes nearer (``stay``); changing which stop comes first on a
route that was told is priced here. Pure.
"""

import math
from collections.abc import Mapping, Sequence

from dispatcher.board import PlanBoard, Visit, is_theirs
from dispatcher.model import Solution
from domain.ids import CourierId, OrderId
from domain.order import Order, StopKind

NEAR_S = 900.0
"""Within this time of a pickup, its order stays more and more with its courier."""

STAY_MOST = 4.0
"""The price of a switch at the last moment, as a multiple of the usual one."""

NEXT_STOP_MIN = 2.0
"""Price of sending a courier elsewhere than to the next stop told, just before it, minutes."""

FADE_S = 600.0
"""That price is a third of it this long before."""


def stay(board: PlanBoard, order: Order, courier_id: CourierId | None, now_ms: int) -> float:
    """Return by how much dearer it is to give an order to somebody else now than long before its pickup."""
    eta = board.eta(order, StopKind.PICKUP, courier_id) if courier_id is not None else None
    if eta is None:
        return 1.0
    left_s = max(0.0, (eta.p50_at_ms - now_ms) / 1000)
    return 1.0 + (STAY_MOST - 1.0) * max(0.0, 1.0 - left_s / NEAR_S)


def unrest_min(board: PlanBoard, plan: Solution, orders: Mapping[OrderId, Order], now_ms: int) -> float:
    """Return what changing next stops costs couriers who were told them, minutes, if ``plan`` is adopted."""
    total = 0.0
    for courier_id, first in changed_next(board, plan, orders).items():
        times = board.times(courier_id)
        visits = board.planned(courier_id)
        i = visits.index(first)
        left_s = (times[i].eta.p50_at_ms - now_ms) / 1000 if i < len(times) else 0.0
        total += NEXT_STOP_MIN * math.exp(-max(0.0, left_s) / FADE_S)
    return total


def changed_next(board: PlanBoard, plan: Solution, orders: Mapping[OrderId, Order]) -> dict[CourierId, Visit]:
    """Return the next stops that were told and would not come first any more, by courier."""
    after = {route.courier_id: board.visits_in(route) for route in plan.routes}
    found = {}
    for courier_id in board.couriers():
        before = _told_first(board.planned(courier_id), courier_id, orders)
        if before is not None and _told_first(after.get(courier_id, ()), courier_id, orders) != before:
            found[courier_id] = before
    return found


def _told_first(
    visits: Sequence[Visit], courier_id: CourierId, orders: Mapping[OrderId, Order]
) -> Visit | None:
    return next(
        (v for v in visits if v.order_id in orders and is_theirs(v, orders[v.order_id], courier_id)), None
    )
