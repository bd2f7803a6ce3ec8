"""Travel times of an OSRM server, against a real HTTP server that answers in its shape."""

import json
import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dispatcher.travel_times.osrm import BREAK_S, FAILURES_MAX, PIN_S, OsrmTimes
from dispatcher.travel_times.pair_table import PairTable
from dispatcher.travel_times.straight_line import StraightLine
from domain.courier import Vehicle
from domain.geo import LonLat

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


def straight_s(origin, destination, vehicle=Vehicle.BICYCLE):
    return pytest.approx(StraightLine().matrix_s([origin], [destination], vehicle)[0][0])


def leg_s(times, origin, destination, vehicle=Vehicle.BICYCLE):
    return times.matrix_s([origin], [destination], vehicle)[0][0]


def test_times_come_from_the_streets_and_each_pair_is_asked_once(streets):
    times = OsrmTimes(streets.url, patience_s=5)
    assert leg_s(times, A, B) == 100
    assert leg_s(times, A, B) == 100
    assert len(streets.asked) == 1


def test_pairs_without_a_way_and_places_far_from_streets_go_by_the_straight_line(streets):
    rows = OsrmTimes(streets.url, patience_s=5).matrix_s([A, B, PIER], [A, B, PIER], Vehicle.BICYCLE)
    assert rows[0][:2] == [0, 100]
    assert rows[1][0] == straight_s(B, A)
    assert [rows[0][2], rows[2][0]] == [straight_s(A, PIER), straight_s(PIER, A)]


def test_slower_vehicles_take_longer_on_the_same_way(streets):
    assert leg_s(OsrmTimes(streets.url, patience_s=5), A, B, Vehicle.CARGO_BIKE) == pytest.approx(110)


def test_a_large_table_is_asked_in_pieces_within_the_usual_limit(streets):
    places = [LonLat(-76.6 + i / 1000, 39.3) for i in range(120)]
    rows = OsrmTimes(streets.url, patience_s=20).matrix_s(places, places, Vehicle.BICYCLE)
    assert {s for i, row in enumerate(rows) for j, s in enumerate(row) if i != j} == {100.0}
    assert all(path.partition("?")[0].count(";") < 100 for path in streets.asked)


def test_a_slow_server_is_not_waited_for_and_its_answer_serves_later_plans(streets):
    streets.may_answer.clear()
    now = Moment()
    times = OsrmTimes(streets.url, patience_s=0.02, now_s=now)
    assert leg_s(times, A, B) == straight_s(A, B)
    streets.may_answer.set()
    times._jobs.join()
    assert leg_s(times, A, B) == straight_s(A, B), "a plan and its check see the same times"
    now.s += PIN_S
    assert leg_s(times, A, B) == 100


def test_a_dead_server_is_left_alone_for_a_while_then_tried_again(streets):
    now = Moment()
    times = OsrmTimes(streets.url, patience_s=5, now_s=now)
    streets.broken = True
    for _ in range(FAILURES_MAX):
        assert leg_s(times, A, B) == straight_s(A, B)
        now.s += PIN_S
    assert times.resting
    assert leg_s(times, A, B) == straight_s(A, B)
    assert len(streets.asked) == FAILURES_MAX
    streets.broken = False
    now.s += BREAK_S
    assert leg_s(times, A, B) == 100
    assert not times.resting


def test_without_any_server_the_straight_line_answers():
    times = OsrmTimes("http://127.0.0.1:1", patience_s=5)
    assert leg_s(times, A, B) == straight_s(A, B)
    assert times.matrix_s([], [A], Vehicle.BICYCLE) == []


def test_a_copy_for_a_solver_process_asks_for_itself(streets):
    assert leg_s(pickle.loads(pickle.dumps(OsrmTimes(streets.url))), A, B) == 100


def test_places_used_least_recently_make_room():
    table = PairTable(places_max=2)
    a, b, c = (0.0, 0.0), (1.0, 0.0), (2.0, 0.0)
    assert table.make_room([a], [b])
    assert table.make_room([b], [c])
    assert table.missing([c], [b], 0.0).all(), "what was known of the place before is gone"
    assert not table.make_room([a, b], [c])
