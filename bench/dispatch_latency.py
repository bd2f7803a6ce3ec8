"""How fast the planner answers: one insertion in a busy fleet, and one epoch of a whole city.

Insertion is the answer a customer waits for, measured alone and with the desk and its record around it; the
epoch runs in workers between events. The second part also says how far the epoch's plan is from what a long
search finds from the same start: once from a plan of insertions alone (cold), and once from the plan in force
of a city whose epochs have been running (warm). The epoch is measured with two solver processes, as a server
with ``--workers 2`` runs it, and with one; the long search is the better of the two ways, too.
"""

import argparse
import asyncio
import gc
import multiprocessing
import random
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

from bench.desk_latency import desk_figures
from bench.report import write_report
from dispatcher.model import CourierState, OpenOrder, OrderEnd, PlannerSettings, PlanningProblem, Solution
from dispatcher.planner import Planner
from dispatcher.solver.pool import SolverPool
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
        "--desk-orders", type=int, default=200, help="orders placed at a desk, 0 leaves it out"
    )
    parser.add_argument(
        "--city-couriers", type=int, default=1000, help="couriers of the epoch, 0 leaves it out"
    )
    parser.add_argument("--city-orders", type=int, default=2000, help="open orders of the epoch")
    parser.add_argument("--epoch-s", type=float, default=2.9, help="time given to an epoch, seconds")
    parser.add_argument("--long-s", type=float, default=60.0, help="the long search to compare with, seconds")
    parser.add_argument("--busy", type=int, default=0, help="processes that keep a core busy meanwhile")


def run(options: argparse.Namespace) -> int:
    """Measure and report; returns the exit code."""
    busy = [multiprocessing.Process(target=_keep_busy, daemon=True) for _ in range(options.busy)]
    for process in busy:
        process.start()
    try:
        metrics = _figures(options)
    finally:
        for process in busy:
            process.kill()
    params = {"couriers": 200, "orders": 300} | {
        name: getattr(options, name)
        for name in ("inserts", "desk_orders", "city_couriers", "city_orders", "epoch_s", "long_s", "busy")
    }
    write_report("dispatch_latency", params, metrics, options.json)
    return 0


def _figures(options: argparse.Namespace) -> dict[str, float]:
    planner = Planner(StraightLine())
    metrics = insertion_figures(planner, options.inserts)
    if options.desk_orders:
        metrics |= desk_figures(200, 300, options.desk_orders)
    if options.city_couriers:
        problem = fleet(options.city_couriers, options.city_orders, 12_000, seed=4)
        metrics |= epoch_figures(planner, problem, options.epoch_s, options.long_s)
    return metrics


def _keep_busy() -> None:
    while True:
        pass


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
    gc.freeze()  # as the server does once it is up
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


def epoch_figures(
    planner: Planner, problem: PlanningProblem, epoch_s: float, long_s: float
) -> dict[str, float]:
    """Return what an epoch of a city costs, and how far its plan is from a long search's, cold and warm."""
    inserted = planner.insert(problem)
    problem = msgspec.structs.replace(problem, previous=inserted.routes)
    figures, settled = _epoch(planner, problem, "cold", epoch_s, long_s)
    figures["insertion_objective_min"] = inserted.objective_min
    warm, _ = _epoch(planner, _some_time_later(problem, settled), "warm", epoch_s, long_s)
    return figures | warm


def _epoch(
    planner: Planner, problem: PlanningProblem, name: str, epoch_s: float, long_s: float
) -> tuple[dict[str, float], Solution]:
    wall, cpu = time.perf_counter(), time.process_time()
    alone = planner.improve_here(problem, epoch_s)
    alone_s, cpu_s = time.perf_counter() - wall, time.process_time() - cpu
    epoch, took_s, together = asyncio.run(_by_two(problem, epoch_s, long_s))
    longest = min((planner.improve_here(problem, long_s), together), key=lambda found: found.objective_min)
    return {
        f"{name}_epoch_s": took_s,
        f"{name}_objective_min": epoch.objective_min,
        f"{name}_unassigned": float(len(epoch.unassigned)),
        f"{name}_long_objective_min": longest.objective_min,
        f"{name}_long_two_objective_min": together.objective_min,
        f"{name}_within_pct": 100 * (epoch.objective_min / longest.objective_min - 1),
        f"{name}_one_epoch_s": alone_s,
        f"{name}_one_epoch_cpu_s": cpu_s,
        f"{name}_one_within_pct": 100 * (alone.objective_min / longest.objective_min - 1),
    }, longest


async def _by_two(
    problem: PlanningProblem, epoch_s: float, long_s: float
) -> tuple[Solution, float, Solution]:
    """Return what two warm solver processes make of an epoch, how long it took, and of a long search.

    The halves' objectives leave out what they know nothing of, so both plans are priced as a whole.
    """
    planner = Planner(StraightLine(), SolverPool(StraightLine(), 2))

    async def better(for_s: float) -> Solution:
        found = await planner.improve(problem, for_s)
        if found is None:
            raise RuntimeError("the solver processes gave no answer")
        return found

    def whole(plan: Solution) -> Solution:
        return planner.insert(msgspec.structs.replace(problem, previous=plan.routes))

    try:
        await better(0.2)
        begun = time.perf_counter()
        epoch = await better(epoch_s)
        took_s = time.perf_counter() - begun
        return whole(epoch), took_s, whole(await better(long_s))
    finally:
        planner.close()


def _some_time_later(problem: PlanningProblem, plan: Solution) -> PlanningProblem:
    """Return the city a minute later: 20 orders are gone, 20 came."""
    rng = random.Random(3)
    news = [order(rng, f"n{i}", _place(rng, 12_000)) for i in range(20)]
    return msgspec.structs.replace(
        problem,
        now_ms=problem.now_ms + 60_000,
        orders=(*problem.orders[20:], *news),
        previous=plan.routes,
    )


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
