"""``python -m bench.faults``: the long run, a table and a JSON report."""

import argparse
import asyncio
import contextlib
import math
import statistics
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.faults.postgres import running_postgres
from bench.faults.rounds import Params, Result, run
from bench.faults.victims import FAULTS, WEIGHTS, slug
from bench.report import Param, write_report

TITLE = "round  victim              ready s  recovered s  fixes acknowledged so far"


def main() -> int:
    """Run and report; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="kills (50)")
    parser.add_argument("--couriers", type=int, default=200, help="streaming phones (200)")
    parser.add_argument("--period", type=float, default=1.0, help="seconds between a phone's frames (1)")
    parser.add_argument("--errands", type=int, default=40, help="couriers whose order fences move (40)")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (1)")
    parser.add_argument("--postgres", action="store_true", help="record in PostgreSQL, which is killed, too")
    parser.add_argument("--json", help="write the report here")
    options = parser.parse_args()
    params = Params(
        rounds=options.rounds, couriers=options.couriers, period_s=options.period, seed=options.seed,
        errands=min(options.errands, options.couriers),
        victims={**WEIGHTS, "postgres": 3} if options.postgres else dict(WEIGHTS),
    )  # fmt: skip
    print(TITLE)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(running_postgres()) if options.postgres else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relevo-faults-")))
        result = asyncio.run(run(params, folder, lambda line: print(line, flush=True), postgres))
    found = msgspec.structs.asdict(result.verdict) | msgspec.structs.asdict(result.findings)
    for name, value in found.items():
        print(f"{name:16s} {value}")
    print("refused, by reason:", result.refusals or "none")
    print("errors told to clients:", result.errors or "none")
    write_report(
        "faults", _described(params), metrics(result), options.json,
        ("rounds", "fixes_acknowledged", "fixes_lost", "fixes_doubled", "orders_lost", "events_missing",
         "events_doubled", "recovered_s_p95"),
    )  # fmt: skip
    return 0 if result.verdict.is_clean() and result.findings.is_clean() else 1


def metrics(result: Result) -> dict[str, float]:
    """Return the figures of a run, one number per name."""
    verdict = result.verdict
    recovered = sorted(done.recovered_s for done in result.rounds)
    by_victim: dict[str, float] = {}
    for victim in FAULTS:
        times_s = [done.recovered_s for done in result.rounds if done.victim == victim]
        if times_s:
            by_victim[f"rounds_{slug(victim)}"] = len(times_s)
            by_victim[f"recovered_s_p50_{slug(victim)}"] = round(statistics.median(times_s), 3)
            by_victim[f"recovered_s_max_{slug(victim)}"] = round(max(times_s), 3)
    return {
        "rounds": len(result.rounds),
        "frames_acknowledged": result.frames,
        "fixes_acknowledged": verdict.acknowledged,
        "fixes_archived": verdict.archived,
        "fixes_refused": verdict.refused,
        **{f"fixes_refused_{reason}": count for reason, count in sorted(result.refusals.items())},
        "fixes_lost": verdict.lost,
        "fixes_doubled": verdict.doubled,
        "fixes_altered": verdict.altered,
        "fixes_stray": verdict.stray,
        "orders_accepted": verdict.orders_accepted,
        "orders_lost": verdict.orders_lost,
        "orders_doubled": verdict.orders_doubled,
        **msgspec.structs.asdict(result.findings),
        "reconnects": result.reconnects,
        "recovered_s_p50": round(statistics.median(recovered), 3),
        "recovered_s_p95": round(recovered[math.ceil(0.95 * len(recovered)) - 1], 3),
        "recovered_s_max": round(recovered[-1], 3),
        **by_victim,
    }


def _described(params: Params) -> dict[str, Param]:
    victims = ", ".join(f"{name} x{weight}" for name, weight in params.victims.items())
    return {**msgspec.structs.asdict(params), "victims": victims}


if __name__ == "__main__":
    sys.exit(main())
