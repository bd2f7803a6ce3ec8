"""Dispatch rules one by one: a small street in, one line of plan out, by insertion and improvement alike."""

import pytest

from dispatcher.model import Stage
from dispatcher.planner import Planner
from domain.courier import Capacity, Vehicle
from tests.dispatcher.route_world import Street, courier, held, line, order, problem


@pytest.fixture(params=["insert", "improve"])
def plan(request):
    planner = Planner(Street())

    def run(question):
        if request.param == "insert":
            return line(planner.insert(question))
        return line(planner.improve_here(question, 0.02))

    run.name = request.param
    yield run
    assert planner.rejected == 0


def test_d01_the_nearest_courier_fetches_first_and_delivers_then(plan):
    assert plan(problem([courier("c1", 0), courier("c2", 9)], [order("o1", 2, 5)])) == "c1: P(o1)@2m D(o1)@5m"


def test_d02_a_courier_waits_at_the_shop_until_the_goods_are_ready(plan):
    text = plan(problem([courier("c1", 0)], [order("o1", 2, 5, ready=10)]))
    assert text == "c1: P(o1)@2m D(o1)@13m"


def test_d03_two_orders_of_one_shop_are_one_visit(plan):
    text = plan(
        problem([courier("c1", 0)], [order("o1", 2, 5, service_s=120), order("o2", 2, 8, service_s=120)])
    )
    assert text in {
        "c1: P(o1)@2m P(o2)@2m D(o1)@7m D(o2)@12m",
        "c1: P(o2)@2m P(o1)@2m D(o1)@7m D(o2)@12m",
    }


def test_d04_a_window_that_nobody_can_keep_leaves_the_order_with_its_reason(plan):
    assert plan(problem([courier("c1", 0)], [order("o1", 2, 30, latest=20)])) == "unassigned: o1 time_window"


def test_d05_a_window_decides_which_drop_off_comes_first(plan):
    text = plan(problem([courier("c1", 0)], [order("o1", 1, 4), order("o2", 1, 7, latest=7)]))
    assert text.endswith("D(o1)@4m D(o2)@7m")
    text = plan(problem([courier("c1", 0)], [order("o1", 1, 4), order("o2", 1, -3, latest=6)]))
    assert text == "c1: P(o2)@1m D(o2)@5m P(o1)@9m D(o1)@12m"


def test_d06_capacity_makes_a_courier_go_twice(plan):
    small = Capacity(weight_g=20_000, volume_l=60, orders=1)
    text = plan(problem([courier("c1", 0, capacity=small)], [order("o1", 0, 2), order("o2", 0, 3)]))
    assert text == "c1: P(o1)@0m D(o1)@2m P(o2)@4m D(o2)@7m"


@pytest.mark.parametrize("size", [{"weight_g": 20_001}, {"volume_l": 60.5}])
def test_d07_what_is_too_big_for_everybody_stays_with_its_reason(plan, size):
    assert plan(problem([courier("c1", 0)], [order("o1", 1, 2, **size)])) == "unassigned: o1 capacity"


def test_d08_skills_send_the_far_courier(plan):
    crew = [courier("c1", 0), courier("c2", 9, skills=frozenset({"cold"}))]
    text = plan(problem(crew, [order("o1", 2, 5, requires=frozenset({"cold"}))]))
    assert text == "c2: P(o1)@7m D(o1)@10m"


def test_d09_nobody_has_the_skill(plan):
    text = plan(problem([courier("c1", 0)], [order("o1", 2, 5, requires=frozenset({"cargo"}))]))
    assert text == "unassigned: o1 skills"


def test_d10_new_work_ends_before_the_shift(plan):
    text = plan(problem([courier("c1", 0, shift_end=4), courier("c2", 9)], [order("o1", 2, 5)]))
    assert text == "c2: P(o1)@7m D(o1)@10m"


def test_d11_a_committed_visit_stays_first_even_where_another_order_would_suit_better(plan):
    crew = [courier("c1", 0, committed=["Po1"])]
    orders = [held("o1", 8, 9, "c1"), order("o2", 1, 2)]
    assert plan(problem(crew, orders)).startswith("c1: P(o1)@8m")


def test_d12_goods_on_board_are_delivered_by_who_has_them(plan):
    crew = [courier("c1", 0), courier("c2", 5)]
    assert plan(problem(crew, [held("o1", 3, 6, "c1", Stage.ON_BOARD)])) == "c1: D(o1)@6m"


def test_d13_a_pin_wins_over_distance(plan):
    text = plan(problem([courier("c1", 0), courier("c2", 9)], [order("o1", 2, 5, pinned_to="c2")]))
    assert text == "c2: P(o1)@7m D(o1)@10m"


def test_d14_a_pin_to_somebody_absent_says_so(plan):
    text = plan(problem([courier("c1", 0)], [order("o1", 2, 5, pinned_to="c9")]))
    assert text == "unassigned: o1 pinned_courier_unavailable"


def test_d15_who_declined_is_not_asked_again(plan):
    crew = [courier("c1", 0), courier("c2", 9)]
    assert plan(problem(crew, [order("o1", 2, 5, excluded=frozenset({"c1"}))])) == "c2: P(o1)@7m D(o1)@10m"


def test_d16_everyone_declined(plan):
    text = plan(problem([courier("c1", 0)], [order("o1", 2, 5, excluded=frozenset({"c1"}))]))
    assert text == "unassigned: o1 everyone_declined"


def test_d17_a_group_travels_on_one_courier_though_two_would_be_faster(plan):
    crew = [courier("c1", 0), courier("c2", 10)]
    text = plan(problem(crew, [order("o1", 0, 1, group="g"), order("o2", 10, 11, group="g")]))
    assert text.count(":") == 1


def test_d18_who_is_on_a_break_keeps_the_load_and_gets_nothing_new(plan):
    crew = [courier("c1", 0, available=False)]
    text = plan(problem(crew, [held("o1", 1, 2, "c1"), order("o2", 1, 2)]))
    assert text == "c1: P(o1)@1m D(o1)@2m | unassigned: o2 no_courier_on_shift"


def test_d19_an_order_for_tomorrow_waits(plan):
    assert plan(problem([courier("c1", 0)], [order("o1", 2, 5, ready=600)])) == "unassigned: o1 not_yet"


def test_d20_nobody_on_shift(plan):
    assert plan(problem([], [order("o1", 2, 5)])) == "unassigned: o1 no_courier_on_shift"


def test_d21_goods_do_not_travel_longer_than_they_may(plan):
    orders = [order("o1", 0, 10), order("o2", 5, 7, service_s=120)]
    assert plan(problem([courier("c1", 0)], orders)) == "c1: P(o1)@0m P(o2)@5m D(o2)@9m D(o1)@14m"
    orders = [order("o1", 0, 10, on_board_max_s=660), order("o2", 5, 7, service_s=120)]
    assert plan(problem([courier("c1", 0)], orders)) == "c1: P(o1)@0m D(o1)@10m P(o2)@15m D(o2)@19m"


def test_d22_a_small_gain_does_not_take_an_order_from_its_courier(plan):
    crew = [courier("c1", 0), courier("c2", 4.5)]
    orders = [order("o1", 2.5, 8, courier_id="c1")]
    assert plan(problem(crew, orders)) == "c1: P(o1)@2.5m D(o1)@8m"
    orders = [order("o1", 4.4, 8, courier_id="c1")]
    assert plan(problem(crew, orders)) == "c2: P(o1)@0.1m D(o1)@3.7m"


def test_d23_an_accepted_order_moves_only_for_a_large_gain(plan):
    crew = [courier("c1", 0), courier("c2", 8)]
    assert plan(problem(crew, [held("o1", 8, 12, "c1")])) == "c1: P(o1)@8m D(o1)@12m"
    crew = [courier("c1", 0), courier("c2", 20)]
    if plan.name == "improve":
        assert plan(problem(crew, [held("o1", 20, 22, "c1")])) == "c2: P(o1)@0m D(o1)@2m"


def test_d24_one_pickup_place_at_a_time_when_the_rules_say_so(plan):
    orders = [order("o1", 1, 5), order("o2", 2, 6)]
    text = plan(problem([courier("c1", 0)], orders, one_pickup_place=True))
    assert text == "c1: P(o1)@1m D(o1)@5m P(o2)@8m D(o2)@12m"


def test_d25_priority_goes_first_when_couriers_are_short(plan):
    small = Capacity(weight_g=20_000, volume_l=60, orders=1)
    orders = [order("o1", 0, 3), order("o2", 0, -3, priority=10)]
    assert plan(problem([courier("c1", 0, capacity=small)], orders)).startswith("c1: P(o2)@0m D(o2)@3m")


def test_d26_nobody_is_sent_where_their_vehicle_may_not_go_however_near_they_are(plan):
    crew = [courier("c1", 0, vehicle=Vehicle.MOTORCYCLE), courier("c2", 9, vehicle=Vehicle.BICYCLE)]
    jobs = [
        order("o1", 1, 3, no_go=frozenset({Vehicle.MOTORCYCLE})),
        order("o2", 1, 4, no_go=frozenset({Vehicle.MOTORCYCLE})),
        order("o3", 2, 1),
    ]
    text = plan(problem(crew, jobs))
    assert "o1" not in text.split(" | ")[0]
    assert "o2" not in text.split(" | ")[0]
    assert "unassigned" not in text
