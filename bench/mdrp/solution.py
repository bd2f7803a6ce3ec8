"""Writes a day as the three files that the official evaluator of the instances reads."""

from collections.abc import Iterator
from pathlib import Path

from bench.mdrp.day import Day, Trip
from domain.geo import LonLat

START = "0"
"""The evaluator's name for the place where a courier's shift begins."""


def write_solution(day: Day, folder: Path) -> None:
    """Write assignments, orders and couriers into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "solution_info_assignments.txt").write_text("".join(_assignments(day)))
    (folder / "solution_info_orders.txt").write_text("".join(_orders(day)))
    (folder / "solution_info_couriers.txt").write_text("".join(_couriers(day)))


def _assignments(day: Day) -> Iterator[str]:
    yield "assignment_time pickup_time courier orders\n"
    for trip in sorted(day.trips, key=lambda trip: (trip.told, trip.courier)):
        yield f"{trip.told} {trip.pickup} {trip.courier} {' '.join(trip.orders)}\n"


def _orders(day: Day) -> Iterator[str]:
    yield "order placement_time ready_time pickup_time dropoff_time courier\n"
    for trip in day.trips:
        for order_id in trip.orders:
            order = day.instance.orders[order_id]
            yield (
                f"{order.id} {order.placed} {order.ready} {trip.pickup} "
                f"{trip.dropoffs[order_id]} {trip.courier}\n"
            )


def _couriers(day: Day) -> Iterator[str]:
    yield "courier departure_time origin destination\n"
    for courier_id in day.instance.couriers:
        for leave, origin, destination in legs_of(day, courier_id):
            yield f"{courier_id} {leave} {origin} {destination}\n"


def legs_of(day: Day, courier_id: str) -> list[tuple[int, str, str]]:
    """Return a courier's rides in time order: departure minute, from, to, by the evaluator's names."""
    half = int(day.instance.parameters.pickup_service / 2)
    half_drop = int(day.instance.parameters.dropoff_service / 2)
    trips = [trip for trip in day.trips if trip.courier == courier_id]
    moves = [move for move in day.moves if move.courier == courier_id]
    where, legs = START, []
    for leave, step in sorted(
        [(trip.leave, trip) for trip in trips] + [(move.leave, move) for move in moves],
        key=lambda item: item[0],
    ):
        if not isinstance(step, Trip):
            target = _restaurant_at(day, step.destination)
            legs.append((leave, where, target))
            where = target
            continue
        shop = day.instance.orders[step.orders[0]].restaurant
        if where != shop:
            legs.append((leave, where, shop))
        where, free = shop, step.pickup + half
        for order_id in step.orders:
            legs.append((free, where, order_id))
            where, free = order_id, step.dropoffs[order_id] + half_drop
    return legs


def _restaurant_at(day: Day, place: LonLat) -> str:
    return next(name for name, at in day.instance.restaurants.items() if at == place)
