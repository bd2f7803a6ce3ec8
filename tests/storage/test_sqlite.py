"""SQLite beside other processes: starts at once, administration while the server writes, real deletion."""

# ruff: noqa: ASYNC240 - small local files, and nobody else on the loop

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from domain.errors import Unavailable
from storage.sql.database import async_url
from storage.sql.stores import open_stores
from tests.contract.samples import FLEET, NOON_MS, OTHER, fleet, order, placed, point

ROOT = Path(__file__).resolve().parents[2]
OPEN_AND_ADD_FLEET = """
import asyncio, sys
from storage.sql.stores import open_stores
from domain.people import Fleet
from domain.geo import LonLat

async def main():
    stores = await open_stores(sys.argv[1])
    for number in range(int(sys.argv[3])):
        fleet = Fleet(id=f"{sys.argv[2]}-{number}", name="x", center=LonLat(0, 0), time_zone="UTC")
        await stores.people.put_fleet(fleet)
    await stores.close()

asyncio.run(main())
"""


async def another_process(url: str, name: str, fleets: int = 1) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OPEN_AND_ADD_FLEET, url, name, str(fleets)),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    return process.returncode, errors.decode()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/sub/relevo.db"


async def test_processes_that_start_at_once_on_a_fresh_dir_all_succeed(url):
    done = await asyncio.gather(*(another_process(url, f"f{n}") for n in range(4)))

    assert done == [(0, "")] * 4
    stores = await open_stores(url)
    assert len(await stores.people.fleets()) == 4
    await stores.close()


async def test_administration_works_while_the_server_writes(url):
    stores = await open_stores(url)
    await stores.people.put_fleet(fleet())
    done = asyncio.Event()

    async def serve() -> int:
        saved = 0
        while not done.is_set():
            await stores.orders.save([placed(order(f"o_{saved}"))])
            await stores.tracks.archive(FLEET, [point(saved, index) for index in range(200)], f"{saved}-0")
            saved += 1
        return saved

    server = asyncio.create_task(serve())
    administered = await asyncio.gather(*(another_process(url, f"f{n}", fleets=30) for n in range(2)))
    done.set()
    saved = await server

    assert administered == [(0, "")] * 2
    assert len(await stores.people.fleets()) == 61
    assert saved > 5
    assert len((await stores.orders.page(FLEET, limit=100_000))[0]) == saved
    await stores.close()


async def test_many_writers_in_one_process_queue_instead_of_failing(url):
    stores = await open_stores(url)
    await stores.people.put_fleet(fleet())

    await asyncio.gather(*(stores.orders.save([placed(order(f"o_{n}"))]) for n in range(200)))

    assert len(await stores.orders.open_orders(FLEET)) == 200
    await stores.close()


async def test_an_unknown_fleet_is_refused_by_the_database(url):
    stores = await open_stores(url)

    with pytest.raises(Exception, match="FOREIGN KEY"):
        await stores.orders.save([placed(order())])
    await stores.close()


async def test_commits_are_durable_and_the_log_is_write_ahead(url):
    stores = await open_stores(url)
    async with stores._database.write() as db:
        mode = (await db.exec_driver_sql("PRAGMA journal_mode")).scalar()
        synchronous = (await db.exec_driver_sql("PRAGMA synchronous")).scalar()

    assert (mode, synchronous) == ("wal", 2)
    await stores.close()


async def test_deleted_positions_leave_no_bytes_behind(url):
    stores = await open_stores(url)
    await stores.people.put_fleet(fleet())
    secret = point(1, device="a-very-private-phone")
    await stores.tracks.archive(FLEET, [secret], "1-0")
    many = [point(seq, index, device="other") for seq in range(50) for index in range(400)]
    await stores.tracks.archive(OTHER, many, "1-0")
    path = Path(async_url(url).database)

    await stores.tracks.delete_before(FLEET, NOON_MS * 2)
    grown = path.stat().st_size
    assert b"a-very-private-phone" not in path.read_bytes()
    await stores.tracks.delete_before(OTHER, NOON_MS * 2)

    wal = path.with_name(path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0
    assert path.stat().st_size < grown / 4
    await stores.close()


async def test_a_database_that_stays_locked_is_unavailable(url, monkeypatch):
    monkeypatch.setattr(
        "storage.sql.database._SQLITE_PRAGMAS", ("PRAGMA busy_timeout=50", "PRAGMA foreign_keys=ON")
    )
    stores = await open_stores(url)
    other = sqlite3.connect(async_url(url).database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="locked"):
        await stores.people.put_fleet(fleet())
    other.execute("ROLLBACK")
    await stores.people.put_fleet(fleet())

    assert await stores.people.find_fleet(FLEET) == fleet()
    other.close()
    await stores.close()


async def test_opening_again_changes_nothing(url):
    stores = await open_stores(url)
    await stores.people.put_fleet(fleet())
    await stores.close()

    stores = await open_stores(url)

    assert await stores.people.fleets() == [fleet()]
    await stores.close()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////tmp/x.db", "sqlite+aiosqlite"),
        ("postgresql://u@h/n", "postgresql+asyncpg"),
        ("postgres://u:p@h/n?sslmode=require", "postgresql+asyncpg"),
    ],
)
def test_an_address_gets_our_driver(given, driver):
    assert async_url(given).drivername == driver
    assert "sslmode" not in async_url(given).query


def test_an_address_of_another_database_is_refused():
    with pytest.raises(ValueError, match="mysql"):
        async_url("mysql://u@h/n")
