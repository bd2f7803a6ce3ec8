"""When a courier will be where: expected arrivals with an 80 % range, from the live position on.

Times follow the planner's rule (``dispatcher.model``): half of the service before the hand-over, half after
it, and no hand-over before the goods are ready. Uncertainty grows with every leg and every service; waiting
for goods that are ready at a known time takes some of it away again. The moments of the later of two normal
times are those of C. E. Clark, *The Greatest of a Finite Set of Random Variables*, Operations Research 9
(1961).
"""

import math
from collections.abc import Sequence

import msgspec

from dispatcher.calibration import Calibration
from dispatcher.model import NoGoArea
from dispatcher.travel_times.around import around
from dispatcher.travel_times.legs import LegTime, TellsLegs, leg_time
from domain.courier import Vehicle
from domain.geo import LonLat, distance_m
from domain.order import StopKind
from domain.plan import Eta
from domain.ports import TravelTimes

Z80 = 1.2816
"""Standard deviations from the median to the 10th and 90th percentile of a normal distribution."""

LEG_CACHE_MAX = 50_000

ARRIVED_M = 60.0
"""Arrival is told this far from the door: inside the fence, with a fix that says so."""

SOONEST = 0.4
"""Nobody arrives in less than this share of the expected time."""


class EtaModel(msgspec.Struct, frozen=True, kw_only=True):
    """How far reality strays from the plan; learnt from the fleet's own past where there is one.

    Attributes:
        travel_factor: median of real over planned riding time, of legs by straight line.
        travel_cv: standard deviation of such a leg over its length.
        street_factor: the same of legs along streets.
        street_cv: standard deviation of such a leg over its length.
        travel_sd_s: further standard deviation per leg: lights, doors, finding the house.
        pickup_factor: median of real over planned time at a pickup whose goods are ready.
        dropoff_factor: the same at a drop-off.
        service_cv: standard deviation of the time at a stop over its length.
        ready_delay_s: how much later than announced goods are ready, median.
        ready_sd_s: standard deviation of that.
    """

    travel_factor: float = 1.0
    travel_cv: float = 0.20
    street_factor: float = 1.0
    street_cv: float = 0.15
    travel_sd_s: float = 25.0
    pickup_factor: float = 1.0
    dropoff_factor: float = 1.0
    service_cv: float = 0.45
    ready_delay_s: float = 0.0
    ready_sd_s: float = 90.0


class VisitAhead(msgspec.Struct, frozen=True, kw_only=True):
    """One visit still to come.

    Attributes:
        at: where.
        kind: what for.
        service_s: planned time there.
        earliest_at_ms: hand-over not before this; 0 when any time will do.
        shares_call: True for a further pickup at the same place, in a row.
        arrived_at_ms: when the courier came, if it already stands there.
        repeat_service_s: what a further pickup of the same call adds.
        ready_delay_s, ready_sd_s: how much later than ``earliest_at_ms`` goods are ready; the fleet's usual
            when None.
    """

    at: LonLat
    kind: StopKind
    service_s: float
    earliest_at_ms: int = 0
    shares_call: bool = False
    arrived_at_ms: int | None = None
    repeat_service_s: float = 30.0
    ready_delay_s: float | None = None
    ready_sd_s: float | None = None


class LivePace(msgspec.Struct, frozen=True, kw_only=True):
    """How fast one courier rides, as factors on the fleet's riding times.

    Attributes:
        now: on the leg under way.
        seen: how much of ``now`` was learnt on that leg itself, 0 to 1.
        usual: on other legs by straight line.
        usual_along_streets: on other legs along streets.
    """

    now: float = 1.0
    seen: float = 0.0
    usual: float = 1.0
    usual_along_streets: float = 1.0


class VisitTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When a visit is expected: arrival with its range, hand-over and leaving (medians), Unix ms.

    Attributes:
        median_at_ms: the expected arrival, also of a courier who is there already.
        sd_s: the model's standard deviation; 0 once the courier is there.
        along_streets: whether the last leg to it was known along streets.
    """

    eta: Eta
    median_at_ms: int
    sd_s: float
    handover_at_ms: int
    leave_at_ms: int
    along_streets: bool = False


class _Time(msgspec.Struct, frozen=True):
    """A normal time: mean in seconds from now, and its variance."""

    mean_s: float
    var: float

    def later(self, seconds: float, var: float = 0.0) -> "_Time":
        return _Time(self.mean_s + seconds, self.var + var)


class Etas:
    """Computes arrivals; remembers how long legs between fixed places take."""

    def __init__(
        self,
        travel_times: TravelTimes,
        model: EtaModel | None = None,
        *,
        no_go: tuple[NoGoArea, ...] = (),
    ) -> None:
        self.model = model or EtaModel()
        self.calibration = Calibration()
        self._travel_times = travel_times
        self._ways = around(travel_times, no_go)
        self._legs: dict[tuple[LonLat, LonLat, Vehicle], LegTime] = {}
        self._live: tuple[tuple[LonLat, LonLat, Vehicle], LegTime] | None = None
        self._may_change = isinstance(travel_times, TellsLegs)
        """Whether legs may be known better later, so that they are not kept here."""

    def keep_out_of(self, no_go: tuple[NoGoArea, ...]) -> None:
        """Lead ways around these areas from now on."""
        self._ways = around(self._travel_times, no_go)
        self._legs.clear()
        self._live = None

    def along(
        self,
        start: LonLat,
        now_ms: int,
        visits: Sequence[VisitAhead],
        vehicle: Vehicle,
        pace: LivePace | None = None,
    ) -> list[VisitTimes]:
        """Return when each visit happens for a courier who is at ``start`` now."""
        pace = pace or LivePace()
        times: list[VisitTimes] = []
        at, clock, i = start, _Time(0.0, 0.0), 0
        while i < len(visits):
            n = 1
            while i + n < len(visits) and visits[i + n].shares_call:
                n += 1
            call = visits[i : i + n]
            leg = self.leg(at, call[0].at, vehicle, keep=i > 0)
            arrive = self._arrival(at, clock, call[0], now_ms, leg, pace, first=i == 0)
            handover, clock = self._service(arrive, call, now_ms)
            eta = self._eta(call[0], arrive, now_ms, along_streets=leg.along_streets)
            times += [
                VisitTimes(
                    eta=eta,
                    median_at_ms=now_ms + round(max(0.0, arrive.mean_s) * 1000),
                    sd_s=math.sqrt(arrive.var),
                    handover_at_ms=now_ms + round(handover.mean_s * 1000),
                    leave_at_ms=now_ms + round(clock.mean_s * 1000),
                    along_streets=leg.along_streets,
                )
            ] * n
            at, i = call[0].at, i + n
        return times

    def _arrival(
        self,
        at: LonLat,
        clock: _Time,
        visit: VisitAhead,
        now_ms: int,
        leg: LegTime,
        pace: LivePace,
        *,
        first: bool,
    ) -> _Time:
        model = self.model
        if visit.arrived_at_ms is not None:
            return _Time((visit.arrived_at_ms - now_ms) / 1000, 0.0)
        usual = pace.usual_along_streets if leg.along_streets else pace.usual
        leg_s = leg.seconds * share_to_fence(at, visit.at) * (pace.now if first else usual)
        cv = model.street_cv if leg.along_streets else model.travel_cv
        cv *= math.sqrt(1 - pace.seen) if first else 1.0
        floor = min(model.travel_sd_s, leg_s / 2)
        return clock.later(leg_s, (cv * leg_s) ** 2 + floor**2)

    def _service(self, arrive: _Time, call: Sequence[VisitAhead], now_ms: int) -> tuple[_Time, _Time]:
        """Return hand-over and leaving of one call."""
        model = self.model
        pickup = call[0].kind == StopKind.PICKUP
        factor = model.pickup_factor if pickup else model.dropoff_factor
        service_s = max(visit.service_s for visit in call) * factor
        half_var = (model.service_cv * service_s) ** 2 / 2
        handover = arrive.later(service_s / 2, half_var)
        earliest_at_ms = max(visit.earliest_at_ms for visit in call)
        if earliest_at_ms > 0:
            ready_s = (earliest_at_ms - now_ms) / 1000
            last = max(call, key=lambda visit: visit.earliest_at_ms)
            delay_s = model.ready_delay_s if last.ready_delay_s is None else last.ready_delay_s
            sd_s = model.ready_sd_s if last.ready_sd_s is None else last.ready_sd_s
            unknown = ready_s > 0
            ready = _Time(ready_s + (delay_s if unknown else 0), sd_s**2 if unknown else 0.0)
            handover = _latest(handover, ready)
        extra_s = sum(visit.repeat_service_s for visit in call[1:])
        leave = handover.later(service_s / 2 + extra_s, half_var)
        # Whoever still stands there has not left yet.
        return handover, leave if leave.mean_s > 0 else _Time(min(20.0, service_s / 4), half_var)

    def _eta(self, visit: VisitAhead, arrive: _Time, now_ms: int, *, along_streets: bool) -> Eta:
        known = visit.arrived_at_ms
        if known is not None:
            return Eta(p10_at_ms=known, p50_at_ms=known, p90_at_ms=known)
        low, high = self.calibration.quantiles(visit.kind, arrive.mean_s, along_streets=along_streets)
        sd_s, soonest_s = math.sqrt(arrive.var), max(0.0, arrive.mean_s * SOONEST)
        moments = [max(soonest_s, arrive.mean_s + score * sd_s) for score in (low, 0.0, high)]
        early, median, late = (now_ms + round(moment * 1000) for moment in moments)
        return Eta(p10_at_ms=early, p50_at_ms=median, p90_at_ms=late)

    def leg(self, origin: LonLat, destination: LonLat, vehicle: Vehicle, *, keep: bool = False) -> LegTime:
        """Return the fleet's riding time of one leg; ``keep`` between places that stay."""
        key = (origin, destination, vehicle)
        known = self._legs.get(key)
        if known is None and self._live and self._live[0] == key:
            known = self._live[1]
        if known is None:
            known = leg_time(self._ways, origin, destination, vehicle)
            self._live = None if self._may_change else (key, known)
            if keep and not self._may_change:
                if len(self._legs) >= LEG_CACHE_MAX:
                    self._legs.clear()
                self._legs[key] = known
        factor = self.model.street_factor if known.along_streets else self.model.travel_factor
        return LegTime(known.seconds * factor, known.along_streets)


def share_to_fence(start: LonLat, end: LonLat) -> float:
    """Return the share of a way after which the courier counts as arrived."""
    way_m = distance_m(start, end)
    return 0.0 if way_m <= ARRIVED_M else 1.0 - ARRIVED_M / way_m


def _latest(a: _Time, b: _Time) -> _Time:
    """Return mean and variance of the later of two independent normal times (Clark 1961, eqs. 2 and 3)."""
    spread = math.sqrt(a.var + b.var)
    if spread < 1e-6:
        return a if a.mean_s >= b.mean_s else b
    alpha = (a.mean_s - b.mean_s) / spread
    density = math.exp(-alpha * alpha / 2) / math.sqrt(2 * math.pi)
    share = 0.5 * (1 + math.erf(alpha / math.sqrt(2)))
    mean = a.mean_s * share + b.mean_s * (1 - share) + spread * density
    square = (
        (a.mean_s**2 + a.var) * share
        + (b.mean_s**2 + b.var) * (1 - share)
        + (a.mean_s + b.mean_s) * spread * density
    )
    return _Time(mean, max(0.0, square - mean * mean))
