"""A made-up day for ``bench.eta``: couriers who ride unevenly, kitchens that run late, on a hand-moved clock.

Everything a plan does not know is drawn here: a courier's own pace, the pace of each ride, time at counters
and doors, how late goods are. The desk sees positions, fences and buttons, as it would live.
"""

import math
import random

import msgspec

from dispatcher.desk import Desk
from domain.courier import VEHICLE_CLASSES, Courier, ShiftState, Vehicle
from domain.events import FenceCrossed, PositionChanged
from domain.geo import LonLat, distance_m, moved
from domain.ids import CourierId, FleetId, OrderId
from domain.order import Order, OrderPlace, OrderStatus, StopKind
from domain.people import Fleet
from domain.plan import Stop
from domain.ports import Clock, CourierAction
from domain.position import Position, Presence
from domain.zone import FenceEventKind

FLEET = Fleet(
    id=FleetId("bench"), name="Bench", center=LonLat(-99.17, 19.41), time_zone="America/Mexico_City"
)
DETOUR = 1.3
FENCE_M = 70.0


class Nature(msgspec.Struct, frozen=True, kw_only=True):
    """How the day strays from the plan: a hilly town of stairs, where kitchens run late.

    Attributes:
        pace: median speed over the vehicle's usual one.
        courier_sd: log standard deviation of a courier's pace over the day.
        ride_sd: log standard deviation of the pace of one ride.
        counter_s: seconds at a pickup once the goods are ready: median, log standard deviation.
        door_s: seconds at a drop-off: median, log standard deviation.
        kitchen_s: how much later than announced goods are ready: mean, standard deviation.
    """

    pace: float = 0.8
    courier_sd: float = 0.10
    ride_sd: float = 0.22
    counter_s: tuple[float, float] = (70.0, 0.6)
    door_s: tuple[float, float] = (160.0, 0.55)
    kitchen_s: tuple[float, float] = (60.0, 150.0)


class DayCourier:
    """One courier's body; ``step`` moves it on and tells the desk."""

    def __init__(self, courier_id: CourierId, at: LonLat, rng: random.Random, nature: Nature) -> None:
        self.id = courier_id
        self._at = at
        self._rng = rng
        self._nature = nature
        self._pace = nature.pace * math.exp(rng.gauss(0, nature.courier_sd))
        self._ride_pace = 1.0
        self._heading_for: str | None = None
        self._inside: str | None = None
        self._busy_until_ms: int | None = None
        self._acts = 0

    async def step(self, desk: Desk, now_ms: int, passed_s: float, ready_ms: dict[OrderId, int]) -> None:
        """Live on for ``passed_s`` seconds."""
        for offer in desk.offers(self.id):
            await desk.reply(self.id, offer.offer_id, accept=self._rng.random() > 0.03)
        stops = desk.route(self.id).stops
        if stops:
            await self._work(desk, stops[0], now_ms, passed_s, ready_ms)
        self._ping(desk, now_ms)

    async def _work(
        self, desk: Desk, stop: Stop, now_ms: int, passed_s: float, ready_ms: dict[OrderId, int]
    ) -> None:
        if stop.stop_id != self._heading_for:
            self._heading_for, self._busy_until_ms = stop.stop_id, None
            self._ride_pace = math.exp(self._rng.gauss(0, self._nature.ride_sd))
        if self._busy_until_ms is not None:
            if now_ms >= self._busy_until_ms:
                await self._finish(desk, stop, now_ms)
            return
        if self._ride(stop.at, passed_s):
            self._busy_until_ms = self._served_at_ms(stop, now_ms, ready_ms)
        if distance_m(self._at, stop.at) <= FENCE_M and self._inside != stop.stop_id:
            self._inside = stop.stop_id
            desk.listen([self._arrival(stop, now_ms)])

    def _ride(self, to: LonLat, passed_s: float) -> bool:
        """Move towards ``to``; True on arrival."""
        gap_m = distance_m(self._at, to)
        speed = VEHICLE_CLASSES[Vehicle.BICYCLE].cruise_mps * self._pace * self._ride_pace / DETOUR
        step_m = speed * passed_s * self._rng.uniform(0.6, 1.4)
        if gap_m <= step_m:
            self._at = to
            return True
        share = step_m / gap_m
        self._at = LonLat(
            self._at.lon + (to.lon - self._at.lon) * share, self._at.lat + (to.lat - self._at.lat) * share
        )
        return False

    def _served_at_ms(self, stop: Stop, now_ms: int, ready_ms: dict[OrderId, int]) -> int:
        pickup = stop.kind == StopKind.PICKUP
        median_s, sd = self._nature.counter_s if pickup else self._nature.door_s
        begin_ms = max(now_ms, ready_ms[stop.order_id]) if pickup else now_ms
        return begin_ms + round(median_s * math.exp(self._rng.gauss(0, sd)) * 1000)

    async def _finish(self, desk: Desk, stop: Stop, now_ms: int) -> None:
        self._acts += 1
        self._heading_for = self._busy_until_ms = self._inside = None
        await desk.act(
            CourierAction(
                id=f"{self.id}-{self._acts}",
                fleet=FLEET.id,
                courier_id=self.id,
                stop_id=stop.stop_id,
                action="picked_up" if stop.kind == StopKind.PICKUP else "delivered",
                at_ms=now_ms,
            )
        )

    def _arrival(self, stop: Stop, now_ms: int) -> FenceCrossed:
        return FenceCrossed(
            fleet=FLEET.id,
            at_ms=now_ms,
            id=f"{self.id}-{stop.stop_id}",
            courier_id=self.id,
            kind=FenceEventKind.ENTERED,
            visit=1,
            late=False,
            stop_id=stop.stop_id,
        )

    def _ping(self, desk: Desk, now_ms: int) -> None:
        seen = moved(self._at, self._rng.gauss(0, 4), self._rng.gauss(0, 4))
        position = Position(
            courier_id=self.id,
            at=seen,
            accuracy_m=6.0,
            speed_mps=None,
            heading_deg=None,
            fix_at_ms=now_ms,
            received_at_ms=now_ms,
        )
        event = PositionChanged(fleet=FLEET.id, at_ms=now_ms, position=position, presence=Presence.ONLINE)
        desk.listen([event])


class Day:
    """Couriers and orders of one made-up day.

    Args:
        couriers: how many work.
        orders: how many come, evenly over ``hours``.
        hours: length of the day.
        seed: of everything random.
    """

    def __init__(self, *, couriers: int, orders: int, hours: float, seed: int) -> None:
        self._rng = random.Random(seed)
        self._nature = Nature()
        self._couriers_count = couriers
        gaps_s = [self._rng.expovariate(orders / (hours * 3600)) for _ in range(orders)]
        self._due_s = [sum(gaps_s[: i + 1]) for i in range(orders)]
        self._shops = [self._somewhere(1200) for _ in range(25)]
        self.ready_ms: dict[OrderId, int] = {}
        self.couriers: list[DayCourier] = []

    def length_s(self) -> float:
        """Return when the last order is placed, seconds from the beginning."""
        return self._due_s[-1]

    async def begin(self, desk: Desk) -> None:
        """Put everybody on shift."""
        for i in range(self._couriers_count):
            courier_id = CourierId(f"c_{i}")
            await desk.put_courier(Courier(id=courier_id, fleet=FLEET.id, name=f"Courier {i}"))
            await desk.set_shift(courier_id, ShiftState.ON)
            rng = random.Random(self._rng.random())
            self.couriers.append(DayCourier(courier_id, self._somewhere(1500), rng, self._nature))

    def due(self, since_s: float, until_s: float, clock: Clock) -> list[Order]:
        """Return the orders placed in a stretch of the day."""
        return [
            self._order(i, clock.now_ms()) for i, at_s in enumerate(self._due_s) if since_s <= at_s < until_s
        ]

    def _order(self, number: int, now_ms: int) -> Order:
        announced_ms = now_ms + self._rng.randrange(300, 1200) * 1000
        mean_s, sd_s = self._nature.kitchen_s
        order_id = OrderId(f"o_{number}")
        self.ready_ms[order_id] = max(now_ms, announced_ms + round(self._rng.gauss(mean_s, sd_s) * 1000))
        return Order(
            id=order_id,
            fleet=FLEET.id,
            status=OrderStatus.PLACED,
            pickup=OrderPlace(at=self._rng.choice(self._shops), ready_at_ms=announced_ms),
            dropoff=OrderPlace(at=self._somewhere(1800)),
            placed_at_ms=now_ms,
        )

    def _somewhere(self, spread_m: float) -> LonLat:
        return moved(FLEET.center, self._rng.gauss(0, spread_m), self._rng.gauss(0, spread_m))
