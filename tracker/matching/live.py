"""Shows couriers on the street next to them: a stage between the tracker's events and those who look.

Takes the events that viewers are told and passes them on; a position waits for its street first, together
with all others of that moment, for at most ``DEADLINE_S``. Comes after everything that decides: the tracker's
fences, the dispatcher and the archive have the position as it was believed. When the street server is away,
or no street is near, the position goes on as it is.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from domain.courier import Vehicle
from domain.events import Event, PositionChanged, PresenceChanged
from domain.geo import LonLat
from domain.ids import CourierId, FleetId
from domain.position import Position, Presence
from tracker.matching.ports import MatchingMetrics, StreetsAwayError, StreetServer

TOGETHER_S = 0.05
"""Positions that come within this time are asked about together."""
DEADLINE_S = 0.25
BATCH = 90
OFF_STREET_M = 25.0
"""A courier farther from any street is shown where believed: in a yard, a park, on a square."""
REMEMBERED_MAX = 20_000
WAITING_MAX = 5_000
Place = tuple[float, float]
Key = tuple[FleetId, CourierId]
Told = Callable[[Sequence[Event]], None]


class Beliefs(Protocol):
    """What the tracker believes."""

    def positions(self, fleet: FleetId) -> Mapping[CourierId, Position]: ...
    def presence(self, fleet: FleetId, courier_id: CourierId) -> Presence: ...


class _Waypoint(msgspec.Struct):
    location: Place
    distance: float


class _Table(msgspec.Struct):
    code: str
    sources: list[_Waypoint] = []


_decoder = msgspec.json.Decoder(_Table)


class SnappedPositions:
    """Fulfils the viewers' ``PositionSource``: positions as they were shown last.

    Args:
        beliefs: the tracker.
        server: knows the nearest street.
        vehicle_of: whose streets a courier rides.
        metrics: who counts positions shown as believed.

    Attributes:
        tell: who shows events; set once, before the first.
    """

    def __init__(
        self,
        beliefs: Beliefs,
        server: StreetServer,
        vehicle_of: Callable[[FleetId, CourierId], Vehicle],
        metrics: MatchingMetrics,
    ) -> None:
        self._beliefs = beliefs
        self._server = server
        self._vehicle_of = vehicle_of
        self._metrics = metrics
        self.tell: Told = lambda _: None
        self._waiting: dict[Key, PositionChanged] = {}
        self._shown: dict[FleetId, dict[CourierId, Position]] = {}
        self._streets: OrderedDict[tuple[Vehicle, Place], LonLat | None] = OrderedDict()
        self._some = asyncio.Event()

    # --- the viewers' source ------------------------------------------------------------------------

    def positions(self, fleet: FleetId) -> Mapping[CourierId, Position]:
        """Return the fleet's positions as shown."""
        return _Overlaid(self._beliefs.positions(fleet), self._shown.get(fleet, {}))

    def presence(self, fleet: FleetId, courier_id: CourierId) -> Presence:
        """Return what the tracker says."""
        return self._beliefs.presence(fleet, courier_id)

    # --- the stage ----------------------------------------------------------------------------------

    def listen(self, events: Sequence[Event]) -> None:
        """Pass events on at once, positions a moment later. A courier's newest position replaces an older."""
        now: list[Event] = []
        for event in events:
            if isinstance(event, PositionChanged):
                self._wait(event, now)
                continue
            if isinstance(event, PresenceChanged):
                waiting = self._waiting.pop((event.fleet, event.courier_id), None)
                now += [waiting] if waiting is not None else []
            now.append(event)
        if now:
            self.tell(now)

    async def run(self) -> None:
        """Put waiting positions onto streets until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(TOGETHER_S)
            self._some.clear()
            await self._pass_on(self._waiting)

    def _wait(self, event: PositionChanged, now: list[Event]) -> None:
        position = event.position
        key = event.fleet, position.courier_id
        if (self._vehicle_of(*key), _place(position)) in self._streets:
            self._waiting.pop(key, None)
            now.append(self._shown_as(key, event))
        elif len(self._waiting) >= WAITING_MAX:
            now.append(event)
        else:
            self._waiting[key] = event
            self._some.set()

    async def _pass_on(self, waiting: dict[Key, PositionChanged]) -> None:
        asked = dict(waiting)
        by_vehicle: dict[Vehicle, set[Place]] = {}
        for key, event in asked.items():
            by_vehicle.setdefault(self._vehicle_of(*key), set()).add(_place(event.position))
        async with asyncio.TaskGroup() as group:
            for vehicle, places in by_vehicle.items():
                for batch in _batches(sorted(places)):
                    group.create_task(self._learn(vehicle, batch))
        # What was told meanwhile, or replaced by a newer position, is not told (again).
        ready = [key for key, event in asked.items() if waiting.get(key) is event]
        if ready:
            self.tell([self._shown_as(key, waiting.pop(key)) for key in ready])

    def _shown_as(self, key: Key, event: PositionChanged) -> PositionChanged:
        street = self._streets.get((self._vehicle_of(*key), _place(event.position)))
        if street is not None:
            return self._on_street(event, street)
        self._shown.get(event.fleet, {}).pop(event.position.courier_id, None)
        self._metrics.road_fallback("no_match")
        return event

    def _on_street(self, event: PositionChanged, street: LonLat) -> PositionChanged:
        position = msgspec.structs.replace(event.position, at=street)
        self._shown.setdefault(event.fleet, {})[position.courier_id] = position
        return msgspec.structs.replace(event, position=position)

    async def _learn(self, vehicle: Vehicle, places: list[Place]) -> None:
        """Ask for the streets nearest to places: a table to one of them tells where each was put."""
        where = ";".join(f"{lon:.5f},{lat:.5f}" for lon, lat in [*places, places[0]])
        rest = f"{where}?sources={';'.join(map(str, range(len(places))))}&destinations={len(places)}"
        try:
            answer = _decoder.decode(await self._server.ask("table", rest, vehicle, DEADLINE_S))
        except (StreetsAwayError, msgspec.DecodeError, UnicodeDecodeError):
            return
        if answer.code != "Ok" or len(answer.sources) != len(places):
            return
        for place, found in zip(places, answer.sources, strict=True):
            near = found.distance <= OFF_STREET_M
            self._streets[vehicle, place] = LonLat(*found.location) if near else None
        while len(self._streets) > REMEMBERED_MAX:
            self._streets.popitem(last=False)


class _Overlaid(Mapping[CourierId, Position]):
    """Believed positions, each as it was shown when that is of the same fix."""

    def __init__(self, believed: Mapping[CourierId, Position], shown: Mapping[CourierId, Position]) -> None:
        self._believed = believed
        self._shown = shown

    def __getitem__(self, courier_id: CourierId) -> Position:
        believed, shown = self._believed[courier_id], self._shown.get(courier_id)
        return shown if shown is not None and shown.fix_at_ms == believed.fix_at_ms else believed

    def __iter__(self) -> Iterator[CourierId]:
        return iter(self._believed)

    def __len__(self) -> int:
        return len(self._believed)


def _place(position: Position) -> Place:
    """Return a place to about a metre."""
    return round(position.at.lon, 5), round(position.at.lat, 5)


def _batches(places: Sequence[Place]) -> Iterable[list[Place]]:
    for first in range(0, len(places), BATCH):
        yield list(places[first : first + BATCH])
