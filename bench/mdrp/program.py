"""Runs instances under the planner and the baseline, prints the table and writes the report."""

import argparse
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.mdrp.reference import REFERENCES
from bench.mdrp.runs import MATCH, PLANNER, Row, run_all, tasks_of
from bench.mdrp.table import HEAD, LEGEND, goals, line
from bench.report import Param, write_report

DATA = "RELEVO_SHARED_DATA"
"""Environment variable: where the public instances lie (``mdrp`` inside it)."""
OVERLOADED = "1o50t100s1p100"
"""The instance with far too few couriers that the literature names."""


def instance_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the instance folders among ``paths`` and directly below them, by name."""
    found = []
    for path in paths:
        inside = [path, *sorted(path.iterdir())] if path.is_dir() else []
        found += [folder for folder in inside if (folder / "orders.txt").is_file()]
    return found


def bench(folders: Sequence[Path], options: argparse.Namespace) -> int:
    """Run instances, print the table; returns 0 when every solution keeps both rule sets."""
    policies = [PLANNER] if options.no_baseline else [MATCH, PLANNER]
    print(HEAD)
    rows: list[Row] = []
    baseline: dict[str, Row] = {}
    for row in run_all(tasks_of(folders, policies, options.out), options.jobs, resume=options.resume):
        if row.policy == MATCH:
            baseline[row.name] = row
        else:
            rows.append(row)
            print(line(row, baseline.get(row.name)), flush=True)
        for complaint in (*row.verdict.official, *row.verdict.strict)[:5]:
            print(f"    {row.policy}: {complaint}")
    print(LEGEND)
    metrics = summary(rows, baseline)
    print(goals(metrics))
    headline = [name for name in _HEADLINE if name in metrics]
    write_report("mdrp", _per_instance(rows, baseline), metrics, options.json, headline)
    return 1 if metrics["violations"] else 0


def _per_instance(rows: Sequence[Row], baseline: Mapping[str, Row]) -> dict[str, Param]:
    """Return the figures of every instance, as lists in one order."""
    found: dict[str, Param] = {"instances": [row.name for row in rows]}
    for name in rows[0].verdict.figures:
        found[name] = [round(row.verdict.figures[name], 3) for row in rows]
    found["changes_per_order"] = [round(row.changes_per_order, 3) for row in rows]
    found["decision_p50_ms"] = [round(row.decision_p50_ms, 1) for row in rows]
    found["decision_p99_ms"] = [round(row.decision_p99_ms, 1) for row in rows]
    found["insert_p50_ms"] = [round(row.insert_p50_ms, 1) for row in rows]
    found["insert_p99_ms"] = [round(row.insert_p99_ms, 1) for row in rows]
    if baseline:
        for name in ("delivered", "click_to_door_min", "ride_min_per_order"):
            found[f"match_{name}"] = [round(baseline[row.name].verdict.figures[name], 3) for row in rows]
    return found


def summary(rows: Sequence[Row], baseline: Mapping[str, Row] = {}) -> dict[str, float]:
    """Return means over instances, and comparisons with what is published and with the baseline."""
    metrics = _means(rows)
    metrics["decision_p50_ms"] = statistics.fmean(row.decision_p50_ms for row in rows)
    metrics["decision_p99_ms"] = max(row.decision_p99_ms for row in rows)
    metrics["insert_p50_ms"] = statistics.fmean(row.insert_p50_ms for row in rows)
    metrics["insert_p99_ms"] = max(row.insert_p99_ms for row in rows)
    metrics["changes_per_order"] = statistics.fmean(row.changes_per_order for row in rows)
    metrics["violations"] = float(sum(_violations(row) for row in (*rows, *baseline.values())))
    metrics |= _against_published(rows)
    for row in rows:
        if row.name == OVERLOADED:
            metrics["overloaded_undelivered_pct"] = 100 - row.verdict.figures["delivered_pct"]
            metrics["overloaded_click_to_door_min"] = row.verdict.figures["click_to_door_min"]
    if baseline:
        theirs = _means([baseline[row.name] for row in rows])
        metrics |= {f"match_{name}": value for name, value in theirs.items()}
        metrics["above_match_pct"] = 100 * (
            metrics["click_to_door_min"] / metrics["match_click_to_door_min"] - 1
        )
        metrics["riding_above_match_min"] = (
            metrics["ride_min_per_order"] - metrics["match_ride_min_per_order"]
        )
    return metrics


def _means(rows: Sequence[Row]) -> dict[str, float]:
    """Return means over instances; shares of orders over all orders together."""
    figures = [row.verdict.figures for row in rows]
    orders = sum(f["orders"] for f in figures)
    missing = sum(f["orders"] - f["delivered"] for f in figures)
    impossible = sum(f["impossible"] for f in figures)
    metrics = {
        name: statistics.fmean(f[name] for f in figures) for name in figures[0] if name != "impossible"
    }
    return metrics | {
        "undelivered_pct": 100 * missing / orders,
        "impossible_pct": 100 * impossible / orders,
        "undelivered_possible_pct": 100 * (missing - impossible) / orders,
    }


def _violations(row: Row) -> int:
    return len(row.verdict.official) + len(row.verdict.strict) + row.rejected


def _against_published(rows: Sequence[Row]) -> dict[str, float]:
    known = [(row, ref) for row in rows if (ref := REFERENCES.get(row.name)) is not None and ref.exact]
    if not known:
        return {}
    ours = statistics.fmean(row.verdict.figures["click_to_door_min"] for row, _ in known)
    exact = statistics.fmean(ref.exact for _, ref in known if ref.exact is not None)
    return {
        "known_rows": float(len(known)),
        "known_click_to_door_min": ours,
        "known_exact_min": exact,
        "known_above_exact_pct": 100 * (ours / exact - 1),
    }


_HEADLINE = (
    "click_to_door_min",
    "above_match_pct",
    "undelivered_possible_pct",
    "impossible_pct",
    "ride_min_per_order",
    "known_above_exact_pct",
    "violations",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``run``."""
    parser.add_argument("instances", nargs="*", type=Path, help="instance folders, or folders of them")
    parser.add_argument("--out", type=Path, required=True, help="where the solution files go")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--jobs", type=int, default=1, help="instances at once")
    parser.add_argument("--no-baseline", action="store_true", help="leave the baseline match out")
    parser.add_argument(
        "--resume", action="store_true", help="keep outcomes that an earlier run left in --out"
    )


def run(options: argparse.Namespace) -> int:
    """Run as the options say; returns the exit code."""
    paths = options.instances or [Path(os.environ.get(DATA, "../shared/data")) / "mdrp"]
    folders = instance_folders(paths)
    if not folders:
        print(f"no instance in {', '.join(map(str, paths))}", file=sys.stderr)
        return 2
    return bench(folders, options)
