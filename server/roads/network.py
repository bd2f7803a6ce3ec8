"""The street servers of the fleets' vehicles: built, served, and built again when the map changes.

Builds take turns, so that a small machine needs memory for one at a time. Which vehicles have streets of
their own is decided at the start; the others ride those of a stand-in at their own pace.
"""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import structlog

from domain.courier import Vehicle
from server.roads.child import Child, end_leftover
from server.roads.dataset import BuildError, Current, Dataset
from server.roads.programs import CONTRACT, EXTRACT, Programs
from server.roads.sidecar import Port, Sidecar
from server.roads.state import Doing, RoadState

LOOK_EVERY_S = 30.0
"""How often the extract is looked at for a change."""
TELL_EVERY_PERCENT = 20
_SHARES = {EXTRACT: (0, 40), CONTRACT: (40, 99)}
"""From and to which percent of a build each program's run goes; 100 is when it is served."""
_log = structlog.get_logger("relevo.roads")


class NetworkMetrics(Protocol):
    """What operators see in figures."""

    def road_build(self, vehicle: str, percent: float) -> None: ...
    def road_ended(self, vehicle: str) -> None: ...


class Streets:
    """One vehicle's streets; single writer of its folder and its state."""

    def __init__(
        self,
        vehicle: Vehicle,
        extract: Path,
        folder: Path,
        programs: Programs,
        turns: asyncio.Semaphore,
        metrics: NetworkMetrics,
    ) -> None:
        self.vehicle = vehicle
        self.state = RoadState()
        self.port = Port()
        self._folder = folder
        self._turns = turns
        self._metrics = metrics
        self._log = _log.bind(vehicle=vehicle.value)
        builder, server = folder / "build", folder / "serve"
        for path in (builder, server):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._child_folders = (builder, server)
        self._builder, self._server = Child(builder), Child(server)
        self._data = Dataset(folder / "data", extract, vehicle, programs, self._builder)
        (folder / "data").mkdir(exist_ok=True, mode=0o700)
        self._sidecar = Sidecar(programs, self._server, self.port, self._answers, self._ended)
        self._swapped = asyncio.Event()
        self._percent = 0

    @property
    def pid(self) -> int | None:
        """Return the server's process number while it runs."""
        return self._sidecar.pid

    @property
    def build_log(self) -> Path:
        """Return where the programs' own words about the last build are."""
        return self._builder.log

    async def run(self) -> None:
        """Build and serve until cancelled."""
        for folder in self._child_folders:
            if (pid := await end_leftover(folder)) is not None:
                self._log.warning("roads_orphan_ended", pid=pid)
        if (failed := self._data.failed()) is not None:
            self.state.reason = f"the last build failed: {failed.reason}"
            self._log.warning("roads_not_built_last_time", reason=failed.reason, now="tried again")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_built())
                group.create_task(self._keep_serving())
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End whatever runs."""
        await self._builder.stop()
        await self._server.stop()
        self.port.close()

    async def _keep_built(self) -> None:
        tried = ""
        while True:
            try:
                mark, current = self._data.mark(), self._data.current()
                if mark != tried and (current is None or current.mark != mark):
                    tried = mark
                    await self._build()
            except OSError as error:
                self._fail(str(error))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _build(self) -> None:
        self.state.build, self._percent = "waits for its turn", 0
        async with self._turns:
            if self.state.doing is not Doing.SERVING:
                self.state.doing = Doing.BUILDING
            try:
                await self._data.build(self._built_so_far)
            except BuildError as error:
                self._fail(str(error))
                return
            finally:
                self.state.build = ""
        self.state.reason = ""
        self._metrics.road_build(self.vehicle.value, 100)
        self._log.info("roads_built")
        self._swapped.set()

    def _fail(self, reason: str) -> None:
        if self.state.doing is not Doing.SERVING:
            self.state.doing = Doing.FAILED
        self.state.reason = reason
        self._log.error(
            "roads_not_built", reason=reason, log=str(self._builder.log), meanwhile="straight lines"
        )

    def _built_so_far(self, step: str, percent: int | None) -> None:
        """Note how far the whole build is: the programs count from 0 several times, this only grows."""
        begin, end = _SHARES[step]
        before = self._percent
        self._percent = max(before, begin + (end - begin) * (percent or 0) // 100)
        self.state.build = f"{self._percent} % ({step})"
        self._metrics.road_build(self.vehicle.value, self._percent)
        if percent is None or self._percent // TELL_EVERY_PERCENT > before // TELL_EVERY_PERCENT:
            self._log.info("roads_building", step=step, percent=self._percent)

    async def _keep_serving(self) -> None:
        while True:
            self._swapped.clear()
            current = self._data.current()
            if current is None:
                await self._swapped.wait()
                continue
            await asyncio.to_thread(self._data.drop_others)
            await self._serve_until_swapped(current)

    async def _serve_until_swapped(self, current: Current) -> None:
        self.state.doing = Doing.STARTING
        serving = asyncio.create_task(self._sidecar.serve(self._data.path(current)))
        swapped = asyncio.create_task(self._swapped.wait())
        try:
            await asyncio.wait((serving, swapped), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()  # it never ends but by an error
        finally:
            swapped.cancel()
            serving.cancel()
            await asyncio.gather(serving, swapped, return_exceptions=True)

    def _answers(self) -> None:
        self.state.doing = Doing.SERVING
        self._log.info("roads_served", port=self.port.number)

    def _ended(self, code: int) -> None:
        self.state.doing = Doing.STARTING
        self.state.restarts += 1
        self._metrics.road_ended(self.vehicle.value)
        self._log.warning("roads_ended", code=code, meanwhile="straight lines")


class RoadNetwork:
    """The streets of several vehicles: run ``run`` as a task, then ``stop``.

    Args:
        extract: an ``.osm.pbf``.
        data_dir: Relevo's data dir; the networks go into ``roads/VEHICLE``.
        programs: see ``find_programs``.
        vehicles: who gets streets of their own; built in this order.
        metrics: who counts.
    """

    def __init__(
        self,
        extract: Path,
        data_dir: Path,
        programs: Programs,
        vehicles: Iterable[Vehicle],
        metrics: NetworkMetrics,
    ) -> None:
        turns = asyncio.Semaphore(1)
        folder = data_dir.resolve() / "roads"
        self.streets = [
            Streets(vehicle, extract.resolve(), folder / vehicle.value, programs, turns, metrics)
            for vehicle in vehicles
        ]

    @property
    def servers(self) -> Mapping[Vehicle, str]:
        """Addresses per vehicle; they answer once built."""
        return {streets.vehicle: f"http://127.0.0.1:{streets.port.number}" for streets in self.streets}

    def notes(self) -> dict[str, str]:
        """Return a line per vehicle for operators."""
        return {f"roads.{streets.vehicle.value}": streets.state.sentence() for streets in self.streets}

    async def run(self) -> None:
        """Build and serve until cancelled; what breaks here breaks nothing else."""
        try:
            async with asyncio.TaskGroup() as group:
                for streets in self.streets:
                    group.create_task(self._guarded(streets))
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End all children."""
        for streets in self.streets:
            await streets.stop()

    async def _guarded(self, streets: Streets) -> None:
        try:
            await streets.run()
        except* OSError as group:
            streets.state.doing, streets.state.reason = Doing.FAILED, str(group.exceptions[0])
            _log.exception("roads_failed", vehicle=streets.vehicle.value, meanwhile="straight lines")
