"""``relevo replay``: plays a real day against a running server, through its public interfaces alone.

The server's clock must run ``--speed`` times as fast as the wall. The day begins a quarter of an hour before
its first order, with everybody already at work who is on shift then; the idle night before is left out.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from pathlib import Path

from domain.geo import LonLat
from simulator.admin import Admin, CommandError
from simulator.api import Api, ApiError, read_clock
from simulator.clock import ServerClock
from simulator.day_files import DayCourier, DayFileError, DayOrder, read_couriers, read_orders
from simulator.loops import new_loop
from simulator.replay_day import ReplayDay
from simulator.replay_report import as_document, as_table

USAGE_ERROR = 2
SEED = 22


class ReplayError(Exception):
    """The replay cannot begin; the message says what to change."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``relevo replay``."""
    parser.add_argument("--orders", type=Path, required=True, help="orders.csv of the day")
    parser.add_argument("--couriers", type=Path, required=True, help="couriers.csv of the day")
    parser.add_argument("--speed", type=float, required=True, help="must equal the server's --time-scale")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="the server")
    parser.add_argument("--json", type=Path, help="write the report here too")
    parser.add_argument(
        "--token", help="an owner's token; else RELEVO_TOKEN, else a fleet is made with --data-dir"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path("./relevo-data"),
        help="the server's, to make a fleet when there is no token",
    )
    parser.add_argument("--time-zone", default="UTC", help="IANA zone of the fleet that is made")


def run(args: argparse.Namespace) -> int:
    """Play the day; returns 0 when it came to its end with no order lost."""
    try:
        orders, order_problems = read_orders(args.orders)
        couriers, courier_problems = read_couriers(args.couriers)
    except DayFileError as error:
        return _fail(str(error))
    for problem in (*order_problems, *courier_problems):
        _warn(problem)
    if not orders or not couriers:
        return _fail("nothing to play: no usable order or no usable courier")
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(_replay(args, orders, couriers, len(order_problems) + len(courier_problems)))
    except (ReplayError, ApiError, CommandError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return _fail("interrupted")


async def _replay(
    args: argparse.Namespace, orders: list[DayOrder], couriers: list[DayCourier], rows_skipped: int
) -> int:
    async with Api(args.url) as api:
        clock = await _clock(api, args.speed)
        token = args.token or os.environ.get("RELEVO_TOKEN")
        if not token:
            token = await _make_fleet(args, orders)
        api.use(token)
        day = ReplayDay(
            api=api,
            clock=clock,
            token=token,
            orders=orders,
            couriers=couriers,
            rng=random.Random(SEED),
            say=_say,
        )
        figures = await day.play()
        figures.rows_skipped = rows_skipped
    _say(as_table(figures))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        params = {"orders": len(orders), "couriers": len(couriers), "speed": args.speed}
        args.json.write_text(json.dumps(as_document(figures, params), indent=2) + "\n", encoding="utf-8")
    return 0 if figures.orders_lost == 0 and figures.ended else 1


async def _clock(api: Api, speed: float) -> ServerClock:
    """Return the server's clock.

    Raises:
        ReplayError: it does not run ``speed`` times as fast as the wall.
    """
    try:
        clock = await read_clock(api, retry_for_s=5)
    except ApiError as error:
        raise ReplayError(f"no Relevo server answers at {api.url} ({error})") from error
    if abs(clock.scale - speed) > 1e-6:
        raise ReplayError(
            f"--speed is {speed:g} but the server's clock runs {clock.scale:g} times as fast as the wall; "
            f"start it with: relevo serve --time-scale {speed:g}"
        )
    return clock


async def _make_fleet(args: argparse.Namespace, orders: list[DayOrder]) -> str:
    """Make a fresh fleet for this run and return an owner's token."""
    slug = time.strftime("replay-%Y%m%d-%H%M%S")
    middle = LonLat(
        sum(order.pickup.lon for order in orders) / len(orders),
        sum(order.pickup.lat for order in orders) / len(orders),
    )
    admin = Admin(args.data_dir)
    try:
        await admin.add_fleet(slug, "Replay", round(middle.lon, 5), round(middle.lat, 5), args.time_zone)
        return await admin.token(slug, "owner")
    except CommandError as error:
        raise ReplayError(f"{error}\nGive the server's --data-dir, or an owner's --token") from error


def _say(line: str) -> None:
    print(line, flush=True)


def _warn(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _fail(line: str) -> int:
    _warn(f"relevo replay: {line}")
    return USAGE_ERROR
