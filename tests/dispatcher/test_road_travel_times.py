"""Travel times of an OSRM server, against a real HTTP server that answers in its shape."""

import json
import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dispatcher.eta import EtaModel, Etas, LivePace, VisitAhead, share_to_fence
from dispatcher.history import PastVisit, Ratios, _ride
from dispatcher.pace import Pace
from dispatcher.planner import Planner
from dispatcher.travel_times.breaker import BREAK_S, FAILURES_MAX
from dispatcher.travel_times.legs import LegTime
from dispatcher.travel_times.osrm import OsrmTimes
from dispatcher.travel_times.pair_table import PairTable
from dispatcher.travel_times.straight_line import StraightLine
from dispatcher.travel_times.street_table import PIN_S
from domain.courier import Vehicle
from domain.geo import LonLat, moved
from domain.ids import CourierId, StopId
from domain.order import StopKind
from tests.dispatcher.desk_world import World

A, B, PIER = LonLat(-76.61, 39.29), LonLat(-76.6, 39.3), LonLat(-76.59, 39.28)
FAR_FROM_STREETS_M = 400.0


class Streets(ThreadingHTTPServer):
    """Answers 100 s for every pair, no way from B to A, and puts the pier on a street 400 m off."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked, self.broken, self.may_answer = [], False, threading.Event()
        self.may_answer.set()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.may_answer.wait(10)
        path, _, query = self.path.partition("?")
        places = [tuple(map(float, p.split(","))) for p in path.rsplit("/", 1)[1].split(";")]
        picked = dict(part.split("=") for part in query.split("&"))
        rows = [places[int(i)] for i in picked["sources"].split(";")]
        columns = [places[int(i)] for i in picked["destinations"].split(";")]
        no_way = ((B.lon, B.lat), (A.lon, A.lat))
        table = {
            "code": "Ok",
            "durations": [
                [None if (r, c) == no_way else 0 if r == c else 100.0 for c in columns] for r in rows
            ],
            "sources": [self.waypoint(r) for r in rows],
            "destinations": [self.waypoint(c) for c in columns],
        }
        body = b"<html>" if self.server.broken else json.dumps(table).encode()
        self.send_response(500 if self.server.broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def waypoint(self, place):
        off_m = FAR_FROM_STREETS_M if place == (PIER.lon, PIER.lat) else 3.2
        return {"hint": "x", "distance": off_m, "name": "", "location": list(place)}

    def log_message(self, *args):
        pass


@pytest.fixture
def streets():
    with Streets() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.may_answer.set()
        server.shutdown()


class Moment:
    def __init__(self):
        self.s = 0.0

    def __call__(self):
        return self.s


class Counts:
    """What an operator would see."""

    def __init__(self):
        self.asked, self.fallbacks = [], {}

    def road_asked(self, service, result, seconds):
        self.asked.append((service, result))

    def road_fallback(self, reason, count=1):
        self.fallbacks[reason] = self.fallbacks.get(reason, 0) + count


def times_of(streets, **more):
    return OsrmTimes({Vehicle.BICYCLE: streets.url}, **more)


def straight_s(origin, destination, vehicle=Vehicle.BICYCLE):
    return pytest.approx(StraightLine().matrix_s([origin], [destination], vehicle)[0][0])


def straight_line_s(origin, destination):
    return StraightLine().matrix_s([origin], [destination], Vehicle.BICYCLE)[0][0]


def leg_s(times, origin, destination, vehicle=Vehicle.BICYCLE):
    return times.matrix_s([origin], [destination], vehicle)[0][0]


def test_times_come_from_the_streets_and_each_pair_is_asked_once(streets):
    times = times_of(streets, patience_s=5)
    assert leg_s(times, A, B) == 100
    assert leg_s(times, A, B) == 100
    assert len(streets.asked) == 1


def test_pairs_without_a_way_and_places_far_from_streets_go_by_the_straight_line(streets):
    counts = Counts()
    times = times_of(streets, patience_s=5, metrics=counts)
    rows = times.matrix_s([A, B, PIER], [A, B, PIER], Vehicle.BICYCLE)
    assert rows[0][:2] == [0, 100]
    assert rows[1][0] == straight_s(B, A)
    assert [rows[0][2], rows[2][0]] == [straight_s(A, PIER), straight_s(PIER, A)]
    assert counts.fallbacks == {"no_way": 6}, "B to A, and the pier with everything"


def test_slower_vehicles_take_longer_on_the_same_way(streets):
    assert leg_s(times_of(streets, patience_s=5), A, B, Vehicle.CARGO_BIKE) == pytest.approx(110)


def test_a_vehicle_with_streets_of_its_own_rides_those(streets):
    times = OsrmTimes({Vehicle.BICYCLE: "http://127.0.0.1:1", Vehicle.CARGO_BIKE: streets.url}, patience_s=5)
    assert leg_s(times, A, B, Vehicle.CARGO_BIKE) == 100
    assert "/table/v1/cargo_bike/" in streets.asked[0]
    assert leg_s(times, A, B) == straight_s(A, B), "a bicycle's own server does not answer"


def test_a_large_table_is_asked_in_pieces_within_the_usual_limit(streets):
    places = [LonLat(-76.6 + i / 1000, 39.3) for i in range(120)]
    rows = times_of(streets, patience_s=20).matrix_s(places, places, Vehicle.BICYCLE)
    assert {s for i, row in enumerate(rows) for j, s in enumerate(row) if i != j} == {100.0}
    assert all(path.partition("?")[0].count(";") < 100 for path in streets.asked)


def test_a_slow_server_is_not_waited_for_and_its_answer_serves_later_plans(streets):
    streets.may_answer.clear()
    now = Moment()
    counts = Counts()
    times = times_of(streets, patience_s=0.02, now_s=now, metrics=counts)
    assert leg_s(times, A, B) == straight_s(A, B)
    assert counts.fallbacks == {"late": 1}
    streets.may_answer.set()
    times.settled()
    assert leg_s(times, A, B) == straight_s(A, B), "a plan and its check see the same times"
    now.s += PIN_S
    assert leg_s(times, A, B) == 100


def test_a_dead_server_is_left_alone_for_a_while_then_tried_again(streets):
    now = Moment()
    counts = Counts()
    times = times_of(streets, patience_s=5, now_s=now, metrics=counts)
    streets.broken = True
    for _ in range(FAILURES_MAX):
        assert leg_s(times, A, B) == straight_s(A, B)
        now.s += PIN_S
    assert times.resting == {Vehicle.BICYCLE}
    assert leg_s(times, A, B) == straight_s(A, B)
    assert len(streets.asked) == FAILURES_MAX
    assert counts.asked == [("table", "failed")] * FAILURES_MAX
    assert counts.fallbacks["away"] >= 1
    streets.broken = False
    now.s += BREAK_S
    assert leg_s(times, A, B) == 100
    assert not times.resting


def test_without_any_server_the_straight_line_answers():
    times = OsrmTimes({Vehicle.BICYCLE: "http://127.0.0.1:1"}, patience_s=5)
    assert leg_s(times, A, B) == straight_s(A, B)
    assert times.matrix_s([], [A], Vehicle.BICYCLE) == []


def test_a_copy_for_a_solver_process_asks_for_itself(streets):
    assert leg_s(pickle.loads(pickle.dumps(times_of(streets))), A, B) == 100


def test_places_used_least_recently_make_room():
    table = PairTable(places_max=2)
    a, b, c = (0.0, 0.0), (1.0, 0.0), (2.0, 0.0)
    assert table.make_room([a], [b])
    assert table.make_room([b], [c])
    assert table.missing([c], [b], 0.0).all(), "what was known of the place before is gone"
    assert not table.make_room([a, b], [c])


def test_a_single_leg_never_waits_and_follows_the_streets_from_the_next_look_on(streets):
    streets.may_answer.clear()
    times = times_of(streets)
    assert times.leg(A, B, Vehicle.BICYCLE) == LegTime(straight_s(A, B), along_streets=False)
    streets.may_answer.set()
    times.settled()
    assert times.leg(A, B, Vehicle.BICYCLE) == LegTime(100.0, along_streets=True, straight_s=straight_s(A, B))


def test_a_courier_on_the_way_follows_the_streets_between_two_answers(streets):
    times = times_of(streets)
    times.leg(A, B, Vehicle.BICYCLE)
    times.settled()
    streets.may_answer.clear()
    whole_m, ridden_m = 1402, 200
    closer = times.leg(moved(A, ridden_m * 0.61, ridden_m * 0.79), B, Vehicle.BICYCLE)
    assert closer.along_streets
    assert closer.seconds == pytest.approx(100 * (whole_m - ridden_m) / whole_m, rel=0.02)


def test_legs_without_a_way_by_street_go_by_the_straight_line(streets):
    counts = Counts()
    times = times_of(streets, metrics=counts)
    times.leg(B, A, Vehicle.BICYCLE)
    times.settled()
    assert times.leg(B, A, Vehicle.BICYCLE) == LegTime(straight_s(B, A), along_streets=False)
    assert counts.fallbacks == {"late": 1, "no_way": 1}


def test_legs_are_asked_together_and_a_dead_server_is_left_alone(streets):
    now, counts = Moment(), Counts()
    times = OsrmTimes({Vehicle.BICYCLE: "http://127.0.0.1:1"}, now_s=now, metrics=counts)
    for i in range(20):
        times.leg(A, moved(B, 30 * i, 0), Vehicle.BICYCLE)
        times.settled()
    assert len(counts.asked) == FAILURES_MAX
    assert counts.fallbacks["away"] >= 17


def test_what_was_ridden_along_streets_and_by_straight_line_is_learnt_apart(streets):
    """Real rides take 150 s: half as long again as by street, another ratio by straight line."""
    streets.may_answer.clear()
    times = times_of(streets)
    rides = [
        PastVisit(
            at=A if i % 2 == 0 else B,
            kind=StopKind.DROPOFF,
            planned_s=60,
            earliest_at_ms=0,
            known_at_ms=0,
            arrived_at_ms=1_000_000 + i * 210_000,
            left_at_ms=1_060_000 + i * 210_000,
        )
        for i in range(41)
    ]
    ratios = Ratios()
    _ride(rides, Vehicle.BICYCLE, times, ratios)
    assert (len(ratios.straight), ratios.along_streets) == (40, []), "nothing is known of streets yet"
    streets.may_answer.set()
    times.settled()
    ratios = Ratios()
    _ride(rides, Vehicle.BICYCLE, times, ratios)
    share = share_to_fence(A, B)
    assert ratios.along_streets == [pytest.approx(1.5 / share)] * 20, "there is no way from B to A by street"
    assert ratios.straight == [pytest.approx(150 / straight_line_s(A, B) / share)] * 40


def test_arrivals_go_along_streets_once_they_are_known_and_have_figures_of_their_own(streets):
    streets.may_answer.clear()
    times = times_of(streets)
    etas = Etas(times, EtaModel(travel_factor=3.0, street_factor=1.2))
    assert etas.leg(A, B, Vehicle.BICYCLE).seconds == pytest.approx(3.0 * straight_line_s(A, B))
    streets.may_answer.set()
    times.settled()
    leg = etas.leg(A, B, Vehicle.BICYCLE)
    assert (leg.seconds, leg.along_streets) == (pytest.approx(120.0), True)
    visit = VisitAhead(at=B, kind=StopKind.DROPOFF, service_s=60)
    (found,) = etas.along(A, 0, [visit], Vehicle.BICYCLE, LivePace(usual=9.0, usual_along_streets=1.0))
    assert found.along_streets
    assert found.median_at_ms == pytest.approx(120_000 * share_to_fence(A, B), abs=2)


def test_a_courier_s_pace_along_streets_is_not_that_by_straight_line():
    pace, ana = Pace(), CourierId("c_ana")
    for along, planned_s in ((False, 100.0), (True, 200.0)):
        for i in range(2):
            to = moved(A, 1000, 0)
            for metres in (0, 300, 900):
                pace.follow(
                    ana,
                    StopId(f"{along}{i}"),
                    moved(A, metres, 0),
                    to,
                    1000 * metres // 5,
                    planned_s * (1 - metres / 1000),
                    along_streets=along,
                )
            pace.forget(ana)
    assert pace.usual(ana) > 1.2
    assert pace.usual(ana, along_streets=True) == pytest.approx(1.0, abs=0.03)
    pace.rebase(2.0, along_streets=True)
    assert pace.usual(ana) > 1.2


async def test_a_desk_promises_arrivals_along_the_streets_that_its_planner_rides(streets):
    """Two kilometres east: ten minutes by the straight line, 100 seconds by street."""
    world = World()
    times = times_of(streets, patience_s=5)
    world.planner = Planner(times)
    await world.start()
    try:
        ana = await world.courier()
        order = await world.accepted(ana, pickup=(2_000.0, 0.0), dropoff=(4_000.0, 0.0))
        times.settled()
        await world.advance(3)
        eta = world.desk.etas(order).pickup
        in_s = (eta.p50_at_ms - world.clock.now_ms()) / 1000
        assert 60 < in_s < 110
        streets.broken = True
        world.ping(ana, 200.0, 0.0)
        await world.advance(20)
        eta = world.desk.etas(order).pickup
        assert (eta.p50_at_ms - world.clock.now_ms()) / 1000 < 110, "what is known of streets goes on"
    finally:
        await world.stop()
        world.planner.close()
