"""A day in figures: minutes with orders in hand, service, and how evenly work was shared."""

import pytest

from dispatcher.day_report import day_report
from domain.courier import Shift
from domain.evenness import gini, most_over_least
from domain.geo import LonLat
from domain.order import Order, OrderEvent, OrderPlace, OrderStatus

FROM_MS = 1_800_000_000_000
MIN_MS = 60_000
TO_MS = FROM_MS + 24 * 60 * MIN_MS


def history(name, placed_min, *moves):
    """Return an order and its events; moves are (minute, status, courier)."""
    here = OrderPlace(at=LonLat(-99.17, 19.41))
    order = Order(
        id=name,
        fleet="norte",
        status=moves[-1][1],
        pickup=here,
        dropoff=here,
        placed_at_ms=FROM_MS + placed_min * MIN_MS,
    )
    events = [
        OrderEvent(
            order_id=name,
            version=n,
            trigger="x",
            status=OrderStatus(status),
            at_ms=FROM_MS + minute * MIN_MS,
            recorded_at_ms=0,
            actor="planner",
            courier_id=courier,
        )
        for n, (minute, status, courier) in enumerate(moves)
    ]
    return order, events


def shift(courier, from_min, to_min):
    ends = None if to_min is None else FROM_MS + to_min * MIN_MS
    return Shift(courier_id=courier, started_at_ms=FROM_MS + from_min * MIN_MS, ended_at_ms=ends)


def report(histories, shifts, ridden=None, to_ms=TO_MS):
    return day_report(histories, shifts, ridden or {}, FROM_MS, to_ms, 2_700)


def test_minutes_with_two_orders_at_once_count_once_and_only_on_shift():
    told = report(
        [
            history("o_1", 0, (0, "assigned", "ana"), (30, "delivered", "ana")),
            history("o_2", 0, (20, "assigned", "ana"), (70, "delivered", "ana")),
        ],
        [shift("ana", -120, 60)],
        {"ana": 4_321.4},
    )
    (ana,) = told.couriers
    assert (ana.on_shift_min, ana.busy_min, ana.delivered, ana.distance_m) == (60.0, 60.0, 2, 4_321.0)


def test_an_order_that_changed_hands_counts_for_each_while_they_had_it():
    moves = (10, "assigned", "ana"), (40, "placed", None), (50, "assigned", "beto"), (60, "delivered", "beto")
    told = report([history("o_1", 0, *moves)], [shift("ana", 0, 100), shift("beto", 0, 100)])
    assert {one.courier_id: (one.busy_min, one.delivered) for one in told.couriers} == {
        "ana": (30.0, 0),
        "beto": (10.0, 1),
    }
    assert told.max_min_busy == 3.0
    assert told.gini_busy == pytest.approx(0.25)


def test_service_counts_what_ended_on_the_day():
    told = report(
        [
            history("o_1", 0, (5, "assigned", "ana"), (20, "delivered", "ana")),
            history("o_2", 0, (5, "assigned", "ana"), (60, "delivered", "ana")),
            history("o_3", 0, (5, "cancelled", None)),
            history("o_4", -90, (-80, "assigned", "ana"), (-60, "delivered", "ana"), (5, "delivered", "ana")),
        ],
        [shift("ana", 0, None)],
        to_ms=FROM_MS + 120 * MIN_MS,
    )
    assert (told.delivered, told.cancelled, told.failed) == (3, 1, 0)
    assert told.click_to_door_p90_min == 95.0
    assert told.couriers[0].on_shift_min == 120.0


def test_a_day_without_work_has_no_figures_rather_than_wrong_ones():
    told = report([], [])
    assert (told.gini_busy, told.max_min_busy, told.late_pct, told.couriers) == (None, None, None, [])
    idle = report([], [shift("ana", 0, 60), shift("beto", 0, 60)])
    assert (idle.gini_busy, idle.max_min_busy, idle.compared) == (None, None, 2)


def test_evenness_of_all_alike_and_of_one_has_all():
    assert gini([3.0, 3.0, 3.0]) == pytest.approx(0.0)
    assert gini([0.0, 0.0, 0.0, 8.0]) == pytest.approx(0.75)
    assert most_over_least([2.0, 4.0]) == 2.0
    assert most_over_least([0.0, 4.0]) is None
