"""``relevo demo``: a server with a seeded co-op, simulated couriers and a lunch peak, until stopped.

Uses public interfaces only. Survives the server being killed: couriers reconnect, orders are placed again
under the same key, and the child is started again on the same data.
"""

import argparse
import asyncio
import contextlib
import random
import shutil
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path

from simulator.demo_town import DemoTown
from simulator.loops import new_loop
from simulator.server_process import ServerDiedError, ServerProcess

SEED = 7


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``relevo demo``."""
    parser.add_argument("--port", type=int, default=8080, help="port of the server; 0 takes a free one")
    parser.add_argument("--couriers", type=int, default=40, help="simulated couriers, 1 to 300")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how many times faster than the wall time runs"
    )
    parser.add_argument(
        "--headless", action="store_true", help="do not open the dispatcher's page in a browser"
    )
    parser.add_argument("--data-dir", type=Path, help="keep the data here; by default it is thrown away")


def run(args: argparse.Namespace) -> int:
    """Run the demo until Ctrl-C or SIGTERM; returns the exit code."""
    return run_demo(
        port=args.port,
        couriers=args.couriers,
        speed=args.speed,
        headless=args.headless,
        data_dir=args.data_dir,
    )


def run_demo(
    *,
    port: int = 8080,
    couriers: int = 40,
    speed: float = 1.0,
    headless: bool = True,
    data_dir: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> int:
    """Run the demo until stopped by a signal.

    Args:
        port: 0 takes a free one.
        couriers: how many to simulate, 1 to 300.
        speed: server seconds per wall second.
        headless: no browser is opened.
        data_dir: kept when given, else a throw-away folder.
        say: where the lines for people go; printed by default.
    """
    tell = say or _print
    if not 1 <= couriers <= 300:
        tell("--couriers must be between 1 and 300")
        return 2
    if not 0.1 <= speed <= 120:
        tell("--speed must be between 0.1 and 120")
        return 2
    if port and not _is_free(port):
        tell(f"port {port} is in use: stop what uses it, or choose another with --port (0 takes a free one)")
        return 1
    folder = data_dir or Path(tempfile.mkdtemp(prefix="relevo-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    town = DemoTown(random.Random(SEED), folder, couriers, tell)
    server = ServerProcess(
        port=port or _free_port(), data_dir=folder, basemap=town.write_basemap(), speed=speed, report=tell
    )
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_demo(town, server, None if headless else _open, tell))
    except KeyboardInterrupt:
        return 0
    finally:
        if data_dir is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _demo(
    town: DemoTown,
    server: ServerProcess,
    open_page: Callable[[str], None] | None,
    tell: Callable[[str], None],
) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        tell("Starting the server ...")
        await server.start()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(server.keep_alive()),
                group.create_task(town.live(server.url, open_page)),
            ]
            await stopped.wait()
            for task in tasks:
                task.cancel()
    except ServerDiedError as failure:
        tell(str(failure))
        return 1
    finally:
        tell("Stopping ...")
        await server.stop()
    return 0


def _open(link: str) -> None:
    """Open a page where there is a desktop; a text browser would take over the terminal."""
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if not isinstance(browser, webbrowser.GenericBrowser) or isinstance(
            browser, webbrowser.BackgroundBrowser
        ):
            browser.open(link)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _print(line: str) -> None:
    print(line, flush=True)
