"""Puts a plan into force: offers what is due, takes back offers that no longer fit, tells routes and reasons.

The second sentence between planner and couriers. Synchronous; what it did waits in the state for the journal.
"""

from collections.abc import Iterable, Mapping

from dispatcher.ahead import committed_visits, visits_ahead
from dispatcher.board import PLANNABLE
from dispatcher.calm import changed_next
from dispatcher.eta import LivePace, VisitAhead
from dispatcher.explain import decision, why
from dispatcher.model import OrderCost, PlanningProblem, Solution, Stage
from dispatcher.offers import EXPIRED, WITHDRAWN
from dispatcher.order_book import Detail
from dispatcher.planner import Planner
from dispatcher.state import FleetState
from domain.courier import Courier
from domain.events import OfferMade, OrderChanged, RouteChanged
from domain.geo import LonLat
from domain.ids import CourierId, OrderId
from domain.lifecycle import Trigger
from domain.order import OrderStatus, stop_id
from domain.plan import Route, UnassignedReason

PLANNER = "planner"

ASK_MAX = 8
"""Offers per planning pass; the next pass follows at once."""
RIVAL_MIN = 3.0
"""How much more minutes the plan may cost with somebody who is asked beside the planner's choice."""


class Dispatching:
    """The only code that makes and withdraws offers and that publishes routes."""

    def __init__(self, state: FleetState, planner: Planner) -> None:
        self._state = state
        self._planner = planner

    def put_into_force(self, problem: PlanningProblem, solution: Solution) -> bool:
        """Adopt a solution: offer what is due, say why the rest waits, tell routes.

        Returns:
            Whether more is to be decided at once: offers beyond what one pass may make, or orders taken back.
        """
        state = self._state
        self._count_changes(solution)
        state.board.adopt(solution)
        taken_back = self._take_back_accepted(problem) | self._withdraw_outdated()
        more = self._ask_who_is_due(problem, solution) or taken_back
        self._say_why_not()
        self.retime(self._affected())
        return more

    def _count_changes(self, solution: Solution) -> None:
        state, before = self._state, self._state.board.planned_courier()
        after = {visit.order_id: route.courier_id for route in solution.routes for visit in route.visits}
        moved = sum(1 for order_id, courier in before.items() if after.get(order_id, courier) != courier)
        state.metrics.plan_changed("courier", moved)
        next_stops = changed_next(state.board, solution, state.book.all())
        state.metrics.plan_changed("next_stop", len(next_stops))

    def retime(self, couriers: set[CourierId] | None = None) -> None:
        """Compute arrivals anew from the live positions; tell routes that changed, keep new stops."""
        state = self._state
        state.board.prune(state.book.all())
        changed = list(couriers if couriers is not None else state.board.couriers())
        # Who meets somebody waits for them: when one is later, so is the other.
        met = self._met_by(changed)
        for courier_id in [*changed, *met, *(met and self._met_by(met))]:
            route, reshaped = self._retime_one(courier_id)
            if route:
                state.tell(RouteChanged(fleet=state.fleet.id, at_ms=state.now_ms(), route=route))
            if route and reshaped:
                state.keep(route)

    def _met_by(self, couriers: Iterable[CourierId]) -> set[CourierId]:
        """Return whom these couriers meet to hand goods over or to take them."""
        among, met = set(couriers), set[CourierId]()
        for order in self._state.book.held():
            for one, other in ((order.held_by, order.courier_id), (order.courier_id, order.held_by)):
                if one in among and other is not None:
                    met.add(other)
        return met

    def _affected(self) -> set[CourierId]:
        """Return whose arrivals a pass may have changed; positions alone are looked at elsewhere."""
        state = self._state
        planned, affected = state.board.planned_courier(), state.board.untimed()
        for order_id in state.book.take_touched():
            order, holder = state.book.find(order_id), planned.get(order_id)
            affected |= {courier for courier in (holder, order and order.courier_id) if courier}
        return affected

    def withdraw(self, offer: OfferMade, *, result: str = WITHDRAWN, actor: str = PLANNER) -> None:
        """Close an offer and return its orders to the pool."""
        state = self._state
        state.tell(state.offers.end(offer, result, state.now_ms()))
        for order_id in offer.order_ids:
            self.release(
                order_id, actor, offer.courier_id, Trigger.EXPIRE if result == EXPIRED else Trigger.UNASSIGN
            )

    def release(self, order_id: OrderId, actor: str, courier_id: CourierId, trigger: Trigger) -> None:
        """Return an offered order to the pool once nobody is asked for it any more."""
        state = self._state
        order = state.book.find(order_id)
        if order and order.status == OrderStatus.OFFERED and not state.offers.for_order(order_id):
            exclude = courier_id if trigger == Trigger.DECLINE else None
            state.book.move(order_id, trigger, state.stamp(actor), courier_id=courier_id, exclude=exclude)

    def _retime_one(self, courier_id: CourierId) -> tuple[Route | None, bool]:
        state = self._state
        courier = state.roster.find(courier_id)
        if courier is None:
            return None, False
        now_ms = state.now_ms()
        start = state.roster.at(courier_id) or state.fleet.center
        ahead = visits_ahead(state, courier_id, now_ms)
        pace = self._pace(courier, start, ahead, now_ms)
        times = tuple(state.etas.along(start, now_ms, ahead, courier.vehicle, pace))
        committed, _ = committed_visits(state, courier_id, now_ms)
        return state.board.time(
            courier_id,
            times,
            state.book.all(),
            len(committed),
            state.settings.eta_event_s,
            self._partners(courier_id),
        )

    def _partners(self, courier_id: CourierId) -> dict[OrderId, str]:
        """Return to whom, or where, a courier hands goods over: colleague or hub, per order."""
        state, found = self._state, {}
        for order in (state.book.get(visit.order_id) for visit in state.board.planned(courier_id)):
            if order.held_by == courier_id:
                hub = state.hubs.at(order.pickup.at)
                taker = state.roster.find(order.courier_id) if order.courier_id else None
                name = hub.name if hub else taker.name if taker else None
                if name:
                    found[order.id] = name
        return found

    def _pace(self, courier: Courier, start: LonLat, ahead: list[VisitAhead], now_ms: int) -> LivePace:
        """Return how fast a courier rides now, by the way to the next stop as far as it was ridden."""
        state = self._state
        usual = state.pace.usual(courier.id)
        along = state.pace.usual(courier.id, along_streets=True)
        if not ahead or ahead[0].arrived_at_ms is not None or state.roster.at(courier.id) is None:
            state.pace.forget(courier.id)
            leg = state.etas.leg(start, ahead[0].at, courier.vehicle) if ahead else None
            now = along if leg is not None and leg.along_streets else usual
            return LivePace(now=now, usual=usual, usual_along_streets=along)
        first = state.board.planned(courier.id)[0]
        leg = state.etas.leg(start, ahead[0].at, courier.vehicle)
        stop = stop_id(first.order_id, first.kind)
        to = ahead[0].at
        now, seen = state.pace.follow(
            courier.id, stop, start, to, now_ms, leg.seconds, along_streets=leg.along_streets
        )
        return LivePace(now=now, seen=seen, usual=usual, usual_along_streets=along)

    def _take_back_accepted(self, problem: PlanningProblem) -> bool:
        """Return accepted orders that a better plan gives to somebody else to the pool, and say so."""
        state, planned = self._state, self._state.board.planned_courier()
        moved = False
        for free in problem.orders:
            order, taker = state.book.find(free.id), planned.get(free.id)
            if (
                free.stage is not Stage.ACCEPTED
                or free.pinned_to is not None
                or order is None
                or taker is None
            ):
                continue
            giver = order.courier_id
            if order.status == OrderStatus.ASSIGNED and giver != taker:
                state.book.move(order.id, Trigger.UNASSIGN, state.stamp(PLANNER), courier_id=giver)
                detail: Detail = {"giver": giver, "taker": taker}
                state.alert(
                    "order_moved", order_id=order.id, courier_id=giver, again_after_s=0, detail=detail
                )
                moved = True
        return moved

    def _withdraw_outdated(self) -> bool:
        """Take back offers of orders that go elsewhere now; returns whether there were any."""
        planned, offers = self._state.board.planned_courier(), self._state.offers
        outdated = [
            offer
            for offer in offers.all()
            if any(
                planned.get(order_id) not in {asked.courier_id for asked in offers.for_order(order_id)}
                for order_id in offer.order_ids
            )
        ]
        for offer in outdated:
            self.withdraw(offer)
        return bool(outdated)

    def _ask_who_is_due(self, problem: PlanningProblem, solution: Solution) -> bool:
        """Offer (or give, where agreed) what cannot wait; explaining takes time, so only a few per pass."""
        asked = 0
        for due in self._planner.due_offers(problem, solution):
            wanted = [order_id for order_id in due.order_ids if self._is_free(order_id)]
            if not wanted or not self._may_ask(due.courier_id):
                continue
            if asked == ASK_MAX:
                return True
            asked += 1
            self._ask(due.courier_id, wanted, self._planner.explain(problem, solution, wanted))
        return False

    def _may_ask(self, courier_id: CourierId) -> bool:
        # One question at a time; the rest follows the answer.
        return self._state.roster.may_be_asked(courier_id) and not self._state.offers.of(courier_id)

    def _ask(self, courier_id: CourierId, wanted: list[OrderId], costs: Mapping[OrderId, OrderCost]) -> None:
        state = self._state
        if state.settings.offer_automatic or state.roster.get(courier_id).auto_accept:
            for order_id in wanted:
                self._explain(order_id, courier_id, costs.get(order_id))
                state.book.move(order_id, Trigger.ASSIGN, state.stamp(PLANNER), courier_id=courier_id)
            return
        for order_id in wanted:
            state.book.move(order_id, Trigger.OFFER, state.stamp(PLANNER), courier_id=courier_id)
        self._offer(courier_id, wanted, costs)
        for other in self._rivals(courier_id, wanted, costs):
            self._offer(other, wanted, costs)
        # The plan's own choice is what is kept, whoever of those asked says yes first.
        for order_id in wanted:
            self._explain(order_id, courier_id, costs.get(order_id))

    def _offer(
        self, courier_id: CourierId, wanted: list[OrderId], costs: Mapping[OrderId, OrderCost]
    ) -> None:
        state, now_ms = self._state, self._state.now_ms()
        docs = [
            decision(state, order_id, courier_id, costs.get(order_id), kind="planned", actor=PLANNER)
            for order_id in wanted
        ]
        expires_at_ms = now_ms + round(state.settings.offer_expiry_s * 1000)
        state.tell(
            state.offers.make(courier_id, wanted, now_ms=now_ms, expires_at_ms=expires_at_ms, why=why(docs))
        )

    def _rivals(
        self, courier_id: CourierId, wanted: list[OrderId], costs: Mapping[OrderId, OrderCost]
    ) -> list[CourierId]:
        """Return who else is asked at the same time, where the co-op lets the first yes win.

        Only who would do nearly as well: the first yes of somebody far away tears up a plan that was good.
        """
        able = [_nearly_as_good(costs.get(order_id)) for order_id in wanted]
        ranked = able[0]
        others = [
            other
            for other in ranked
            if all(other in group for group in able) and other != courier_id and self._may_ask(other)
        ]
        return others[: max(0, self._state.settings.offer_broadcast - 1)]

    def _explain(self, order_id: OrderId, courier_id: CourierId, cost: OrderCost | None) -> None:
        doc = decision(self._state, order_id, courier_id, cost, kind="planned", actor=PLANNER)
        self._state.explained(order_id, doc)

    def _is_free(self, order_id: OrderId) -> bool:
        order = self._state.book.find(order_id)
        return order is not None and order.status == OrderStatus.PLACED

    def _say_why_not(self) -> None:
        state = self._state
        for order in list(state.book.all().values()):
            if order.status not in PLANNABLE:
                continue
            reason = state.board.unassigned.get(order.id)
            news = state.book.note(order.id, str(reason) if reason else None)
            if news:
                state.tell(
                    OrderChanged(fleet=state.fleet.id, at_ms=state.now_ms(), order=news, trigger="plan")
                )
            if reason == UnassignedReason.EVERYONE_DECLINED:
                state.alert("offer_declined_by_all", order_id=order.id)


def _nearly_as_good(cost: OrderCost | None) -> list[CourierId]:
    """Return who would cost little more than the planner's choice, the best first."""
    if cost is None or cost.cost_min is None:
        return []
    most = cost.cost_min + RIVAL_MIN
    return [option.courier_id for option in cost.alternatives if option.cost_min <= most]
