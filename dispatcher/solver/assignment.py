"""Plans all open work from scratch as trips: launches, bundles, columns, packing.

Strong where a courier fetches at one place at a time and couriers are short; ``lns`` mixes pickups of
several places afterwards where the co-op allows that.
"""

from dispatcher.model import Stage
from dispatcher.solver.columns import Columns
from dispatcher.solver.insertion import Inserter, held_routes
from dispatcher.solver.packing import Choice, pack
from dispatcher.solver.schedule import INFEASIBLE
from dispatcher.solver.trips import Bundle, Launch, bundles, launches
from dispatcher.solver.view import View

EFFORT = ((150, 12, 3), (500, 8, 2), (100_000, 5, 1))
"""Up to so many open orders: launches kept per bundle, orders per bundle. Insertion adds more."""


def assigned(view: View) -> Inserter:
    """Return a plan of held work plus trips; orders in groups and leftovers are inserted."""
    held = held_routes(view)
    inserter = Inserter(view, held)
    open_jobs = _open_jobs(view, held)
    starts = launches(inserter, held, open_jobs)
    keep, size_max = next((keep, size) for most, keep, size in EFFORT if len(open_jobs) <= most)
    choices: list[Choice] = []
    routes: list[tuple[Launch, list[Bundle]]] = []
    for vehicle in sorted({view.riders[launch.rider].vehicle for launch in starts}):
        own = [launch for launch in starts if view.riders[launch.rider].vehicle == vehicle]
        trips = bundles(view, open_jobs, vehicle, min(size_max, view.settings.bundle_max))
        for launch in own:
            if launch.grown_by:
                choices.append(Choice(launch.rider, launch.grown_by, launch.extra_min))
                routes.append((launch, []))
        if not trips:
            continue
        for column in Columns(view, own, trips, vehicle).all(keep):
            launch, chain = own[column.launch], [trips[i] for i in column.bundles]
            choices.append(_choice(launch, chain, column.cost_min))
            routes.append((launch, chain))
    for i in pack(choices, {j: view.unassigned_min(j) for j in open_jobs}):
        launch, chain = routes[i]
        r, visits = launch.rider, _route(launch, chain)
        if inserter.schedule.cost(r, visits) != INFEASIBLE:
            inserter.put(r, visits)
    inserter.insert_missing()
    return inserter


def _open_jobs(view: View, held: list[list[int]]) -> set[int]:
    """Return orders nobody has, one by one: groups are left to insertion."""
    busy = {visit >> 1 for visits in held for visit in visits}
    return {
        j
        for j, job in enumerate(view.jobs)
        if j not in busy
        and not view.not_yet(j)
        and job.order.stage is Stage.PLANNED
        and job.order.group is None
        and job.order.pinned_to is None
    }


def _choice(launch: Launch, chain: list[Bundle], cost_min: float) -> Choice:
    jobs = launch.grown_by + tuple(j for bundle in chain for j in bundle.jobs)
    return Choice(launch.rider, jobs, cost_min)


def _route(launch: Launch, chain: list[Bundle]) -> list[int]:
    return launch.visits + [visit for bundle in chain for visit in bundle.visits()]
