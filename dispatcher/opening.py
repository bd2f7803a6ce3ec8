"""Brings a fleet's dispatch back from the store after a start, clean or not.

Orders are the truth; routes are brought in line with them by the first planning pass. Offers do not
survive: their orders return to the pool and are offered again.
"""

from collections.abc import Sequence

from dispatcher.board import PlanBoard
from dispatcher.eta import Etas
from dispatcher.hubs import Hubs
from dispatcher.metrics import DispatchMetrics, NoMetrics
from dispatcher.no_go import NoGo
from dispatcher.order_book import OrderBook
from dispatcher.roster import Roster
from dispatcher.settings import DispatchSettings
from dispatcher.state import FleetState
from domain.lifecycle import Trigger
from domain.order import OrderStatus
from domain.people import Fleet
from domain.ports import Clock, Stores, TravelTimes
from domain.position import Position, Presence

RESTART = "system"


async def open_state(
    fleet: Fleet,
    stores: Stores,
    clock: Clock,
    settings: DispatchSettings,
    *,
    metrics: DispatchMetrics | None = None,
    travel_times: TravelTimes,
    positions: Sequence[Position] = (),
) -> FleetState:
    """Load what a fleet's dispatcher needs to know."""
    orders = await stores.orders.open_orders(fleet.id)
    couriers = await stores.people.couriers(fleet.id)
    epoch, routes = await stores.plans.routes(fleet.id)
    zones = await stores.zones.zones(fleet.id)
    no_go = NoGo(zones)
    counted = metrics or NoMetrics()
    state = FleetState(
        fleet=fleet,
        settings=settings.of_fleet(fleet),
        clock=clock,
        metrics=counted,
        book=OrderBook(orders, counted),
        roster=Roster(couriers, clock.now_ms()),
        board=PlanBoard(epoch, routes),
        etas=Etas(travel_times, no_go=no_go.areas()),
        no_go=no_go,
        hubs=Hubs(zones),
    )
    for order in orders:
        if order.status == OrderStatus.OFFERED:
            state.book.move(order.id, Trigger.EXPIRE, state.stamp(RESTART))
    for position in positions:
        state.roster.moved(position, Presence.OFFLINE, clock.now_ms())
    state.board.prune(state.book.all())
    return state
