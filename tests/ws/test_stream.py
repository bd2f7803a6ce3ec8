import json

import pytest

from domain.errors import Invalid
from domain.ids import CourierId
from ws.cells import cell_of, cells_of
from ws.codec import JSON_WRITER
from ws.messages import PresenceEvent
from ws.stream import FleetStream


def presence(n):
    return PresenceEvent(at_ms=n, courier_id=f"c{n}", presence="online")


def row(courier_id, lon=-99.17, lat=19.41, fix_at_ms=1):
    return (courier_id, lon, lat, None, None, fix_at_ms, "online")


def frame(batch, cells=None, seen=0):
    data = batch.frame(JSON_WRITER, cells, seen)
    return None if data is None else json.loads(data)


def test_nothing_new_gives_no_frame():
    assert FleetStream("e").take_batch() is None


def test_positions_are_conflated_to_the_latest():
    stream = FleetStream("e")
    for n in range(5):
        stream.move(CourierId("c1"), row("c1", fix_at_ms=n))
    told = frame(stream.take_batch())
    assert [r[5] for r in told["positions"]] == [4]
    assert told["type"] == "delta"


def test_every_event_has_an_offset_and_none_is_dropped():
    stream = FleetStream("e")
    stream.add(presence(n) for n in range(3))
    told = frame(stream.take_batch())
    assert told["offset"] == 3
    assert [e["at_ms"] for e in told["events"]] == [0, 1, 2]


def test_a_viewer_whose_snapshot_is_newer_than_part_of_the_tick_gets_the_rest_only():
    stream = FleetStream("e")
    stream.add([presence(1), presence(2)])
    seen = stream.offset
    stream.add([presence(3)])
    told = frame(stream.take_batch(), seen=seen)
    assert [e["at_ms"] for e in told["events"]] == [3]


def test_who_comes_back_gets_exactly_what_was_missed():
    stream = FleetStream("e")
    stream.add(presence(n) for n in range(1, 11))
    assert [e.at_ms for e in stream.missed("e", 7)] == [8, 9, 10]
    assert stream.missed("e", 10) == []


@pytest.mark.parametrize(("epoch", "offset"), [("other", 3), ("e", 99), ("e", 0)])
def test_where_a_gap_is_possible_only_a_snapshot_will_do(epoch, offset):
    stream = FleetStream("e", ring_size=4)
    stream.add(presence(n) for n in range(1, 11))
    assert stream.missed(epoch, offset) is None


def test_a_viewport_sees_its_cells_and_a_margin_only():
    stream = FleetStream("e")
    stream.move(CourierId("near"), row("near", -99.17, 19.41))
    stream.move(CourierId("far"), row("far", -99.60, 19.41))
    batch = stream.take_batch()
    cells = cells_of((-99.18, 19.40, -99.16, 19.42))
    assert [r[0] for r in frame(batch, cells)["positions"]] == ["near"]
    assert {r[0] for r in frame(batch)["positions"]} == {"near", "far"}


def test_a_viewer_is_told_when_a_courier_leaves_the_viewport():
    stream = FleetStream("e")
    cells = cells_of((-99.18, 19.40, -99.16, 19.42))
    stream.move(CourierId("c1"), row("c1", -99.17, 19.41))
    stream.take_batch()
    stream.move(CourierId("c1"), row("c1", -99.60, 19.41))
    assert frame(stream.take_batch(), cells)["positions"]
    stream.move(CourierId("c1"), row("c1", -99.61, 19.41))
    assert frame(stream.take_batch(), cells) is None


@pytest.mark.parametrize(
    "bbox",
    [
        (1, 0, 0, 1),
        (0, 1, 1, 0),
        (float("nan"), 0, 1, 1),
        (-200, 0, 1, 1),
        (0, -91, 1, 1),
        (0, 0, 1, float("inf")),
    ],
)
def test_an_impossible_viewport_is_refused(bbox):
    with pytest.raises(Invalid):
        cells_of(bbox)


def test_a_viewport_as_large_as_a_country_is_everywhere():
    assert cells_of((-118, 14, -86, 32)) is None
    assert cells_of(None) is None
    assert cell_of(0.0, 0.0) == (0, 0)
    assert cell_of(-0.01, -0.01) == (-1, -1)
