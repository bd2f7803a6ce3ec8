"""One solver process: keeps the optimiser off the event loop, and a sick solver away from dispatch.

The process is spawned (never forked: the parent runs an event loop), stays warm between requests and is
replaced when it crashes or does not answer in time. One request at a time; a newer one cancels the older,
whose caller gets None. Single writer of its state: the event loop it was made on.
"""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import msgspec

from dispatcher.metrics import DispatchMetrics, NoMetrics
from dispatcher.model import PlanningProblem, Solution
from domain.ports import TravelTimes

log = logging.getLogger(__name__)

GRACE_S = 5.0
"""How long past its deadline a worker may answer before it counts as hung."""
NICENESS = 10
"""How much the event loop goes before the solver where both want a core."""
HURRIED_SHARE = 0.3
"""How much of its time a hurried request has all the same; else a busy fleet would never improve."""
START_S = 20.0
"""How long a fresh process may take to import the solvers."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """What the parent sends."""

    number: int
    problem: PlanningProblem
    deadline_s: float


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """What the worker sends: ``number`` 0 once it is warm; ``error`` when a problem broke the solver."""

    number: int
    solution: Solution | None = None
    error: str | None = None


class SolverWorker:
    """Hands problems to a solver process.

    Args:
        travel_times: must be picklable; the process keeps its own copy.
        metrics: counts what goes wrong, if anybody counts.

    Attributes:
        restarts: processes lost to a crash or a hang.
    """

    def __init__(self, travel_times: TravelTimes, metrics: DispatchMetrics | None = None) -> None:
        self._travel_times = travel_times
        self._metrics = metrics or NoMetrics()
        self._context = multiprocessing.get_context("spawn")
        self._newest: Synchronized[int] = self._context.Value("q", 0)
        self._hurried: Synchronized[int] = self._context.Value("q", -1)
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._warm = False
        self._lock = asyncio.Lock()
        self.restarts = 0
        self._started = 0

    async def solve(self, problem: PlanningProblem, deadline_s: float) -> Solution | None:
        """Return the improved plan; None when cancelled by a newer request, or after a crash or hang."""
        number = self.cancel()
        async with self._lock:
            if number != self._newest.value:
                return None
            try:
                return await self._ask(Request(number, problem, deadline_s))
            except asyncio.CancelledError:
                self.cancel()
                self._discard()
                raise
            except (OSError, EOFError, TimeoutError) as error:
                kind = "hang" if isinstance(error, TimeoutError) else "crash"
                log.warning("solver process lost in a %s: %r", kind, error)
                self._metrics.solver_failed(kind)
                self.restarts += 1
                self._discard()
                return None

    def cancel(self) -> int:
        """Stop the running request soon; its caller gets None. Returns the number of the next one."""
        with self._newest.get_lock():
            self._newest.value += 1
            return self._newest.value

    def hurry(self) -> None:
        """Have the running request answered soon with the best so far: the world has changed under it."""
        self._hurried.value = self._newest.value

    def warm_up(self) -> None:
        """Start the process ahead of the first request."""
        if self._process is None:
            self._spawn()

    def close(self) -> None:
        """End the process."""
        self.cancel()
        self._discard()

    @property
    def pid(self) -> int | None:
        """Return the process id, None while there is no process."""
        return None if self._process is None else self._process.pid

    async def _ask(self, request: Request) -> Solution | None:
        self.warm_up()
        if not self._warm:
            await asyncio.wait_for(asyncio.to_thread(_receive, self._require_pipe()), START_S)
            self._warm = True
        asked = asyncio.to_thread(_exchange, self._require_pipe(), request)
        reply = await asyncio.wait_for(asked, request.deadline_s + GRACE_S)
        if reply.error is not None:
            log.error("solver failed: %s", reply.error)
            self._metrics.solver_failed("error")
        return reply.solution if request.number == self._newest.value else None

    def _require_pipe(self) -> Connection:
        if self._pipe is None:
            raise EOFError("no solver process")
        return self._pipe

    def _spawn(self) -> None:
        ours, theirs = self._context.Pipe()
        self._pipe, self._warm = ours, False
        self._process = self._context.Process(
            target=_serve,
            args=(theirs, self._newest, self._hurried, self._travel_times),
            daemon=True,
            name="relevo-solver",
        )
        self._process.start()
        theirs.close()
        if self._started < self.restarts:
            self._metrics.solver_restarted()
        self._started = self.restarts

    def _discard(self) -> None:
        """End the process; a thread that waits for it reads the end of the pipe and lets go of it."""
        process, self._process, self._pipe = self._process, None, None
        if process is not None:
            process.kill()
            process.join(1.0)


def _exchange(pipe: Connection, request: Request) -> Reply:
    """Ask and wait for the answer, in a thread: a city's question does not fit into the pipe at once."""
    pipe.send_bytes(msgspec.msgpack.encode(request))
    return _receive(pipe)


def _receive(pipe: Connection) -> Reply:
    return msgspec.msgpack.decode(pipe.recv_bytes(), type=Reply)


def _serve(
    pipe: Connection,
    newest: "Synchronized[int]",
    hurried: "Synchronized[int]",
    travel_times: TravelTimes,
) -> None:
    """Run in the child: answer requests until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes us
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    from dispatcher.solver.improve import improved  # noqa: PLC0415  # imported where it is needed, once

    gc.freeze()  # what is here now stays; looking through it again and again costs tens of milliseconds
    pipe.send_bytes(msgspec.msgpack.encode(Reply(0)))
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Request)
    with contextlib.suppress(EOFError, OSError):
        while True:
            request: Request = decoder.decode(pipe.recv_bytes())
            number, begun = request.number, time.monotonic()
            try:
                stop = _stop(newest, hurried, number, begun + request.deadline_s * HURRIED_SHARE)
                solution = improved(request.problem, travel_times, request.deadline_s, stop=stop)
                took_ms = (time.monotonic() - begun) * 1000
                reply = Reply(number, msgspec.structs.replace(solution, took_ms=took_ms))
            except Exception as error:  # noqa: BLE001  # told to the parent, which goes on with insertion
                reply = Reply(number, error=repr(error))
            pipe.send_bytes(msgspec.msgpack.encode(reply))


def _stop(
    newest: "Synchronized[int]", hurried: "Synchronized[int]", number: int, not_before: float
) -> Callable[[], bool]:
    """Return what tells a search to end: at once for a newer request, after a while when hurried."""

    def stop() -> bool:
        return newest.value != number or (hurried.value == number and time.monotonic() > not_before)

    return stop
