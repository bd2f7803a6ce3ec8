"""A small fleet with a desk that runs on a hand-moved clock, in-memory stores and the real planner."""

import asyncio
import contextlib

from dispatcher.desk import Desk
from dispatcher.planner import Planner
from dispatcher.settings import DispatchSettings
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Courier, ShiftState, Vehicle
from domain.events import FenceCrossed, PositionChanged
from domain.geo import LonLat, moved
from domain.ids import CourierId, FleetId, OrderId
from domain.order import Order, OrderPlace, OrderStatus, StopKind, stop_id
from domain.people import Fleet
from domain.ports import CourierAction
from domain.position import Position, Presence
from domain.zone import FenceEventKind
from server.clock import ManualClock
from storage.memory import MemoryStores

FLEET = Fleet(
    id=FleetId("norte"), name="Norte", center=LonLat(-99.17, 19.41), time_zone="America/Mexico_City"
)
CENTER = FLEET.center


class World:
    """Everything around one desk; ``events`` is what everybody was told."""

    def __init__(self, settings=None):
        self.clock = ManualClock()
        self.stores = MemoryStores()
        self.events = []
        self.settings = settings or DispatchSettings(improve_s=0.05)
        self.planner = Planner(StraightLine())
        self.desk = None
        self.task = None
        self.order_count = 0
        self.action_count = 0
        self.visit_count = 0

    async def start(self):
        self.desk = await Desk.open(
            FLEET, self.stores, self.clock, self.events.extend, self.planner, self.settings
        )
        self.task = asyncio.create_task(self.desk.run())
        await self.settle()
        return self.desk

    async def stop(self):
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def kill(self):
        """End the process without letting it finish anything; the stores stay."""
        await self.stop()
        self.events.clear()

    async def settle(self):
        """Let everything that is ready run, without time passing."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def advance(self, seconds, step=1.0):
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            left -= step
            await self.settle()

    async def courier(self, name="ana", east_m=0.0, north_m=0.0, *, online=True, **fields):
        courier_id = CourierId(f"c_{name}")
        await self.desk.put_courier(
            Courier(id=courier_id, fleet=FLEET.id, name=name.title(), vehicle=Vehicle.BICYCLE, **fields)
        )
        await self.desk.set_shift(courier_id, ShiftState.ON)
        if online:
            self.ping(courier_id, east_m, north_m)
        await self.settle()
        return courier_id

    def ping(self, courier_id, east_m=0.0, north_m=0.0, presence=Presence.ONLINE):
        now_ms = self.clock.now_ms()
        position = Position(
            courier_id=courier_id,
            at=moved(CENTER, east_m, north_m),
            accuracy_m=5.0,
            speed_mps=3.0,
            heading_deg=None,
            fix_at_ms=now_ms,
            received_at_ms=now_ms,
        )
        self.desk.listen(
            [PositionChanged(fleet=FLEET.id, at_ms=now_ms, position=position, presence=presence)]
        )

    def new_order(
        self, pickup=(300.0, 0.0), dropoff=(900.0, 0.0), *, pickup_fields=None, dropoff_fields=None, **fields
    ):
        self.order_count += 1
        return Order(
            id=OrderId(f"o_{self.order_count}"),
            fleet=FLEET.id,
            status=OrderStatus.PLACED,
            pickup=OrderPlace(at=moved(CENTER, *pickup), **(pickup_fields or {})),
            dropoff=OrderPlace(at=moved(CENTER, *dropoff), **(dropoff_fields or {})),
            placed_at_ms=self.clock.now_ms(),
            **fields,
        )

    async def place(self, **fields):
        placed = await self.desk.place(self.new_order(**fields), actor="shop:tacos")
        await self.settle()
        return placed.id

    async def accepted(self, courier_id, **fields):
        """Place an order and let the courier accept it."""
        order_id = await self.place(**fields)
        await self.accept(courier_id)
        assert self.status(order_id) == "assigned", self.status(order_id)
        return order_id

    async def until_asked(self, courier_id, minutes=60):
        """Let time pass until the courier is asked for something."""
        for _ in range(minutes * 4):
            if self.desk.offers(courier_id):
                return
            await self.advance(15, step=5)
        raise AssertionError("nobody asked")

    async def accept(self, courier_id):
        (offer,) = self.desk.offers(courier_id)
        await self.desk.reply(courier_id, offer.offer_id, accept=True)
        await self.settle()

    async def act(self, courier_id, order_id, action, *, kind=None, at_ms=None, action_id=None):
        kind = kind or (StopKind.DROPOFF if action == "delivered" else StopKind.PICKUP)
        self.action_count += 1
        result = await self.desk.act(
            CourierAction(
                id=action_id or f"a{self.action_count}",
                fleet=FLEET.id,
                courier_id=courier_id,
                stop_id=stop_id(order_id, kind),
                action=action,
                at_ms=self.clock.now_ms() if at_ms is None else at_ms,
            )
        )
        await self.settle()
        return result

    async def fence(self, courier_id, order_id, kind, event=FenceEventKind.ENTERED, at_ms=None):
        self.visit_count += 1
        self.desk.listen(
            [
                FenceCrossed(
                    fleet=FLEET.id,
                    at_ms=self.clock.now_ms() if at_ms is None else at_ms,
                    id=f"v{self.visit_count}",
                    courier_id=courier_id,
                    kind=event,
                    visit=1,
                    late=False,
                    stop_id=stop_id(order_id, kind),
                )
            ]
        )
        await self.settle()

    def order(self, order_id):
        return self.desk.open_orders()[order_id]

    def status(self, order_id):
        return str(self.order(order_id).status)

    def told(self, kind, **fields):
        """Return told events of a type whose fields are as given."""
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, k) == v for k, v in fields.items())
        ]

    def alerts(self):
        return [event.kind for event in self.events if type(event).__name__ == "Alert"]

    def stops(self, courier_id):
        return [str(stop.stop_id) for stop in self.desk.route(courier_id).stops]
