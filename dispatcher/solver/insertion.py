"""Best insertion: keeps the routes in force and puts each new order where it costs least.

This is the answer that is always there: no worker, no model, a few milliseconds. It never moves an order
that a route has already (improvement does); it never leaves one that fits.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from itertools import islice

from dispatcher.model import PlannedRoute
from dispatcher.solver.nearest import Nearest
from dispatcher.solver.placements import Placements, longer_route
from dispatcher.solver.rules import excluding_rule
from dispatcher.solver.schedule import INFEASIBLE, Schedule
from dispatcher.solver.view import View

Routes = list[list[int]]
"""Visit numbers per rider."""
TOGETHER = 64
"""Orders priced together when many are to be inserted."""
Option = tuple[float, list[int]]
"""What a unit adds to a route's cost, minutes, and the longer route."""


class Inserter:
    """Works on one view; ``routes`` and ``cost`` (minutes per rider) are the plan so far."""

    def __init__(self, view: View, routes: Routes | None = None) -> None:
        self.view = view
        self.schedule = Schedule(view)
        self.placements = Placements(view)
        self.nearest = Nearest(view, self.placements.tables)
        self._barred: dict[tuple[int, int], bool] = {}
        self._last: tuple[int, dict[int, Option]] | None = None
        if routes is None:
            self.routes, self.cost = _warm(view, self.placements)
        else:
            self.routes, self.cost = routes, self.placements.route_costs(list(enumerate(routes)))

    def insert_missing(self, candidates: int | None = None) -> list[int]:
        """Insert every order no route serves, urgent ones first; returns those that fit nowhere.

        Orders beyond the horizon are left alone and are not among them.
        """
        served = {visit >> 1 for visits in self.routes for visit in visits}
        missing = [j for j in range(len(self.view.jobs)) if j not in served and not self.view.not_yet(j)]
        self.nearest.look_up(missing, candidates or self.view.settings.candidates)
        waiting, left = units(self.view, missing), list[int]()
        while waiting:
            again = self._insert_some(waiting[:TOGETHER], candidates or self.view.settings.candidates, left)
            waiting = again + waiting[TOGETHER:]
        return left

    def _insert_some(self, some: list[list[int]], candidates: int, left: list[int]) -> list[list[int]]:
        """Insert units into the cheapest routes, priced together.

        Returns those whose courier was just given another: they are priced anew. Adds to ``left`` what
        nobody can take.
        """
        asked = [(r, unit) for unit in some for r in self.nearest.riders(unit[0], candidates)]
        found: list[dict[int, Option]] = [{} for _ in some]
        options = iter(zip(asked, self.options(asked), strict=True))
        for i, unit in enumerate(some):
            for (r, _), option in islice(options, len(self.nearest.riders(unit[0], candidates))):
                if option is not None:
                    found[i][r] = option
        given, again = set[int](), list[list[int]]()
        for unit, those in zip(some, found, strict=True):
            if not those:
                left += unit
                continue
            r, (_, visits) = min(those.items(), key=lambda item: item[1][0])
            if r in given:
                again.append(unit)
                continue
            given.add(r)
            self.put(r, visits)
        if len(some) == 1 and len(some[0]) == 1:
            self._last = some[0][0], found[0]
        return again

    def options_of(self, unit: Sequence[int], riders: Iterable[int]) -> dict[int, Option]:
        """Return the best way of each rider who can take a unit."""
        asked = [(r, unit) for r in riders]
        found = zip(asked, self.options(asked), strict=True)
        return {r: option for (r, _), option in found if option is not None}

    def options(self, asked: Sequence[tuple[int, Sequence[int]]]) -> list[Option | None]:
        """Return the added cost and the longer route per (rider, unit), None where it cannot be taken."""
        visits = [self.routes[r] for r, _ in asked]
        cost = [0.0 if self.may_take(r, unit) else INFEASIBLE for r, unit in asked]
        for k in range(max((len(unit) for _, unit in asked), default=0)):
            alive = [i for i, (_, unit) in enumerate(asked) if k < len(unit) and cost[i] != INFEASIBLE]
            questions = [(asked[i][0], visits[i], asked[i][1][k]) for i in alive]
            placed = self.placements.best(questions)
            for i, question, cost_min, order in zip(
                alive, questions, placed.cost_min, placed.order, strict=True
            ):
                cost[i] = cost_min
                if cost_min != INFEASIBLE:
                    on_board = self.view.jobs[question[2]].on_board
                    visits[i] = longer_route(question, order, on_board=on_board)
        return [
            None if cost[i] == INFEASIBLE else (cost[i] - self.before(r), visits[i])
            for i, (r, _) in enumerate(asked)
        ]

    def put(self, r: int, visits: list[int], cost_min: float | None = None) -> None:
        """Replace a rider's route; ``cost_min`` when it is known already."""
        self.routes[r] = visits
        self.cost[r] = self.schedule.cost(r, visits) if cost_min is None else cost_min
        self._last = None

    def elsewhere(self, chosen: int | None, j: int) -> dict[int, Option]:
        """Return what one order would cost with each rider in question, if nobody had it yet.

        The last insertion has just found out; committed visits stay where they are.
        """
        if self._last is not None and self._last[0] == j:
            return self._last[1]
        other = copy(self)
        other.routes, other.cost = list(self.routes), list(self.cost)
        near = self.nearest.riders(j, self.view.settings.candidates)
        if chosen is not None:
            if j not in {visit >> 1 for visit in self.view.riders[chosen].committed}:
                other.put(chosen, [visit for visit in self.routes[chosen] if visit >> 1 != j])
            near = [*dict.fromkeys((*near, chosen))]
        return other.options_of([j], near)

    def cheapest(self, r: int, visits: list[int], j: int) -> Option:
        """Return the cost of the cheapest route that has ``j`` too, and that route."""
        placed = self.placements.best([(r, visits, j)])
        if placed.cost_min[0] == INFEASIBLE:
            return INFEASIBLE, visits
        on_board = self.view.jobs[j].on_board
        return placed.cost_min[0], longer_route((r, visits, j), placed.order[0], on_board=on_board)

    def before(self, r: int) -> float:
        """Return what a rider's route costs; 0 when it breaks a rule already."""
        return self.cost[r] if self.cost[r] != INFEASIBLE else 0.0

    def may_take(self, r: int, unit: Sequence[int]) -> bool:
        """Tell whether no rule keeps a rider from a unit before any route is looked at."""
        if any(self._is_barred(r, j) for j in unit):
            return False
        full = len(self.routes[r]) + 2 * len(unit) > self.view.settings.route_visits_max
        return not (full and self.routes[r] and any(self.view.jobs[j].binds(r) for j in unit))

    def _is_barred(self, r: int, j: int) -> bool:
        if (r, j) not in self._barred:
            self._barred[r, j] = excluding_rule(self.view, r, j) is not None
        return self._barred[r, j]


def warm_routes(view: View) -> Routes:
    """Return the previous routes as far as they still hold: committed visits first, gone orders left out."""
    return _warm(view, Placements(view))[0]


def _warm(view: View, placements: Placements) -> tuple[Routes, list[float]]:
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
    costs = placements.route_costs(list(enumerate(routes)))
    overdue = [r for r, cost in enumerate(costs) if cost == INFEASIBLE]
    for r in overdue:
        routes[r] = _only_held(view, r, routes[r])
    if overdue or broken:
        _release_broken_groups(view, routes)
        costs = placements.route_costs(list(enumerate(routes)))
    return routes, costs


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
