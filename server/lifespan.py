"""From start to end of the server process: open, say ready, run until told to stop, drain, close.

Everything long-lived is a task of one group; a bug in any of them ends the process with exit code 1, and a
supervisor starts it again from what is durable. SIGTERM and SIGINT drain and exit 0.
"""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable

import structlog
from aiohttp import web

from server.app import build_app
from server.routes.operations import check_health
from server.settings import Settings
from server.start import bind, lock_data_dir
from server.system import System
from server.wiring import Relevo, open_relevo

READY_POLL_S = 0.05
_log = structlog.get_logger("relevo")


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run the server until SIGTERM or SIGINT.

    Args:
        settings: what the operator chose.
        announce: told ``ready http://HOST:PORT`` once everything answers.

    Raises:
        StartError: the port or the data dir is taken.
        BaseExceptionGroup: a task ended by a bug.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.closing(bind(settings.host, settings.port)) as bound, lock_data_dir(settings.data_dir):
        await _serve_on(bound, settings, announce, stop)


async def _serve_on(
    bound: socket.socket, settings: Settings, announce: Callable[[str], None], stop: asyncio.Event
) -> None:
    relevo = await _unless_stopped(open_relevo(settings), stop)
    if relevo is None:
        return
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(), name=name) for name, run in relevo.system.background.items()]
            runner = await _listen(relevo, bound)
            await _wait_ready(relevo.system, stop)
            if not stop.is_set():
                await _first_steps(relevo.system, announce)
                announce(f"ready {relevo.system.local_url}")
            gc.freeze()  # start-up state stays; searching it for garbage would stop the loop for 50 ms
            await _until_stopped(relevo.system, stop)
            await _drain(relevo, runner)
            for task in tasks:
                task.cancel()
    finally:
        await _close(relevo.system)


async def _unless_stopped(opening: "asyncio.Future[Relevo] | object", stop: asyncio.Event) -> Relevo | None:
    task: asyncio.Task[Relevo] = asyncio.ensure_future(opening)  # type: ignore[arg-type]
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return None
    finally:
        stopped.cancel()


async def _listen(relevo: Relevo, bound: socket.socket) -> web.AppRunner:
    system = relevo.system
    app = build_app(system, relevo.sockets)
    runner = web.AppRunner(
        app, handle_signals=False, access_log=None, shutdown_timeout=system.settings.drain_s
    )
    await runner.setup()
    site = web.SockSite(runner, bound, backlog=1024)
    await site.start()
    addresses = runner.addresses
    if addresses:
        system.port = addresses[0][1]
    return runner


async def _wait_ready(system: System, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if (await check_health(system)).status == "ok":
            return
        await asyncio.sleep(READY_POLL_S)


async def _first_steps(system: System, announce: Callable[[str], None]) -> None:
    if await system.stores.people.fleets():
        return
    announce(
        "This data dir has no fleet yet. Make one, and somebody who may sign in, in another terminal "
        "(add the same --data-dir or DATABASE_URL):\n"
        '  relevo fleet add condesa --name "My co-op" --lon -99.17 --lat 19.41 --tz America/Mexico_City\n'
        '  relevo user add condesa ana --name "Ana" --role owner'
    )


async def _until_stopped(system: System, stop: asyncio.Event) -> None:
    while not stop.is_set():
        if system.bus.failure is not None:
            raise system.bus.failure
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await stop.wait()


async def _drain(relevo: Relevo, runner: web.AppRunner) -> None:
    _log.info("draining")
    relevo.system.draining = True
    for site in list(runner.sites):
        await site.stop()
    try:
        async with asyncio.timeout(relevo.system.settings.drain_s + 5):
            await relevo.drain()
            await runner.cleanup()
    except TimeoutError:
        # What is not durable was not acknowledged: ending now loses nothing that a client was promised.
        _log.warning("drain_cut_short", seconds=relevo.system.settings.drain_s + 5)
    else:
        _log.info("drained")


async def _close(system: System) -> None:
    for close in system.closers:
        try:
            async with asyncio.timeout(30):
                await close()
        except (Exception, TimeoutError):  # noqa: BLE001 - the others must be closed all the same
            _log.exception("close_failed")
    sys.stderr.flush()
