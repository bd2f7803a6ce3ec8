"""The tracker as the rest of the process sees it: frames and the record in, positions and events out.

A thin facade that ``server.wiring`` builds. It opens fleets, passes on what the dispatcher changed (couriers,
zones, orders), answers where a courier is, and runs the intake and the once-a-second checks.
"""

import asyncio
from collections.abc import Iterable, Sequence

from domain.courier import Courier, Shift, ShiftState
from domain.errors import Unavailable
from domain.events import CourierChanged, Event, OrderChanged, PresenceChanged, RouteChanged, ZoneChanged
from domain.ids import CourierId, DeviceId, FleetId
from domain.lifecycle import Trigger
from domain.order import Order, OrderStatus
from domain.ports import Clock, EventSink, LiveStore, PingBatch, PingResult
from domain.position import Position, Presence
from domain.zone import Zone
from tracker.diagnosis import Diagnosis, diagnose
from tracker.fleet_state import CourierState
from tracker.geofence.catalogue import ZoneCatalogue
from tracker.intake import FleetIntake, Intake, IntakeMetrics, NoMetrics
from tracker.order_fences import OrderFences
from tracker.past import Past
from tracker.pipeline import Pipeline
from tracker.presence import presence_of
from tracker.settings import TrackerSettings

_SAME_MOMENT_MS = 30_000
_BY_HAND = frozenset({Trigger.PICK_UP, Trigger.DELIVER})
_HANDOVERS = {OrderStatus.PICKED_UP: "pickup", OrderStatus.DELIVERED: "dropoff"}


class _Fleet:
    """One open fleet."""

    __slots__ = ("fences", "pipeline")

    def __init__(self, pipeline: Pipeline, fences: OrderFences) -> None:
        self.pipeline = pipeline
        self.fences = fences


class Tracker:
    """Fulfils ``domain.ports.PingSink`` for all fleets of this process."""

    def __init__(
        self,
        live: LiveStore,
        clock: Clock,
        sink: EventSink,
        settings: TrackerSettings | None = None,
        metrics: IntakeMetrics | None = None,
    ) -> None:
        self._live = live
        self._clock = clock
        self._sink = sink
        self._settings = settings or TrackerSettings()
        self._fleets: dict[FleetId, _Fleet] = {}
        self._off_the_map: asyncio.Queue[tuple[FleetId, CourierId]] = asyncio.Queue()
        self._intake = Intake(
            lambda pipeline: FleetIntake(
                pipeline, live, clock, sink, self._settings.intake, metrics or NoMetrics()
            )
        )

    # --- the record ---------------------------------------------------------------------------------

    def open_fleet(
        self,
        fleet: FleetId,
        couriers: Iterable[Courier],
        zones: Iterable[Zone],
        positions: Iterable[Position],
        orders: Iterable[Order] = (),
        shifts: Iterable[Shift] = (),
        past: Past | None = None,
    ) -> None:
        """Begin to track a fleet.

        Args:
            fleet: which; opening it twice is a bug.
            couriers: all of its couriers.
            zones: all of its zones.
            positions: last known positions; no courier's live position goes back behind them.
            orders: those that couriers carry.
            shifts: past shifts, for fixes that come late.
            past: what an earlier process knew.
        """
        now_ms = self._clock.now_ms()
        pipeline = Pipeline(fleet, self._settings, ZoneCatalogue(zones), self._clock.scale)
        for courier in couriers:
            pipeline.put_courier(courier, now_ms)
        for shift in shifts:
            state = pipeline.courier(shift.courier_id)
            if state is not None:
                state.remember_shift(shift)
        for position in positions:
            pipeline.restore(position)
        past = past or Past()
        pipeline.radii.restore(past.places)
        linger_ms = int(self._settings.fences.linger_s * 1000)
        fences = OrderFences(pipeline, pipeline.radii.radius_m, linger_ms)
        for courier_id, memory in past.memories.items():
            fences.restore(pipeline.resume(courier_id, memory))
        for order in orders:
            fences.follow(order, min(now_ms, max(order.reached_at_ms.values(), default=now_ms)))
        fences.close_orphans(now_ms)
        for courier_id in past.memories:
            pipeline.replay(courier_id, past.points.get(courier_id, ()))
        self._fleets[fleet] = _Fleet(pipeline, fences)
        self._intake.open(pipeline)

    def listen(self, events: Sequence[Event]) -> None:
        """Take over what changed elsewhere; an ``EventSink``, ignores what is not its business."""
        for event in events:
            fleet = self._fleets.get(event.fleet)
            if fleet is None:
                continue
            if isinstance(event, CourierChanged):
                self._courier_changed(fleet, event)
            elif isinstance(event, ZoneChanged):
                if event.zone is None:
                    fleet.pipeline.engine.zones.drop(event.zone_id)
                else:
                    fleet.pipeline.engine.zones.put(event.zone)
            elif isinstance(event, RouteChanged):
                fleet.fences.plan(event.route)
            elif isinstance(event, OrderChanged):
                _learn_radius(fleet, event)
                fleet.fences.follow(event.order, event.at_ms)

    # --- frames -------------------------------------------------------------------------------------

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int:
        """Return the last durable frame of a device, 0 when none."""
        return await self._intake.last_seq(fleet, courier_id, device)

    async def submit(self, batch: PingBatch) -> PingResult:
        """Return once the frame is durable; see ``domain.ports.PingSink``."""
        return await self._intake.submit(batch)

    async def submit_next(self, batch: PingBatch) -> PingResult:
        """Return once the frame is durable under the next number; see ``domain.ports.PingSink``."""
        return await self._intake.submit_next(batch)

    def phone_says(self, fleet: FleetId, courier_id: CourierId, *, power_saver: bool) -> None:
        """Note whether a courier's phone saves power, for the diagnosis."""
        courier = self._courier(fleet, courier_id)
        if courier is None:
            return
        if not power_saver:
            courier.power_saver_since_ms = None
        elif courier.power_saver_since_ms is None:
            courier.power_saver_since_ms = self._clock.now_ms()

    def phone_refused(self, fleet: FleetId, courier_id: CourierId) -> None:
        """Note that a phone came with a revoked or expired link of the courier's, for the diagnosis."""
        courier = self._courier(fleet, courier_id)
        if courier is not None:
            courier.link_refused_ms = self._clock.now_ms()

    # --- answers ------------------------------------------------------------------------------------

    def position(self, fleet: FleetId, courier_id: CourierId) -> Position | None:
        """Return a courier's live position, None when unknown."""
        courier = self._courier(fleet, courier_id)
        return None if courier is None else courier.live

    def positions(self, fleet: FleetId) -> dict[CourierId, Position]:
        """Return the live positions of a fleet."""
        found = self._fleets.get(fleet)
        if found is None:
            return {}
        couriers = found.pipeline.state.couriers
        return {key: courier.live for key, courier in couriers.items() if courier.live is not None}

    def presence(self, fleet: FleetId, courier_id: CourierId) -> Presence:
        """Return whether a courier's phone is in contact."""
        courier = self._courier(fleet, courier_id)
        if courier is None:
            return Presence.OFFLINE
        return presence_of(
            courier.contact_ms, self._clock.now_ms(), self._clock.scale, self._settings.presence
        )

    def diagnosis(self, fleet: FleetId, courier_id: CourierId) -> Diagnosis | None:
        """Return why a courier is or is not seen, None when the courier is unknown here."""
        courier = self._courier(fleet, courier_id)
        if courier is None:
            return None
        presence = self.presence(fleet, courier_id)
        return diagnose(courier, presence, self._clock.now_ms(), self._clock.scale, self._settings)

    # --- running ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run the intake and the periodic checks until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._intake.run(), name="intake")
            group.create_task(self._check_forever(), name="presence")
            group.create_task(self._forget_forever(), name="forget")

    async def drained(self, timeout_wall_s: float) -> bool:
        """Wait until everything taken in is durable; False when that took too long."""
        return await self._intake.drained(timeout_wall_s)

    def check(self) -> None:
        """Tell whose presence changed, let held-back events go, and sweep out old fences."""
        now_ms = self._clock.now_ms()
        for fleet_id, fleet in self._fleets.items():
            events: list[Event] = []
            for courier in fleet.pipeline.state.couriers.values():
                events.extend(self._presence_change(fleet_id, courier, now_ms))
            events.extend(fleet.pipeline.settle(now_ms))
            fleet.fences.sweep(now_ms)
            if events:
                self._sink(events)

    async def _check_forever(self) -> None:
        while True:
            await asyncio.sleep(self._settings.presence.check_wall_s)
            self.check()

    async def _forget_forever(self) -> None:
        while True:
            fleet, courier_id = await self._off_the_map.get()
            while True:
                try:
                    await self._live.forget(fleet, courier_id)
                except Unavailable:
                    await asyncio.sleep(self._settings.intake.retry_wall_s)
                else:
                    break

    def _presence_change(self, fleet: FleetId, courier: CourierState, now_ms: int) -> list[Event]:
        presence = presence_of(courier.contact_ms, now_ms, self._clock.scale, self._settings.presence)
        if presence is courier.presence:
            return []
        courier.presence = presence
        return [PresenceChanged(fleet=fleet, at_ms=now_ms, courier_id=courier.courier.id, presence=presence)]

    def _courier_changed(self, fleet: _Fleet, event: CourierChanged) -> None:
        courier = event.courier
        state = fleet.pipeline.put_courier(courier, event.at_ms)
        if courier.shift is ShiftState.OFF and state.live is not None:
            state.live = None
            self._off_the_map.put_nowait((event.fleet, courier.id))

    def _courier(self, fleet: FleetId, courier_id: CourierId) -> CourierState | None:
        found = self._fleets.get(fleet)
        return None if found is None else found.pipeline.courier(courier_id)


def _learn_radius(fleet: _Fleet, event: OrderChanged) -> None:
    """Where goods change hands by the courier's own word, there is the door."""
    order = event.order
    end = _HANDOVERS.get(order.status)
    if end is None or event.trigger not in _BY_HAND or order.courier_id is None:
        return
    courier = fleet.pipeline.courier(order.courier_id)
    if courier is None or courier.live is None:
        return
    if abs(courier.live.fix_at_ms - event.at_ms) <= _SAME_MOMENT_MS:
        fleet.pipeline.radii.learn(order.pickup.at if end == "pickup" else order.dropoff.at, courier.live)
