"""Exchanging orders of many routes at once: never worse, finds swaps, leaves alone what must stay."""

import random

import pytest

from bench.dispatch_latency import fleet
from dispatcher.solver.answer import objective_min
from dispatcher.solver.exchange import Exchange
from dispatcher.solver.insertion import Inserter
from dispatcher.solver.view import view_of
from dispatcher.travel_times.straight_line import StraightLine
from tests.dispatcher.route_world import Street, courier, order, problem


def plan_of(couriers, orders, routes):
    view = view_of(problem(couriers, orders), Street())
    return Inserter(view, routes)


def movable(plan):
    return [j for j, job in enumerate(plan.view.jobs) if job.locked_to is None and job.order.group is None]


def test_two_couriers_who_each_have_the_others_order_swap_them():
    plan = plan_of(
        [courier("c1", 0), courier("c2", 20)], [order("o1", 19, 18), order("o2", 1, 2)], [[0, 1], [2, 3]]
    )
    gained = Exchange(plan, movable(plan), random.Random(1)).round(share=1.0)
    assert plan.routes == [[2, 3], [0, 1]]
    assert gained > 0


def test_an_order_nobody_has_is_taken_in():
    plan = plan_of([courier("c1", 0)], [order("o1", 1, 2)], [[]])
    Exchange(plan, movable(plan), random.Random(1)).round(share=1.0)
    assert plan.routes == [[0, 1]]


def test_what_may_not_move_stays():
    plan = plan_of(
        [courier("c1", 0), courier("c2", 20)], [order("o1", 19, 18), order("o2", 1, 2)], [[0, 1], [2, 3]]
    )
    assert Exchange(plan, [], random.Random(1)).round(share=1.0) == 0.0
    assert plan.routes == [[0, 1], [2, 3]]


@pytest.mark.parametrize("seed", range(3))
def test_no_round_makes_a_plan_worse_and_the_gain_is_what_it_says(seed):
    view = view_of(fleet(20, 40, 4_000, seed), StraightLine())
    plan = Inserter(view)
    plan.insert_missing()
    exchange, before = Exchange(plan, movable(plan), random.Random(seed)), objective_min(plan)
    for share in (1.0, 0.5, 0.7, 0.3) * 4:
        gained = exchange.round(share)
        assert gained >= 0
        assert objective_min(plan) == pytest.approx(before - gained, abs=1e-6)
        before = objective_min(plan)
        served = [visit for visits in plan.routes for visit in visits]
        assert len(served) == len(set(served))
