"""Turns routes of visit numbers into a solution.

Says why each order left out has nobody and, when asked, what an explanation needs: what the order costs
where it is, and what it would have cost elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from dispatcher.model import Alternative, Exclusion, OrderCost, PlannedRoute, Rule, Solution, Stage
from dispatcher.solver.insertion import Inserter
from dispatcher.solver.rules import excluding_rule
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.view import View
from domain.courier import Vehicle
from domain.ids import OrderId
from domain.plan import UnassignedReason

EXCLUSIONS_MAX = 50
BROKEN_PROMISE = 1e6
"""Keeps a search from leaving an order that somebody has already, and from breaking a route."""
_REASONS: Mapping[Rule, UnassignedReason] = {
    Rule.UNAVAILABLE: UnassignedReason.NO_COURIER_ON_SHIFT,
    Rule.EXCLUDED: UnassignedReason.EVERYONE_DECLINED,
    Rule.PINNED_TO_OTHER: UnassignedReason.PINNED_COURIER_UNAVAILABLE,
    Rule.SKILLS: UnassignedReason.SKILLS,
    Rule.CAPACITY: UnassignedReason.CAPACITY,
    Rule.TIME_WINDOW: UnassignedReason.TIME_WINDOW,
    Rule.SHIFT_END: UnassignedReason.SHIFT_END,
    Rule.BUSY_TOO_LONG: UnassignedReason.WAITING_FOR_COURIER,
    Rule.NO_GO: UnassignedReason.NO_GO_ZONE,
}


def solution_of(inserter: Inserter, solver: str, explained: Iterable[int] = ()) -> Solution:
    """Return what the outside sees of a plan, with the costs of the jobs in ``explained``."""
    view = inserter.view
    routes = tuple(
        PlannedRoute(courier_id=view.riders[r].state.id, visits=inserter.schedule.timed(r, visits))
        for r, visits in enumerate(inserter.routes)
        if visits
    )
    served = {visit >> 1 for visits in inserter.routes for visit in visits}
    left = [j for j in range(len(view.jobs)) if j not in served]
    return Solution(
        now_ms=view.problem.now_ms,
        routes=routes,
        unassigned={view.jobs[j].order.id: unassigned_reason(inserter, j) for j in left},
        costs=costs(inserter, explained),
        objective_min=objective_min(inserter),
        solver=solver,
    )


def costs(inserter: Inserter, jobs: Iterable[int]) -> dict[OrderId, OrderCost]:
    """Return what some jobs cost where they are, and elsewhere."""
    where = {visit >> 1: r for r, visits in enumerate(inserter.routes) for visit in visits}
    return {inserter.view.jobs[j].order.id: order_cost(inserter, j, where.get(j)) for j in jobs}


def objective_min(inserter: Inserter) -> float:
    """Return the cost of the routes and of what they leave out, minutes; a broken route costs too much.

    Taking a stop out can break a route: the courier is early, and goods wait on board for a window.
    """
    view = inserter.view
    served = {visit >> 1 for visits in inserter.routes for visit in visits}
    total = sum(cost if cost != INFEASIBLE else BROKEN_PROMISE for cost in inserter.cost)
    return total + sum(
        left_min(view, j) for j in range(len(view.jobs)) if j not in served and not view.not_yet(j)
    )


def left_min(view: View, j: int) -> float:
    """Return what leaving an order costs, minutes; dear when somebody has it already."""
    job = view.jobs[j]
    return view.unassigned_min(j) + BROKEN_PROMISE * (job.promised and job.owner is not None)


def unassigned_reason(inserter: Inserter, j: int) -> UnassignedReason:
    """Return why nobody has an order: what most of the couriers who came furthest failed on."""
    view, job = inserter.view, inserter.view.jobs[j]
    if view.not_yet(j):
        return UnassignedReason.NOT_YET
    if job.order.pinned_to is not None or (job.order.stage is Stage.ON_BOARD and job.owner is None):
        return UnassignedReason.PINNED_COURIER_UNAVAILABLE
    if len(job.order.no_go) == len(Vehicle):
        return UnassignedReason.NO_GO_ZONE
    rules = Counter(
        excluding_rule(view, r, j) for r, rider in enumerate(view.riders) if rider.state.available
    )
    if not rules:
        return UnassignedReason.NO_COURIER_ON_SHIFT
    if rules[None]:
        return _route_reason(inserter, j)
    return _REASONS[max((rule for rule in rules if rule is not None), key=lambda rule: rules[rule])]


def _route_reason(inserter: Inserter, j: int) -> UnassignedReason:
    """Some courier may take it, yet no route fits: say which limit an otherwise idle courier breaks."""
    view = inserter.view
    broken: Counter[Rule] = Counter()
    for r in inserter.nearest.riders(j, view.settings.candidates):
        if excluding_rule(view, r, j) is not None:
            continue
        rule = _breaks(view, r, j)
        if rule is None:
            return UnassignedReason.WAITING_FOR_COURIER
        broken[rule] += 1
    return _REASONS[broken.most_common(1)[0][0]] if broken else UnassignedReason.NO_COURIER_NEAR


def _breaks(view: View, r: int, j: int) -> Rule | None:
    """Return which limit a courier would break with this order alone, None when that would do."""
    rider, job, ride = view.riders[r], view.jobs[j], view.legs.seconds
    picked = max(rider.start_s + ride(rider.start, 2 * j, rider.vehicle), job.earliest_s[0])
    dropped = picked + ride(2 * j, 2 * j + 1, rider.vehicle)
    if picked > job.latest_s[0] or dropped > job.latest_s[1]:
        return Rule.TIME_WINDOW
    return Rule.SHIFT_END if dropped > rider.shift_end_s else None


def order_cost(inserter: Inserter, j: int, chosen: int | None) -> OrderCost:
    """Return what job ``j`` costs with the chosen rider and would cost with the next best three."""
    view = inserter.view
    near = inserter.nearest.riders(j, view.settings.candidates)
    options: list[Alternative] = []
    cost_min: float | None = None
    excluded = [
        Exclusion(rider.state.id, rule)
        for r, rider in enumerate(view.riders)
        if (rule := excluding_rule(view, r, j)) is not None
    ]
    priced = inserter.elsewhere(chosen, j)
    out = {exclusion.courier_id for exclusion in excluded}
    excluded += [
        Exclusion(view.riders[r].state.id, _breaks(view, r, j) or Rule.BUSY_TOO_LONG)
        for r in near
        if view.riders[r].state.id not in out and r not in priced and r != chosen
    ]
    for r, (added, _) in priced.items():
        if r == chosen:
            cost_min = round(added, 2)
        else:
            options.append(Alternative(view.riders[r].state.id, round(added, 2)))
    options.sort(key=lambda option: option.cost_min)
    return OrderCost(
        order_id=view.jobs[j].order.id,
        courier_id=None if chosen is None else view.riders[chosen].state.id,
        cost_min=cost_min,
        alternatives=tuple(options[:3]),
        excluded=tuple(excluded[:EXCLUSIONS_MAX]),
        looked_at=len({*priced} | ({chosen} - {None})),
    )
