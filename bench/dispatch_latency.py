"""How fast the planner answers: one insertion in a busy fleet, and one epoch of a whole city.

Insertion is the answer a customer waits for; the epoch runs in the worker between events. The second part
also says how much a minute of search would still gain over the epoch's answer.
"""

import argparse
import random
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from bench.report import write_report
from dispatcher.model import CourierState, OpenOrder, OrderEnd, PlannerSettings, PlanningProblem
from dispatcher.planner import Planner
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import VEHICLE_CLASSES, Vehicle
from domain.geo import LonLat, moved
from domain.ids import CourierId, OrderId

NOW_MS = 1_700_000_000_000
CENTER = LonLat(-99.17, 19.41)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``run``."""
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--inserts", type=int, default=200, help="insertions measured")
    parser.add_argument(
        "--city-couriers", type=int, default=1000, help="couriers of the epoch, 0 leaves it out"
    )
    parser.add_argument("--city-orders", type=int, default=2000, help="open orders of the epoch")
    parser.add_argument("--long-s", type=float, default=60.0, help="the long search to compare with, seconds")


def run(options: argparse.Namespace) -> int:
    """Measure and report; returns the exit code."""
    planner = Planner(StraightLine())
    metrics = insertion_figures(planner, options.inserts)
    if options.city_couriers:
        metrics |= epoch_figures(planner, options.city_couriers, options.city_orders, options.long_s)
    params = {
        "couriers": 200,
        "orders": 300,
        "inserts": options.inserts,
        "city_couriers": options.city_couriers,
        "city_orders": options.city_orders,
        "long_s": options.long_s,
    }
    write_report("dispatch_latency", params, metrics, options.json)
    return 0


def fleet(couriers: int, orders: int, radius_m: float, seed: int) -> PlanningProblem:
    """Return a fleet at lunch: half the couriers busy for a while, orders ready within half an hour."""
    rng = random.Random(seed)
    shops = [_place(rng, radius_m) for _ in range(max(5, orders // 5))]
    return PlanningProblem(
        now_ms=NOW_MS,
        couriers=tuple(_courier(rng, i, radius_m) for i in range(couriers)),
        orders=tuple(order(rng, f"o{i}", rng.choice(shops)) for i in range(orders)),
        settings=PlannerSettings(),
    )


def insertion_figures(planner: Planner, inserts: int) -> dict[str, float]:
    """Return wall and processor milliseconds of one insertion, explanation and feasibility check included."""
    rng = random.Random(2)
    problem = fleet(200, 300, 5_000, seed=1)
    solution = planner.insert(problem)
    wall_ms, cpu_ms = [], []
    for i in range(inserts):
        newcomer = order(rng, f"n{i}", _place(rng, 5_000))
        problem = msgspec.structs.replace(
            problem, orders=(*problem.orders[1:], newcomer), previous=solution.routes
        )
        wall, cpu = time.perf_counter(), time.process_time()
        solution = planner.insert(problem, explain=True)
        wall_ms.append((time.perf_counter() - wall) * 1000)
        cpu_ms.append((time.process_time() - cpu) * 1000)
    return {
        "insert_p50_ms": float(np.percentile(wall_ms, 50)),
        "insert_p99_ms": float(np.percentile(wall_ms, 99)),
        "insert_cpu_p50_ms": float(np.percentile(cpu_ms, 50)),
        "insert_cpu_p99_ms": float(np.percentile(cpu_ms, 99)),
    }


def epoch_figures(planner: Planner, couriers: int, orders: int, long_s: float) -> dict[str, float]:
    """Return the time of one epoch of a city and what a long search still gains over it."""
    rng = random.Random(3)
    problem = fleet(couriers, orders, 12_000, seed=4)
    before = planner.insert(problem)
    news = [order(rng, f"n{i}", _place(rng, 12_000)) for i in range(20)]
    problem = msgspec.structs.replace(problem, orders=(*problem.orders[20:], *news), previous=before.routes)
    wall, cpu = time.perf_counter(), time.process_time()
    epoch = planner.improve_here(problem, 1.5)
    figures = {
        "epoch_s": time.perf_counter() - wall,
        "epoch_cpu_s": time.process_time() - cpu,
        "epoch_objective_min": epoch.objective_min,
        "epoch_unassigned": float(len(epoch.unassigned)),
    }
    longer = planner.improve_here(msgspec.structs.replace(problem, previous=epoch.routes), long_s)
    figures["long_gain_pct"] = 100 * (epoch.objective_min / longer.objective_min - 1)
    return figures


def order(rng: random.Random, name: str, shop: LonLat) -> OpenOrder:
    """Return an order from ``shop`` to somebody within 3 km."""
    ready_ms = NOW_MS + rng.randint(-5, 30) * 60_000
    return OpenOrder(
        id=OrderId(name),
        pickup=OrderEnd(at=shop, earliest_at_ms=ready_ms),
        dropoff=OrderEnd(at=moved(shop, rng.uniform(-3000, 3000), rng.uniform(-3000, 3000))),
        placed_at_ms=NOW_MS - rng.randint(0, 15) * 60_000,
        promised_at_ms=ready_ms + 40 * 60_000,
        weight_g=rng.randint(200, 3000),
        volume_l=rng.uniform(1, 12),
    )


def _courier(rng: random.Random, number: int, radius_m: float) -> CourierState:
    vehicle = rng.choice([Vehicle.BICYCLE, Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE])
    return CourierState(
        id=CourierId(f"c{number}"),
        vehicle=vehicle,
        capacity=VEHICLE_CLASSES[vehicle].capacity,
        at=_place(rng, radius_m),
        free_at_ms=NOW_MS + rng.choice([0, rng.randint(0, 20)]) * 60_000,
    )


def _place(rng: random.Random, radius_m: float) -> LonLat:
    return moved(CENTER, rng.uniform(-radius_m, radius_m), rng.uniform(-radius_m, radius_m))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="bench.dispatch_latency", description=__doc__)
    add_arguments(arguments)
    sys.exit(run(arguments.parse_args()))
