"""What goes wrong in solvers is counted where people look: on /metrics."""

import os
import signal

import msgspec
import pytest

from dispatcher import planner as planning
from dispatcher.planner import Planner
from dispatcher.solver import worker
from dispatcher.solver.pool import SolverPool
from server.metrics import Metrics
from tests.dispatcher.route_world import Gap, Jam, Street, courier, order, problem

QUESTION = problem([courier("c1", 0)], [order("o1", 2, 5)])


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def planner_on(metrics):
    made = []

    def make(streets):
        made.append(Planner(streets, SolverPool(streets, 1, metrics), metrics))
        return made[-1]

    yield make
    for each in made:
        each._pool.close()


def shown(metrics):
    lines = [text for text in metrics.render().decode().splitlines() if text.startswith("relevo_solver_")]
    return {
        name: float(value) for name, value in (text.rsplit(" ", 1) for text in lines) if "created" not in name
    }


def failures(metrics, kind):
    return shown(metrics)[f'relevo_solver_failures_total{{kind="{kind}"}}']


def restarts(metrics):
    return shown(metrics)["relevo_solver_restarts_total"]


def test_all_is_zero_before_anything_happens(metrics):
    assert set(shown(metrics).values()) == {0.0}
    assert len(shown(metrics)) == 5


async def test_a_killed_process_is_a_crash_and_its_successor_a_restart(metrics, planner_on):
    planner = planner_on(Street())
    assert await planner.improve(QUESTION, 0.05) is not None
    os.kill(planner._pool._all[0].pid, signal.SIGKILL)
    assert await planner.improve(QUESTION, 0.05) is None
    assert (failures(metrics, "crash"), restarts(metrics)) == (1, 0)
    assert await planner.improve(QUESTION, 0.05) is not None
    assert (failures(metrics, "crash"), restarts(metrics)) == (1, 1)


async def test_a_process_that_hangs_is_counted_when_it_is_given_up(metrics, planner_on, monkeypatch):
    monkeypatch.setattr(worker, "GRACE_S", 0.2)
    assert await planner_on(Jam()).improve(QUESTION, 0.05) is None
    assert (failures(metrics, "hang"), failures(metrics, "crash")) == (1, 0)


async def test_a_problem_that_breaks_the_solver_is_an_error_without_restart(metrics, planner_on):
    assert await planner_on(Gap()).improve(QUESTION, 0.05) is None
    assert (failures(metrics, "error"), restarts(metrics)) == (1, 0)


async def test_an_answer_to_other_ways_than_the_checkers_is_refused_and_counted(metrics):
    """The process rides at one speed, the checker knows it takes twice as long."""

    class Slow(Street):
        def matrix_s(self, origins, destinations, vehicle):
            return [[2 * way for way in row] for row in super().matrix_s(origins, destinations, vehicle)]

    pool = SolverPool(Street(), 1, metrics)
    try:
        assert await Planner(Slow(), pool, metrics).improve(QUESTION, 0.05) is None
        assert failures(metrics, "infeasible") == 1
    finally:
        pool.close()


def test_an_insertion_that_goes_wrong_is_refused_counted_and_nothing_new_is_promised(metrics, monkeypatch):
    real = planning.solution_of

    def one_stop_short(inserter, solver, explained=()):
        answer = real(inserter, solver, explained)
        routes = tuple(msgspec.structs.replace(route, visits=route.visits[:-1]) for route in answer.routes)
        return msgspec.structs.replace(answer, routes=routes) if solver == "insertion" else answer

    monkeypatch.setattr(planning, "solution_of", one_stop_short)
    answer = Planner(Street(), metrics=metrics).insert(QUESTION)
    assert (answer.solver, answer.routes) == ("held", ())
    assert failures(metrics, "infeasible") == 1
