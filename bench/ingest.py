"""Pings a second and acknowledgement latency against a real server on this machine.

Two parts: a steady rate (each courier one fix a second: what a phone does), for latency; then full speed
(each courier keeps a few frames under way), for throughput. Client and server share the machine's cores, so
the figures are lower bounds. ``python -m bench.ingest [--json FILE]``.
"""

import argparse
import asyncio
import os
import time

from bench.report import write_report
from bench.wire_clients import BenchCourier, percentile, server_cpu_s
from loadtest.settings import Courier
from loadtest.target import own_server
from simulator.loops import new_loop

WINDOW = 4


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__)
    parser.add_argument("--couriers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each part")
    parser.add_argument("--batch", type=int, default=10, help="fixes per frame at full speed")
    parser.add_argument("--json", help="write the report here")
    args = parser.parse_args()
    load_before = round(os.getloadavg()[0], 1)
    with own_server() as target, asyncio.Runner(loop_factory=new_loop) as runner:
        _, _, _, couriers = target.seed(args.couriers)
        metrics = runner.run(_measure(target.url, couriers, args.seconds, args.batch))
    # What else the machine did: with a load above its cores the figures say little.
    params: dict[str, float] = {
        "load_average_before": load_before,
        "couriers": args.couriers,
        "seconds": args.seconds,
        "batch": args.batch,
        "window": WINDOW,
    }
    headline = ("steady_ack_p50_ms", "steady_ack_p99_ms", "full_pings_per_s", "full_ack_p99_ms")
    write_report("ingest", params, metrics, args.json, headline)


async def _measure(url: str, enrolled: list[Courier], seconds: float, batch: int) -> dict[str, float]:
    phones = [BenchCourier(number, courier) for number, courier in enumerate(enrolled)]
    ws_url = "ws" + url.removeprefix("http")
    metrics: dict[str, float] = {}
    for start in range(0, len(phones), 20):
        await asyncio.gather(*(phone.open(ws_url) for phone in phones[start : start + 20]))
    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(phone.read()) for phone in phones]
        await _steady(phones, 3.0)  # warm up
        for name, part in (("steady", _steady(phones, seconds)), ("full", _full(phones, seconds, batch))):
            for phone in phones:
                phone.ack_s.clear()
                phone.fixes_acked = 0
            began_s, cpu_s = time.perf_counter(), server_cpu_s(url)
            await part
            passed_s = time.perf_counter() - began_s
            acks = [1000 * value for phone in phones for value in phone.ack_s]
            metrics[f"{name}_pings_per_s"] = sum(phone.fixes_acked for phone in phones) / passed_s
            metrics[f"{name}_frames_per_s"] = len(acks) / passed_s
            metrics[f"{name}_ack_p50_ms"] = percentile(acks, 0.5)
            metrics[f"{name}_ack_p99_ms"] = percentile(acks, 0.99)
            metrics[f"{name}_server_cpu_share"] = (server_cpu_s(url) - cpu_s) / passed_s
        for task in readers:
            task.cancel()
    for phone in phones:
        await phone.close()
    return metrics


async def _steady(phones: list[BenchCourier], seconds: float) -> None:
    """One fix a second and courier, the couriers spread evenly over the second."""
    began_s = time.perf_counter()
    for second in range(int(seconds)):
        for number, phone in enumerate(phones):
            due_s = began_s + second + number / len(phones)
            if (left_s := due_s - time.perf_counter()) > 0:
                await asyncio.sleep(left_s)
            await phone.send_fixes(1)
    await asyncio.gather(*(phone.wait_room(1) for phone in phones))


async def _full(phones: list[BenchCourier], seconds: float, batch: int) -> None:
    """Everybody sends as soon as fewer than ``WINDOW`` frames are under way."""
    until_s = time.perf_counter() + seconds

    async def rush(phone: BenchCourier) -> None:
        while time.perf_counter() < until_s:
            await phone.wait_room(WINDOW)
            await phone.send_fixes(batch)
        await phone.wait_room(1)

    await asyncio.gather(*(rush(phone) for phone in phones))


if __name__ == "__main__":
    main()
