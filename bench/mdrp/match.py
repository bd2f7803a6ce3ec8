"""The baseline ``match``: bundles per restaurant, then one linear assignment, every minute from scratch.

A comparison for the bench, not part of the product. Bundles grow by parallel insertion towards a target
size (Reyes et al. 2018, procedure 1); a bundle's price with a courier is its orders' delay plus a little
for the courier's minutes; when bundles outnumber couriers, older ones get a bonus. Who is told when
follows the same just-in-time rule as the planner.
"""

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from dispatcher.model import DueOffer, Nudge, PlannerSettings, PlanningProblem, Solution, Stage
from dispatcher.solver.answer import solution_of
from dispatcher.solver.commitment import due_offers
from dispatcher.solver.feasibility import violations
from dispatcher.solver.insertion import Inserter, held_routes
from dispatcher.solver.view import Job, View, view_of
from domain.ports import TravelTimes

MATCH_SETTINGS = PlannerSettings(
    horizon_s=20 * 60,
    courier_horizon_s=20 * 60,
    one_pickup_place=True,
    bundle_max=10,
    shift_end_covers_dropoff=False,
    lead_s=0,
    repeat_service_s=0.0,
)
BUSY_PRICE = 0.15
"""Per minute a courier is busy."""
AGE_BONUS = 2.0
"""Per minute a customer has waited, when bundles outnumber couriers."""
NEVER = 1e6


class Match:
    """Fulfils ``bench.mdrp.day.Decider``.

    Attributes:
        rejected: answers that the independent checker refused.
    """

    def __init__(self, travel_times: TravelTimes) -> None:
        self._travel_times = travel_times
        self.rejected = 0

    def improve_here(self, problem: PlanningProblem, deadline_s: float) -> Solution:
        """Match all open work from scratch."""
        del deadline_s
        view = view_of(problem, self._travel_times)
        inserter = Inserter(view, held_routes(view))
        matching = _Matching(inserter)
        for r, visits in matching.routes():
            inserter.put(r, visits)
        solution = solution_of(inserter, "match")
        self.rejected += bool(violations(problem, solution, self._travel_times))
        return solution

    def due_offers(self, problem: PlanningProblem, solution: Solution) -> list[DueOffer]:
        """Return who must be told now."""
        return due_offers(problem, solution, self._travel_times)

    def nudges(self, problem: PlanningProblem, solution: Solution) -> list[Nudge]:
        """Return no advice: idle couriers stay where they are."""
        del problem, solution
        return []


class _Matching:
    """One minute's bundles, couriers and prices."""

    def __init__(self, inserter: Inserter) -> None:
        self._inserter, self._view = inserter, inserter.view
        view = inserter.view
        self._riders = [r for r, rider in enumerate(view.riders) if self._free(r) < rider.shift_end_s]
        self._riders = [r for r in self._riders if self._free(r) <= view.settings.courier_horizon_s]

    def routes(self) -> list[tuple[int, list[int]]]:
        """Return the riders who get a bundle, and their whole routes."""
        open_jobs = [
            j
            for j, job in enumerate(self._view.jobs)
            if job.order.stage is Stage.PLANNED and not self._view.not_yet(j)
        ]
        if not open_jobs or not self._riders:
            return []
        bundles = self._bundles(open_jobs)
        options = [[self._cheapest(r, bundle) for bundle in bundles] for r in self._riders]
        cost = np.array([[price for price, _ in row] for row in options])
        if len(bundles) > len(self._riders):
            cost = cost - AGE_BONUS * self._age_min(bundles)
        rows, cols = linear_sum_assignment(cost)
        return [
            (self._riders[row], options[row][col][1])
            for row, col in zip(rows, cols, strict=True)
            if options[row][col][0] < NEVER / 2
        ]

    def _age_min(self, bundles: list[list[int]]) -> npt.NDArray[np.float64]:
        jobs = self._view.jobs
        return np.array([sum(max(0.0, -jobs[j].earliest_s[0]) / 60 for j in bundle) for bundle in bundles])

    def _bundles(self, open_jobs: list[int]) -> list[list[int]]:
        """Return bundles of about as many orders as each courier must take."""
        target = math.ceil(len(open_jobs) / len(self._riders))
        by_spot: dict[int, list[int]] = {}
        for j in sorted(open_jobs, key=lambda j: self._view.jobs[j].earliest_s[0]):
            by_spot.setdefault(self._view.jobs[j].spot, []).append(j)
        found: list[list[int]] = []
        for jobs in by_spot.values():
            grown: list[list[int]] = [[] for _ in range(math.ceil(len(jobs) / target))]
            for j in jobs:
                _insert(self._view, grown, j, target)
            for j in jobs:  # once more, now that every bundle is known
                home = next(bundle for bundle in grown if j in bundle)
                home.remove(j)
                _insert(self._view, grown, j, target)
            found += [bundle for bundle in grown if bundle]
        return found

    def _free(self, r: int) -> float:
        visits = self._inserter.routes[r]
        rider = self._view.riders[r]
        if not visits:
            return max(0.0, rider.start_s)
        return self._inserter.schedule.times(rider, visits)[-1][2]

    def _cheapest(self, r: int, bundle: list[int]) -> tuple[float, list[int]]:
        """Return the price of a bundle as the rider's next trip, or on top of the trip being fetched."""
        held = self._inserter.routes[r]
        trip = [2 * j for j in bundle] + [2 * j + 1 for j in bundle]
        trials = [held + trip]
        if held and self._view.jobs[held[0] >> 1].spot == self._view.jobs[bundle[0]].spot:
            pickups = [visit for visit in held if not visit & 1]
            drops = [visit for visit in held if visit & 1]
            trials.append(pickups + trip[: len(bundle)] + drops + trip[len(bundle) :])
        before = self._price(r, held)
        return min(((self._price(r, trial) - before, trial) for trial in trials), key=lambda pair: pair[0])

    def _price(self, r: int, visits: list[int]) -> float:
        view, rider = self._view, self._view.riders[r]
        if not visits:
            return 0.0
        times = self._inserter.schedule.times(rider, visits)
        total = 0.0
        for visit, (_, handover, _) in zip(visits, times, strict=True):
            job = view.jobs[visit >> 1]
            if visit & 1:
                total += (handover - _soonest_s(view, job, visit >> 1)) / 60
            elif job.order.stage is Stage.PLANNED and handover > rider.shift_end_s:
                return NEVER
        return total + BUSY_PRICE * self._busy_min(r, times)

    def _busy_min(self, r: int, times: list[tuple[float, float, float]]) -> float:
        """Return the minutes until the courier is free again, waiting at restaurants included."""
        return (times[-1][2] - max(0.0, self._view.riders[r].start_s)) / 60


def _soonest_s(view: View, job: Job, j: int) -> float:
    """Return when an order could be handed to its customer if a courier stood ready."""
    ride = view.legs.seconds(2 * j, 2 * j + 1, view.riders[0].vehicle)
    return job.earliest_s[0] + job.half_s[0] + ride + job.half_s[1]


def _insert(view: View, bundles: list[list[int]], j: int, target: int) -> None:
    """Put an order where it costs least among the bundles that are not full."""
    best: tuple[float, list[int], int] | None = None
    for bundle in bundles:
        if len(bundle) >= target:
            continue
        before = _own_price(view, bundle)
        for at in range(len(bundle) + 1):
            added = _own_price(view, [*bundle[:at], j, *bundle[at:]]) - before
            if best is None or added < best[0]:
                best = (added, bundle, at)
    if best is not None:
        best[1].insert(best[2], j)


def _own_price(view: View, bundle: list[int]) -> float:
    """Return the delay of a bundle's orders if a courier stood ready, plus the courier's minutes."""
    if not bundle:
        return 0.0
    vehicle, jobs = view.riders[0].vehicle, view.jobs
    handover = max(jobs[j].earliest_s[0] for j in bundle)
    t, place, delay = handover + jobs[bundle[0]].half_s[0], 2 * bundle[0], 0.0
    for j in bundle:
        t += view.legs.seconds(place, 2 * j + 1, vehicle) + jobs[j].half_s[1]
        delay += t - _soonest_s(view, jobs[j], j)
        t, place = t + jobs[j].half_s[1], 2 * j + 1
    return (delay + BUSY_PRICE * (t - handover)) / 60
