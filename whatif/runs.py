"""Plays variants times seeds in processes of their own, shows how far it is, and can be stopped.

Each process is spawned with a fixed hash seed, so that the same seed plays the same day. After Ctrl-C what
was finished is returned, and says so.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import connection

import msgspec
from tqdm import tqdm

from whatif.chance import Dice
from whatif.changes import changed_day, changed_settings
from whatif.day import SimDay
from whatif.figures import Figures
from whatif.variants import Variant
from whatif.world import DayPlan, play


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One day to play: ``base`` changes it in every variant, then the variant does."""

    day: SimDay
    base: Variant
    variant: Variant
    number: int
    seed: int


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What was finished: figures by seed, one per variant; ``stopped`` before the end."""

    days: list[dict[int, Figures]]
    stopped: bool = False


def play_job(job: Job) -> Figures:
    """Play one day here."""
    dice = Dice(job.seed)
    day = changed_day(changed_day(job.day, job.base, dice), job.variant, dice)
    both = Variant(name="", changes=(*job.base.changes, *job.variant.changes))
    chosen, dispatch = changed_settings(both)
    return play(DayPlan(day=day, fleet_settings=chosen, dispatch=dispatch, seed=job.seed))


def play_all(jobs: Sequence[Job], processes: int, say: Callable[[str], None]) -> Played:
    """Play all jobs, ``processes`` at a time; Ctrl-C leaves what was finished."""
    days: list[dict[int, Figures]] = [{} for _ in range(1 + max(job.number for job in jobs))]
    context = multiprocessing.get_context("spawn")
    with fixed_hashes(), ProcessPoolExecutor(processes, context, initializer=end_with_parent) as pool:
        running: dict[Future[Figures], Job] = {pool.submit(play_job, job): job for job in jobs}
        try:
            with tqdm(total=len(jobs), unit="day", desc="simulating", disable=None, leave=False) as bar:
                for done in as_completed(running):
                    job = running[done]
                    days[job.number][job.seed] = done.result()
                    bar.update()
        except KeyboardInterrupt:
            say("stopped: what follows is what was finished")
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            return Played(days=days, stopped=True)
    return Played(days=days)


def end_with_parent() -> None:
    """Begin a process that Ctrl-C does not reach and that does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


@contextmanager
def fixed_hashes() -> Iterator[None]:
    """Make children iterate over sets in the same order every time."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before
