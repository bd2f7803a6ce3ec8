"""For those who run the server: alive, ready, metrics, clock, base map."""

import asyncio
from collections.abc import Awaitable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from domain.errors import RelevoError
from server.api import PREFIX, Call, Endpoint, Reply, json_response
from server.schemas.fleet import ClockOut, Health
from server.system import System

CHECK_TIMEOUT_S = 2.0
_log = structlog.get_logger("relevo.health")


async def livez(call: Call) -> Reply:
    """Say that the process answers."""
    _ = call
    return Reply(value=Health(status="ok"))


async def readyz(call: Call) -> Reply:
    """Say whether the server can do its work: both stores answer and it is not going down."""
    health = await check_health(call.system)
    return Reply(value=health, status=200 if health.status == "ok" else 503)


async def check_health(system: System) -> Health:
    """Ask both stores."""
    checks = {
        "live_store": await _check(system.live.ping()),
        "record": await _check(system.stores.people.fleets()),
    }
    if system.draining:
        return Health(status="draining", checks=checks, notes=system.notes())
    good = all(result == "ok" for result in checks.values())
    return Health(status="ok" if good else "unavailable", checks=checks, notes=system.notes())


async def metrics(call: Call) -> web.StreamResponse:
    """Return every figure as Prometheus text."""
    return web.Response(
        body=call.system.metrics.render(),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


async def clock(call: Call) -> Reply:
    """Return the server's time."""
    return Reply(value=ClockOut(now_ms=call.system.clock.now_ms(), scale=call.system.clock.scale))


async def basemap(call: Call) -> web.StreamResponse:
    """Return the configured base map."""
    path = call.system.settings.basemap
    if path is None or not path.is_file():
        return json_response({"kind": "none"})
    return web.FileResponse(path, headers={"Content-Type": "application/json", "Cache-Control": "no-cache"})


async def _check(question: Awaitable[object]) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await question
    except (RelevoError, OSError, TimeoutError) as error:
        _log.warning("not_ready", error=repr(error))
        return error.code if isinstance(error, RelevoError) else type(error).__name__
    return "ok"


ENDPOINTS = (
    Endpoint(
        method="GET", path="/livez", handler=livez, tag="operations", action=None, returns=Health,
        summary="Is the process alive?",
    ),
    Endpoint(
        method="GET", path="/readyz", handler=readyz, tag="operations", action=None,
        summary="Can it do its work?",
        description="503 while a store does not answer or the server goes down.",
        returns=Health,
    ),
    Endpoint(
        method="GET", path="/metrics", handler=metrics, tag="operations", action=None,
        summary="Figures as Prometheus text", media=("text/plain",),
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/clock", handler=clock, tag="operations", action=None,
        summary="The server's time and how fast it runs", returns=ClockOut,
    ),
    Endpoint(
        method="GET", path=f"{PREFIX}/basemap", handler=basemap, tag="operations", action=None, returns=dict,
        summary='The map to draw under everything; {"kind":"none"} when none is configured',
    ),
)  # fmt: skip
