"""A solver that crashes, hangs or breaks never stops dispatch; a newer question cancels the older."""

import asyncio
import os
import signal

import pytest
import uvloop

from dispatcher.planner import Planner
from dispatcher.solver import pool, worker
from tests.dispatcher.route_world import Gap, Jam, Street, courier, line, order, problem

QUESTION = problem([courier("c1", 0)], [order("o1", 2, 5)])
NICEST = 19
ANSWER = "c1: P(o1)@2m D(o1)@5m"


async def test_the_worker_improves_a_plan():
    planner = Planner(Street())
    try:
        assert line(await planner.improve(QUESTION, 0.05)) == ANSWER
    finally:
        planner.close()


def test_a_city_is_asked_about_and_answered_whole_on_the_servers_own_loop(monkeypatch):
    monkeypatch.setattr(worker, "GRACE_S", 120.0)
    size = 800
    rides = [courier(f"c{number}", number) for number in range(size)]
    asked = problem(rides, [order(f"o{number}", number, number + 1) for number in range(size)])
    solver = worker.SolverWorker(Street())

    async def ask():
        return await solver.solve(asked, 0.5)

    try:
        answer = uvloop.run(ask())
    finally:
        solver.close()
    assert len(answer.routes) == size
    assert solver.restarts == 0


async def test_a_killed_worker_is_replaced():
    solver = worker.SolverWorker(Street())
    try:
        assert await solver.solve(QUESTION, 0.05) is not None
        os.kill(solver.pid, signal.SIGKILL)
        assert await solver.solve(QUESTION, 0.05) is None
        assert line(await solver.solve(QUESTION, 0.05)) == ANSWER
        assert solver.restarts == 1
    finally:
        solver.close()


async def test_a_hung_worker_is_given_up_after_its_deadline(monkeypatch):
    monkeypatch.setattr(worker, "GRACE_S", 0.2)
    solver = worker.SolverWorker(Jam())
    try:
        assert await solver.solve(QUESTION, 0.05) is None
        assert solver.restarts == 1
        assert solver.pid is None
    finally:
        solver.close()


async def test_a_problem_that_breaks_the_solver_costs_one_answer_and_no_process():
    solver = worker.SolverWorker(Gap())
    try:
        assert await solver.solve(QUESTION, 0.05) is None
        assert solver.restarts == 0
    finally:
        solver.close()


async def test_a_newer_question_cancels_the_older():
    planner = Planner(Street())
    try:
        await planner.improve(QUESTION, 0.05)
        older = asyncio.create_task(planner.improve(QUESTION, 30.0))
        await asyncio.sleep(0)
        newer = await asyncio.wait_for(planner.improve(QUESTION, 0.05), 20)
        assert await older is None
        assert line(newer) == ANSWER
    finally:
        planner.close()


def test_insertion_answers_without_any_worker():
    assert line(Planner(Street()).insert(QUESTION)) == ANSWER


async def test_fleets_share_the_processes_that_are_allowed():
    shared = pool.SolverPool(Street(), 1)
    planners = [Planner(Street(), shared) for _ in range(3)]
    try:
        assert shared.processes == 0
        answers = await asyncio.gather(*(planner.improve(QUESTION, 0.05) for planner in planners))
        assert [line(answer) for answer in answers] == [ANSWER] * 3
        assert shared.processes == 1
    finally:
        shared.close()


async def test_a_second_process_starts_only_when_the_first_is_busy():
    shared = pool.SolverPool(Street(), 2)
    try:
        async with shared.lease() as first:
            assert await first.solve(QUESTION, 0.05) is not None
        async with shared.lease() as again, shared.lease() as second:
            assert again is first
            assert await second.solve(QUESTION, 0.05) is not None
        assert shared.processes == 2
    finally:
        shared.close()


async def test_without_processes_nobody_improves_anything():
    assert await Planner(Street(), pool.SolverPool(Street(), 0)).improve(QUESTION, 0.05) is None


@pytest.mark.skipif(not hasattr(os, "nice"), reason="the system knows no niceness")
async def test_the_solver_gives_way_to_the_event_loop():
    solver = worker.SolverWorker(Street())
    try:
        assert await solver.solve(QUESTION, 0.05) is not None
        assert os.getpriority(os.PRIO_PROCESS, solver.pid) > os.getpriority(os.PRIO_PROCESS, 0) or (
            os.getpriority(os.PRIO_PROCESS, solver.pid) == NICEST
        )
    finally:
        solver.close()


async def test_a_question_the_world_outran_is_answered_early_with_the_best_so_far():
    planner = Planner(Street())
    try:
        await planner.improve(QUESTION, 0.05)
        running = asyncio.create_task(planner.improve(QUESTION, 2.0))
        await asyncio.sleep(0)
        planner.hurry()
        answer = await asyncio.wait_for(running, 20)
        assert line(answer) == ANSWER
        assert answer.took_ms < 1_500
    finally:
        planner.close()
