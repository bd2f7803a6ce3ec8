"""Plays one day once: a desk, a planner, riders and shops on a virtual loop; returns what happened."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec

from dispatcher.desk import Desk
from dispatcher.settings import DispatchSettings
from dispatcher.travel_times.straight_line import StraightLine
from domain.events import Event, OfferMade, RouteChanged
from domain.geo import LonLat
from domain.ids import CourierId, FleetId, OrderId
from domain.lifecycle import FINAL
from domain.order import Order, OrderPlace, OrderStatus
from domain.people import Fleet
from storage.memory import MemoryStores
from whatif.chance import Dice, Nature
from whatif.day import SimDay, SimOrder
from whatif.figures import Figures, Truth, figures_of
from whatif.log import DayLog
from whatif.planner import RoundsPlanner
from whatif.rider import Rider
from whatif.virtual_time import VirtualClock, VirtualLoop

MIDNIGHT_MS = 1_767_225_600_000
"""The day simulated, 2026-01-01 UTC: any would do."""
SCALE = 60.0
"""The desk minds its clock as on a server with this ``--time-scale``: looks every 15 s, plans every 30 s."""
ROUNDS = 0
GRACE_S = 5_400
CHECK_S = 60.0


class DayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What is played.

    Attributes:
        fleet_settings: what the fleet chose, as its record keeps it.
        dispatch: everything else about dispatch.
        seed: of all that is left to chance.
    """

    day: SimDay
    fleet_settings: dict[str, Any] = {}
    dispatch: DispatchSettings = DispatchSettings()
    nature: Nature = Nature()
    seed: int = 1


def play(plan: DayPlan) -> Figures:
    """Play a day and return its figures."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_World(plan).run())


class _World:
    def __init__(self, plan: DayPlan) -> None:
        self._plan, self._day = plan, plan.day
        self._begin_s = plan.day.begin_s()
        self._clock = VirtualClock(MIDNIGHT_MS + self._begin_s * 1000, SCALE)
        self._dice = Dice(plan.seed, plan.nature)
        self._travel = StraightLine()
        self._log = DayLog()
        self._riders: dict[CourierId, Rider] = {}
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._truths: dict[OrderId, Truth] = {}
        self._promise_s = 0.0

    async def run(self) -> Figures:
        planner = RoundsPlanner(self._travel, ROUNDS)
        fleet = Fleet(
            id=FleetId("whatif"),
            name="What if",
            center=_middle(self._day.orders),
            time_zone="UTC",
            settings=self._plan.fleet_settings,
        )
        self._promise_s = self._plan.dispatch.of_fleet(fleet).promise_s
        desk = await Desk.open(fleet, MemoryStores(), self._clock, self._hear, planner, self._plan.dispatch)
        try:
            await self._live(desk)
        finally:
            planner.close()
        return figures_of(self._log, self._truths, MIDNIGHT_MS, self._clock.now_ms())

    async def _live(self, desk: Desk) -> None:
        """Let everybody live until the day is over."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._start(desk.run())
            for who in self._day.riders:
                rider = Rider(
                    who,
                    desk=desk,
                    clock=self._clock,
                    zero_ms=MIDNIGHT_MS,
                    dice=self._dice,
                    travel=self._travel,
                    truths=self._truths,
                    log=self._log,
                )
                self._riders[rider.id] = rider
                self._start(rider.live())
            await self._place_orders(desk)
            await self._end()
            for task in self._tasks:
                task.cancel()

    def _start(self, life: Coroutine[Any, Any, None]) -> None:
        if self._group is not None:
            task = self._group.create_task(life)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _place_orders(self, desk: Desk) -> None:
        for order in sorted(self._day.orders, key=lambda order: order.placed_s):
            await self._clock.sleep_until(MIDNIGHT_MS + order.placed_s * 1000)
            self._start(self._place(desk, order))

    async def _place(self, desk: Desk, order: SimOrder) -> None:
        now_ms = self._clock.now_ms()
        announced_ms = MIDNIGHT_MS + order.ready_s * 1000
        mean_s, sd_s = self._dice.nature.kitchen_s
        late_s = mean_s + sd_s * self._dice.normal("kitchen", order.id)
        order_id = OrderId(order.id)
        self._truths[order_id] = Truth(
            ready_at_ms=max(now_ms, announced_ms + round(late_s * 1000)),
            due_at_ms=self._due_at_ms(order, now_ms),
        )
        await desk.place(
            Order(
                id=order_id,
                fleet=desk.fleet.id,
                status=OrderStatus.PLACED,
                pickup=OrderPlace(at=order.pickup, ready_at_ms=announced_ms),
                dropoff=OrderPlace(at=order.dropoff),
                placed_at_ms=now_ms,
            ),
            actor="shop:whatif",
        )

    def _due_at_ms(self, order: SimOrder, now_ms: int) -> int:
        """Return when the customer was told it comes, else by the fleet's usual promise."""
        if order.due_s is not None:
            return MIDNIGHT_MS + order.due_s * 1000
        return max(now_ms, MIDNIGHT_MS + order.ready_s * 1000) + round(self._promise_s * 1000)

    async def _end(self) -> None:
        """Return once every order is final, or its grace is over."""
        last_s = max(max(order.ready_s, order.due_s or 0) for order in self._day.orders) + GRACE_S
        while self._clock.now_ms() < MIDNIGHT_MS + last_s * 1000:
            await self._clock.sleep(CHECK_S)
            if all(order.status in FINAL for order in self._log.orders.values()):
                return

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            self._log.listen(event)
            if isinstance(event, RouteChanged):
                self._riders[event.route.courier_id].look()
            elif isinstance(event, OfferMade):
                self._start(self._riders[event.courier_id].consider(event))


def _middle(orders: Sequence[SimOrder]) -> LonLat:
    count = len(orders)
    return LonLat(
        sum(order.pickup.lon for order in orders) / count, sum(order.pickup.lat for order in orders) / count
    )
