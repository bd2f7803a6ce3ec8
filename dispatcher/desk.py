"""One fleet's dispatch, as sockets and routes use it: fulfils ``domain.ports.OrderDesk``.

Reads show the newest state at once. Writes change memory in one step, are committed by the journal before
they return, and are told through the event sink after that. The parts do the work: ``order_book`` moves
orders, ``actions`` and ``arrivals`` translate what couriers say and where they are, ``replanning`` decides,
``dispatching`` offers and publishes, ``listening`` hears the tracker, ``clockwork`` minds the time.
"""

import asyncio
from collections.abc import Mapping, Sequence

from dispatcher.actions import Actions
from dispatcher.arrivals import Arrivals
from dispatcher.clockwork import Clockwork
from dispatcher.desk_view import DeskView
from dispatcher.dispatching import Dispatching
from dispatcher.explaining import Explaining
from dispatcher.handover import HandOver
from dispatcher.hubs import middle
from dispatcher.intake import Intake
from dispatcher.journal import Journal
from dispatcher.learning import Learning
from dispatcher.listening import Listening
from dispatcher.metrics import DispatchMetrics
from dispatcher.opening import open_state
from dispatcher.people import People
from dispatcher.planner import Planner
from dispatcher.replanning import Replanner
from dispatcher.replies import Replies
from dispatcher.settings import DispatchSettings
from dispatcher.state import FleetState
from dispatcher.watch import Watch
from domain.courier import Courier, ShiftState
from domain.events import Event
from domain.geo import LonLat
from domain.ids import CourierId, OfferId, OrderId, ZoneId
from domain.order import Order, parse_stop_id
from domain.people import Fleet
from domain.ports import (
    ActionResult,
    Clock,
    CourierAction,
    EventSink,
    Stores,
    TravelTimes,
)
from domain.position import Position


class Desk(DeskView):
    """See the module. Make one with ``Desk.open`` and keep ``run`` going in a task group."""

    def __init__(
        self, state: FleetState, stores: Stores, sink: EventSink, planner: Planner, travel: TravelTimes
    ) -> None:
        super().__init__(state)
        self._stores = stores
        self._sink = sink
        self._journal = Journal(state.fleet.id, stores, self._told)
        self._usual = DispatchSettings()
        self._learning = Learning(state, stores, travel)
        self._dispatching = Dispatching(state, planner)
        self._replanner = Replanner(state, planner, self._dispatching, self._journal)
        self._watch = Watch(state, self._dispatching)
        self._arrivals = Arrivals(state)
        self._actions = Actions(state, stores.orders, self._journal, self._dispatching)
        self._intake = Intake(state, stores.orders, self._journal, self._dispatching)
        self._replies = Replies(state, self._dispatching)
        self._handover = HandOver(state)
        self._explaining = Explaining(state, planner, stores.plans)
        self._people = People(state, stores.people, self._watch)
        self._listening = Listening(state, self._arrivals, self._dispatching, self._replanner)
        self._clockwork = Clockwork(
            state,
            self._watch,
            self._listening,
            self._dispatching,
            self._learning,
            self._replanner,
            refresh=self._refresh,
            ended=self._ended,
            tell=self._tell,
        )

    @classmethod
    async def open(
        cls,
        fleet: Fleet,
        stores: Stores,
        clock: Clock,
        sink: EventSink,
        planner: Planner,
        settings: DispatchSettings | None = None,
        *,
        metrics: DispatchMetrics | None = None,
        travel_times: TravelTimes | None = None,
        positions: Sequence[Position] = (),
    ) -> "Desk":
        """Load a fleet's orders, couriers and routes; whatever was on offer is planned anew.

        Args:
            fleet: whose desk.
            stores: the record.
            clock: the server's time.
            sink: who is told what happened, once it is durable.
            planner: plans this fleet alone.
            settings: defaults; what the fleet chose itself comes on top.
            metrics: counts, if anybody counts.
            travel_times: for arrivals; the planner's when left out.
            positions: where couriers were last, so that arrivals are right before the first ping.
        """
        travel = travel_times or planner.travel_times
        state = await open_state(
            fleet,
            stores,
            clock,
            settings or DispatchSettings(),
            metrics=metrics,
            travel_times=travel,
            positions=positions,
        )
        desk = cls(state, stores, sink, planner, travel)
        desk._usual = settings or desk._usual
        await desk._learning.recall()
        return desk

    # --- reads that wait ----------------------------------------------------------------------------

    async def explanation(self, order_id: OrderId, language: str) -> dict[str, object]:
        """Return why an order went to whom it went, or why it waits.

        Raises:
            NotFound: ``no_explanation``.
        """
        return await self._explaining.explanation(order_id, language)

    # --- writes -----------------------------------------------------------------------------------

    async def place(
        self,
        order: Order,
        *,
        actor: str,
        idempotency_key: str | None = None,
        request_sha256: str | None = None,
    ) -> Order:
        """Record a new order and plan it; a repeated key returns the first order."""
        placed = await self._intake.place(order, actor, idempotency_key, request_sha256)
        await self._replanner.planned()
        return self._state.book.find(placed.id) or placed

    async def change(
        self,
        order_id: OrderId,
        fields: Mapping[str, object],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> Order:
        """Change facts of an open order."""
        return await self._written(self._intake.change(order_id, fields, actor, expected_version))

    async def cancel(self, order_id: OrderId, *, actor: str, reason: str | None = None) -> Order:
        """Cancel an open order; one that is cancelled already is returned as it is."""
        await self._held(order_id)
        return await self._written(self._intake.cancel(order_id, actor, reason))

    async def assign(self, order_id: OrderId, courier_id: CourierId, *, pin: bool, actor: str) -> Order:
        """Give an order to a courier by hand; with ``pin`` no program takes it away again."""
        await self._people.know(courier_id)
        before = self._state.book.get(order_id)
        why = self._explaining.given_by_hand(order_id, courier_id, actor)
        order = self._intake.assign(order_id, courier_id, actor, pin=pin)
        if order.version != before.version:
            self._state.explained(order_id, why)
        return await self._written(order)

    async def unassign(self, order_id: OrderId, *, actor: str) -> Order:
        """Return an order to the pool; its courier is not asked again unless assigned by hand."""
        return await self._written(self._intake.unassign(order_id, actor))

    async def exclude(self, order_id: OrderId, courier_id: CourierId, *, excluded: bool, actor: str) -> Order:
        """Keep an order from a courier whatever the plan says, or let them be asked again."""
        await self._people.know(courier_id)
        return await self._written(self._intake.exclude(order_id, courier_id, actor, excluded=excluded))

    async def hand_over(
        self,
        order_id: OrderId,
        courier_id: CourierId | None,
        *,
        actor: str,
        at: LonLat | None = None,
        hub: ZoneId | None = None,
    ) -> Order:
        """Take goods that are on board from their courier; both see where they change hands.

        Args:
            order_id: an order whose goods are on board.
            courier_id: who takes them over, pinned; None lets the planner choose.
            actor: who decided.
            at: where they meet; half-way, or where the goods are, when left out.
            hub: over which hub instead: nobody waits for the other there.

        Raises:
            NotFound: ``no_such_hub``.
            Conflict: ``not_on_board``, ``same_courier``.
        """
        at = middle(self._state.hubs.get(hub)) if hub is not None else at
        if courier_id is None:
            return await self._written(self._handover.leave(order_id, actor, at))
        await self._people.know(courier_id)
        order = self._handover.pass_on(order_id, courier_id, actor, at)
        self._explaining.passed_on(order_id, courier_id, actor)
        return await self._written(order)

    async def ready(self, order_id: OrderId, *, actor: str) -> Order:
        """Take the shop's word that goods are ready now; a second time changes nothing."""
        return await self._written(self._intake.ready(order_id, actor))

    async def courier_out(self, courier_id: CourierId, *, actor: str, reason: str | None = None) -> Courier:
        """Take a courier who cannot carry on off shift and plan all their orders anew, in one gesture.

        What is on board waits at the courier's place for whoever takes it over.
        """
        await self._people.know(courier_id)
        aboard = self._handover.leave_all(courier_id, actor)
        courier = await self._people.set_shift(courier_id, ShiftState.OFF, None)
        self._state.alert(
            "courier_out",
            courier_id=courier_id,
            again_after_s=0,
            detail={"reason": reason, "on_board": len(aboard)},
        )
        await self._journal.write(self._state.entry())
        await self._replanner.planned()
        return courier

    async def act(self, action: CourierAction) -> ActionResult:
        """Apply what a courier did at a stop."""
        result = await self._actions.act(action)
        parsed = parse_stop_id(action.stop_id)
        if result.ok and parsed:
            if self._arrivals.picked_up(parsed[0]):
                await self._journal.write(self._state.entry())
            self._replanner.nudge()
        return result

    async def reply(
        self, courier_id: CourierId, offer_id: OfferId, *, accept: bool, reason: str | None = None
    ) -> None:
        """Accept or decline an offer; saying the same again changes nothing."""
        self._journal.check()
        self._replies.reply(courier_id, offer_id, accept=accept, reason=reason)
        self._dispatching.retime({courier_id})
        await self._journal.write(self._state.entry())
        self._replanner.nudge()

    async def set_shift(
        self, courier_id: CourierId, state: ShiftState, *, ends_at_ms: int | None = None
    ) -> Courier:
        """Start, pause or end a courier's work."""
        courier = await self._people.set_shift(courier_id, state, ends_at_ms)
        await self._journal.write(self._state.entry())
        self._replanner.nudge()
        return courier

    async def put_courier(self, courier: Courier, *, expected_version: int | None = None) -> Courier:
        """Add or edit a courier."""
        kept = await self._people.put(courier, expected_version)
        await self._journal.write(self._state.entry())
        self._replanner.nudge()
        return kept

    # --- what the tracker tells -------------------------------------------------------------------

    def listen(self, events: Sequence[Event]) -> None:
        """Take the tracker's events; never blocks, never raises."""
        self._listening.listen(events)
        self._tell()

    async def run(self) -> None:
        """Keep committing, planning and watching until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._journal.run())
            group.create_task(self._replanner.run())
            group.create_task(self._clockwork.run())
            self._replanner.nudge()

    def configure(self, fleet: Fleet) -> None:
        """Take over what the fleet chose; what is on offer already stays as it is."""
        if fleet == self.fleet:
            return
        self.fleet = self._state.fleet = fleet
        self._state.settings = self._usual.of_fleet(fleet)
        self._replanner.nudge()

    def stop_learning(self) -> None:
        """Keep the arrival model as it is from now on; for comparisons."""
        self._learning.enabled = False

    async def drain(self) -> None:
        """Wait until everything decided so far is durable and told."""
        self._tell()
        await self._journal.drain()
        await self._learning.keep()

    def _told(self, events: Sequence[Event]) -> None:
        self._learning.listen(events)
        self._sink(events)

    # --- inside -----------------------------------------------------------------------------------

    async def _written(self, order: Order) -> Order:
        """Commit a change made just now and plan again."""
        await self._journal.write(self._state.entry())
        await self._replanner.planned()
        return self._state.book.find(order.id) or order

    async def _held(self, order_id: OrderId) -> None:
        """Hold an order that ended a while ago again, so that asking for it gets a true answer."""
        if self._state.book.find(order_id) is None:
            order = await self._stores.orders.find(self.fleet.id, order_id)
            if order is not None:
                self._state.book.remember(order)

    async def _refresh(self) -> None:
        """Take over what others wrote to the record: the fleet's choices, couriers."""
        self.configure(await self._stores.people.find_fleet(self.fleet.id) or self.fleet)
        await self._people.refresh()

    def _ended(self, order_id: OrderId) -> None:
        self._arrivals.forget(order_id)
        self._forget_shown(order_id)

    def _tell(self) -> None:
        entry = self._state.entry()
        if not entry.is_empty():
            self._journal.add(entry)
