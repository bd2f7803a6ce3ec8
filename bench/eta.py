"""How good arrival times are: coverage of the 80 % range, accuracy by horizon, jitter, on a made-up day.

The first part of the day is left out: the desk starts without a past and learns it. Beside what a customer is
shown stands the courier's raw estimate, and the same day with nothing learnt.
"""

import argparse
import asyncio
import contextlib
from collections import defaultdict

from bench.eta_day import FLEET, Day
from bench.eta_scores import Prediction, Track, scores
from bench.report import write_report
from dispatcher.desk import Desk
from dispatcher.planner import Planner
from dispatcher.settings import DispatchSettings
from dispatcher.travel_times.straight_line import StraightLine
from domain.events import Event, OrderChanged
from domain.ids import StopId
from domain.order import OrderStatus, StopKind, stop_id
from server.clock import ManualClock
from storage.memory import MemoryStores

STEP_S = 5.0
SAMPLE_S = 30.0
TURNS = 12
"""Turns of the event loop per step: enough for every task of the desk to do what is due."""


class Watcher:
    """Writes down what is predicted and when couriers come."""

    def __init__(self, desk: Desk, since_ms: int) -> None:
        self._desk = desk
        self._since_ms = since_ms
        self._shown: defaultdict[StopId, list[Prediction]] = defaultdict(list)
        self._raw: defaultdict[StopId, list[Prediction]] = defaultdict(list)
        self._came_ms: dict[StopId, int] = {}

    def listen(self, events: list[Event]) -> None:
        """Take note of arrivals."""
        for event in events:
            if isinstance(event, OrderChanged):
                for kind, status in (
                    (StopKind.PICKUP, OrderStatus.AT_PICKUP),
                    (StopKind.DROPOFF, OrderStatus.AT_DROPOFF),
                ):
                    if event.order.status == status:
                        stop = stop_id(event.order.id, kind)
                        self._came_ms.setdefault(stop, event.order.reached_at_ms[status])

    def look(self, now_ms: int) -> None:
        """Sample every prediction of a stop still ahead."""
        for route in self._desk.plan().routes.values():
            for stop in route.stops:
                if now_ms < self._since_ms or stop.stop_id in self._came_ms or stop.eta is None:
                    continue
                self._raw[stop.stop_id].append(Prediction(now_ms, stop.eta))
                etas = self._desk.etas(stop.order_id)
                shown = etas.pickup if stop.kind == StopKind.PICKUP else etas.dropoff
                if shown is not None:
                    self._shown[stop.stop_id].append(Prediction(now_ms, shown))

    def tracks(self, kind: StopKind | None = None, *, raw: bool = False) -> list[Track]:
        """Return what was said about stops that were reached."""
        said = self._raw if raw else self._shown
        return [
            Track(tuple(predictions), self._came_ms[stop])
            for stop, predictions in said.items()
            if stop in self._came_ms and (kind is None or stop.endswith(f".{kind}"))
        ]


async def run_day(day: Day, warm_up_s: float, *, learning: bool) -> Watcher:
    """Live through a day and return what was predicted and what happened."""
    clock, planner = ManualClock(), Planner(StraightLine())
    watchers: list[Watcher] = []

    def sink(events: list[Event]) -> None:
        for watcher in watchers:
            watcher.listen(events)

    settings = DispatchSettings(improve_s=0.0)
    desk = await Desk.open(FLEET, MemoryStores(), clock, sink, planner, settings)  # type: ignore[arg-type]
    if not learning:
        desk.stop_learning()
    watchers.append(Watcher(desk, clock.now_ms() + round(warm_up_s * 1000)))
    task = asyncio.create_task(desk.run())
    try:
        await day.begin(desk)
        await _live(day, desk, clock, watchers[0])
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        planner.close()
    return watchers[0]


async def _live(day: Day, desk: Desk, clock: ManualClock, watcher: Watcher) -> None:
    passed_s, end_s = 0.0, day.length_s() + 2400
    while passed_s < end_s:
        for order in day.due(passed_s, passed_s + STEP_S, clock):
            await desk.place(order, actor="shop:bench")
        clock.advance(STEP_S)
        passed_s += STEP_S
        for _ in range(TURNS):
            await asyncio.sleep(0)
        for courier in day.couriers:
            await courier.step(desk, clock.now_ms(), STEP_S, day.ready_ms)
        if passed_s % SAMPLE_S < STEP_S:
            watcher.look(clock.now_ms())


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="bench.eta", description=__doc__)
    parser.add_argument("--json", help="write the result here")
    parser.add_argument("--couriers", type=int, default=30)
    parser.add_argument("--orders", type=int, default=360)
    parser.add_argument("--hours", type=float, default=5.0)
    parser.add_argument("--warm-up-hours", type=float, default=1.5)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    metrics: dict[str, float] = {}
    for learning in (True, False):
        day = Day(couriers=args.couriers, orders=args.orders, hours=args.hours, seed=args.seed)
        seen = asyncio.run(run_day(day, args.warm_up_hours * 3600, learning=learning))
        if learning:
            metrics |= scores(seen.tracks())
            metrics |= scores(seen.tracks(raw=True), "raw_")
            metrics |= scores(seen.tracks(StopKind.DROPOFF), "dropoff_")
            metrics |= scores(seen.tracks(StopKind.PICKUP), "pickup_")
        else:
            metrics |= scores(seen.tracks(), "unlearnt_")
    for name, value in metrics.items():
        print(f"{name:45} {value:10.2f}")
    params = {key: value for key, value in vars(args).items() if key != "json"}
    headline = ["coverage_pct", "unlearnt_coverage_pct", "accuracy_pct", "unlearnt_accuracy_pct"]
    headline += ["jitter_s_per_min", "raw_jitter_s_per_min"]
    write_report("eta", params, metrics, args.json, headline)


if __name__ == "__main__":
    main()
