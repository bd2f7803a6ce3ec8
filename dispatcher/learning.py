"""Learns from what happened: scores predictions once the courier is there, and reads the past again.

Listens to the same events as everybody. The single writer of a fleet's ``EtaModel`` and ``Calibration``.
"""

from collections.abc import Sequence

import msgspec

from dispatcher.eta import EtaModel
from dispatcher.history import learn
from dispatcher.state import FleetState
from domain.events import Event, OrderChanged
from domain.ids import OrderId, StopId
from domain.lifecycle import CARRIED
from domain.order import Order, OrderStatus, StopKind, stop_id
from domain.ports import OrderStore, TravelTimes

SAMPLE_MS = 60_000
SAMPLES_MAX = 40
"""Predictions kept per stop, one a minute: each moment that somebody may look counts the same."""

RELEARN_MS = 15 * 60_000
PAST_ORDERS = 400
ARRIVALS = {OrderStatus.AT_PICKUP: StopKind.PICKUP, OrderStatus.AT_DROPOFF: StopKind.DROPOFF}


class Sample(msgspec.Struct, frozen=True):
    """One prediction: made when, for when (the model's median), with which standard deviation."""

    at_ms: int
    median_at_ms: int
    sd_s: float


class Learning:
    """Keeps one fleet's arrival model up to date."""

    def __init__(self, state: FleetState, store: OrderStore, travel_times: TravelTimes) -> None:
        self._state = state
        self._store = store
        self._travel_times = travel_times
        self._prior = EtaModel()
        self._samples: dict[StopId, list[Sample]] = {}
        self._sampled_at_ms = 0
        self._learnt_at_ms: int | None = None
        self.enabled = True

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
                        samples.append(Sample(now_ms, moment.median_at_ms, moment.sd_s))

    def listen(self, events: Sequence[Event]) -> None:
        """Score predictions of stops that were reached; forget those of orders that went elsewhere."""
        for event in events:
            if isinstance(event, OrderChanged):
                self._follow(event.order)

    async def relearn(self) -> None:
        """Read the past again when the last time was a while ago."""
        now_ms = self._state.now_ms()
        fresh = self._learnt_at_ms is not None and now_ms - self._learnt_at_ms < RELEARN_MS
        if fresh or not self.enabled:
            return
        self._learnt_at_ms = now_ms
        orders, _ = await self._store.page(self._state.fleet.id, status=["delivered"], limit=PAST_ORDERS)
        vehicles = {courier.id: courier.vehicle for courier in self._state.roster.all().values()}
        usual_s = self._state.settings.service_s
        before, model = (
            self._state.etas.model,
            learn(orders, vehicles, self._travel_times, usual_s, self._prior),
        )
        self._state.pace.rebase(model.travel_factor / before.travel_factor)
        self._state.etas.model = model

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
        self._state.etas.calibration.learn(kind, horizon_s, error_s, sample.sd_s)

    def _forget(self, order_id: OrderId) -> None:
        for kind in StopKind:
            self._samples.pop(stop_id(order_id, kind), None)
