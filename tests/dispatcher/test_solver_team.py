"""Two processes improve a city's halves: nothing is lost or torn, and dispatch sees one answer."""

import asyncio
import math
import os
import signal

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bench.dispatch_latency import fleet
from dispatcher.model import Stage
from dispatcher.planner import Planner
from dispatcher.solver import team
from dispatcher.solver.feasibility import violations
from dispatcher.solver.halves import halves
from dispatcher.solver.pool import SolverPool
from dispatcher.solver.rules import PlainRules, excluding_rule
from dispatcher.solver.tables import tables_of
from dispatcher.solver.view import view_of
from dispatcher.travel_times.straight_line import StraightLine
from tests.dispatcher.route_world import Street, courier, held, order, problem
from tests.property.test_planner_properties import problems

ANY = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def city(couriers=40, orders=80):
    question = fleet(couriers, orders, 4_000, seed=7)
    return msgspec.structs.replace(question, previous=Planner(StraightLine()).insert(question).routes)


def names(half):
    return {o.id for o in half.orders}


@ANY
@given(problems())
@pytest.mark.parametrize("angle", [0.0, math.pi / 2])
def test_the_halves_are_the_whole_and_share_nothing(angle, question):
    first, second = halves(question, angle)
    assert sorted(c.id for c in (*first.couriers, *second.couriers)) == [c.id for c in question.couriers]
    assert not names(first) & names(second)
    assert names(first) | names(second) == {o.id for o in question.orders}


@ANY
@given(problems())
def test_what_a_courier_holds_is_in_their_half(question):
    everybody = {c.id for c in question.couriers}
    for half in halves(question, 0.0):
        here = {c.id for c in half.couriers}
        for o in half.orders:
            if o.stage is Stage.ON_BOARD and o.courier_id in everybody:
                assert o.courier_id in here


def test_a_group_nobody_has_yet_follows_its_member_who_is_with_somebody():
    question = problem(
        [courier("west", 0), courier("east", 20)],
        [held("o1", 1, 2, "east", group="g"), order("o2", 0, 1, group="g")],
    )
    first, second = halves(question, 0.0)
    assert (names(first), names(second)) == (set(), {"o1", "o2"})


@ANY
@given(problems())
def test_rules_as_arrays_say_what_rules_one_by_one_say(question):
    view = view_of(question, Street())
    rules = PlainRules(view, tables_of(view))
    jobs, riders = (each.ravel() for each in np.indices((len(view.jobs), len(view.riders))))
    applies, able = rules.applies(jobs, riders), rules.able(jobs, riders)
    for i in np.flatnonzero(applies):
        assert able[i] == (excluding_rule(view, int(riders[i]), int(jobs[i])) is None)


@pytest.fixture
def planner(monkeypatch):
    monkeypatch.setattr("dispatcher.planner.TEAM_ORDERS", 10)
    made = Planner(StraightLine(), SolverPool(StraightLine(), 2))
    yield made
    made.close()


async def test_two_processes_improve_a_big_plan_and_the_answer_keeps_every_rule(planner):
    question = city()
    before = planner.insert(question).objective_min
    answer = await planner.improve(question, 1.0)
    assert planner._pool.processes == 2
    assert violations(question, answer, StraightLine()) == []
    after = planner.insert(msgspec.structs.replace(question, previous=answer.routes)).objective_min
    assert after < before


async def test_a_big_plan_does_not_wait_for_the_second_process(planner):
    async with planner._pool.lease():
        answer = await asyncio.wait_for(planner.improve(city(), 0.2), 30)
    assert answer is not None


async def test_one_of_the_two_lost_costs_one_answer(planner):
    question = city()
    assert await planner.improve(question, 0.2) is not None
    os.kill(planner._pool._all[1].pid, signal.SIGKILL)
    assert await planner.improve(question, 0.2) is None
    assert await planner.improve(question, 0.2) is not None


async def test_a_newer_question_ends_both_halves_and_no_second_line_is_drawn(planner):
    question = city()
    assert await planner.improve(question, 0.2) is not None
    older = asyncio.create_task(planner.improve(question, 60.0))
    await asyncio.sleep(0)
    newer = asyncio.create_task(planner.improve(question, 0.2))
    assert await asyncio.wait_for(older, 30) is None
    assert await asyncio.wait_for(newer, 30) is not None


def test_the_shares_of_the_lines_are_the_whole_time():
    assert sum(share for _, share in team.LINES) == pytest.approx(1.0)
