"""Tracks put onto streets: pieces, seams, gaps, and what happens when the street server is away."""

import pytest

from domain.courier import Vehicle
from domain.ids import CourierId, DeviceId
from domain.position import TrackPoint
from tests.one_street import LAT, M_PER_DEG, OneStreet
from tracker.matching.answer import steps_of
from tracker.matching.ports import StreetsAwayError
from tracker.matching.thinning import rides_of
from tracker.matching.track import CHUNK, match_track

M_EAST = 1 / (M_PER_DEG * 0.774)


class Counts:
    def __init__(self):
        self.fallbacks = []

    def road_fallback(self, reason, count=1):
        self.fallbacks.append(reason)


def fix(number, east_m, north_m=5.0, at_ms=None, accuracy_m=8.0):
    at_ms = number * 5_000 if at_ms is None else at_ms
    return TrackPoint(
        courier_id=CourierId("c"), device=DeviceId("d"), seq=number, index=0, fix_at_ms=at_ms,
        received_at_ms=at_ms, lon=-76.6 + east_m * M_EAST, lat=LAT + north_m / M_PER_DEG,
        accuracy_m=accuracy_m, speed_mps=None, heading_deg=None, battery_pct=None, live=True,
    )  # fmt: skip


def ride(count, start=0, north_m=5.0):
    return [fix(start + i, 22.0 * (start + i), north_m) for i in range(count)]


async def matched(track, server=None, counts=None):
    return await match_track(track, Vehicle.CARGO_BIKE, server or OneStreet(), counts or Counts())


async def test_a_ride_follows_its_street_with_times_between_the_fixes():
    server = OneStreet()
    (piece,) = await matched(ride(20), server)
    assert {lat for _, lat in piece.line} == {LAT}
    assert piece.confidence == pytest.approx(0.9)
    assert piece.distance_m == pytest.approx(19 * 22, rel=0.01)
    assert piece.at_ms[0] == 0
    assert piece.at_ms[-1] == 95_000
    assert list(piece.at_ms) == sorted(piece.at_ms)
    half = piece.line.index(min(piece.line, key=lambda place: abs(place[0] - (-76.6 + 5.5 * 22 * M_EAST))))
    assert piece.at_ms[half] == pytest.approx(27_500, abs=100)
    assert server.asked[0][2] == Vehicle.CARGO_BIKE


async def test_a_long_ride_is_asked_in_chunks_and_has_no_seam():
    server = OneStreet()
    (piece,) = await matched(ride(350), server)
    assert len(server.asked) == 4
    assert all(rest.partition("?")[0].count(";") < CHUNK for _, rest, _ in server.asked)
    assert piece.distance_m == pytest.approx(349 * 22, rel=0.01)
    eastward = [lon for lon, _ in piece.line]
    assert eastward == sorted(eastward), "no part of the way comes twice"


async def test_a_stretch_without_a_street_stays_as_it_was_sent():
    track = [*ride(10), *ride(10, start=10, north_m=500.0), *ride(10, start=20)]
    pieces = await matched(track)
    assert [piece.confidence is not None for piece in pieces] == [True, False, True]
    middle = pieces[1]
    assert [round((lat - LAT) * M_PER_DEG) for _, lat in middle.line] == [5, *[500] * 10, 5]


async def test_a_courier_who_stands_waits_on_the_line_and_does_not_creep():
    waiting = [fix(10 + i, 22.0 * 9 + (i % 3)) for i in range(60)]
    later = [fix(70 + i, 22.0 * (10 + i)) for i in range(10)]
    (piece,) = await matched([*ride(10), *waiting, *later])
    assert piece.distance_m == pytest.approx(19 * 22, rel=0.02)
    stays = [b - a for a, b in zip(piece.at_ms, piece.at_ms[1:], strict=False)]
    assert max(stays) == pytest.approx(300_000, abs=10_000)


async def test_a_long_silence_over_a_distance_separates_rides():
    later = [fix(10 + i, 5_000 + 22.0 * i, at_ms=1_000_000 + 5_000 * i) for i in range(10)]
    pieces = await matched([*ride(10), *later])
    assert len(pieces) == 2
    assert sum(piece.distance_m for piece in pieces) == pytest.approx(2 * 9 * 22, rel=0.01)


async def test_vague_fixes_are_left_out():
    track = ride(10)
    track[5] = fix(5, 5 * 22, north_m=900.0, accuracy_m=400.0)
    (piece,) = await matched(track)
    assert {lat for _, lat in piece.line} == {LAT}
    assert [len(spots) for spots in rides_of(track)] == [9]


async def test_without_the_server_the_track_stays_as_it_was_sent():
    server, counts = OneStreet(), Counts()
    server.away = True
    (piece,) = await matched(ride(10), server, counts)
    assert piece.confidence is None
    assert len(piece.line) == 10
    assert counts.fallbacks == ["away"]


async def test_what_was_matched_before_the_server_went_away_counts():
    server = OneStreet()
    server.away_after = 2
    pieces = await matched(ride(350), server)
    assert [piece.confidence is not None for piece in pieces] == [True, False]
    assert sum(piece.distance_m for piece in pieces) == pytest.approx(349 * 22, rel=0.02)


async def test_a_track_far_from_every_street_is_counted():
    counts = Counts()
    (piece,) = await matched(ride(10, north_m=900.0), counts=counts)
    assert piece.confidence is None
    assert counts.fallbacks == ["no_match"]


async def test_empty_tracks_and_single_fixes_have_no_way():
    assert await matched([]) == []
    (piece,) = await matched(ride(1))
    assert (piece.confidence, len(piece.line), piece.distance_m) == (None, 1, 0.0)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"code":"TooBig"}', b'{"code":"Ok","matchings":[],"tracepoints":[null]}', b"\xff"],
)
def test_what_is_no_answer_is_refused(body):
    with pytest.raises(StreetsAwayError):
        steps_of(body, 2)
