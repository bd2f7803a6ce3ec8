"""A street one unit a minute long, couriers and orders on it, and a plan as one line of text."""

import time

from dispatcher.model import (
    CourierState,
    OpenOrder,
    OrderEnd,
    PlannerSettings,
    PlanningProblem,
    Stage,
    VisitRef,
)
from domain.courier import Capacity
from domain.geo import LonLat
from domain.order import StopKind

NOW_MS = 1_700_000_000_000
ROOM = Capacity(weight_g=20_000, volume_l=60, orders=4)


class Street:
    """Travel times: one minute per unit of longitude, on foot or by car."""

    def matrix_s(self, origins, destinations, vehicle):
        return [[60.0 * abs(a.lon - b.lon) for b in destinations] for a in origins]


class Jam(Street):
    """Travel times that never come; a solver that asks hangs."""

    def matrix_s(self, origins, destinations, vehicle):
        time.sleep(3600)


class Gap(Street):
    """Travel times that break."""

    def matrix_s(self, origins, destinations, vehicle):
        raise RuntimeError("the map has a hole")


def minutes(value):
    return None if value is None else NOW_MS + round(value * 60_000)


def courier(name, at, *, free=0, shift_end=None, committed=(), arrived=None, **fields):
    refs = tuple(
        VisitRef(text[1:], StopKind.PICKUP if text[0] == "P" else StopKind.DROPOFF) for text in committed
    )
    return CourierState(
        id=name,
        at=LonLat(at, 0.0),
        free_at_ms=minutes(free),
        arrived_at_ms=minutes(arrived),
        shift_ends_at_ms=minutes(shift_end),
        committed=refs,
        **{"capacity": ROOM, **fields},
    )


def order(name, pickup, dropoff, *, ready=0, latest=None, pickup_latest=None, service_s=0.0, **fields):
    return OpenOrder(
        id=name,
        pickup=OrderEnd(
            at=LonLat(pickup, 0.0),
            earliest_at_ms=minutes(ready),
            latest_at_ms=minutes(pickup_latest),
            service_s=service_s,
        ),
        dropoff=OrderEnd(at=LonLat(dropoff, 0.0), latest_at_ms=minutes(latest), service_s=service_s),
        **{"placed_at_ms": NOW_MS, **fields},
    )


def held(name, pickup, dropoff, by, stage=Stage.ACCEPTED, **fields):
    return order(name, pickup, dropoff, stage=stage, courier_id=by, **fields)


def problem(couriers, orders, previous=(), demand=(), **settings):
    return PlanningProblem(
        now_ms=NOW_MS,
        couriers=tuple(couriers),
        orders=tuple(orders),
        previous=tuple(previous),
        demand=tuple(demand),
        settings=PlannerSettings(**{"repeat_service_s": 0.0, **settings}),
    )


def line(solution):
    """Return a plan as one line: who visits what at which minute (arrival), and who is left."""
    parts = [
        f"{route.courier_id}: "
        + " ".join(
            f"{'P' if visit.kind is StopKind.PICKUP else 'D'}({visit.order_id})"
            f"@{(visit.arrive_at_ms - NOW_MS) / 60_000:g}m"
            for visit in route.visits
        )
        for route in sorted(solution.routes, key=lambda route: route.courier_id)
    ]
    parts += [f"unassigned: {name} {reason}" for name, reason in sorted(solution.unassigned.items())]
    return " | ".join(parts)
