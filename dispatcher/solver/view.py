"""A planning problem with numbers for names, as the solvers work on it.

Order number j has two visits, ``2 * j`` (pickup) and ``2 * j + 1`` (drop-off), which are also the numbers
of their places; rider r starts at place ``2 * orders + r``; demand points follow. Times are seconds
from ``now_ms``.
"""

from dataclasses import dataclass, field

from dispatcher.model import CourierState, OpenOrder, OrderEnd, PlannerSettings, PlanningProblem, Stage
from dispatcher.travel_times.around import around, cut_off
from dispatcher.travel_times.legs import Legs, legs_between
from domain.courier import Vehicle
from domain.ids import CourierId, OrderId
from domain.order import StopKind
from domain.ports import TravelTimes

FAR_S = 1e12
"""Stands for "no limit"."""
QUEUE_AHEAD_S = 600
"""Orders ready and couriers on shift within this time count for the queue."""
LAST_HOUR_S = 4_500
"""When no known shift lasts longer than this, orders have their last chance."""
LAST_CHANCE = 3.0
QUEUE_MAX = 3.0
"""Longer queues price a minute no higher."""


@dataclass(slots=True)
class Job:
    """One open order.

    Attributes:
        spot: same number, same pickup place.
        locked_to: the only rider who may have it (on board, pinned), or None.
        owner: the rider who has it now or was planned last, or None.
        promised: offered or accepted; the owner may keep it even where a rule is broken by now.
        switch_min: price of giving it to somebody else than ``owner``.
        weight: how much a minute of this customer counts.
        reference_s: waiting counts from here.
    """

    order: OpenOrder
    spot: int
    earliest_s: tuple[float, float]
    latest_s: tuple[float, float]
    half_s: tuple[float, float]
    promised_s: float
    reference_s: float
    weight: float
    switch_min: float
    owner: int | None
    locked_to: int | None
    promised: bool
    on_board: bool

    def binds(self, r: int) -> bool:
        """Tell whether every rule binds if rider ``r`` takes this; what ``r`` has already is only priced."""
        return self.locked_to != r and not (self.promised and self.owner == r)


@dataclass(slots=True)
class Rider:
    """One courier.

    Attributes:
        fairness_min: price of an hour's work on top of the usual, minutes.
        held: the jobs only this rider may have.
    """

    state: CourierState
    start: int
    start_s: float
    arrived_s: float | None
    shift_end_s: float
    vehicle: Vehicle
    committed: tuple[int, ...]
    fairness_min: float = 0.0
    held: list[int] = field(default_factory=list)


@dataclass(slots=True)
class View:
    """The problem, numbered."""

    problem: PlanningProblem
    settings: PlannerSettings
    jobs: list[Job]
    riders: list[Rider]
    legs: Legs
    job_of: dict[OrderId, int]
    rider_of: dict[CourierId, int]
    groups: dict[str, list[int]]
    minute_price: float
    last_chance: bool
    cut_off: frozenset[Vehicle] = frozenset()

    def unassigned_min(self, j: int) -> float:
        """Return what leaving an order costs: grows with its age, so that far orders are not starved.

        ``LAST_CHANCE`` times as much when every shift is about to end: what is left now is lost.
        """
        job, settings = self.jobs[j], self.settings
        age_min = max(0.0, -job.reference_s) / 60
        price = job.weight * (settings.unassigned_base + settings.unassigned_per_min * age_min)
        return price * (LAST_CHANCE if self.last_chance else 1.0)

    def demand_place(self, d: int) -> int:
        """Return the place number of demand point ``d``."""
        return 2 * len(self.jobs) + len(self.riders) + d

    def not_yet(self, j: int) -> bool:
        """Tell whether an order is too far ahead to be planned; a group waits for its last order."""
        job = self.jobs[j]
        if job.promised or job.locked_to is not None:
            return False
        group = job.order.group
        together = [j] if group is None else self.groups.get(group, [j])
        return any(self._is_far(self.jobs[other]) for other in together)

    def _is_far(self, job: Job) -> bool:
        far = max(job.earliest_s[0], job.earliest_s[1] - self.settings.horizon_s) > self.settings.horizon_s
        return far and not job.promised

    def visit_number(self, order_id: OrderId, kind: StopKind) -> int | None:
        """Return a visit's number, None when its order is not open."""
        job = self.job_of.get(order_id)
        return None if job is None else 2 * job + (kind is StopKind.DROPOFF)


def view_of(problem: PlanningProblem, travel_times: TravelTimes) -> View:
    """Number a problem."""
    rider_of = {courier.id: r for r, courier in enumerate(problem.couriers)}
    job_of = {order.id: j for j, order in enumerate(problem.orders)}
    spots: dict[tuple[float, float], int] = {}
    jobs = [_job(problem, order, rider_of, spots) for order in problem.orders]
    places = [end.at for order in problem.orders for end in (order.pickup, order.dropoff)]
    places += [courier.at for courier in problem.couriers]
    places += [point.at for point in problem.demand]
    mean_rate = _mean_work_rate(problem)
    riders = [_rider(problem, r, job_of, mean_rate) for r in range(len(problem.couriers))]
    groups: dict[str, list[int]] = {}
    for j, job in enumerate(jobs):
        if job.locked_to is not None:
            riders[job.locked_to].held.append(j)
        elif job.order.group is not None:
            groups.setdefault(job.order.group, []).append(j)
    return View(
        problem=problem,
        settings=problem.settings,
        jobs=jobs,
        riders=riders,
        legs=legs_between(places, around(travel_times, problem.no_go)),
        job_of=job_of,
        rider_of=rider_of,
        groups=groups,
        minute_price=_minute_price(problem.settings, jobs, riders),
        cut_off=cut_off(problem.no_go),
        last_chance=all(rider.shift_end_s < LAST_HOUR_S for rider in riders),
    )


def _minute_price(settings: PlannerSettings, jobs: list[Job], riders: list[Rider]) -> float:
    """Return what a courier's minute costs now: more when orders queue, for a minute delays all behind."""
    soon = [rider for rider in riders if rider.state.available and rider.start_s <= QUEUE_AHEAD_S]
    queue = sum(
        1 for job in jobs if not job.promised and job.locked_to is None and job.earliest_s[0] <= QUEUE_AHEAD_S
    )
    behind = max(0.0, queue / max(1, len(soon)) - 1)
    return settings.busy_price + settings.congestion_price * min(behind, QUEUE_MAX)


def _job(
    problem: PlanningProblem,
    order: OpenOrder,
    rider_of: dict[CourierId, int],
    spots: dict[tuple[float, float], int],
) -> Job:
    now_ms, settings = problem.now_ms, problem.settings
    ends = (order.pickup, order.dropoff)
    owner = rider_of.get(order.courier_id) if order.courier_id is not None else None
    on_board = order.stage is Stage.ON_BOARD
    locked_to = owner if on_board else None
    if not on_board and order.pinned_to is not None:
        locked_to = rider_of.get(order.pinned_to)
    switch = {
        Stage.PLANNED: settings.switch_planned,
        Stage.OFFERED: settings.switch_offered,
        Stage.ACCEPTED: settings.switch_accepted,
        Stage.ON_BOARD: 0.0,
    }[order.stage]
    at = order.pickup.at
    return Job(
        order=order,
        spot=spots.setdefault((at.lon, at.lat), len(spots)),
        earliest_s=(_earliest_s(ends[0], now_ms), _earliest_s(ends[1], now_ms)),
        latest_s=(_latest_s(ends[0], now_ms), _latest_s(ends[1], now_ms)),
        half_s=(ends[0].service_s / 2, ends[1].service_s / 2),
        promised_s=FAR_S if order.promised_at_ms is None else (order.promised_at_ms - now_ms) / 1000,
        reference_s=(max(order.placed_at_ms, order.pickup.earliest_at_ms) - now_ms) / 1000,
        weight=1.12**order.priority,
        switch_min=switch * order.stay,
        owner=owner,
        locked_to=locked_to,
        promised=order.stage in (Stage.OFFERED, Stage.ACCEPTED),
        on_board=on_board,
    )


def _rider(problem: PlanningProblem, r: int, job_of: dict[OrderId, int], mean_rate: float) -> Rider:
    courier, now_ms = problem.couriers[r], problem.now_ms
    end_ms = courier.shift_ends_at_ms
    return Rider(
        state=courier,
        start=2 * len(problem.orders) + r,
        start_s=(courier.free_at_ms - now_ms) / 1000,
        arrived_s=None if courier.arrived_at_ms is None else (courier.arrived_at_ms - now_ms) / 1000,
        shift_end_s=FAR_S if end_ms is None else (end_ms - now_ms) / 1000,
        vehicle=courier.vehicle,
        committed=tuple(
            2 * job_of[ref.order_id] + (ref.kind is StopKind.DROPOFF)
            for ref in courier.committed
            if ref.order_id in job_of
        ),
        fairness_min=_fairness_min(problem.settings.fairness, courier, mean_rate),
    )


def _mean_work_rate(problem: PlanningProblem) -> float:
    """Return the fleet's paid minutes per minute on shift so far."""
    on_shift = sum(courier.on_shift_min for courier in problem.couriers)
    return sum(courier.busy_min for courier in problem.couriers) / on_shift if on_shift > 0 else 0.0


def _fairness_min(phi: float, courier: CourierState, mean_rate: float) -> float:
    """Return the price of one hour of work: dearer for who worked more of the shift than the fleet did.

    After FairFoody (Gupta et al. 2022), which adds the income gap to the edges of the assignment.
    """
    return phi * (courier.busy_min - mean_rate * courier.on_shift_min) / 60


def _earliest_s(end: OrderEnd, now_ms: int) -> float:
    return (end.earliest_at_ms - now_ms) / 1000


def _latest_s(end: OrderEnd, now_ms: int) -> float:
    return FAR_S if end.latest_at_ms is None else (end.latest_at_ms - now_ms) / 1000
