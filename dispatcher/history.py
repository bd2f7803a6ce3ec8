"""Reads the fleet's own past: how long rides and stops really took, next to what was planned for them.

Pure: orders that were delivered go in, the figures of ``EtaModel`` come out. Rides count only between two
stops of one courier with no waiting for work in between. Few observations move the figures a little, many
replace them.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from dispatcher.calibration import quantile
from dispatcher.eta import Z80, EtaModel, share_to_fence
from dispatcher.travel_times.legs import leg_time
from domain.courier import Vehicle
from domain.geo import LonLat
from domain.ids import CourierId
from domain.order import Order, OrderPlace, OrderStatus, StopKind
from domain.ports import TravelTimes

PRIOR_COUNT = 20
RIDE_MIN_S = 60.0
"""Shorter planned rides say more about parking than about riding."""

ABSURD = 6.0
"""A ride or stop this many times longer than planned was something else: a break, a forgotten button."""


class PastVisit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit as it happened, Unix ms; ``known_at_ms`` is when the courier got the order."""

    at: LonLat
    kind: StopKind
    planned_s: float
    earliest_at_ms: int
    known_at_ms: int
    arrived_at_ms: int
    left_at_ms: int


def learn(
    orders: Iterable[Order],
    vehicles: Mapping[CourierId, Vehicle],
    travel_times: TravelTimes,
    usual_service_s: float,
    prior: EtaModel,
) -> EtaModel:
    """Return ``prior`` with its figures moved to what the past shows."""
    rides = Ratios()
    services: dict[StopKind, list[float]] = {StopKind.PICKUP: [], StopKind.DROPOFF: []}
    delays_s: list[float] = []
    for courier_id, visits in _by_courier(orders, usual_service_s).items():
        vehicle = vehicles.get(courier_id, Vehicle.BICYCLE)
        _ride(visits, vehicle, travel_times, rides)
        for visit in visits:
            _serve(visit, services[visit.kind], delays_s)
    return _model(rides, services, delays_s, prior)


def _by_courier(orders: Iterable[Order], usual_service_s: float) -> dict[CourierId, list[PastVisit]]:
    found: defaultdict[CourierId, list[PastVisit]] = defaultdict(list)
    for order in orders:
        if order.courier_id is None:
            continue
        ends = (
            (order.pickup, StopKind.PICKUP, OrderStatus.AT_PICKUP, OrderStatus.PICKED_UP),
            (order.dropoff, StopKind.DROPOFF, OrderStatus.AT_DROPOFF, OrderStatus.DELIVERED),
        )
        for place, kind, came, left in ends:
            visit = _visit(order, place, kind, (came, left), usual_service_s)
            if visit:
                found[order.courier_id].append(visit)
    for visits in found.values():
        visits.sort(key=lambda visit: visit.arrived_at_ms)
    return found


def _visit(
    order: Order,
    place: OrderPlace,
    kind: StopKind,
    span: tuple[OrderStatus, OrderStatus],
    usual_service_s: float,
) -> PastVisit | None:
    came, left = order.reached_at_ms.get(span[0]), order.reached_at_ms.get(span[1])
    known = order.reached_at_ms.get(OrderStatus.ASSIGNED)
    if came is None or left is None or known is None or left < came:
        return None
    return PastVisit(
        at=place.at,
        kind=kind,
        planned_s=float(usual_service_s if place.service_s is None else place.service_s),
        earliest_at_ms=max(place.ready_at_ms or 0, place.window.earliest_at_ms or 0),
        known_at_ms=known,
        arrived_at_ms=came,
        left_at_ms=left,
    )


class Ratios(msgspec.Struct):
    """Real over planned riding times: by straight line of every ride, along streets where they are known."""

    straight: list[float] = []
    along_streets: list[float] = []


def _ride(visits: Sequence[PastVisit], vehicle: Vehicle, travel_times: TravelTimes, ratios: Ratios) -> None:
    """Add each ride."""
    for before, after in itertools.pairwise(visits):
        real_s = (after.arrived_at_ms - before.left_at_ms) / 1000
        if real_s <= 0 or after.known_at_ms > before.left_at_ms:
            continue
        leg = leg_time(travel_times, before.at, after.at, vehicle)
        share = share_to_fence(before.at, after.at)
        straight_s = leg.seconds if leg.straight_s is None else leg.straight_s
        _compare(real_s, straight_s * share, ratios.straight)
        if leg.along_streets:
            _compare(real_s, leg.seconds * share, ratios.along_streets)


def _compare(real_s: float, planned_s: float, ratios: list[float]) -> None:
    if planned_s >= RIDE_MIN_S and real_s < ABSURD * planned_s:
        ratios.append(real_s / planned_s)


def _serve(visit: PastVisit, ratios: list[float], delays_s: list[float]) -> None:
    """Sort one stop into: time it took, or wait for goods that were announced for later."""
    if visit.planned_s <= 0:
        return
    half_s = visit.planned_s / 2
    waited_until_ms = visit.arrived_at_ms + half_s * 1000
    if visit.kind == StopKind.PICKUP and visit.earliest_at_ms > waited_until_ms:
        delay_s = (visit.left_at_ms - visit.earliest_at_ms) / 1000 - half_s
        if abs(delay_s) < 3600:
            delays_s.append(delay_s)
        return
    ratio = (visit.left_at_ms - visit.arrived_at_ms) / 1000 / visit.planned_s
    if ratio < ABSURD:
        ratios.append(ratio)


def _model(
    rides: Ratios, services: Mapping[StopKind, list[float]], delays_s: list[float], prior: EtaModel
) -> EtaModel:
    ride, ride_cv = _figures(rides.straight, prior.travel_factor, prior.travel_cv)
    street, street_cv = _figures(rides.along_streets, prior.street_factor, prior.street_cv)
    pickup, pickup_cv = _figures(services[StopKind.PICKUP], prior.pickup_factor, prior.service_cv)
    dropoff, dropoff_cv = _figures(services[StopKind.DROPOFF], prior.dropoff_factor, prior.service_cv)
    delay_s, delay_sd_s = _figures(delays_s, prior.ready_delay_s, prior.ready_sd_s, relative=False)
    return msgspec.structs.replace(
        prior,
        travel_factor=ride,
        travel_cv=ride_cv,
        street_factor=street,
        street_cv=street_cv,
        pickup_factor=pickup,
        dropoff_factor=dropoff,
        service_cv=(pickup_cv + dropoff_cv) / 2,
        ready_delay_s=delay_s,
        ready_sd_s=delay_sd_s,
    )


def _figures(
    seen: list[float], middle: float, spread: float, *, relative: bool = True
) -> tuple[float, float]:
    """Return median and spread (of the median, when ``relative``), mixed with what was believed before."""
    if not seen:
        return middle, spread
    ordered, n = sorted(seen), len(seen)
    median = quantile(ordered, 0.5)
    sd = (quantile(ordered, 0.9) - quantile(ordered, 0.1)) / (2 * Z80)
    own_spread = sd / median if relative and median > 0 else sd
    share = n / (n + PRIOR_COUNT)
    return share * median + (1 - share) * middle, share * own_spread + (1 - share) * spread
