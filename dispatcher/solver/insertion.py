"""Best insertion: keeps the routes in force and puts each new order where it costs least.

This is the answer that is always there: no worker, no model, a few milliseconds. It never moves an order
that a route has already (improvement does); it never leaves one that fits.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from dispatcher.model import PlannedRoute
from dispatcher.solver.rules import excluding_rule
from dispatcher.solver.schedule import INFEASIBLE, Schedule
from dispatcher.solver.view import View

Routes = list[list[int]]
"""Visit numbers per rider."""


class Inserter:
    """Works on one view; ``routes`` and ``cost`` (minutes per rider) are the plan so far."""

    def __init__(self, view: View, routes: Routes | None = None) -> None:
        self.view = view
        self.schedule = Schedule(view)
        if routes is None:
            self.routes, self.cost = _warm(view, self.schedule)
        else:
            self.routes = routes
            self.cost = [self.schedule.cost(r, visits) for r, visits in enumerate(routes)]

    def insert_missing(self, candidates: int | None = None) -> list[int]:
        """Insert every order no route serves, urgent ones first; returns those that fit nowhere.

        Orders beyond the horizon are left alone and are not among them.
        """
        served = {visit >> 1 for visits in self.routes for visit in visits}
        missing = [j for j in range(len(self.view.jobs)) if j not in served and not self.view.not_yet(j)]
        left: list[int] = []
        for unit in units(self.view, missing):
            if not self.insert_unit(unit, candidates or self.view.settings.candidates):
                left += unit
        return left

    def insert_unit(self, unit: Sequence[int], candidates: int) -> bool:
        """Insert orders that travel together into the cheapest route; False when none takes them all."""
        best: tuple[float, int, list[int]] | None = None
        for r in nearest_riders(self.view, unit[0], candidates):
            found = self.best_in_route(r, unit)
            if found is not None and (best is None or found[0] < best[0]):
                best = (found[0], r, found[1])
        if best is None:
            return False
        self.put(best[1], best[2])
        return True

    def best_in_route(self, r: int, unit: Sequence[int]) -> tuple[float, list[int]] | None:
        """Return the added cost and the longer route, None when rider ``r`` cannot take the unit."""
        view = self.view
        if any(excluding_rule(view, r, j) is not None for j in unit):
            return None
        full = len(self.routes[r]) + 2 * len(unit) > view.settings.route_visits_max
        if full and self.routes[r] and any(view.jobs[j].binds(r) for j in unit):
            return None
        visits, cost = self.routes[r], INFEASIBLE
        for j in unit:
            cost, visits = self.cheapest(r, visits, j)
            if cost == INFEASIBLE:
                return None
        before = self.cost[r] if self.cost[r] != INFEASIBLE else 0.0
        return cost - before, visits

    def put(self, r: int, visits: list[int]) -> None:
        """Replace a rider's route."""
        self.routes[r] = visits
        self.cost[r] = self.schedule.cost(r, visits)

    def without(self, r: int | None, j: int) -> "Inserter":
        """Return the same plan less one order of rider ``r``; committed visits stay."""
        other = Inserter.__new__(Inserter)
        other.view, other.schedule = self.view, self.schedule
        other.routes, other.cost = list(self.routes), list(self.cost)
        if r is not None and j not in {visit >> 1 for visit in self.view.riders[r].committed}:
            other.put(r, [visit for visit in self.routes[r] if visit >> 1 != j])
        return other

    def cheapest(self, r: int, visits: list[int], j: int) -> tuple[float, list[int]]:
        best, best_visits = INFEASIBLE, visits
        for trial in self._placements(r, visits, j):
            cost = self.schedule.cost(r, trial)
            if cost < best:
                best, best_visits = cost, trial
        return best, best_visits

    def _placements(self, r: int, visits: list[int], j: int) -> Iterable[list[int]]:
        """Yield every way to add an order's visits behind the committed ones."""
        first = len(self.view.riders[r].committed)
        drop = [2 * j + 1]
        if self.view.jobs[j].on_board:
            for q in range(first, len(visits) + 1):
                yield visits[:q] + drop + visits[q:]
            return
        for p in range(first, len(visits) + 1):
            head = [*visits[:p], 2 * j]
            for q in range(p, len(visits) + 1):
                yield head + visits[p:q] + drop + visits[q:]


def warm_routes(view: View) -> Routes:
    """Return the previous routes as far as they still hold: committed visits first, gone orders left out."""
    return _warm(view, Schedule(view))[0]


def _warm(view: View, schedule: Schedule) -> tuple[Routes, list[float]]:
    """Return the routes that still hold and their costs."""
    routes: Routes = [list(rider.committed) for rider in view.riders]
    taken = {visit for visits in routes for visit in visits}
    previous = {route.courier_id: route for route in view.problem.previous}
    for r, rider in enumerate(view.riders):
        kept = _kept(view, r, previous.get(rider.state.id), taken)
        routes[r] += kept
        taken.update(kept)
    for r, rider in enumerate(view.riders):
        _complete(view, rider.held, routes[r])
    _complete_promised(view, routes)
    broken = _release_broken_groups(view, routes)
    costs = [schedule.cost(r, visits) for r, visits in enumerate(routes)]
    for r in (r for r, cost in enumerate(costs) if cost == INFEASIBLE):
        routes[r] = _only_held(view, r, routes[r])
        broken = True
    if broken and _release_broken_groups(view, routes):
        costs = [schedule.cost(r, visits) for r, visits in enumerate(routes)]
    return routes, [
        schedule.cost(r, routes[r]) if cost == INFEASIBLE else cost for r, cost in enumerate(costs)
    ]


def held_routes(view: View) -> Routes:
    """Return only what couriers have already."""
    return [_only_held(view, r, visits) for r, visits in enumerate(warm_routes(view))]


def _kept(view: View, r: int, route: PlannedRoute | None, taken: set[int]) -> list[int]:
    """Return the previous visits that rider ``r`` may still make, in order, pairs only."""
    numbers = [view.visit_number(visit.order_id, visit.kind) for visit in route.visits] if route else []
    fresh = [v for v in numbers if v is not None and v not in taken and _may_keep(view, r, v)]
    there = set(view.riders[r].committed) | set(fresh)
    return [v for v in fresh if _paired(view, v, there)]


def _may_keep(view: View, r: int, visit: int) -> bool:
    j = visit >> 1
    if view.jobs[j].on_board and not visit & 1:
        return False
    return excluding_rule(view, r, j) is None


def _paired(view: View, visit: int, there: set[int]) -> bool:
    return view.jobs[visit >> 1].on_board or (visit ^ 1) in there


def _complete(view: View, jobs: Iterable[int], visits: list[int]) -> None:
    """Append what a rider must do and no route shows, so that nothing promised is lost."""
    for j in jobs:
        if not view.jobs[j].on_board and 2 * j not in visits:
            visits.append(2 * j)
        if 2 * j + 1 not in visits:
            visits.append(2 * j + 1)
    visits += [v + 1 for v in visits if not v & 1 and v + 1 not in visits]


def _complete_promised(view: View, routes: Routes) -> None:
    served = {visit >> 1 for visits in routes for visit in visits}
    for j, job in enumerate(view.jobs):
        pinned_elsewhere = job.order.pinned_to is not None and job.locked_to is None
        if job.promised and job.owner is not None and j not in served and not pinned_elsewhere:
            _complete(view, [j], routes[job.owner])


def _only_held(view: View, r: int, visits: list[int]) -> list[int]:
    """Drop the work that may go elsewhere from a route that broke (a delay, a new shift end)."""
    committed = {visit >> 1 for visit in view.riders[r].committed}
    return [v for v in visits if v >> 1 in committed or not view.jobs[v >> 1].binds(r)]


def _release_broken_groups(view: View, routes: Routes) -> bool:
    """Take planned members of a group out where the group is not complete on one courier; True if any was."""
    where = {visit >> 1: r for r, visits in enumerate(routes) for visit in visits}
    split = [members for members in view.groups.values() if len({where.get(j) for j in members}) > 1]
    for r, rider in enumerate(view.riders if split else ()):
        fixed = {visit >> 1 for visit in rider.committed}
        loose = {j for members in split for j in members if view.jobs[j].binds(r)} - fixed
        routes[r] = [visit for visit in routes[r] if visit >> 1 not in loose]
    return bool(split)


def units(view: View, jobs: Sequence[int]) -> list[list[int]]:
    """Return jobs that travel together, the most urgent first."""
    grouped: dict[str, list[int]] = {}
    alone: list[list[int]] = []
    for j in jobs:
        group = view.jobs[j].order.group
        if group is None or view.jobs[j].locked_to is not None:
            alone.append([j])
        else:
            grouped.setdefault(group, []).append(j)

    def urgency(unit: list[int]) -> tuple[float, float]:
        first = view.jobs[unit[0]]
        return (-first.order.priority, min(first.reference_s, first.latest_s[0], first.latest_s[1]))

    return sorted([*alone, *grouped.values()], key=urgency)


def nearest_riders(view: View, j: int, candidates: int) -> list[int]:
    """Return the riders who could be at an order's pickup soonest, by start place and time."""
    sole = _sole_rider(view, j)
    if sole is not None:
        return [sole]
    able = [r for r, rider in enumerate(view.riders) if rider.state.available]
    owner = view.jobs[j].owner
    if len(able) <= candidates:
        return able
    soonest = np.empty(len(able))
    by_vehicle: dict[str, list[int]] = {}
    for i, r in enumerate(able):
        by_vehicle.setdefault(view.riders[r].vehicle, []).append(i)
    for rows in by_vehicle.values():
        starts = [view.riders[able[i]].start for i in rows]
        free = np.array([view.riders[able[i]].start_s for i in rows])
        soonest[rows] = view.legs.block(starts, [2 * j], view.riders[able[rows[0]]].vehicle)[:, 0] + free
    nearest = [able[i] for i in np.argpartition(soonest, candidates)[:candidates]]
    if owner is not None and owner not in nearest:
        nearest.append(owner)
    return nearest


def _sole_rider(view: View, j: int) -> int | None:
    """Return the only rider in question: whom the order, or one of its group, is with already."""
    job = view.jobs[j]
    if job.locked_to is not None or job.order.group is None:
        return job.locked_to
    for other in view.jobs:
        if other.order.group == job.order.group and (other.promised or other.locked_to is not None):
            return other.owner if other.promised else other.locked_to
    return None
