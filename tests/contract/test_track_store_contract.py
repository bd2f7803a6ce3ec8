"""What every TrackStore does."""

import pytest

from domain.ids import CourierId
from tests.contract.samples import FLEET, NOON_MS, OTHER, fleet, point

ANA = CourierId("c_ana")
DAY_MS = 86_400_000


@pytest.fixture
async def tracks(stores):
    await stores.people.put_fleet(fleet())
    return stores.tracks


async def test_nothing_is_archived_at_first(tracks):
    assert await tracks.cursor(FLEET) == "0-0"
    assert await tracks.track(FLEET, ANA, 0, 2**62) == []


async def test_points_and_cursor_are_archived_together(tracks):
    added = await tracks.archive(FLEET, [point(1, 0), point(1, 1)], "17-0")

    assert added == 2
    assert await tracks.cursor(FLEET) == "17-0"
    assert await tracks.cursor(OTHER) == "0-0"
    assert await tracks.track(FLEET, ANA, 0, 2**62) == [point(1, 0), point(1, 1)]


async def test_a_cursor_moves_without_points(tracks):
    assert await tracks.archive(FLEET, [], "18-0") == 0
    assert await tracks.cursor(FLEET) == "18-0"


async def test_a_batch_archived_again_adds_only_what_is_new(tracks):
    await tracks.archive(FLEET, [point(1), point(2)], "1-0")

    added = await tracks.archive(FLEET, [point(2), point(3), point(3)], "2-0")

    assert added == 1
    assert [p.seq for p in await tracks.track(FLEET, ANA, 0, 2**62)] == [1, 2, 3]


async def test_devices_couriers_and_fleets_do_not_mix(tracks):
    await tracks.archive(FLEET, [point(1), point(1, device="tracker"), point(1, name="c_beto")], "1-0")
    await tracks.archive(OTHER, [point(1)], "1-0")

    assert len(await tracks.track(FLEET, ANA, 0, 2**62)) == 2
    assert len(await tracks.track(OTHER, ANA, 0, 2**62)) == 1


async def test_a_track_is_in_event_time_order_within_its_bounds(tracks):
    times = [NOON_MS + s for s in (5000, 1000, 3000, 9000)]
    points = [point(seq, fix_at_ms=at_ms) for seq, at_ms in enumerate(times)]
    await tracks.archive(FLEET, points, "1-0")

    found = await tracks.track(FLEET, ANA, NOON_MS + 1000, NOON_MS + 5000)

    assert [p.fix_at_ms - NOON_MS for p in found] == [1000, 3000, 5000]
    assert len(await tracks.track(FLEET, ANA, 0, 2**62, limit=2)) == 2


async def test_old_points_are_deleted_and_young_ones_stay(tracks):
    days = [point(day, fix_at_ms=NOON_MS + day * DAY_MS) for day in range(5)]
    await tracks.archive(FLEET, [*days, point(9, name="c_beto", fix_at_ms=NOON_MS)], "1-0")
    await tracks.archive(OTHER, days, "1-0")

    deleted = await tracks.delete_before(FLEET, NOON_MS + 2 * DAY_MS)

    assert deleted == 3
    assert await tracks.track(FLEET, ANA, 0, 2**62) == days[2:]
    assert await tracks.track(FLEET, CourierId("c_beto"), 0, 2**62) == []
    assert await tracks.track(OTHER, ANA, 0, 2**62) == days
    assert await tracks.delete_before(FLEET, NOON_MS + 2 * DAY_MS) == 0


async def test_a_day_that_was_deleted_takes_points_again(tracks):
    await tracks.archive(FLEET, [point(1)], "1-0")
    await tracks.delete_before(FLEET, NOON_MS + DAY_MS * 2)

    assert await tracks.archive(FLEET, [point(2)], "2-0") == 1


async def test_thousands_of_points_fit_in_one_batch(tracks):
    points = [point(seq, index) for seq in range(60) for index in range(100)]

    assert await tracks.archive(FLEET, points, "1-0") == 6000
