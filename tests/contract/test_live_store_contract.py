"""What every LiveStore does, in memory and on real servers."""

import pytest

from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId
from domain.ports import Tick
from tests.contract.samples import FLEET, NOON_MS, OTHER, PARK, point, position

ANA, BETO, PHONE = CourierId("c_ana"), CourierId("c_beto"), DeviceId("phone")


def tick(points=(), positions=(), seqs=None, fleet=FLEET) -> Tick:
    return Tick(fleet=fleet, points=tuple(points), positions=tuple(positions), seqs=seqs or {})


async def test_an_unknown_device_has_no_durable_frame(live):
    assert await live.last_seq(FLEET, ANA, PHONE) == 0


async def test_a_tick_records_the_last_frame_of_each_device(live):
    await live.write_tick(tick(seqs={(ANA, PHONE): 7, (ANA, DeviceId("a/b tracker")): 3}))

    assert await live.last_seq(FLEET, ANA, PHONE) == 7
    assert await live.last_seq(FLEET, ANA, DeviceId("a/b tracker")) == 3
    assert await live.last_seq(OTHER, ANA, PHONE) == 0


async def test_a_tick_with_nothing_in_it_is_fine(live):
    await live.write_tick(tick())

    assert await live.read_points(FLEET, "0-0", 10) == ("0-0", [])


async def test_the_newest_position_of_each_courier_is_kept(live):
    await live.write_tick(tick(positions=[position("c_ana"), position("c_beto")]))
    newer = position("c_ana", moved(PARK, 50, 0), NOON_MS + 5000)
    await live.write_tick(tick(positions=[newer]))

    kept = {p.courier_id: p for p in await live.positions(FLEET)}

    assert kept == {ANA: newer, BETO: position("c_beto")}


async def test_near_gives_the_nearest_first_with_metres(live):
    places = {"c_far": 900.0, "c_near": 100.0, "c_mid": 400.0, "c_out": 2000.0}
    await live.write_tick(tick(positions=[position(n, moved(PARK, m, 0)) for n, m in places.items()]))

    found = await live.near(FLEET, PARK, 1000, 10)

    assert [courier for courier, _ in found] == ["c_near", "c_mid", "c_far"]
    assert [metres for _, metres in found] == pytest.approx([100, 400, 900], abs=2.0)
    assert [courier for courier, _ in await live.near(FLEET, PARK, 1000, 2)] == ["c_near", "c_mid"]


async def test_near_sees_its_own_fleet_only(live):
    await live.write_tick(tick(positions=[position("c_ana")], fleet=OTHER))

    assert await live.near(FLEET, PARK, 1000, 10) == []


async def test_a_courier_beyond_the_index_limits_does_not_stop_the_tick(live):
    pole = position("c_pole", LonLat(0.0, 89.0))
    await live.write_tick(tick(positions=[pole, position("c_ana")], seqs={(ANA, PHONE): 1}))

    assert await live.last_seq(FLEET, ANA, PHONE) == 1
    assert pole in await live.positions(FLEET)
    assert [courier for courier, _ in await live.near(FLEET, PARK, 1000, 10)] == [ANA]


async def test_a_forgotten_courier_is_off_the_map_and_the_track_stays(live):
    await live.write_tick(tick(points=[point()], positions=[position("c_ana")], seqs={(ANA, PHONE): 1}))

    await live.forget(FLEET, ANA)

    assert await live.positions(FLEET) == []
    assert await live.near(FLEET, PARK, 1000, 10) == []
    assert (await live.read_points(FLEET, "0-0", 10))[1] == [point()]
    assert await live.last_seq(FLEET, ANA, PHONE) == 1


async def test_points_come_back_in_order_in_whole_ticks_after_an_id(live):
    for seq in (1, 2, 3):
        await live.write_tick(tick(points=[point(seq, 0), point(seq, 1)]))

    first, points = await live.read_points(FLEET, "0-0", 4)
    last, rest = await live.read_points(FLEET, first, 4)

    assert points == [point(1, 0), point(1, 1), point(2, 0), point(2, 1)]
    assert rest == [point(3, 0), point(3, 1)]
    assert await live.read_points(FLEET, last, 4) == (last, [])


async def test_a_tick_larger_than_the_limit_is_read_whole(live):
    await live.write_tick(tick(points=[point(1, index) for index in range(5)]))

    assert len((await live.read_points(FLEET, "0-0", 2))[1]) == 5


async def test_trimming_drops_what_is_archived_and_nothing_more(live):
    for seq in (1, 2, 3):
        await live.write_tick(tick(points=[point(seq)]))
    archived, _ = await live.read_points(FLEET, "0-0", 2)

    await live.trim_points(FLEET, archived)

    assert (await live.read_points(FLEET, "0-0", 10))[1] == [point(3)]


async def test_a_healthy_store_answers_the_probe(live):
    await live.ping()


async def test_memories_and_places_are_written_with_the_tick_and_the_newest_counts(live):
    await live.write_tick(
        Tick(
            fleet=FLEET,
            points=(),
            positions=(),
            seqs={},
            memories={ANA: b"one", BETO: b"\x00\xff"},
            places={"here": b"[1]", "there": b"[2]"},
        )
    )
    more = {"here": b"[1,2]", "there": None}
    await live.write_tick(
        Tick(fleet=FLEET, points=(), positions=(), seqs={}, memories={ANA: b"two"}, places=more)
    )

    assert await live.memories(FLEET) == {ANA: b"two", BETO: b"\x00\xff"}
    assert await live.places(FLEET) == {"here": b"[1,2]"}
    assert (await live.memories(OTHER), await live.places(OTHER)) == ({}, {})


async def test_a_courier_off_the_map_leaves_no_memory(live):
    await live.write_tick(Tick(fleet=FLEET, points=(), positions=(), seqs={}, memories={ANA: b"one"}))
    await live.forget(FLEET, ANA)

    assert await live.memories(FLEET) == {}
