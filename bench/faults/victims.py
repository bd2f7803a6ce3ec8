"""What can be hurt, and how. Each fault returns how long the server took to be ready again, seconds."""

import asyncio
import contextlib
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.faults.process import ServerProcess

FROZEN_S = 6.5
"""Longer than the live store's socket timeout, so that a tick is written again that was written already."""

Fault = Callable[[ServerProcess, random.Random], Awaitable[float]]


async def kill_server(server: ServerProcess, _: random.Random) -> float:
    """Kill the server; its Redis lives on and is taken over."""
    await server.kill()
    return await server.start()


async def kill_redis(server: ServerProcess, _: random.Random) -> float:
    """Kill the embedded Redis; the server starts it again."""
    os.kill(await server.redis_pid(), signal.SIGKILL)
    return 0.0


async def kill_both(server: ServerProcess, rng: random.Random) -> float:
    """Kill Redis and the server, at once or shortly after one another."""
    os.kill(await server.redis_pid(), signal.SIGKILL)
    await asyncio.sleep(rng.choice([0.0, 0.0, 0.05]))
    return await kill_server(server, rng)


async def terminate_server(server: ServerProcess, _: random.Random) -> float:
    """Ask the server to drain and start it again, as an upgrade does."""
    if code := await server.terminate():
        raise RuntimeError(f"exit code {code} after SIGTERM: {server.log_tail()}")
    return await server.start()


async def freeze_redis(server: ServerProcess, _: random.Random) -> float:
    """Stop Redis for longer than its clients wait: replies are lost, writes are not."""
    pid = await server.redis_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        os.kill(pid, signal.SIGCONT)
    return 0.0


async def kill_workers(server: ServerProcess, _: random.Random) -> float:
    """Kill the planner's worker processes; the server starts new ones."""
    for pid in _workers(server.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return 0.0


async def kill_postgres(server: ServerProcess, _: random.Random) -> float:
    """Kill PostgreSQL and start it again a little later."""
    if server.postgres is not None:
        await asyncio.to_thread(server.postgres.kill)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(server.postgres.start)
    return 0.0


FAULTS: Mapping[str, Fault] = {
    "server": kill_server,
    "redis": kill_redis,
    "server and redis": kill_both,
    "server, politely": terminate_server,
    "redis frozen": freeze_redis,
    "planner workers": kill_workers,
    "postgres": kill_postgres,
}

WEIGHTS: Mapping[str, int] = {
    "server": 4,
    "redis": 4,
    "server and redis": 3,
    "server, politely": 1,
    "redis frozen": 1,
    "planner workers": 1,
}
"""How often each is chosen relative to the others."""


def slug(victim: str) -> str:
    """Return a victim's name as part of a metric's name."""
    return victim.replace(",", "").replace(" ", "_")


def _workers(pid: int) -> list[int]:
    """Return the processes that Python's multiprocessing spawned for ``pid`` (Linux)."""
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found
