"""Everything one fleet's dispatcher knows, as one value that its parts share.

A holder, without rules: ``order_book`` moves orders, ``board`` holds the plan, ``offers`` the offers,
``roster`` the couriers. The event loop's single thread guards it: no part awaits between reading and
writing.
"""

from collections.abc import Mapping

import msgspec

from dispatcher.board import PlanBoard
from dispatcher.demand import DemandMemory
from dispatcher.eta import Etas
from dispatcher.hubs import Hubs
from dispatcher.journal import Entry, ExplanationRecord
from dispatcher.metrics import DispatchMetrics
from dispatcher.no_go import NoGo
from dispatcher.offers import Offers
from dispatcher.order_book import OrderBook, Stamp
from dispatcher.pace import Pace
from dispatcher.readiness import ReadyTimes
from dispatcher.roster import Roster
from dispatcher.settings import DispatchSettings
from dispatcher.work import WorkBook
from domain.events import Alert, Event
from domain.ids import CourierId, OrderId
from domain.people import Fleet
from domain.plan import Route
from domain.ports import Clock


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A better plan gave an order from one courier to another; ``gain_min`` is what the whole plan saved."""

    before: CourierId
    now: CourierId
    gain_min: float


class FleetState:
    """One fleet's book, roster, offers, board and settings; see the module."""

    def __init__(
        self,
        *,
        fleet: Fleet,
        settings: DispatchSettings,
        clock: Clock,
        metrics: DispatchMetrics,
        book: OrderBook,
        roster: Roster,
        board: PlanBoard,
        etas: Etas,
        no_go: NoGo | None = None,
        hubs: Hubs | None = None,
    ) -> None:
        self.fleet = fleet
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.book = book
        self.roster = roster
        self.board = board
        self.etas = etas
        self.no_go = no_go or NoGo()
        self.hubs = hubs or Hubs()
        self.pace = Pace()
        self.ready_times = ReadyTimes()
        self.work = WorkBook()
        self.demand = DemandMemory()
        self.offers = Offers(fleet.id, metrics)
        self.soft_windows: set[OrderId] = set()
        """Orders whose window nobody can meet any more; they are delivered late rather than never."""
        self.left_out: dict[tuple[OrderId, CourierId], str] = {}
        """Why couriers are excluded from orders, a ``dispatcher.who_was_out.Because``, as far as seen."""
        self._moved: dict[OrderId, Moved] = {}
        self._events: list[Event] = []
        self._routes: list[Route] = []
        self._explanations: list[ExplanationRecord] = []
        self._alerted: dict[tuple[str, str], int] = {}

    def now_ms(self) -> int:
        """Return the server's time."""
        return self.clock.now_ms()

    def stamp(self, actor: str, at_ms: int | None = None) -> Stamp:
        """Return a stamp of now, or of ``at_ms`` recorded now."""
        now_ms = self.now_ms()
        return Stamp(at_ms=now_ms if at_ms is None else at_ms, now_ms=now_ms, actor=actor)

    def tell(self, event: Event) -> None:
        """Queue an event for the next entry."""
        self._events.append(event)

    def keep(self, route: Route) -> None:
        """Queue a route whose stops changed for the store."""
        self._routes.append(route)

    def explained(self, order_id: OrderId, doc: Mapping[str, object]) -> None:
        """Queue an explanation for the store."""
        self._explanations.append(ExplanationRecord(order_id=order_id, at_ms=self.now_ms(), doc=doc))

    def withdraw(self, kind: str, *, order_id: OrderId, courier_id: CourierId | None) -> None:
        """Take back an alert if it was raised; it may be raised again."""
        if self._alerted.pop((kind, str(order_id)), None) is not None:
            self.alert(
                "suggestion_withdrawn",
                order_id=order_id,
                courier_id=courier_id,
                again_after_s=0.0,
                detail={"kind": kind},
            )

    def moved(self, order_id: OrderId, move: Moved) -> None:
        """Note from whom a better plan took an order, for its explanation."""
        self._moved[order_id] = move

    def moved_to(self, order_id: OrderId, courier_id: CourierId | None) -> Moved | None:
        """Return the latest such move, if it is still to this courier."""
        move = self._moved.get(order_id)
        return move if move is not None and move.now == courier_id else None

    def alert(
        self,
        kind: str,
        *,
        order_id: OrderId | None = None,
        courier_id: CourierId | None = None,
        again_after_s: float | None = None,
        detail: dict[str, str | int | float | bool | None] | None = None,
    ) -> bool:
        """Raise an alert once per kind and order (or courier), or again after a while; returns if raised."""
        now_ms, key = self.now_ms(), (kind, str(order_id or courier_id))
        last_ms = self._alerted.get(key)
        if last_ms is not None and (again_after_s is None or now_ms - last_ms < again_after_s * 1000):
            return False
        self._alerted[key] = now_ms
        self.tell(
            Alert(
                fleet=self.fleet.id,
                at_ms=now_ms,
                kind=kind,
                order_id=order_id,
                courier_id=courier_id,
                detail=detail or {},
            )
        )
        return True

    def calm(self, kind: str, subject: str) -> None:
        """Allow an alert about an order or courier to be raised again."""
        self._alerted.pop((kind, subject), None)

    def forget(self, subject: str) -> None:
        """Forget what was raised and noted about an order that is gone."""
        self._moved.pop(OrderId(subject), None)
        self.left_out = {key: because for key, because in self.left_out.items() if key[0] != subject}
        self._alerted = {key: at for key, at in self._alerted.items() if key[1] != subject}

    def entry(self) -> Entry:
        """Return what happened since the last call, to be written and told."""
        outcome = self.book.take()
        events: list[Event] = [*outcome.events, *self._events]
        entry = Entry(
            changes=outcome.changes,
            routes=self._routes,
            epoch=self.board.epoch,
            explanations=self._explanations,
            events=events,
        )
        self._events, self._routes, self._explanations = [], [], []
        return entry
