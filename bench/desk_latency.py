"""How fast a desk answers: an order comes in, is planned, committed to SQLite, and its sender hears of it.

The very desk, its store on disk and a solver process beside it, as a server runs them; only the clock stands
still, so that every order meets the same busy fleet. The explanation is what a dispatcher sees on opening the
order just placed.
"""

import asyncio
import contextlib
import gc
import random
import tempfile
import time
from pathlib import Path

import numpy as np

from dispatcher.desk import Desk
from dispatcher.picture import problem_of
from dispatcher.planner import Planner
from dispatcher.settings import DispatchSettings
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Courier, ShiftState, Vehicle
from domain.events import PositionChanged
from domain.geo import LonLat, moved
from domain.ids import CourierId, FleetId, OrderId
from domain.order import Order, OrderPlace, OrderStatus, Size
from domain.people import Fleet
from domain.position import Position, Presence
from server.clock import ManualClock
from storage.sql.stores import open_stores

MIDDLE = LonLat(-99.17, 19.41)
RADIUS_M = 5_000
FLEET = Fleet(id=FleetId("bench"), name="Bench", center=MIDDLE, time_zone="UTC")
SETTLE_S = 3.0
"""Wall seconds after the fleet is set up before anything is measured."""
GAP_S = 0.15
"""Wall seconds between two orders: twenty-four thousand an hour, and the solver answers in between."""


def desk_figures(couriers: int, orders: int, measured: int) -> dict[str, float]:
    """Return milliseconds: an order to its answer and to its explanation, and looking for offers."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), couriers, orders, measured))


async def _measure(folder: Path, couriers: int, orders: int, measured: int) -> dict[str, float]:
    stores = await open_stores(f"sqlite:///{folder}/relevo.db")
    planner, clock, rng = Planner(StraightLine()), ManualClock(), random.Random(5)
    try:
        await stores.people.put_fleet(FLEET)
        desk = await Desk.open(FLEET, stores, clock, _nobody, planner, DispatchSettings())
        running = asyncio.create_task(desk.run())
        for number in range(couriers):
            await _courier(desk, rng, number, clock.now_ms())
        names = [f"o{number}" for number in range(orders + measured)]
        await asyncio.gather(*(_place(desk, rng, name, clock.now_ms()) for name in names[:orders]))
        await asyncio.sleep(SETTLE_S)
        gc.freeze()  # as the server does once it is up
        figures = await _orders_in_turn(desk, rng, names, orders, clock.now_ms())
        figures |= _offers(desk, planner)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        return figures
    finally:
        planner.close()
        await stores.close()


async def _orders_in_turn(
    desk: Desk, rng: random.Random, names: list[str], open_orders: int, now_ms: int
) -> dict[str, float]:
    """Place one order after the other; an old one is cancelled each time, so that as many stay open."""
    placed_ms, told_ms = [], []
    for i, name in enumerate(names[open_orders:]):
        begun = time.perf_counter()
        await _place(desk, rng, name, now_ms)
        placed_ms.append((time.perf_counter() - begun) * 1000)
        await desk.explanation(OrderId(name), "en")
        told_ms.append((time.perf_counter() - begun) * 1000)
        await desk.cancel(OrderId(names[i]), actor="bench")
        await asyncio.sleep(GAP_S)
    return _percentiles("desk_place", placed_ms) | _percentiles("desk_place_explained", told_ms)


def _offers(desk: Desk, planner: Planner, rounds: int = 30) -> dict[str, float]:
    """Time looking for who must be asked now."""
    problem = problem_of(desk._state, desk._state.now_ms())  # noqa: SLF001  # the picture the desk plans on
    solution, took_ms = planner.insert(problem), []
    for _ in range(rounds):
        begun = time.perf_counter()
        planner.due_offers(problem, solution)
        took_ms.append((time.perf_counter() - begun) * 1000)
    return _percentiles("due_offers", took_ms)


def _percentiles(name: str, took_ms: list[float]) -> dict[str, float]:
    return {f"{name}_p{p}_ms": float(np.percentile(took_ms, p)) for p in (50, 99)}


async def _courier(desk: Desk, rng: random.Random, number: int, now_ms: int) -> None:
    vehicle = rng.choice([Vehicle.BICYCLE, Vehicle.BICYCLE, Vehicle.CARGO_BIKE, Vehicle.MOTORCYCLE])
    courier = Courier(id=CourierId(f"c{number}"), fleet=FLEET.id, name=f"Courier {number}", vehicle=vehicle)
    await desk.put_courier(courier)
    await desk.set_shift(courier.id, ShiftState.ON)
    position = Position(
        courier_id=courier.id,
        at=_somewhere(rng),
        accuracy_m=5.0,
        speed_mps=3.0,
        heading_deg=None,
        fix_at_ms=now_ms,
        received_at_ms=now_ms,
    )
    seen = PositionChanged(fleet=FLEET.id, at_ms=now_ms, position=position, presence=Presence.ONLINE)
    desk.listen([seen])


async def _place(desk: Desk, rng: random.Random, name: str, now_ms: int) -> Order:
    shop = _somewhere(rng)
    order = Order(
        id=OrderId(name),
        fleet=FLEET.id,
        status=OrderStatus.PLACED,
        pickup=OrderPlace(at=shop, ready_at_ms=now_ms + rng.randint(0, 30) * 60_000),
        dropoff=OrderPlace(at=moved(shop, rng.uniform(-3000, 3000), rng.uniform(-3000, 3000))),
        size=Size(weight_g=rng.randint(200, 3000), volume_l=rng.uniform(1, 12)),
        placed_at_ms=now_ms,
    )
    return await desk.place(order, actor="bench")


def _somewhere(rng: random.Random) -> LonLat:
    return moved(MIDDLE, rng.uniform(-RADIUS_M, RADIUS_M), rng.uniform(-RADIUS_M, RADIUS_M))


def _nobody(events: object) -> None:
    """Nobody listens."""
