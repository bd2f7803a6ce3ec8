"""Runs instances, evaluates what was written, prints the table and the report."""

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np

from bench.mdrp.day import SETTINGS, Simulation
from bench.mdrp.evaluate import Verdict, evaluate
from bench.mdrp.instance import PlaneTravelTimes, read_instance
from bench.mdrp.reference import REFERENCES, Reference
from bench.mdrp.solution import write_solution
from bench.report import Param, write_report
from dispatcher.planner import Planner

DATA = "RELEVO_SHARED_DATA"
"""Environment variable: where the public instances lie (``mdrp`` inside it)."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One instance's outcome."""

    name: str
    verdict: Verdict
    decision_p50_ms: float
    decision_p99_ms: float
    changes_per_order: float
    rejected: int


def instance_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the instance folders among ``paths`` and directly below them, by name."""
    found = []
    for path in paths:
        inside = [path, *sorted(path.iterdir())] if path.is_dir() else []
        found += [folder for folder in inside if (folder / "orders.txt").is_file()]
    return found


def run_instance(folder: Path, out: Path) -> Row:
    """Play one instance, write its solution to ``out`` and evaluate what was written."""
    instance = read_instance(folder)
    planner = Planner(PlaneTravelTimes(instance))
    day = Simulation(instance, planner, SETTINGS).run()
    write_solution(day, out / instance.name)
    verdict = evaluate(instance, out / instance.name)
    return Row(
        name=instance.name,
        verdict=verdict,
        decision_p50_ms=float(np.percentile(day.decision_ms, 50)),
        decision_p99_ms=float(np.percentile(day.decision_ms, 99)),
        changes_per_order=day.changes / verdict.figures["delivered"],
        rejected=planner.rejected,
    )


def run_all(folders: Sequence[Path], out: Path, json_path: Path | None = None, jobs: int = 1) -> int:
    """Run instances, print the table; returns 0 when every solution keeps both rule sets."""
    print(_HEAD)
    rows: list[Row] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for row in pool.map(partial(run_instance, out=out), folders):
            print(_line(row), flush=True)
            for complaint in (*row.verdict.official, *row.verdict.strict)[:5]:
                print(f"    {complaint}")
            rows.append(row)
    metrics = summary(rows)
    params: dict[str, Param] = {
        "instances": [row.name for row in rows],
        "click_to_door_min": [round(row.verdict.figures["click_to_door_min"], 3) for row in rows],
        "delivered": [int(row.verdict.figures["delivered"]) for row in rows],
    }
    headline = [name for name in _HEADLINE if name in metrics]
    write_report("mdrp", params, metrics, json_path, headline)
    return 1 if metrics["violations"] else 0


def summary(rows: Sequence[Row]) -> dict[str, float]:
    """Return means over instances, and the comparison with published figures where all rows have them."""
    figures = [row.verdict.figures for row in rows]
    orders = sum(f["orders"] for f in figures)
    metrics = {
        name: statistics.fmean(f[name] for f in figures) for name in figures[0] if name != "impossible"
    }
    metrics["undelivered_pct"] = 100 * (1 - sum(f["delivered"] for f in figures) / orders)
    metrics["impossible_pct"] = 100 * sum(f["impossible"] for f in figures) / orders
    metrics["decision_p50_ms"] = statistics.fmean(row.decision_p50_ms for row in rows)
    metrics["decision_p99_ms"] = max(row.decision_p99_ms for row in rows)
    metrics["changes_per_order"] = statistics.fmean(row.changes_per_order for row in rows)
    metrics["violations"] = float(
        sum(len(row.verdict.official) + len(row.verdict.strict) + row.rejected for row in rows)
    )
    known = [(row, ref) for row in rows if (ref := REFERENCES.get(row.name)) is not None and ref.exact]
    if known:
        ours = statistics.fmean(row.verdict.figures["click_to_door_min"] for row, _ in known)
        exact = statistics.fmean(ref.exact for _, ref in known if ref.exact is not None)
        metrics |= {
            "known_rows": float(len(known)),
            "known_click_to_door_min": ours,
            "known_exact_min": exact,
            "known_above_exact_pct": 100 * (ours / exact - 1),
        }
    return metrics


_HEADLINE = (
    "click_to_door_min",
    "undelivered_pct",
    "impossible_pct",
    "ride_min_per_order",
    "known_above_exact_pct",
    "violations",
)
_COLUMNS = (
    ("delivered_pct", "deliv%", ".2f"),
    ("click_to_door_min", "CtD", ".2f"),
    ("click_to_door_p90_min", "p90", ".1f"),
    ("ready_to_door_min", "RtD", ".2f"),
    ("ready_to_pickup_min", "RtP", ".2f"),
    ("late_pct", "late%", ".1f"),
    ("cost_per_order", "cost", ".2f"),
    ("orders_per_bundle", "bundle", ".3f"),
    ("ride_min_per_order", "ride", ".1f"),
)
_HEAD = (
    f"{'instance':16}"
    + "".join(f"{title:>8}" for _, title, _ in _COLUMNS)
    + "".join(
        f"{title:>9}" for title in ("p50 ms", "p99 ms", "Reyes", "exact", "match", "columns", "vs exact")
    )
)


def _line(row: Row) -> str:
    reference = REFERENCES.get(row.name, Reference(None, None, None, None))
    figures = row.verdict.figures
    known = "".join(f"{'-':>9}" if value is None else f"{value:9.2f}" for value in reference)
    above = (
        "" if not reference.exact else f"{100 * (figures['click_to_door_min'] / reference.exact - 1):8.1f}%"
    )
    return (
        f"{row.name:16}"
        + "".join(f"{figures[name]:8{form}}" for name, _, form in _COLUMNS)
        + f"{row.decision_p50_ms:9.1f}{row.decision_p99_ms:9.1f}{known}{above}"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``run``."""
    parser.add_argument("instances", nargs="*", type=Path, help="instance folders, or folders of them")
    parser.add_argument("--out", type=Path, required=True, help="where the solution files go")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--jobs", type=int, default=1, help="instances at once")


def run(options: argparse.Namespace) -> int:
    """Run as the options say; returns the exit code."""
    paths = options.instances or [Path(os.environ.get(DATA, "../shared/data")) / "mdrp"]
    folders = instance_folders(paths)
    if not folders:
        print(f"no instance in {', '.join(map(str, paths))}", file=sys.stderr)
        return 2
    return run_all(folders, options.out, options.json, options.jobs)
