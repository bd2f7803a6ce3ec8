"""Plays instances under one policy, in parallel, and keeps each outcome beside its solution files.

An interrupted run is taken up where it stopped with ``resume``: outcomes on disk are believed then.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import TextIO

import msgspec
import numpy as np

from bench.mdrp.day import SETTINGS, Decider, Simulation
from bench.mdrp.evaluate import Verdict, evaluate
from bench.mdrp.instance import Instance, PlaneTravelTimes, read_instance
from bench.mdrp.match import MATCH_SETTINGS, Match
from bench.mdrp.solution import write_solution
from dispatcher.planner import Planner

PLANNER, MATCH = "planner", "match"
RESULT = "result.json"
BAR_CELLS = 24


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One instance's outcome.

    Attributes:
        decision_p50_ms, decision_p99_ms: of improvements, which a server makes in its worker.
        insert_p50_ms, insert_p99_ms: of insertions, which a server answers with at once; 0 for baselines.
        changes_per_order: tentative changes of courier.
    """

    name: str
    policy: str
    verdict: Verdict
    decision_p50_ms: float
    decision_p99_ms: float
    changes_per_order: float
    rejected: int
    insert_p50_ms: float = 0.0
    insert_p99_ms: float = 0.0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """An instance to play; the solution goes to ``out``."""

    folder: Path
    policy: str
    out: Path


def tasks_of(folders: Sequence[Path], policies: Sequence[str], out: Path) -> list[Task]:
    """Return all runs: the planner's solutions go right below ``out``, a baseline's below its name."""
    return [
        Task(folder=folder, policy=name, out=(out if name == PLANNER else out / name) / folder.name)
        for name in policies
        for folder in folders
    ]


def run_all(tasks: Sequence[Task], jobs: int, *, resume: bool) -> Iterator[Row]:
    """Yield outcomes in the order of ``tasks``; a bar on the terminal shows what is done."""
    done = {i: row for i, task in enumerate(tasks) if resume and (row := kept(task)) is not None}
    bar = Bar(sys.stderr, len(tasks), len(done))
    shown = 0
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(run, task): i for i, task in enumerate(tasks) if i not in done}
        while shown in done:
            yield done[shown]
            shown += 1
        for future in as_completed(futures):
            done[futures[future]] = future.result()
            bar.step()
            while shown in done:
                bar.clear()
                yield done[shown]
                shown += 1


def kept(task: Task) -> Row | None:
    """Return the outcome an earlier run left, None when there is none that can be read."""
    try:
        return msgspec.json.decode((task.out / RESULT).read_bytes(), type=Row)
    except (OSError, msgspec.DecodeError):
        return None


def run(task: Task) -> Row:
    """Play one instance, write its solution, evaluate what was written and keep the outcome."""
    instance = read_instance(task.folder)
    decider = _decider(task.policy, instance)
    settings = SETTINGS if task.policy == PLANNER else MATCH_SETTINGS
    at_once = decider.insert if isinstance(decider, Planner) else None
    day = Simulation(instance, decider, settings, at_once).run()
    write_solution(day, task.out)
    verdict = evaluate(instance, task.out)
    row = Row(
        name=instance.name,
        policy=task.policy,
        verdict=verdict,
        decision_p50_ms=_percentile(day.decision_ms, 50),
        decision_p99_ms=_percentile(day.decision_ms, 99),
        insert_p50_ms=_percentile(day.insert_ms, 50),
        insert_p99_ms=_percentile(day.insert_ms, 99),
        changes_per_order=day.changes / verdict.figures["delivered"],
        rejected=decider.rejected,
    )
    (task.out / RESULT).write_bytes(msgspec.json.encode(row))
    return row


def _percentile(took_ms: Sequence[float], share: int) -> float:
    return float(np.percentile(took_ms, share)) if took_ms else 0.0


def _decider(policy: str, instance: Instance) -> Decider:
    travel_times = PlaneTravelTimes(instance)
    return Planner(travel_times) if policy == PLANNER else Match(travel_times)


class Bar:
    """One line of progress, only where somebody looks at a terminal."""

    def __init__(self, stream: TextIO, total: int, done: int) -> None:
        self._stream, self._total, self._done = stream, total, done
        self._first, self._begun = done, time.monotonic()
        self._draw()

    def step(self) -> None:
        """Count one more."""
        self._done += 1
        self._draw()

    def clear(self) -> None:
        """Make room for a line of the table."""
        if self._stream.isatty():
            self._stream.write("\r\033[K")
            self._stream.flush()

    def _draw(self) -> None:
        if not self._stream.isatty():
            return
        cells = BAR_CELLS * self._done // max(1, self._total)
        spent_s = time.monotonic() - self._begun
        fresh = self._done - self._first
        left = f", {spent_s / fresh * (self._total - self._done):.0f} s left" if fresh else ""
        bar = "#" * cells + "-" * (BAR_CELLS - cells)
        self._stream.write(f"\r\033[K[{bar}] {self._done}/{self._total}{left}")
        self._stream.flush()
