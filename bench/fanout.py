"""How old a courier's position is when a dispatcher's page gets it, with many viewers of many couriers.

Couriers send one fix a second; every viewer sees the whole fleet. The server conflates for up to 500 ms,
which is part of the figure. Clients and server share the machine's cores.
``python -m bench.fanout [--json FILE]``.
"""

import argparse
import asyncio
import contextlib
import os
import time

from bench.report import write_report
from bench.wire_clients import BenchCourier, BenchViewer, percentile, server_cpu_s
from loadtest.settings import Courier
from loadtest.target import own_server
from simulator.loops import new_loop


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.fanout", description=__doc__)
    parser.add_argument("--couriers", type=int, default=200)
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", help="write the report here")
    args = parser.parse_args()
    load_before = round(os.getloadavg()[0], 1)
    with own_server() as target, asyncio.Runner(loop_factory=new_loop) as runner:
        fleet, token, _, couriers = target.seed(args.couriers)
        metrics = runner.run(_measure(target.url, couriers, fleet, token, args.viewers, args.seconds))
    # What else the machine did: with a load above its cores the figures say little.
    params: dict[str, float] = {
        "load_average_before": load_before,
        "couriers": args.couriers,
        "viewers": args.viewers,
        "seconds": args.seconds,
    }
    headline = ("viewer_delay_p50_ms", "viewer_delay_p99_ms", "frames_per_s", "server_cpu_share")
    write_report("fanout", params, metrics, args.json, headline)


async def _measure(
    url: str, enrolled: list[Courier], fleet: str, token: str, viewer_count: int, seconds: float
) -> dict[str, float]:
    phones = [BenchCourier(number, courier) for number, courier in enumerate(enrolled)]
    viewers = [BenchViewer() for _ in range(viewer_count)]
    ready = [asyncio.Event() for _ in viewers]
    ws_url = "ws" + url.removeprefix("http")
    for start in range(0, len(phones), 20):
        await asyncio.gather(*(phone.open(ws_url) for phone in phones[start : start + 20]))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(phone.read()) for phone in phones]
        for viewer, event in zip(viewers, ready, strict=True):
            tasks.append(group.create_task(viewer.watch(ws_url, token, fleet, event)))
        await asyncio.gather(*(event.wait() for event in ready))
        tasks.append(group.create_task(_ride(phones)))
        await asyncio.sleep(3)
        for viewer in viewers:
            viewer.delay_ms.clear()
            viewer.frames = viewer.bytes = viewer.positions = 0
        began_s, cpu_s = time.perf_counter(), server_cpu_s(url)
        await asyncio.sleep(seconds)
        passed_s, used_s = time.perf_counter() - began_s, server_cpu_s(url) - cpu_s
        metrics = _metrics(viewers, passed_s)
        metrics["server_cpu_share"] = used_s / passed_s
        for task in tasks:
            task.cancel()
    for phone in phones:
        with contextlib.suppress(OSError):
            await phone.close()
    return metrics


def _metrics(viewers: list[BenchViewer], passed_s: float) -> dict[str, float]:
    delays = [delay for viewer in viewers for delay in viewer.delay_ms]
    return {
        "viewer_delay_p50_ms": percentile(delays, 0.5),
        "viewer_delay_p95_ms": percentile(delays, 0.95),
        "viewer_delay_p99_ms": percentile(delays, 0.99),
        "frames_per_s": sum(viewer.frames for viewer in viewers) / passed_s,
        "positions_per_s": sum(viewer.positions for viewer in viewers) / passed_s,
        "bytes_per_s": sum(viewer.bytes for viewer in viewers) / passed_s,
        "viewers_without_frames": sum(viewer.frames == 0 for viewer in viewers),
    }


async def _ride(phones: list[BenchCourier]) -> None:
    """One fix a second and courier until cancelled, spread evenly."""
    began_s = time.perf_counter()
    for number in range(1_000_000_000):
        due_s = began_s + number / len(phones)
        if (left_s := due_s - time.perf_counter()) > 0:
            await asyncio.sleep(left_s)
        await phones[number % len(phones)].send_fixes(1)


if __name__ == "__main__":
    main()
