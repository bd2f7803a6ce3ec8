"""Routes priced in bulk cost what they cost one by one, and the placement found is the cheapest there is."""

import random

import pytest
from hypothesis import HealthCheck, given, settings

from dispatcher.solver.insertion import Inserter
from dispatcher.solver.placements import Placements, longer_route
from dispatcher.solver.schedule import INFEASIBLE, Schedule
from dispatcher.solver.view import view_of
from dispatcher.travel_times.straight_line import StraightLine
from tests.dispatcher.route_world import Street
from tests.property.test_planner_properties import problems

WORLDS = pytest.mark.parametrize("travel_times", [Street(), StraightLine()], ids=["matrix", "straight line"])


def some_routes(view, seed):
    rng = random.Random(seed)
    for r in range(len(view.riders)):
        for _ in range(4):
            able = [j for j, job in enumerate(view.jobs) if not job.on_board or job.locked_to == r]
            jobs = rng.sample(able, rng.randint(0, min(4, len(able))))
            visits = []
            for j in jobs:
                visits.insert(rng.randint(0, len(visits)), 2 * j + 1)
                if not view.jobs[j].on_board:
                    visits.insert(rng.randint(0, visits.index(2 * j + 1)), 2 * j)
            yield r, visits


@WORLDS
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(question=problems())
def test_routes_cost_the_same_in_bulk_and_alone(travel_times, question):
    view = view_of(question, travel_times)
    routes = list(some_routes(view, seed=len(question.orders)))
    schedule = Schedule(view)
    assert Placements(view).route_costs(routes) == pytest.approx(
        [schedule.cost(r, visits) for r, visits in routes], abs=1e-6
    )


@WORLDS
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(question=problems())
def test_a_placement_is_the_cheapest_of_all(travel_times, question):
    view = view_of(question, travel_times)
    inserter, schedule = Inserter(view), Schedule(view)
    served = {visit >> 1 for visits in inserter.routes for visit in visits}
    for j in set(range(len(view.jobs))) - served:
        asked = [(r, visits, j) for r, visits in enumerate(inserter.routes)]
        asked = [] if view.jobs[j].on_board else asked
        placed = inserter.placements.best(asked)
        for asked_one, cost, order in zip(asked, placed.cost_min, placed.order, strict=True):
            every = list(all_placements(view, *asked_one))
            assert cost == pytest.approx(min(schedule.cost(asked_one[0], way) for way in every), abs=1e-6)
            if cost != INFEASIBLE:
                assert longer_route(asked_one, order, on_board=False) in every


def all_placements(view, r, visits, j):
    first = len(view.riders[r].committed)
    for q in range(first, len(visits) + 1):
        late = [*visits[:q], 2 * j + 1, *visits[q:]]
        for p in range(first, q + 1):
            yield [*late[:p], 2 * j, *late[p:]]
