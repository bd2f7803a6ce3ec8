import math
import random

import pytest

from domain.geo import LonLat, distance_m
from loadtest.ride import SERVICE_S, SPEED_MPS, Place, Ride, near
from loadtest.run import main
from loadtest.settings import Thresholds
from loadtest.thresholds import OrderCounts, misses
from ws.messages import StopView, WindowView

LIMITS = {
    ("ping to ack", "WS"): {0.5: 150, 0.99: 800},
    ("fix to viewer", "WS"): {0.95: 1500},
    ("live hello to snapshot", "WS"): {0.95: 1500},
    ("/api/v1/orders", "POST"): {0.95: 600},
}
GOOD = OrderCounts(due=10, delivered=9)


class Entry:
    def __init__(self, percentiles):
        self.num_requests = len(percentiles)
        self.get_response_time_percentile = percentiles.get


class Stats:
    """What Locust hands over: entries by name and method, and a total."""

    def __init__(self, entries, fail_ratio=0.0):
        self._entries = entries
        self.total = type("Total", (), {"fail_ratio": fail_ratio})

    def get(self, name, method):
        return Entry(self._entries.get((name, method), {}))


def stop(kind, east_m):
    lon = math.degrees(east_m / 6_371_008.8)
    return StopView(
        stop_id=f"o.{kind}", kind=kind, order_id="o", lon=lon, lat=0.0, name=None, notes=None,
        window=WindowView(), eta_at_ms=0,
    )  # fmt: skip


def test_figures_at_their_limits_pass():
    assert misses(Stats(LIMITS), Thresholds(), GOOD) == []


@pytest.mark.parametrize("key", list(LIMITS))
def test_each_figure_over_its_limit_fails(key):
    worse = {**LIMITS, key: {share: value + 1 for share, value in LIMITS[key].items()}}
    found = misses(Stats(worse), Thresholds(), GOOD)
    assert len(found) == len(LIMITS[key])
    assert all(key[0] in sentence for sentence in found)


@pytest.mark.parametrize("key", list(LIMITS))
def test_what_was_not_measured_fails(key):
    without = {name: value for name, value in LIMITS.items() if name != key}
    assert f"{key[0]}: nothing was measured" in misses(Stats(without), Thresholds(), GOOD)


@pytest.mark.parametrize("orders", [None, OrderCounts(due=0, delivered=0), OrderCounts(due=10, delivered=4)])
def test_orders_that_were_not_delivered_fail(orders):
    assert len(misses(Stats(LIMITS), Thresholds(), orders)) == 1


def test_failures_over_their_share_fail():
    assert misses(Stats(LIMITS, fail_ratio=0.005), Thresholds(), GOOD) == []
    assert "failures" in misses(Stats(LIMITS, fail_ratio=0.006), Thresholds(), GOOD)[0]


def test_a_ride_takes_as_long_as_its_speed_says_and_ends_at_the_stops():
    ride = Ride(Place(0.0, 0.0))
    ride.stops = [stop("pickup", 90), stop("dropoff", 180)]
    finished = [(second, ride.step(1.0)) for second in range(1, 60)]
    done = [(second, s.kind) for second, s in finished if s]
    expected_s = 90 / SPEED_MPS + SERVICE_S
    assert [kind for _, kind in done] == ["pickup", "dropoff"]
    assert done[0][0] == pytest.approx(expected_s, abs=1)
    assert done[1][0] == pytest.approx(2 * expected_s, abs=2)


def test_places_nearby_are_nearby():
    rng = random.Random(1)
    for _ in range(200):
        place = near(-101.3, 20.9, 500, rng)
        assert distance_m(LonLat(place.lon, place.lat), LonLat(-101.3, 20.9)) < 502


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--url", "http://example.org"], "this machine only"),
        (["--couriers", "0"], "above zero"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(arguments, says, capsys):
    assert main(arguments) == 2
    assert says in capsys.readouterr().err
