"""Makes what the desk decided durable, then tells everybody, in that order.

The only writer of a fleet's orders, actions, routes and explanations in the store. Entries that wait are
committed together (group commit). While the store is away it keeps trying and callers get ``Unavailable``;
nothing is told that is not durable. The queue is bounded: past it, writes are refused before anything
changes. A stale version means that somebody else writes this fleet's orders: the task fails rather than
overwrite.
"""

import asyncio
import collections
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from domain.errors import Unavailable
from domain.events import Event
from domain.ids import CourierId, FleetId, OrderId
from domain.plan import Route
from domain.ports import EventSink, OrderChange, Stores

T = TypeVar("T")

QUEUE_MAX = 5_000
WAIT_MAX_S = 10.0
RETRY_S = 0.2


class ActionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A courier's action and the answer it got."""

    id: str
    courier_id: CourierId
    at_ms: int
    result: Mapping[str, str]


class ExplanationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order went to whom it went."""

    order_id: OrderId
    at_ms: int
    doc: Mapping[str, object]


class Entry(msgspec.Struct, kw_only=True):
    """What is written together and told together."""

    changes: Sequence[OrderChange] = ()
    action: ActionRecord | None = None
    routes: Sequence[Route] = ()
    epoch: int = 0
    explanations: Sequence[ExplanationRecord] = ()
    events: Sequence[Event] = ()

    def is_empty(self) -> bool:
        """Tell whether there is nothing to write and nothing to tell."""
        return not (self.changes or self.action or self.routes or self.explanations or self.events)


class Journal:
    """The queue of one fleet's entries and the task that commits them."""

    def __init__(self, fleet: FleetId, stores: Stores, sink: EventSink) -> None:
        self._fleet = fleet
        self._stores = stores
        self._sink = sink
        self._queue: collections.deque[tuple[Entry, asyncio.Future[None]]] = collections.deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def check(self) -> None:
        """Refuse new work while too much waits.

        Raises:
            Unavailable: ``store_unavailable``.
        """
        if len(self._queue) >= QUEUE_MAX:
            raise Unavailable("store_unavailable", "Too many changes wait for the store; try again.")

    def add(self, entry: Entry) -> asyncio.Future[None]:
        """Queue an entry; the future resolves once it is durable and told."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((entry, future))
        self._idle.clear()
        self._wake.set()
        return future

    async def write(self, entry: Entry) -> None:
        """Queue an entry and wait until it is durable.

        Raises:
            Unavailable: ``store_unavailable`` when that took over ten seconds; it is still written later.
        """
        await in_time(self.add(entry))

    async def drain(self) -> None:
        """Wait until everything queued is durable."""
        await self._idle.wait()

    async def run(self) -> None:
        """Commit what is queued until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._commit(list(self._queue))
            self._idle.set()

    async def _commit(self, waiting: list[tuple[Entry, asyncio.Future[None]]]) -> None:
        entries = [entry for entry, _ in waiting]
        while True:
            try:
                await self._write(entries)
                break
            except Unavailable:
                await asyncio.sleep(RETRY_S)
        for _ in waiting:
            self._queue.popleft()
        self._sink([event for entry in entries for event in entry.events])
        for _, future in waiting:
            if not future.done():
                future.set_result(None)

    async def _write(self, entries: list[Entry]) -> None:
        changes = [change for entry in entries for change in entry.changes]
        if changes:
            await self._stores.orders.save(changes)
            for entry in entries:
                entry.changes = ()  # a later step that fails is tried again without these
        for entry in entries:
            if entry.action:
                act = entry.action
                await self._stores.orders.put_action(
                    self._fleet, act.id, act.courier_id, act.at_ms, act.result
                )
                entry.action = None
        await self._write_plan(entries)

    async def _write_plan(self, entries: list[Entry]) -> None:
        routes = {route.courier_id: route for entry in entries for route in entry.routes}
        if routes:
            epoch = max(entry.epoch for entry in entries)
            await self._stores.plans.put_routes(self._fleet, epoch, list(routes.values()))
            for entry in entries:
                entry.routes = ()
        for entry in entries:
            for note in entry.explanations:
                await self._stores.plans.put_explanation(self._fleet, note.order_id, note.at_ms, note.doc)
            entry.explanations = ()


async def in_time(written: asyncio.Future[T]) -> T:
    """Return what becomes of something on its way to the store; what takes longer is still written later.

    Raises:
        Unavailable: ``store_unavailable`` when that took over ten seconds, or was given up.
    """
    done, _ = await asyncio.wait({written}, timeout=WAIT_MAX_S)
    if not done or written.cancelled():
        raise Unavailable("store_unavailable", "The store did not answer in time; try again.")
    return written.result()
