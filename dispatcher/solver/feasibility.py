"""The independent checker: says what is wrong with a plan, in its own words and with its own arithmetic.

Shares no code with the solvers on purpose; a mistake would have to be made twice to go unseen. Every
answer of the planner passes here before anybody sees it. Times may be later than the earliest possible
(a courier may wait) but never earlier.
"""

from collections import Counter
from collections.abc import Iterator

from dispatcher.model import CourierState, OpenOrder, PlannedRoute, PlanningProblem, Solution, Stage
from dispatcher.solver.route_check import RouteCheck
from dispatcher.travel_times.around import around
from domain.ids import CourierId, OrderId
from domain.order import StopKind
from domain.ports import TravelTimes


def violations(problem: PlanningProblem, solution: Solution, travel_times: TravelTimes) -> list[str]:
    """Return what is wrong with ``solution``, one line each; empty when it may be published."""
    orders = {order.id: order for order in problem.orders}
    couriers = {courier.id: courier for courier in problem.couriers}
    found = list(_bookkeeping(solution, orders, couriers))
    if found:
        return found  # the checks below would trip over unknown names
    ways = around(travel_times, problem.no_go)
    routes = {route.courier_id: route for route in solution.routes}
    for courier in couriers.values():
        if courier.id not in routes and not courier.committed:
            continue
        route = routes.get(courier.id, PlannedRoute(courier_id=courier.id))
        found += RouteCheck(problem, courier, route, orders, ways).run()
    found += _groups_kept_together(solution, orders)
    return found


def _bookkeeping(
    solution: Solution, orders: dict[OrderId, OpenOrder], couriers: dict[CourierId, CourierState]
) -> Iterator[str]:
    seen: Counter[tuple[OrderId, StopKind]] = Counter()
    for courier_id, count in Counter(route.courier_id for route in solution.routes).items():
        if courier_id not in couriers:
            yield f"{courier_id}: unknown courier"
        if count > 1:
            yield f"{courier_id}: {count} routes"
    for route in solution.routes:
        seen.update((visit.order_id, visit.kind) for visit in route.visits)
    for (order_id, kind), count in seen.items():
        if order_id not in orders:
            yield f"{order_id}: unknown order"
        elif count > 1:
            yield f"{order_id}: {kind} visited {count} times"
    yield from _completeness(solution, orders, couriers, {order_id for order_id, _ in seen})


def _completeness(
    solution: Solution,
    orders: dict[OrderId, OpenOrder],
    couriers: dict[CourierId, CourierState],
    visited: set[OrderId],
) -> Iterator[str]:
    for order in orders.values():
        planned = order.id in visited
        if planned == (order.id in solution.unassigned):
            yield f"{order.id}: {'both planned and' if planned else 'neither planned nor'} unassigned"
        held = order.stage in (Stage.ACCEPTED, Stage.ON_BOARD) and order.courier_id in couriers
        if held and not planned and order.pinned_to in (None, order.courier_id):
            yield f"{order.id}: {order.stage} but nobody delivers it"


def _groups_kept_together(solution: Solution, orders: dict[OrderId, OpenOrder]) -> list[str]:
    where: dict[OrderId, CourierId] = {
        visit.order_id: route.courier_id for route in solution.routes for visit in route.visits
    }
    members: dict[str, set[CourierId | None]] = {}
    for order in orders.values():
        if order.group is not None and order.stage is Stage.PLANNED and order.pinned_to is None:
            members.setdefault(order.group, set()).add(where.get(order.id))
    return [f"group {name}: split over {len(owners)}" for name, owners in members.items() if len(owners) > 1]
