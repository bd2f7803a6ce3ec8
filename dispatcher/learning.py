"""Learns from what happened: scores predictions once the courier is there, and reads the past again.

Listens to the same events as everybody. The single writer of a fleet's ``EtaModel``, ``Calibration``,
``ReadyTimes`` and ``WorkBook``. What the orders of the record do not tell is kept in it under ``KEPT``, every
time the past is read and at the end.
"""

import contextlib
from collections.abc import Sequence

import msgspec

from dispatcher.eta import EtaModel
from dispatcher.history import learn
from dispatcher.state import FleetState
from dispatcher.travel_times.legs import TellsLegs
from domain.errors import Unavailable
from domain.events import CourierChanged, Event, OrderChanged
from domain.ids import CourierId, OrderId, StopId
from domain.lifecycle import CARRIED, Trigger
from domain.order import Order, OrderStatus, StopKind, stop_id
from domain.ports import Stores, TravelTimes

SAMPLE_MS = 60_000
SAMPLES_MAX = 40
"""Predictions kept per stop, one a minute: each moment that somebody may look counts the same."""

RELEARN_MS = 15 * 60_000
RELEARN_SOON_MS = 60_000
"""Rides of the past that were asked for along streets are known after this long, if they ever are."""
SOON_MAX = 3
PAST_ORDERS = 400
KEPT = "arrivals"
READY = "ready"
"""What the history calls the shop's word that goods are ready."""

WORK_BACK_MS = 24 * 3_600_000
ARRIVALS = {OrderStatus.AT_PICKUP: StopKind.PICKUP, OrderStatus.AT_DROPOFF: StopKind.DROPOFF}


class Sample(msgspec.Struct, frozen=True):
    """One prediction: made when, for when (the model's median), how sure, along streets or not."""

    at_ms: int
    median_at_ms: int
    sd_s: float
    along_streets: bool = False


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What outlives the process: calibration scores, and metres ridden of each courier's day (its start)."""

    scores: dict[str, list[float]] = {}
    ridden_m: dict[CourierId, tuple[int, float]] = {}


class Learning:
    """Keeps one fleet's arrival model up to date."""

    def __init__(self, state: FleetState, stores: Stores, travel_times: TravelTimes) -> None:
        self._state = state
        self._stores = stores
        self._travel_times = travel_times
        self._prior = EtaModel()
        self._soon = 0
        self._samples: dict[StopId, list[Sample]] = {}
        self._sampled_at_ms = 0
        self._learnt_at_ms: int | None = None
        self.enabled = True

    async def recall(self) -> None:
        """Begin where an earlier process left off."""
        state, fleet = self._state, self._state.fleet.id
        since_ms = state.now_ms() - WORK_BACK_MS
        shifts = [
            shift
            for courier_id in state.roster.all()
            for shift in await self._stores.people.shifts(fleet, courier_id, since_ms)
        ]
        ended, _ = await self._stores.orders.page(fleet, status=["delivered"], limit=PAST_ORDERS)
        shifts.sort(key=lambda shift: shift.started_at_ms)
        state.work.recall(shifts, [*ended, *state.book.all().values()], state.now_ms())
        for order in sorted(ended, key=lambda order: order.placed_at_ms):
            state.demand.add(order.pickup.at, order.placed_at_ms, order.pickup.name)
        doc = await self._stores.plans.find_learnt(fleet, KEPT)
        with contextlib.suppress(msgspec.ValidationError):  # of a version that kept something else
            self._restore(msgspec.convert(doc or {}, Kept))
        await self.relearn()

    async def keep(self) -> None:
        """Keep what the record's orders do not tell."""
        state, now_ms = self._state, self._state.now_ms()
        if not self.enabled:
            return
        kept = Kept(scores=state.etas.calibration.scores(), ridden_m=state.work.ridden())
        with contextlib.suppress(Unavailable):
            await self._stores.plans.put_learnt(state.fleet.id, KEPT, now_ms, msgspec.to_builtins(kept))

    def _restore(self, kept: Kept) -> None:
        state = self._state
        state.etas.calibration.restore(kept.scores)
        for courier_id, (since_ms, metres) in kept.ridden_m.items():
            if state.work.of(courier_id, state.now_ms()).since_ms == since_ms:
                state.work.rode(courier_id, metres)

    def sample(self) -> None:
        """Note what is predicted now, once a minute."""
        now_ms = self._state.now_ms()
        if not self.enabled or now_ms - self._sampled_at_ms < SAMPLE_MS:
            return
        self._sampled_at_ms = now_ms
        orders = self._state.book.all()
        for courier_id in self._state.board.couriers():
            visits, times = self._state.board.planned(courier_id), self._state.board.times(courier_id)
            for visit, moment in zip(visits, times, strict=False):
                order = orders[visit.order_id]
                if order.courier_id == courier_id and order.status in CARRIED and moment.sd_s > 0:
                    samples = self._samples.setdefault(stop_id(order.id, visit.kind), [])
                    if len(samples) < SAMPLES_MAX:
                        samples.append(Sample(now_ms, moment.median_at_ms, moment.sd_s, moment.along_streets))

    def listen(self, events: Sequence[Event]) -> None:
        """Score predictions of stops that were reached; forget those of orders that went elsewhere."""
        for event in events:
            match event:
                case OrderChanged():
                    self._follow(event.order)
                    self._note(event)
                case CourierChanged():
                    self._state.work.shift(event.courier, event.at_ms)
                case _:
                    pass

    async def relearn(self) -> None:
        """Read the past again when the last time was a while ago."""
        now_ms = self._state.now_ms()
        after_ms = RELEARN_SOON_MS if 0 < self._soon <= SOON_MAX else RELEARN_MS
        fresh = self._learnt_at_ms is not None and now_ms - self._learnt_at_ms < after_ms
        if fresh or not self.enabled:
            return
        self._learnt_at_ms = now_ms
        if isinstance(self._travel_times, TellsLegs):
            self._soon = (self._soon + 1) % (SOON_MAX + 2)
        orders, _ = await self._stores.orders.page(
            self._state.fleet.id, status=["delivered"], limit=PAST_ORDERS
        )
        vehicles = {courier.id: courier.vehicle for courier in self._state.roster.all().values()}
        usual_s = self._state.settings.service_s
        before, model = (
            self._state.etas.model,
            learn(orders, vehicles, self._travel_times, usual_s, self._prior),
        )
        self._state.pace.rebase(model.travel_factor / before.travel_factor)
        self._state.pace.rebase(model.street_factor / before.street_factor, along_streets=True)
        self._state.etas.model = model
        self._state.ready_times.read(orders, usual_s)
        await self.keep()

    def _note(self, event: OrderChanged) -> None:
        order, state = event.order, self._state
        state.work.order(order, event.at_ms)
        if event.trigger == "place":
            state.demand.add(order.pickup.at, event.at_ms, order.pickup.name)
        told = event.trigger == READY
        if told or (event.trigger == Trigger.PICK_UP and order.ready_told_at_ms is None):
            state.ready_times.see(order, state.settings.service_s)

    def _follow(self, order: Order) -> None:
        kind = ARRIVALS.get(order.status)
        if kind is not None:
            stop = stop_id(order.id, kind)
            for sample in self._samples.pop(stop, []):
                self._score(kind, sample, order.reached_at_ms[order.status])
        elif order.status not in CARRIED:
            self._forget(order.id)

    def _score(self, kind: StopKind, sample: Sample, arrived_at_ms: int) -> None:
        horizon_s = (sample.median_at_ms - sample.at_ms) / 1000
        error_s = (arrived_at_ms - sample.median_at_ms) / 1000
        self._state.etas.calibration.learn(
            kind, horizon_s, error_s, sample.sd_s, along_streets=sample.along_streets
        )

    def _forget(self, order_id: OrderId) -> None:
        for kind in StopKind:
            self._samples.pop(stop_id(order_id, kind), None)
