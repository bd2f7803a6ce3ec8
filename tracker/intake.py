"""Takes frames in, makes them durable by the tick, and only then says so.

``submit`` checks a frame's number against what its device sent before and queues it; one flusher per fleet
takes what is queued through the pipeline, writes it as one tick, resolves the waiting futures and emits the
events. While the store is away the same tick is tried again: nothing is acknowledged, nothing is lost, and
the bounded queue refuses frames past its limit (the phone keeps them). Before it: the sockets and phone
routes. After it: ``LiveStore`` and the event sink. It knows no shapes and no filters.

One writer per fleet's state: the event loop's thread; nothing is awaited between reading and writing it.
"""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from domain.errors import Conflict, NotFound, Unavailable
from domain.events import Event, PositionChanged, PresenceChanged
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import Clock, EventSink, LiveStore, PingBatch, PingResult, Tick
from domain.position import Position, Presence, TrackPoint
from tracker.pipeline import Pipeline, Processed
from tracker.settings import IntakeSettings


class IntakeMetrics(Protocol):
    """What the intake counts; ``server.metrics`` fulfils it."""

    def pings(self, fleet: FleetId, result: str, count: int) -> None:
        """Count fixes by what became of them."""
        ...

    def acknowledged(self, seconds: float) -> None:
        """Note the time from a frame's arrival to its durability."""
        ...

    def queued(self, fleet: FleetId, frames: int) -> None:
        """Note how many frames wait."""
        ...


class NoMetrics:
    """Counts nothing."""

    def pings(self, fleet: FleetId, result: str, count: int) -> None:
        """Ignore."""

    def acknowledged(self, seconds: float) -> None:
        """Ignore."""

    def queued(self, fleet: FleetId, frames: int) -> None:
        """Ignore."""


class _Waiting:
    """One queued frame: whoever waits for it, and since when (monotonic seconds)."""

    __slots__ = ("batch", "done", "since_s")

    def __init__(self, batch: PingBatch, done: asyncio.Future[PingResult]) -> None:
        self.batch = batch
        self.done = done
        self.since_s = time.monotonic()


class _Device:
    """A device's frame counter: the last durable frame, the last queued, and those between by number."""

    __slots__ = ("durable", "pending", "queued")

    def __init__(self, durable: int) -> None:
        self.durable = durable
        self.queued = durable
        self.pending: dict[int, asyncio.Future[PingResult]] = {}


DeviceKey = tuple[CourierId, DeviceId]


class FleetIntake:
    """One fleet's queue and flusher. Bounded by ``frames_max``; past it frames are refused."""

    def __init__(
        self,
        pipeline: Pipeline,
        live: LiveStore,
        clock: Clock,
        sink: EventSink,
        settings: IntakeSettings,
        metrics: IntakeMetrics,
    ) -> None:
        self.pipeline = pipeline
        self._fleet = pipeline.fleet
        self._live = live
        self._clock = clock
        self._sink = sink
        self._settings = settings
        self._metrics = metrics
        self._queue: deque[_Waiting] = deque()
        self._devices: dict[DeviceKey, _Device] = {}
        self._loading: dict[DeviceKey, asyncio.Task[int]] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    async def last_seq(self, courier_id: CourierId, device: DeviceId) -> int:
        """Return the last durable frame of a device, 0 when none."""
        return (await self._device((courier_id, device))).durable

    async def submit(self, batch: PingBatch) -> PingResult:
        """Queue a frame and return once it is durable; see ``domain.ports.PingSink``."""
        device = await self._device((batch.courier_id, batch.device))
        if batch.seq <= device.durable:
            self._count(Counter(duplicate=len(batch.fixes)))
            return PingResult(seq=batch.seq, duplicate=True)
        if batch.seq <= device.queued:
            first = await asyncio.shield(device.pending.get(batch.seq, device.pending[device.queued]))
            return msgspec.structs.replace(first, duplicate=True, rejected={})
        if device.queued and batch.seq > device.queued + 1 + batch.skipped:
            raise Conflict(
                "seq_gap",
                f"frame {device.queued + 1} was expected next, {batch.seq} came",
                expected=device.queued + 1,
            )
        return await self._queue_frame(device, batch)

    async def submit_next(self, batch: PingBatch) -> PingResult:
        """Queue a frame under the device's next number; see ``domain.ports.PingSink``."""
        device = await self._device((batch.courier_id, batch.device))
        return await self._queue_frame(
            device, msgspec.structs.replace(batch, seq=device.queued + 1, numbered=False)
        )

    async def _queue_frame(self, device: _Device, batch: PingBatch) -> PingResult:
        if len(self._queue) >= self._settings.frames_max:
            raise Unavailable("intake_full", "too many frames are waiting for the store; try again")
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future())
        device.queued = batch.seq
        device.pending[batch.seq] = waiting.done
        self._queue.append(waiting)
        self._idle.clear()
        self._wake.set()
        return await asyncio.shield(waiting.done)

    async def run(self) -> None:
        """Flush ticks until cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._settings.tick_wall_s)
            self._wake.clear()
            while self._queue:
                await self._flush(self._take())
            self._idle.set()

    async def drained(self) -> None:
        """Return once everything taken in is durable."""
        await self._idle.wait()

    async def _device(self, key: DeviceKey) -> _Device:
        device = self._devices.get(key)
        if device is not None:
            return device
        task = self._loading.get(key)
        if task is None:
            task = asyncio.create_task(self._load(key))
            self._loading[key] = task
            task.add_done_callback(lambda _: self._loading.pop(key, None))
        durable = await asyncio.shield(task)
        return self._devices.setdefault(key, _Device(durable))

    async def _load(self, key: DeviceKey) -> int:
        return await self._live.last_seq(self._fleet, *key)

    def _take(self) -> list[_Waiting]:
        frames: list[_Waiting] = []
        fixes = 0
        while self._queue and fixes < self._settings.fixes_per_tick:
            frames.append(self._queue.popleft())
            fixes += len(frames[-1].batch.fixes)
        self._metrics.queued(self._fleet, len(self._queue))
        return frames

    async def _flush(self, frames: list[_Waiting]) -> None:
        done: list[tuple[_Waiting, Processed]] = []
        slice_ends = time.monotonic() + 0.005
        for waiting in frames:
            done.append((waiting, self.pipeline.process(waiting.batch, self._clock.now_ms())))
            if time.monotonic() > slice_ends:
                await asyncio.sleep(0)
                slice_ends = time.monotonic() + 0.005
        await self._write(self._tick(done))
        self._resolve(done)
        self._sink(self._events(done))

    def _tick(self, done: list[tuple[_Waiting, Processed]]) -> Tick:
        points: list[TrackPoint] = []
        positions: dict[CourierId, Position] = {}
        seqs: dict[DeviceKey, int] = {}
        memories: dict[CourierId, bytes] = {}
        for waiting, processed in done:
            batch = waiting.batch
            points.extend(processed.points)
            if processed.position is not None:
                positions[batch.courier_id] = processed.position
            seqs[batch.courier_id, batch.device] = batch.seq
            if processed.memory_due and batch.courier_id not in memories:
                memory = self.pipeline.memory(batch.courier_id, self._clock.now_ms())
                if memory is not None:
                    memories[batch.courier_id] = memory
        return Tick(
            fleet=self._fleet,
            points=tuple(points),
            positions=tuple(positions.values()),
            seqs=seqs,
            memories=memories,
            places=self.pipeline.radii.take_changes(),
        )

    async def _write(self, tick: Tick) -> None:
        while True:
            try:
                await self._live.write_tick(tick)
            except Unavailable:
                await asyncio.sleep(self._settings.retry_wall_s)
            else:
                return

    def _resolve(self, done: list[tuple[_Waiting, Processed]]) -> None:
        now_s = time.monotonic()
        for waiting, processed in done:
            batch = waiting.batch
            device = self._devices[batch.courier_id, batch.device]
            device.durable = batch.seq
            device.pending.pop(batch.seq, None)
            if not waiting.done.done():
                waiting.done.set_result(PingResult(seq=batch.seq, rejected=processed.rejected()))
            self._count(processed.counts)
            self._metrics.acknowledged(now_s - waiting.since_s)

    def _events(self, done: list[tuple[_Waiting, Processed]]) -> list[Event]:
        events: list[Event] = []
        newest: dict[CourierId, Position] = {}
        for waiting, processed in done:
            events.extend(self._contact(waiting.batch))
            if processed.position is not None:
                newest[waiting.batch.courier_id] = processed.position
        events.extend(
            PositionChanged(
                fleet=self._fleet, at_ms=position.fix_at_ms, position=position, presence=Presence.ONLINE
            )
            for position in newest.values()
        )
        for _, processed in done:
            events.extend(processed.events)
        return events

    def _contact(self, batch: PingBatch) -> list[Event]:
        courier = self.pipeline.courier(batch.courier_id)
        if courier is None or courier.presence is Presence.ONLINE:
            return []
        courier.presence = Presence.ONLINE
        return [
            PresenceChanged(
                fleet=self._fleet,
                at_ms=batch.received_at_ms,
                courier_id=batch.courier_id,
                presence=Presence.ONLINE,
            )
        ]

    def _count(self, counts: Mapping[str, int]) -> None:
        for result, count in counts.items():
            if count:
                self._metrics.pings(self._fleet, result, count)


class Intake:
    """All fleets' intakes behind one ``PingSink``."""

    def __init__(self, fleet_intake: Callable[[Pipeline], FleetIntake]) -> None:
        self._make = fleet_intake
        self._fleets: dict[FleetId, FleetIntake] = {}
        self._new: asyncio.Queue[FleetIntake] = asyncio.Queue()

    def open(self, pipeline: Pipeline) -> None:
        """Begin to take in a fleet's frames."""
        fleet = self._fleets[pipeline.fleet] = self._make(pipeline)
        self._new.put_nowait(fleet)

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int:
        """Return the last durable frame of a device, 0 when none."""
        return await self._of(fleet).last_seq(courier_id, device)

    async def submit(self, batch: PingBatch) -> PingResult:
        """Return once the frame is durable; see ``domain.ports.PingSink``."""
        return await self._of(batch.fleet).submit(batch)

    async def submit_next(self, batch: PingBatch) -> PingResult:
        """Return once the frame is durable under the next number; see ``domain.ports.PingSink``."""
        return await self._of(batch.fleet).submit_next(batch)

    async def run(self) -> None:
        """Run a flusher per fleet, also for fleets opened later, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                fleet = await self._new.get()
                group.create_task(fleet.run(), name=f"intake {fleet.pipeline.fleet}")

    async def drained(self, timeout_wall_s: float) -> bool:
        """Wait until everything taken in is durable; False when that took too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_wall_s):
                for fleet in self._fleets.values():
                    await fleet.drained()
            return True
        return False

    def _of(self, fleet: FleetId) -> FleetIntake:
        found = self._fleets.get(fleet)
        if found is None:
            raise NotFound("fleet_unknown", f"there is no fleet {fleet}")
        return found
