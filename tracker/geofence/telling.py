"""What was told of a courier's visits, and what is still to be told: news, corrections, retractions.

The timeline may take its road again because a fix came late; the visits that come out are compared here with
what was told. A visit told already is not told again; an event whose time moved is corrected; an event that
did not happen after all is taken back, under a name of its own that points to the one it corrects.
"""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from domain.events import FenceCorrected, FenceCrossed
from domain.ids import CourierId, FleetId, StopId, ZoneId
from domain.zone import FenceEventKind
from tracker.geofence.fence import STOP, ZONE, Fence
from tracker.geofence.visits import OPEN_MS, Folding, Happening, Part, Visit

_REMEMBERED = 16
"""Visits per fence that are compared; what was told of older ones stands."""

Span = tuple[int, int]
"""Event times of the fixes whose consequences are sure."""

FenceNews = FenceCrossed | FenceCorrected
Name = tuple[str, FenceEventKind, int]
"""Fence key, kind and visit number: what an event is about."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """The last word on one event. ``from_ms`` is the visit's beginning, ``taken_back`` a retraction."""

    id: str
    at_ms: int
    fired_ms: int
    from_ms: int
    taken_back: bool = False


class BookRecord(msgspec.Struct, frozen=True, array_like=True):
    """A book as it is kept over a restart."""

    ground: dict[str, tuple[Visit, ...]]
    told: list[tuple[Name, Told]]


class TellingBook:
    """All that was told of one courier's visits. One writer: the courier's timeline.

    Bounded: sixteen visits per fence, and fences that are gone are forgotten.
    """

    def __init__(self, fleet: FleetId, courier_id: CourierId, tolerance_ms: int, revisit_ms: int) -> None:
        self._fleet = fleet
        self._courier_id = courier_id
        self._folding = Folding(revisit_ms, tolerance_ms, self._is_superseded)
        self._ground: dict[str, tuple[Visit, ...]] = {}
        self._told: dict[Name, Told] = {}

    def tell(self, road: Iterable[Happening], sure: Span) -> list[FenceNews]:
        """Return what nobody was told yet, in event-time order.

        Args:
            road: everything on the remembered road, in order.
            sure: what was noticed outside this span waits.
        """
        news: list[FenceNews] = []
        visits = self._folding.fold(self._ground, road)
        true: set[Name] = set()
        for key, own in visits.items():
            for visit in own:
                for part in visit.parts:
                    name = (key, part.kind, visit.number)
                    true.add(name)
                    if sure[0] <= part.fired_ms <= sure[1]:
                        news += self._news(name, visit, part)
        for name, told in list(self._told.items()):
            if name not in true and not told.taken_back and sure[0] <= told.fired_ms <= sure[1]:
                news.append(self._take_back(name, told))
        news.sort(key=lambda event: (event.at_ms, event.id))
        return news

    def settle(self, road: Sequence[Happening]) -> None:
        """Take in the beginning of the road, which nothing will change any more."""
        if not road:
            return
        self._ground = self._folding.fold(self._ground, road)
        for key in {item.transition.fence.key for item in road}:
            old = self._ground.get(key, ())[:-_REMEMBERED]
            if old:
                self._ground[key] = self._ground[key][-_REMEMBERED:]
                for visit in old:
                    for part in visit.parts:
                        self._told.pop((key, part.kind, visit.number), None)

    def remember(self, fence: Fence, entered_ms: int) -> None:
        """Note an open visit that was told before this process began."""
        part = Part(FenceEventKind.ENTERED, entered_ms, entered_ms, late=False)
        known = self._ground.get(fence.key, ())
        visit = Visit(len(known) + 1, entered_ms, OPEN_MS, False, (part,))
        self._ground[fence.key] = (*known, visit)
        name = (fence.key, part.kind, visit.number)
        self._told[name] = Told(self._first_id(name, visit), entered_ms, entered_ms, entered_ms)

    def forget(self, key: str) -> None:
        """Drop what is known of a fence that is gone."""
        self._ground.pop(key, None)
        for name in [name for name in self._told if name[0] == key]:
            del self._told[name]

    def record(self, road: Iterable[Happening], since_ms: int) -> BookRecord:
        """Return what must be kept over a restart, with all that happened on a road from the ground.

        Visits that ended before ``since_ms`` need not be kept.
        """
        visits = self._folding.fold(self._ground, road)
        ground = {key: own for key, own in visits.items() if own and own[-1].to_ms >= since_ms}
        told = [
            (name, told)
            for name, told in self._told.items()
            if name[0] in ground or told.fired_ms >= since_ms or name[0].startswith(STOP)
        ]
        return BookRecord(ground, told)

    def restore(self, record: BookRecord) -> None:
        """Go on where an earlier process ended."""
        self._ground = dict(record.ground)
        self._told = dict(record.told)

    def _news(self, name: Name, visit: Visit, part: Part) -> list[FenceNews]:
        told = self._told.get(name)
        if told is not None and not told.taken_back and told.at_ms == part.at_ms:
            return []
        event_id = self._first_id(name, visit) if told is None else _next_id(told.id, part.at_ms)
        self._told[name] = Told(event_id, part.at_ms, part.fired_ms, visit.from_ms)
        if told is None or told.taken_back:
            return [self._crossed(event_id, name, part)]
        return [self._corrected(event_id, name, told, part.at_ms, late=part.late)]

    def _take_back(self, name: Name, told: Told) -> FenceCorrected:
        event_id = _next_id(told.id, -1)
        self._told[name] = Told(event_id, told.at_ms, told.fired_ms, told.from_ms, taken_back=True)
        return self._corrected(event_id, name, told, None, late=False)

    def _crossed(self, event_id: str, name: Name, part: Part) -> FenceCrossed:
        key, kind, number = name
        return FenceCrossed(
            fleet=self._fleet,
            at_ms=part.at_ms,
            id=event_id,
            courier_id=self._courier_id,
            kind=kind,
            visit=number,
            late=part.late,
            zone_id=_zone_id(key),
            stop_id=_stop_id(key),
        )

    def _corrected(
        self, event_id: str, name: Name, told: Told, at_ms: int | None, *, late: bool
    ) -> FenceCorrected:
        key, kind, number = name
        return FenceCorrected(
            fleet=self._fleet,
            at_ms=told.at_ms if at_ms is None else at_ms,
            id=event_id,
            corrects=told.id,
            retracted=at_ms is None,
            was_at_ms=told.at_ms,
            courier_id=self._courier_id,
            kind=kind,
            visit=number,
            late=late,
            zone_id=_zone_id(key),
            stop_id=_stop_id(key),
        )

    def _first_id(self, name: Name, visit: Visit) -> str:
        """A stop is visited for one order; a zone for years and over restarts, so there the time counts."""
        key, kind, number = name
        named = str(number) if key.startswith(STOP) else f"{number} {visit.from_ms}"
        return event_id(key, self._courier_id, named, kind)

    def _is_superseded(self, key: str, visit: Visit) -> bool:
        """An earlier visit to a stop, found long after a later one was told, is not told at all."""
        return any(
            name[0] == key and name[1] is FenceEventKind.ENTERED and told.from_ms > visit.to_ms
            for name, told in self._told.items()
            if not told.taken_back
        )


def event_id(fence_key: str, courier_id: CourierId, visit: str, kind: FenceEventKind) -> str:
    """Return the id that an event has however often and by whichever process it is told."""
    return _digest(f"{fence_key}\n{courier_id}\n{visit}\n{kind}")


def _next_id(before: str, at_ms: int) -> str:
    return _digest(f"{before}\n{at_ms}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _zone_id(key: str) -> ZoneId | None:
    return ZoneId(key.removeprefix(ZONE)) if key.startswith(ZONE) else None


def _stop_id(key: str) -> StopId | None:
    return StopId(key.removeprefix(STOP)) if key.startswith(STOP) else None
