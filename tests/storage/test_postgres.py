"""PostgreSQL as the record: partitions by day, first starts at once, and its death and return."""

import asyncio

import pytest
from sqlalchemy import text

from domain.errors import Unavailable
from storage.sql.stores import open_stores
from tests.contract.samples import FLEET, NOON_MS, OTHER, fleet, order, placed, point
from tests.servers import postgres_cluster

pytestmark = pytest.mark.postgres
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def cluster():
    with postgres_cluster() as running:
        yield running


@pytest.fixture
async def stores(cluster):
    opened = await open_stores(cluster.url)
    await opened.people.put_fleet(fleet())
    yield opened
    async with opened._database.write() as db:
        await db.execute(text("DROP SCHEMA public CASCADE"))
        await db.execute(text("CREATE SCHEMA public"))
    await opened.close()


async def partitions(stores) -> list[str]:
    async with stores._database.read() as db:
        names = await db.scalars(
            text("SELECT tablename FROM pg_tables WHERE tablename LIKE 'track_points_d%' ORDER BY 1")
        )
        return list(names)


async def test_stores_opened_at_once_on_an_empty_database_all_succeed(cluster):
    opened = await asyncio.gather(*(open_stores(cluster.url) for _ in range(4)))

    await opened[0].people.put_fleet(fleet())
    assert await opened[3].people.fleets() == [fleet()]
    async with opened[0]._database.write() as db:
        await db.execute(text("DROP SCHEMA public CASCADE"))
        await db.execute(text("CREATE SCHEMA public"))
    for store in opened:
        await store.close()


async def test_each_day_is_a_partition_and_old_days_are_dropped_whole(stores):
    days = [point(day, fix_at_ms=NOON_MS + day * DAY_MS) for day in range(4)]
    await stores.tracks.archive(FLEET, days, "1-0")
    assert len(await partitions(stores)) == 4

    await stores.tracks.delete_before(FLEET, NOON_MS + 2 * DAY_MS)

    assert len(await partitions(stores)) == 2


async def test_a_day_that_another_fleet_still_keeps_is_not_dropped(stores):
    await stores.tracks.archive(FLEET, [point(1)], "1-0")
    await stores.tracks.archive(OTHER, [point(1)], "1-0")

    assert await stores.tracks.delete_before(FLEET, NOON_MS + DAY_MS * 2) == 1
    assert len(await partitions(stores)) == 1
    assert await stores.tracks.delete_before(OTHER, NOON_MS + DAY_MS * 2) == 1
    assert await partitions(stores) == []


async def test_two_processes_make_the_same_partition_at_once(stores, cluster):
    other = await open_stores(cluster.url)

    added = await asyncio.gather(
        *(store.tracks.archive(FLEET, [point(1), point(2)], "1-0") for store in (stores, other) * 4)
    )

    assert sum(added) == 2
    await other.close()


async def test_a_killed_database_is_unavailable_and_has_every_commit_when_it_is_back(stores, cluster):
    await stores.orders.save([placed(order("o_1"))])
    cluster.kill()

    with pytest.raises(Unavailable):
        await stores.orders.save([placed(order("o_2"))])
    with pytest.raises(Unavailable):
        await stores.orders.find(FLEET, "o_1")
    await asyncio.to_thread(cluster.start)

    await stores.orders.save([placed(order("o_2"))])
    assert [o.id for o in await stores.orders.open_orders(FLEET)] == ["o_1", "o_2"]
