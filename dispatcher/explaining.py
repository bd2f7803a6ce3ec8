"""Answers "why?" about an order: what was kept with the decision, or what keeps it waiting right now."""

from dispatcher.explain import Doc, decision, in_language, no_explanation
from dispatcher.model import OrderCost
from dispatcher.picture import problem_of
from dispatcher.planner import Planner
from dispatcher.state import FleetState
from domain.ids import CourierId, OrderId
from domain.order import Order, OrderStatus
from domain.plan import UnassignedReason
from domain.ports import PlanStore


class Explaining:
    """Explanations of one fleet."""

    def __init__(self, state: FleetState, planner: Planner, store: PlanStore) -> None:
        self._state = state
        self._planner = planner
        self._store = store

    async def explanation(self, order_id: OrderId, language: str) -> Doc:
        """Return why an order is with whom it is, or why it waits.

        Raises:
            NotFound: ``no_explanation``.
        """
        order = self._state.book.find(order_id)
        if order is not None and order.status in (OrderStatus.PLACED, OrderStatus.SCHEDULED):
            return in_language(self._waiting(order), language)
        kept = await self._store.find_explanation(self._state.fleet.id, order_id)
        if kept is None:
            raise no_explanation(order_id)
        return in_language(kept, language)

    def given_by_hand(self, order_id: OrderId, courier_id: CourierId, actor: str) -> Doc:
        """Return the explanation of a person's choice; ask before the order is moved."""
        return decision(self._state, order_id, courier_id, self._cost(order_id), kind="by_hand", actor=actor)

    def passed_on(self, order_id: OrderId, courier_id: CourierId, actor: str) -> None:
        """Keep that a person had goods on board passed on; nobody else was compared."""
        doc = decision(self._state, order_id, courier_id, None, kind="by_hand", actor=actor)
        self._state.explained(order_id, doc)

    def _waiting(self, order: Order) -> Doc:
        """Return to whom the plan means to give an order nobody was asked about yet, or why it waits."""
        state = self._state
        planned = state.board.planned_courier().get(order.id)
        reason = None if planned else state.board.unassigned.get(order.id, UnassignedReason.NOT_YET)
        cost = self._cost(order.id) if order.status == OrderStatus.PLACED else None
        kind = "planned" if planned else "waiting"
        return decision(
            state, order.id, planned, cost, kind=kind, actor="planner", reason=reason, asking=False
        )

    def _cost(self, order_id: OrderId) -> OrderCost | None:
        self._state.board.prune(self._state.book.all())
        problem = problem_of(self._state, self._state.now_ms())
        return self._planner.explain(problem, self._planner.insert(problem), [order_id]).get(order_id)
