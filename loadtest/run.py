"""``relevo loadtest``: seeds a fleet and runs Locust, in a process of its own because gevent patches it."""

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from loadtest.settings import ENVIRONMENT_NAME, LoadSettings, Thresholds
from loadtest.target import LAT, LON, Target, TargetError, own_server

USAGE_ERROR = 2
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``relevo loadtest``."""
    limits = Thresholds()
    parser.add_argument("--url", help="a running server on this machine; by default one is started")
    parser.add_argument("--data-dir", type=Path, default=Path("./relevo-data"), help="of the server at --url")
    parser.add_argument("--couriers", type=int, default=120, help="courier users at the peak")
    parser.add_argument("--dispatchers", type=int, default=6, help="dispatcher users at the peak")
    parser.add_argument("--customers", type=int, default=15, help="customer users at the peak")
    parser.add_argument(
        "--shops", type=int, default=6, help="shop users at the peak, six orders a minute each"
    )
    parser.add_argument("--minutes", type=float, default=4.0, help="length of the run")
    parser.add_argument("--html", type=Path, default=Path("loadtest-report.html"), help="report to write")
    parser.add_argument("--ack-p99-ms", type=float, default=limits.ack_p99_ms, help="threshold")
    parser.add_argument("--viewer-p95-ms", type=float, default=limits.viewer_p95_ms, help="threshold")
    parser.add_argument("--order-p95-ms", type=float, default=limits.order_p95_ms, help="threshold")


def run(args: argparse.Namespace) -> int:
    """Run the load test; 0 when every threshold was met, 1 when one was missed, 2 when it could not run."""
    if args.url and urlsplit(args.url).hostname not in _LOCAL:
        return _fail("load goes to this machine only: --url must name 127.0.0.1")
    if min(args.couriers, args.dispatchers, args.customers, args.shops) < 1 or args.minutes <= 0:
        return _fail("every count and the length must be above zero")
    try:
        with _target(args) as target:
            print(f"seeding a fleet of {args.couriers} couriers on {target.url} ...", flush=True)
            settings = _settings(args, target)
            code = _locust(settings, args.html)
    except TargetError as error:
        return _fail(str(error))
    print(f"report: {args.html}", flush=True)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="loadtest", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(argv))


@contextlib.contextmanager
def _target(args: argparse.Namespace) -> Iterator[Target]:
    if args.url:
        yield Target(args.url.rstrip("/"), args.data_dir)
        return
    with own_server() as target:
        yield target


def _settings(args: argparse.Namespace, target: Target) -> LoadSettings:
    slug, dispatcher, shop, couriers = target.seed(args.couriers)
    return LoadSettings(
        url=target.url,
        fleet=slug,
        lon=LON,
        lat=LAT,
        dispatcher_token=dispatcher,
        shop_token=shop,
        couriers=couriers,
        dispatchers=args.dispatchers,
        customers=args.customers,
        shops=args.shops,
        duration_s=round(args.minutes * 60),
        thresholds=Thresholds(
            ack_p99_ms=args.ack_p99_ms, viewer_p95_ms=args.viewer_p95_ms, order_p95_ms=args.order_p95_ms
        ),
    )


def _locust(settings: LoadSettings, html: Path) -> int:
    html.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py"))]
    command += [
        "--headless",
        "--only-summary",
        "--loglevel",
        "WARNING",
        "--html",
        str(html),
        "--host",
        settings.url,
    ]
    environment = {**os.environ, ENVIRONMENT_NAME: msgspec.json.encode(settings).decode()}
    done = subprocess.run(command, env=environment, check=False)  # noqa: S603 - our own command line
    return done.returncode if done.returncode in (0, 1) else USAGE_ERROR


def _fail(line: str) -> int:
    print(f"relevo loadtest: {line}", file=sys.stderr)
    return USAGE_ERROR
