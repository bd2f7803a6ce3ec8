"""Expected arrivals: what they are made of, how they learn, and how calmly they are shown."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.calibration import PRIOR, Calibration, band_of, quantile
from dispatcher.eta import EtaModel, Etas, LivePace, VisitAhead
from dispatcher.history import learn
from dispatcher.pace import Pace
from dispatcher.smoothing import Smoother
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat, distance_m, moved
from domain.ids import CourierId, FleetId, OrderId, StopId
from domain.order import Order, OrderPlace, OrderStatus, StopKind
from domain.plan import Eta

NOW = 1_800_000_000_000
CENTER = LonLat(-99.17, 19.41)
ANA = CourierId("c_ana")


def visit(east_m, kind=StopKind.DROPOFF, **fields):
    fields.setdefault("service_s", 120.0)
    return VisitAhead(at=moved(CENTER, east_m, 0), kind=kind, **fields)


def along(*visits, etas=None, pace=None):
    etas = etas or Etas(StraightLine())
    return etas.along(CENTER, NOW, visits, Vehicle.BICYCLE, pace)


def seconds(at_ms):
    return (at_ms - NOW) / 1000


def test_an_arrival_counts_at_the_fence_and_grows_with_the_way():
    near, far = along(visit(1000))[0], along(visit(3000))[0]
    assert seconds(near.eta.p50_at_ms) == pytest.approx((1000 - 60) * 1.3 / 4.4, rel=0.01)
    assert seconds(far.eta.p50_at_ms) == pytest.approx((3000 - 60) * 1.3 / 4.4, rel=0.01)


def test_uncertainty_grows_from_stop_to_stop():
    widths = [t.eta.p90_at_ms - t.eta.p10_at_ms for t in along(visit(1000), visit(2000), visit(3000))]
    assert widths == sorted(widths)
    assert widths[0] > 0


def test_whoever_waits_for_goods_leaves_after_they_are_ready():
    ready_ms = NOW + 1_200_000
    first, second = along(visit(300, StopKind.PICKUP, earliest_at_ms=ready_ms), visit(900))
    assert first.handover_at_ms >= ready_ms
    assert first.leave_at_ms >= ready_ms + 60_000
    assert second.eta.p50_at_ms > first.leave_at_ms


def test_two_pickups_at_one_place_are_one_visit():
    one = along(visit(500, StopKind.PICKUP), visit(2000))[-1]
    two = along(visit(500, StopKind.PICKUP), visit(500, StopKind.PICKUP, shares_call=True), visit(2000))[-1]
    assert two.eta.p50_at_ms - one.eta.p50_at_ms == 30_000


def test_a_courier_who_stands_at_the_stop_has_arrived_and_leaves_in_the_future():
    came_ms = NOW - 600_000
    first, second = along(visit(0, arrived_at_ms=came_ms), visit(1000))
    assert first.eta == Eta(p10_at_ms=came_ms, p50_at_ms=came_ms, p90_at_ms=came_ms)
    assert first.leave_at_ms > NOW
    assert second.eta.p50_at_ms > first.leave_at_ms


@given(
    st.lists(
        st.tuples(st.floats(-3000, 3000), st.integers(0, 3000), st.floats(0, 900)), min_size=1, max_size=6
    ),
    st.floats(0.5, 2.0),
)
def test_ranges_are_in_order_and_never_in_the_past(rows, pace):
    visits = [
        visit(east, service_s=service, earliest_at_ms=NOW + ready * 1000) for east, ready, service in rows
    ]
    for times in along(*visits, pace=LivePace(now=pace, usual=pace)):
        assert NOW <= times.eta.p10_at_ms <= times.eta.p50_at_ms <= times.eta.p90_at_ms
        assert times.handover_at_ms <= times.leave_at_ms


def test_ranges_learn_to_cover_four_of_five_whatever_the_errors_look_like():
    rng, calibration = random.Random(1), Calibration()
    hits = 0
    for i in range(3000):
        error_s = rng.expovariate(1 / 200) - 60
        if i >= 1000:
            low, high = calibration.quantiles(StopKind.DROPOFF, 400.0)
            hits += low * 50 <= error_s <= high * 50
        calibration.learn(StopKind.DROPOFF, 400.0, error_s, 50.0)
    assert hits / 2000 == pytest.approx(0.8, abs=0.03)
    assert calibration.quantiles(StopKind.PICKUP, 400.0) == PRIOR


def test_bands_begin_with_their_lower_end():
    assert [band_of(s) for s in (0, 59.9, 60, 180, 360, 600, 900, 9000)] == [0, 0, 1, 2, 3, 4, 5, 5]


@given(st.lists(st.floats(-100, 100), min_size=1), st.floats(0, 1))
def test_a_quantile_lies_within_the_numbers(numbers, share):
    assert min(numbers) <= quantile(sorted(numbers), share) <= max(numbers)


def past(number, *, ride_factor, service_factor, late_s=0.0):
    """Return a delivered order of a courier who rides and serves like that, announced late goods included."""
    base = NOW + number * 7_200_000
    pickup, dropoff = moved(CENTER, 0, 0), moved(CENTER, 1500, 0)
    way_m = distance_m(pickup, dropoff) - 60
    ready = base + 600_000
    waits = number % 2 == 0
    came = base + (300_000 if waits else 900_000)
    left = ready + round((late_s + 60) * 1000) if waits else came + round(120_000 * service_factor)
    at_door = left + round(way_m * 1.3 / 4.4 * ride_factor * 1000)
    return Order(
        id=OrderId(f"o_{number}"),
        fleet=FleetId("norte"),
        status=OrderStatus.DELIVERED,
        pickup=OrderPlace(at=pickup, ready_at_ms=ready),
        dropoff=OrderPlace(at=dropoff),
        placed_at_ms=base,
        courier_id=ANA,
        reached_at_ms={
            OrderStatus.ASSIGNED: base,
            OrderStatus.AT_PICKUP: came,
            OrderStatus.PICKED_UP: left,
            OrderStatus.AT_DROPOFF: at_door,
            OrderStatus.DELIVERED: at_door + round(120_000 * service_factor),
        },
    )


def test_the_past_tells_how_the_fleet_rides_serves_and_waits():
    orders = [past(i, ride_factor=1.25, service_factor=0.7, late_s=180) for i in range(400)]
    model = learn(orders, {ANA: Vehicle.BICYCLE}, StraightLine(), 120.0, EtaModel())
    assert model.travel_factor == pytest.approx(1.25, rel=0.02)
    assert model.pickup_factor == pytest.approx(0.7, rel=0.05)
    assert model.dropoff_factor == pytest.approx(0.7, rel=0.05)
    assert model.ready_delay_s == pytest.approx(180, rel=0.12)


def test_a_short_past_moves_the_figures_only_a_little():
    orders = [past(i, ride_factor=2.0, service_factor=1.0) for i in range(2)]
    model = learn(orders, {ANA: Vehicle.BICYCLE}, StraightLine(), 120.0, EtaModel())
    assert 1.0 < model.travel_factor < 1.15
    assert learn([], {}, StraightLine(), 120.0, EtaModel()) == EtaModel()


def ride(pace, speed_mps, stop="o_1.dropoff", metres=2000):
    """Ride to a stop at a steady speed; returns the factor and its share after most of the way."""
    to, at_m, now_ms, found = moved(CENTER, metres, 0), 0.0, NOW, (1.0, 0.0)
    while at_m < metres * 0.9:
        left_m = metres - at_m
        found = pace.follow(ANA, StopId(stop), moved(CENTER, at_m, 0), to, now_ms, left_m * 1.3 / 4.4)
        at_m, now_ms = at_m + speed_mps * 5, now_ms + 5000
    return found


def test_a_slow_ride_is_noticed_on_the_way_and_remembered_a_little():
    pace = Pace()
    factor, share = ride(pace, speed_mps=4.4 / 1.3 / 1.5)
    assert share > 0.6
    assert 1.25 < factor < 1.5
    pace.forget(ANA)
    assert 1.0 < pace.usual(ANA) < 1.2
    assert pace.usual(CourierId("c_other")) == 1.0


def test_standing_before_the_start_is_no_slow_ride():
    pace = Pace()
    for i in range(100):
        found = pace.follow(ANA, StopId("o_1.pickup"), CENTER, moved(CENTER, 800, 0), NOW + i * 5000, 240.0)
    assert found == (1.0, 0.0)


@given(st.lists(st.integers(-60_000, 60_000), min_size=1, max_size=50))
def test_a_shown_time_is_near_the_estimate_and_moves_no_more_than_it(moves):
    smoother, shown = Smoother(), []
    estimates = [NOW + 600_000]
    for move in moves:
        estimates.append(estimates[-1] + move)
    for at_ms in estimates:
        eta = Eta(p10_at_ms=at_ms - 60_000, p50_at_ms=at_ms, p90_at_ms=at_ms + 90_000)
        said = smoother.shown(StopId("s"), eta)
        assert said == smoother.shown(StopId("s"), eta)
        assert said.p10_at_ms <= said.p50_at_ms <= said.p90_at_ms
        assert abs(said.p50_at_ms - at_ms) <= 5_000
        shown.append(said.p50_at_ms)
    assert path(shown) <= path(estimates)


def path(values):
    return math.fsum(abs(b - a) for a, b in itertools.pairwise(values))
