"""A city's plan in two halves, so that two solver processes improve it at the same time.

Couriers are parted by where their routes lie, half on either side of a line; orders go with whom they are
with. Nothing crosses the line while both halves are being improved, so the line is drawn another way the next
time: what was on opposite sides then meets. Prices that depend on the fleet as a whole (queues, fairness) are
each half's own. Pure.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec

from dispatcher.model import CourierState, OpenOrder, PlannedRoute, PlanningProblem, Solution, Stage
from domain.geo import LonLat
from domain.ids import CourierId, OrderId
from domain.order import StopKind

Halves = tuple[PlanningProblem, PlanningProblem]


def halves(problem: PlanningProblem, angle: float) -> Halves:
    """Return a problem's halves.

    Args:
        problem: everything, with the plan to improve as ``previous``.
        angle: the line's, radians: with 0 west and east, with a quarter turn south and north.
    """
    along, across = math.cos(angle), math.sin(angle)
    routes = {route.courier_id: route for route in problem.previous}
    orders = {order.id: order for order in problem.orders}

    def side(at: LonLat) -> float:
        return at.lon * along + at.lat * across

    far = {
        courier.id: fmean(side(at) for at in _places(courier, routes, orders)) for courier in problem.couriers
    }
    ranked = sorted(problem.couriers, key=lambda courier: (far[courier.id], courier.id))
    second = {courier.id for courier in ranked[len(ranked) // 2 :]}
    line = min((far[courier] for courier in second), default=0.0)
    theirs = _owners(problem, far)
    there = {
        order.id: owner in second
        if (owner := theirs.get(order.id)) is not None
        else side(order.pickup.at) >= line
        for order in problem.orders
    }
    _keep_groups(problem.orders, theirs, there)
    return _half(problem, second, there, mine=False), _half(problem, second, there, mine=True)


def joined(first: Solution, second: Solution) -> Solution:
    """Return one answer of two halves'."""
    return msgspec.structs.replace(
        first,
        routes=(*first.routes, *second.routes),
        unassigned=first.unassigned | second.unassigned,
        costs=first.costs | second.costs,
        objective_min=first.objective_min + second.objective_min,
        solver=max(first.solver, second.solver, key=_STEPS.index),
        took_ms=max(first.took_ms, second.took_ms),
    )


_STEPS = ("held", "insertion", "assignment", "packing", "lns")


def _places(
    courier: CourierState,
    routes: Mapping[CourierId, PlannedRoute],
    orders: Mapping[OrderId, OpenOrder],
) -> Sequence[LonLat]:
    """Return where a courier's route leads, or where they are."""
    visits = routes[courier.id].visits if courier.id in routes else ()
    known = [(orders[visit.order_id], visit.kind) for visit in visits if visit.order_id in orders]
    places = [(order.pickup if kind is StopKind.PICKUP else order.dropoff).at for order, kind in known]
    return places or [courier.at]


def _owners(problem: PlanningProblem, couriers: Mapping[CourierId, float]) -> dict[OrderId, CourierId]:
    """Return whom each order is with: by hand, on board, on a route, or as promised; in this order."""
    found: dict[OrderId, CourierId] = {}
    for order in problem.orders:
        if order.stage is not Stage.PLANNED and order.courier_id is not None and order.courier_id in couriers:
            found[order.id] = order.courier_id
    for route in problem.previous:
        if route.courier_id in couriers:
            found |= {visit.order_id: route.courier_id for visit in route.visits}
    for courier in problem.couriers:
        found |= {ref.order_id: courier.id for ref in courier.committed}
    for order in problem.orders:
        holder = order.courier_id if order.stage is Stage.ON_BOARD else order.pinned_to
        if holder is not None and holder in couriers:
            found[order.id] = holder
    return found


def _keep_groups(
    orders: Sequence[OpenOrder], owners: Mapping[OrderId, CourierId], there: dict[OrderId, bool]
) -> None:
    """Move what nobody has yet to the half where the rest of its group is."""
    leads: dict[str, OrderId] = {}
    for order in sorted(orders, key=lambda order: order.id not in owners):
        if order.group is not None:
            lead = leads.setdefault(order.group, order.id)
            if order.id not in owners:
                there[order.id] = there[lead]


def _half(
    problem: PlanningProblem, second: set[CourierId], there: Mapping[OrderId, bool], *, mine: bool
) -> PlanningProblem:
    return msgspec.structs.replace(
        problem,
        couriers=tuple(courier for courier in problem.couriers if (courier.id in second) == mine),
        orders=tuple(order for order in problem.orders if there[order.id] == mine),
        previous=tuple(route for route in problem.previous if (route.courier_id in second) == mine),
    )
