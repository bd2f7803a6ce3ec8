"""Our own evaluator: reads the solution files back, checks both rule sets and measures.

``official`` are the rules of the evaluator published with the instances; ``strict`` adds what it does not
look at: service times on both sides of every stop, one restaurant per bundle, told before leaving, no
diversion, files that agree. Shares no code with the simulation.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from bench.mdrp.instance import Instance, MealOrder
from domain.geo import LonLat


class Assignment(msgspec.Struct, frozen=True):
    """A line of the assignments file."""

    told: int
    pickup: int
    courier: str
    orders: tuple[str, ...]


class Delivered(msgspec.Struct, frozen=True):
    """A line of the orders file."""

    order: str
    pickup: int
    dropoff: int
    courier: str


class Leg(msgspec.Struct, frozen=True):
    """A line of the couriers file with its arrival, minutes."""

    leave: int
    arrive: int
    origin: str
    destination: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Violations and figures of one solution; minutes, dollars, shares of 1 as percent where named."""

    official: tuple[str, ...]
    strict: tuple[str, ...]
    figures: dict[str, float]


def evaluate(instance: Instance, folder: Path) -> Verdict:
    """Check and measure the solution in ``folder``."""
    check = _Check(instance, folder)
    return Verdict(official=tuple(check.official()), strict=tuple(check.strict()), figures=check.figures())


class _Check:
    def __init__(self, instance: Instance, folder: Path) -> None:
        self.instance = instance
        self.assignments = [
            Assignment(_minute(row[0]), _minute(row[1]), row[2], tuple(row[3:]))
            for row in _lines(folder / "solution_info_assignments.txt")
        ]
        self.delivered = {
            row[0]: Delivered(row[0], _minute(row[3]), _minute(row[4]), row[5])
            for row in _lines(folder / "solution_info_orders.txt")
        }
        self.legs: dict[str, list[Leg]] = defaultdict(list)
        for row in _lines(folder / "solution_info_couriers.txt"):
            leave, ride = _minute(row[1]), self._ride(row[0], row[2], row[3])
            self.legs[row[0]].append(Leg(leave, leave + ride, row[2], row[3]))

    def _place(self, courier: str, name: str) -> LonLat:
        if name == "0":
            return self.instance.couriers[courier].at
        if name in self.instance.restaurants:
            return self.instance.restaurants[name]
        return self.instance.orders[name].at

    def _ride(self, courier: str, origin: str, destination: str) -> int:
        a, b = self._place(courier, origin), self._place(courier, destination)
        metres = math.hypot(a.lon - b.lon, a.lat - b.lat)
        return math.ceil(metres / self.instance.parameters.metres_per_minute)

    def official(self) -> list[str]:
        """Return violations of the published evaluator's rules."""
        found: list[str] = []
        seen: set[str] = set()
        for work in self.assignments:
            found += self._official_assignment(work, seen)
        for courier, legs in self.legs.items():
            found += self._continuous(courier, legs)
        return found

    def _official_assignment(self, work: Assignment, seen: set[str]) -> list[str]:
        orders, found = self.instance.orders, []
        for name in work.orders:
            if name in seen:
                found.append(f"{name} assigned twice")
            seen.add(name)
            if work.told < orders[name].placed:
                found.append(f"{name} assigned before it was placed")
            if work.pickup < orders[name].ready:
                found.append(f"{name} picked up before it was ready")
        if work.pickup > self.instance.couriers[work.courier].off:
            found.append(f"{work.courier} picks up after the shift")
        drops = [self.delivered[name].dropoff for name in work.orders]
        apart = self.instance.parameters.dropoff_service
        if any(b - a < apart for a, b in pairwise(drops)):
            found.append(f"{work.courier} drops off too fast")
        shop = orders[work.orders[0]].restaurant
        if not self._stands_at(work.courier, shop, work.pickup):
            found.append(f"{work.courier} is not at {shop} at {work.pickup}")
        found += [
            f"{work.courier} is not at {name} at {self.delivered[name].dropoff}"
            for name in work.orders
            if not self._stands_at(work.courier, name, self.delivered[name].dropoff)
        ]
        return found

    def _stands_at(self, courier: str, place: str, minute: int) -> bool:
        """Tell whether the last ride that ended before ``minute`` ended there and no other began."""
        ended = [leg for leg in self.legs[courier] if leg.arrive < minute]
        leaving = [leg for leg in self.legs[courier] if leg.leave < minute]
        return bool(ended) and ended[-1].destination == place and len(ended) == len(leaving)

    def _continuous(self, courier: str, legs: Sequence[Leg]) -> list[str]:
        found, where, free = [], "0", self.instance.couriers[courier].on
        for leg in legs:
            if leg.origin != where or leg.leave < free:
                found.append(f"{courier} leaves {leg.origin} at {leg.leave} without being there")
            where, free = leg.destination, leg.arrive
        return found

    def strict(self) -> list[str]:
        """Return violations of the rules the published evaluator does not look at."""
        found: list[str] = []
        for work in self.assignments:
            found += self._strict_assignment(work)
        for name, done in self.delivered.items():
            if not any(name in work.orders and done.pickup == work.pickup for work in self.assignments):
                found.append(f"{name}: the files disagree about its pickup")
        return found

    def _strict_assignment(self, work: Assignment) -> list[str]:
        parameters, found = self.instance.parameters, []
        half_up, half_off = parameters.pickup_service / 2, parameters.dropoff_service / 2
        shops = {self.instance.orders[name].restaurant for name in work.orders}
        if len(shops) > 1:
            found.append(f"{work.courier} bundles {sorted(shops)}")
        shop = shops.pop()
        legs = self.legs[work.courier]
        here = max((i for i, leg in enumerate(legs) if leg.arrive <= work.pickup - half_up), default=None)
        if here is None or legs[here].destination != shop:
            return [*found, f"{work.courier} has no time to park at {shop}"]
        if work.told > work.pickup:
            found.append(f"{work.courier} told after the pickup")
        free, i = work.pickup + half_up, here
        for name in work.orders:
            i += 1
            if i >= len(legs) or legs[i].destination != name:
                return [*found, f"{work.courier} is diverted before {name}"]
            if legs[i].leave < free:
                found.append(f"{work.courier} leaves before service ends for {name}")
            if self.delivered[name].dropoff < legs[i].arrive + half_off:
                found.append(f"{name} dropped off before parking")
            free = self.delivered[name].dropoff + half_off
        if i + 1 < len(legs) and legs[i + 1].leave < free:
            found.append(f"{work.courier} leaves {legs[i].destination} before service ends")
        return found

    def figures(self) -> dict[str, float]:
        """Return what the literature reports, and riding per order."""
        orders, parameters = self.instance.orders, self.instance.parameters
        done = list(self.delivered.values())
        click = np.array([d.dropoff - orders[d.order].placed for d in done], dtype=float)
        door = np.array([d.dropoff - orders[d.order].ready for d in done], dtype=float)
        counter = np.array([d.pickup - orders[d.order].ready for d in done], dtype=float)
        ride = sum(leg.arrive - leg.leave for legs in self.legs.values() for leg in legs)
        pay = 0.0
        for courier in self.instance.couriers.values():
            count = sum(len(w.orders) for w in self.assignments if w.courier == courier.id)
            guarantee = parameters.pay_per_hour * (courier.off - courier.on) / 60
            pay += max(parameters.pay_per_order * count, guarantee)
        impossible = sum(1 for order in orders.values() if not reachable(self.instance, order))
        return {
            "orders": float(len(orders)),
            "delivered": float(len(done)),
            "impossible": float(impossible),
            "delivered_pct": 100 * len(done) / len(orders),
            "click_to_door_min": float(click.mean()),
            "click_to_door_p90_min": float(np.percentile(click, 90)),
            "ready_to_door_min": float(door.mean()),
            "ready_to_pickup_min": float(counter.mean()),
            "late_pct": float(100 * (click > parameters.target_click_to_door).mean()),
            "cost_per_order": pay / len(done),
            "orders_per_bundle": len(done) / len(self.assignments),
            "ride_min_per_order": ride / len(done),
        }


def reachable(instance: Instance, order: MealOrder) -> bool:
    """Tell whether some courier, knowing the order from the start, could fetch it within the shift.

    The earliest pickup is when the goods are ready, the order is placed, and the courier has ridden there
    from where the shift begins and parked. Orders that fail this are lost under every policy.
    """
    shop, half = instance.restaurants[order.restaurant], int(instance.parameters.pickup_service / 2)
    return any(
        max(order.ready, order.placed, courier.on + instance.minutes(courier.at, shop) + half) <= courier.off
        for courier in instance.couriers.values()
    )


def _lines(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]


def _minute(text: str) -> int:
    return int(float(text))
