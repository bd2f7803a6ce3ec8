"""A second, simple checker of plans, written from the rules alone; it shares no code with the product.

It replays every route minute by minute as a courier would live it and says what went wrong. Slow and plain on
purpose: a mistake in solver and product checker alike should still be seen here.
"""

import math

from domain.order import StopKind

NEARLY_MS = 60.0


class Plane:
    """Travel times as the crow flies over a plane of metres (longitude is x, latitude is y), by vehicle."""

    def matrix_s(self, origins, destinations, vehicle):
        speed = {"bicycle": 4.0, "cargo_bike": 3.0, "motorcycle": 8.0}[str(vehicle)]
        return [[math.hypot(a.lon - b.lon, a.lat - b.lat) / speed for b in destinations] for a in origins]


def complaints(problem, solution):
    """Return everything that is wrong with a plan, in words."""
    found = []
    orders = {order.id: order for order in problem.orders}
    couriers = {courier.id: courier for courier in problem.couriers}
    visits_of = {route.courier_id: route.visits for route in solution.routes}
    if len(visits_of) != len(solution.routes):
        found.append("a courier has two routes")
    found += [f"nobody is called {name}" for name in visits_of if name not in couriers]
    for courier in problem.couriers:
        found += a_day_of(courier, visits_of.get(courier.id, ()), orders, problem)
    found += nothing_lost(solution, orders, couriers)
    found += groups_together(solution, orders)
    return found


def nothing_lost(solution, orders, couriers):
    visited = [(visit.order_id, visit.kind) for route in solution.routes for visit in route.visits]
    for order in orders.values():
        pickups = visited.count((order.id, StopKind.PICKUP))
        dropoffs = visited.count((order.id, StopKind.DROPOFF))
        wanted = (0, 1) if order.stage == "on_board" else (1, 1)
        reason = solution.unassigned.get(order.id)
        if (pickups, dropoffs) == (0, 0):
            if not reason:
                yield f"{order.id} is left without a reason"
            given_on = order.stage == "accepted" and order.pinned_to not in (None, order.courier_id)
            if order.stage in ("accepted", "on_board") and order.courier_id in couriers and not given_on:
                yield f"{order.id} was {order.stage} and is lost"
        elif (pickups, dropoffs) != wanted:
            yield f"{order.id} has {pickups} pickups and {dropoffs} drop-offs"
        elif reason:
            yield f"{order.id} is planned and unassigned at once"


def groups_together(solution, orders):
    courier_of = {v.order_id: route.courier_id for route in solution.routes for v in route.visits}
    for name in {order.group for order in orders.values()} - {None}:
        free = [o for o in orders.values() if o.group == name and o.stage == "planned" and not o.pinned_to]
        if len({courier_of.get(order.id) for order in free}) > 1:
            yield f"group {name} is torn apart"


def a_day_of(courier, visits, orders, problem):
    found = []
    names = [(visit.order_id, visit.kind) for visit in visits]
    committed = [(ref.order_id, ref.kind) for ref in courier.committed]
    if names[: len(committed)] != committed:
        found.append(f"{courier.id}: what is committed does not come first")
    bound = {name for name, _ in names if rules_bind(orders[name], courier)}
    for name in dict.fromkeys(name for name, _ in names):
        found += [f"{courier.id}: {what}" for what in may_have(orders[name], courier, name in bound)]
    found += [f"{courier.id}: {what}" for what in carried(courier, names, orders, problem, bound)]
    found += [f"{courier.id}: {what}" for what in ridden(courier, visits, orders, problem, bound)]
    return found


def rules_bind(order, courier):
    """Work somebody already said yes to, or a person gave them, stays theirs even when a rule is broken."""
    theirs = order.stage != "planned" and order.courier_id == courier.id
    return not theirs and order.pinned_to != courier.id


def may_have(order, courier, bound):
    if order.stage == "on_board":
        if order.courier_id != courier.id:
            yield f"{order.id} is in somebody else's bag"
        return
    if order.pinned_to is not None and order.pinned_to != courier.id:
        yield f"{order.id} is pinned to {order.pinned_to}"
    if not bound:
        return
    if courier.id in order.excluded:
        yield f"{order.id} must not go to them"
    if not courier.available:
        yield f"{order.id} is new work in a break"
    if set(order.requires) - set(courier.skills):
        yield f"{order.id} needs skills they lack"


def carried(courier, names, orders, problem, bound):
    picked = {name for name, kind in names if kind == StopKind.PICKUP}
    bag = [name for name, kind in names if kind == StopKind.DROPOFF and name not in picked]
    for name in bag:
        if orders[name].stage != "on_board":
            yield f"{name} is delivered and never picked up"
    for name, kind in names:
        if kind == StopKind.DROPOFF:
            if name not in bag:
                yield f"{name} is delivered before it is picked up"
            else:
                bag.remove(name)
            continue
        places = {(orders[n].pickup.at.lon, orders[n].pickup.at.lat) for n in (*bag, name)}
        if problem.settings.one_pickup_place and name in bound and len(places) > 1:
            yield f"{name} is picked up with goods of another place in the bag"
        bag.append(name)
        if bound:  # people may overload a courier by hand
            yield from overload(courier, [orders[n] for n in bag], problem, name)
    if bag:
        yield f"{bag} never leave the bag"


def overload(courier, load, problem, name):
    limit = courier.capacity
    if len(load) > min(limit.orders, problem.settings.bundle_max):
        yield f"{len(load)} orders in the bag at {name}"
    if sum(order.weight_g for order in load) > limit.weight_g:
        yield f"the bag is too heavy at {name}"
    if sum(order.volume_l for order in load) > limit.volume_l + 1e-6:
        yield f"the bag is too full at {name}"


def ridden(courier, visits, orders, problem, bound):
    place, free_at_ms = courier.at, float(courier.free_at_ms)
    handed_over = {}
    for i, visit in enumerate(visits):
        order = orders[visit.order_id]
        end = order.pickup if visit.kind == StopKind.PICKUP else order.dropoff
        together = call_of(i, visits, orders)
        services = [orders[v.order_id].pickup.service_s for v in together] or [end.service_s]
        ready = max([orders[v.order_id].pickup.earliest_at_ms for v in together] or [end.earliest_at_ms])
        half_ms = max(services) * 500
        if not together or together[0] is visit:
            ride_ms = Plane().matrix_s([place], [end.at], courier.vehicle)[0][0] * 1000
            arrive = free_at_ms + ride_ms
            if i == 0 and courier.committed and courier.arrived_at_ms is not None:
                arrive = courier.arrived_at_ms
            handover = max(arrive + half_ms, ready)
            repeats = max(0, len(together) - 1) * problem.settings.repeat_service_s * 1000
            place, free_at_ms = end.at, handover + half_ms + repeats
        for what, told, due in (
            ("arrives", visit.arrive_at_ms, arrive),
            ("hands over", visit.handover_at_ms, handover),
            ("leaves", visit.leave_at_ms, free_at_ms),
        ):
            if abs(told - due) > NEARLY_MS:
                yield f"{order.id} {visit.kind}: {what} {(told - due) / 1000:.1f} s off"
        handed_over[order.id, visit.kind] = handover
        if order.id in bound:
            yield from limits(courier, order, visit, end, arrive, handover, free_at_ms, handed_over, problem)


def call_of(i, visits, orders):
    """Return the pickups in a row at one place that visit i is one of; empty at a drop-off."""
    if visits[i].kind != StopKind.PICKUP:
        return []

    def same(k):
        here, there = orders[visits[i].order_id].pickup.at, orders[visits[k].order_id].pickup.at
        return visits[k].kind == StopKind.PICKUP and here == there

    first = last = i
    while first > 0 and same(first - 1):
        first -= 1
    while last + 1 < len(visits) and same(last + 1):
        last += 1
    return list(visits[first : last + 1])


def limits(courier, order, visit, end, arrive, handover, leave, handed_over, problem):
    name = f"{order.id} {visit.kind}"
    if end.latest_at_ms is not None and arrive > end.latest_at_ms + NEARLY_MS:
        yield f"{name} after its window"
    over = handover if visit.kind == StopKind.PICKUP else leave
    counts = visit.kind == StopKind.PICKUP or problem.settings.shift_end_covers_dropoff
    if counts and courier.shift_ends_at_ms is not None and over > courier.shift_ends_at_ms + NEARLY_MS:
        yield f"{name} after the shift"
    picked = handed_over.get((order.id, StopKind.PICKUP))
    if visit.kind == StopKind.PICKUP or picked is None or order.on_board_max_s is None:
        return
    if handover - picked > order.on_board_max_s * 1000 + NEARLY_MS:
        yield f"{name}: the goods travelled too long"
