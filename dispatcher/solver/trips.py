"""Trips: what a courier can fetch at one pickup place and deliver in one go, and what each trip would cost.

A *launch* is where and when a courier is free for a next trip: now, after the work in hand, or after that
work grown by one more order from the shop the courier is riding to. A *bundle* is one to three orders of
one pickup place in delivery order. A *column* is a launch with a chain of one or two bundles; ``packing``
chooses among columns. Times are seconds from now, costs minutes.
"""

from dataclasses import dataclass
from itertools import permutations

from dispatcher.solver.insertion import Inserter, Routes
from dispatcher.solver.rules import excluding_rule
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.view import FAR_S, Job, View
from domain.courier import Vehicle

BUNDLE_GAP_S = 15 * 60
"""Orders whose goods are ready further apart than this are not collected together."""
NEIGHBOURS = 6
"""Orders tried as the next of a bundle, by nearness of their drop-offs."""


@dataclass(slots=True)
class Launch:
    """A rider, the route before the next trip, its cost beyond the held one, place and time of its end."""

    rider: int
    visits: list[int]
    grown_by: tuple[int, ...]
    extra_min: float
    place: int
    at_s: float


@dataclass(slots=True)
class Bundle:
    """Orders of one place in delivery order, timed from the pickup's hand-over.

    Attributes:
        ready_s: hand-over not before; ``half_s`` of service before and after it.
        length_s: from hand-over to the last leaving.
        drops_s: each order's hand-over to the customer.
        fixed_min: weighted waiting if hand-over were at second 0; ``weight`` of the customers together.
        arrive_max_s: latest arrival at the pickup; ``handover_max_s``: latest hand-over for every window.
    """

    jobs: tuple[int, ...]
    ready_s: float
    half_s: float
    length_s: float
    drops_s: tuple[float, ...]
    weight: float
    fixed_min: float
    arrive_max_s: float
    handover_max_s: float

    @property
    def end(self) -> int:
        """Return the place where the courier is free again."""
        return 2 * self.jobs[-1] + 1

    def visits(self) -> list[int]:
        """Return the visits in order."""
        return [2 * j for j in self.jobs] + [2 * j + 1 for j in self.jobs]


def launches(inserter: Inserter, held: Routes, open_jobs: set[int]) -> list[Launch]:
    """Return every launch of couriers who take new orders."""
    view, found = inserter.view, []
    for r, rider in enumerate(view.riders):
        if not rider.state.available or rider.start_s > view.settings.courier_horizon_s:
            continue
        base = _launch(inserter, r, held[r], (), 0.0)
        if base.at_s > min(view.settings.courier_horizon_s, rider.shift_end_s):
            continue
        found.append(base)
        found += _grown(inserter, r, held[r], open_jobs)
    return found


def _launch(inserter: Inserter, r: int, visits: list[int], grown_by: tuple[int, ...], extra: float) -> Launch:
    rider = inserter.view.riders[r]
    if not visits:
        return Launch(r, visits, grown_by, extra, rider.start, max(0.0, rider.start_s))
    end_s = inserter.schedule.times(rider, visits)[-1][2]
    return Launch(r, visits, grown_by, extra, visits[-1], max(0.0, end_s))


def _grown(inserter: Inserter, r: int, visits: list[int], open_jobs: set[int]) -> list[Launch]:
    """Return launches after the work in hand plus one more order from a shop that is still ahead."""
    view = inserter.view
    spots = {view.jobs[visit >> 1].spot for visit in visits if not visit & 1}
    if not spots:
        return []
    before = inserter.schedule.cost(r, visits)
    found = []
    for j in open_jobs:
        if view.jobs[j].spot not in spots or excluding_rule(view, r, j) is not None:
            continue
        cost, longer = inserter.cheapest(r, visits, j)
        if cost != INFEASIBLE:
            found.append(_launch(inserter, r, longer, (j,), cost - before))
    return found


def bundles(view: View, open_jobs: set[int], vehicle: Vehicle, size_max: int) -> list[Bundle]:
    """Return the useful bundles for one vehicle: singles always, larger ones of what is ready together."""
    by_spot: dict[int, list[int]] = {}
    for j in open_jobs:
        by_spot.setdefault(view.jobs[j].spot, []).append(j)
    found: list[Bundle] = []
    for jobs in by_spot.values():
        jobs.sort(key=lambda j: view.jobs[j].earliest_s[0])
        singles = [_bundle(view, (j,), vehicle) for j in jobs]
        found += singles
        grown: list[Bundle] = singles
        for _ in range(1, size_max):
            grown = _larger(view, grown, jobs, vehicle)
            found += grown
    return found


def _larger(view: View, smaller: list[Bundle], jobs: list[int], vehicle: Vehicle) -> list[Bundle]:
    found: dict[frozenset[int], Bundle] = {}
    for bundle in smaller:
        for j in _neighbours(view, bundle, jobs, vehicle):
            members = frozenset((*bundle.jobs, j))
            if members in found:
                continue
            options = [_bundle(view, order, vehicle) for order in permutations(members)]
            found[members] = min(
                options, key=lambda b: b.fixed_min + view.settings.busy_price * b.length_s / 60
            )
    return list(found.values())


def _neighbours(view: View, bundle: Bundle, jobs: list[int], vehicle: Vehicle) -> list[int]:
    """Return the orders that may join a bundle, nearest drop-offs first."""
    ready_s = view.jobs[bundle.jobs[0]].earliest_s[0]
    near = [
        j for j in jobs if j not in bundle.jobs and abs(view.jobs[j].earliest_s[0] - ready_s) <= BUNDLE_GAP_S
    ]
    near.sort(key=lambda j: view.legs.seconds(bundle.end, 2 * j + 1, vehicle))
    return near[:NEIGHBOURS]


def _bundle(view: View, jobs: tuple[int, ...], vehicle: Vehicle) -> Bundle:
    chosen = [view.jobs[j] for j in jobs]
    ride = view.legs.seconds
    half_s = max(job.half_s[0] for job in chosen)
    t, place, drops = half_s + (len(jobs) - 1) * view.settings.repeat_service_s, 2 * jobs[0], []
    handover_max_s = FAR_S
    for j, job in zip(jobs, chosen, strict=True):
        arrive = t + ride(place, 2 * j + 1, vehicle)
        handover_max_s = min(handover_max_s, job.latest_s[1] - arrive)
        drops.append(arrive + job.half_s[1])
        t, place = drops[-1] + job.half_s[1], 2 * j + 1
        if job.order.on_board_max_s is not None and drops[-1] > job.order.on_board_max_s:
            handover_max_s = -FAR_S
    waits = zip(chosen, drops, strict=True)
    return Bundle(
        jobs=jobs,
        ready_s=max(*(job.earliest_s[0] for job in chosen), _ready_for_drops_s(chosen, drops)),
        half_s=half_s,
        length_s=t,
        drops_s=tuple(drops),
        weight=sum(job.weight for job in chosen),
        fixed_min=sum(job.weight * (drop - job.reference_s) / 60 for job, drop in waits),
        arrive_max_s=min(job.latest_s[0] for job in chosen),
        handover_max_s=handover_max_s,
    )


def _ready_for_drops_s(chosen: list[Job], drops: list[float]) -> float:
    """Return the hand-over at the shop that lets no customer's window make the courier wait."""
    return max(job.earliest_s[1] - drop for job, drop in zip(chosen, drops, strict=True))
