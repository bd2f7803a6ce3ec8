"""From what happened at fences to visits: which events there are, whatever order the fixes came in.

A pure fold over the timeline's road. Coming back to a stop within moments of leaving it is the same visit,
whose exit stays the first one. ``tracker.geofence.telling`` compares the outcome with what was told.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from domain.zone import FenceEventKind
from tracker.geofence.transitions import Transition

OPEN_MS = 2**62
"""The end of a visit that has not ended."""

Kind = FenceEventKind


class Happening(msgspec.Struct, frozen=True):
    """A transition on the road, noticed at the fix of ``fired_ms``.

    Attributes:
        late: told as late.
        aged: the fix came after newer ones, by more than the reorder window.
    """

    transition: Transition
    fired_ms: int
    late: bool
    aged: bool


class Part(msgspec.Struct, frozen=True, array_like=True):
    """One event of a visit: its event time, and of which fix's making it is."""

    kind: FenceEventKind
    at_ms: int
    fired_ms: int
    late: bool


class Visit(msgspec.Struct, frozen=True, array_like=True):
    """One visit, or (``crossed``) one passage; ``parts`` are its events in the order they were noticed.

    ``aged`` visits to stops were brought to light by a fix that came too late for the reorder window.
    """

    number: int
    from_ms: int
    to_ms: int
    crossed: bool
    parts: tuple[Part, ...]
    aged: bool = False

    def has(self, kind: FenceEventKind) -> bool:
        """Tell whether an event of this kind belongs to the visit."""
        return any(part.kind is kind for part in self.parts)


Visits = Mapping[str, tuple[Visit, ...]]
"""Visits by fence key, in event order."""

Superseded = Callable[[str, Visit], bool]
"""Whether an aged visit to this fence may not be told, because a later one was."""


class Folding(msgspec.Struct, frozen=True):
    """How transitions become visits.

    Attributes:
        revisit_ms: coming back to a stop so soon after leaving is the same visit.
        tolerance_ms: passages closer to one another are one.
        superseded: asked for every aged visit.
    """

    revisit_ms: int
    tolerance_ms: int
    superseded: Superseded

    def fold(self, ground: Visits, road: Iterable[Happening]) -> dict[str, tuple[Visit, ...]]:
        """Return the visits after a road that begins where ``ground`` ends."""
        visits = dict(ground)
        for item in road:
            fence = item.transition.fence
            if fence.gone:
                continue
            visits[fence.key] = self._after(visits.get(fence.key, ()), item)
        for key, own in visits.items():
            if any(visit.aged for visit in own):
                visits[key] = self._without_superseded(key, own)
        return visits

    def _without_superseded(self, key: str, visits: tuple[Visit, ...]) -> tuple[Visit, ...]:
        keep: list[Visit] = []
        number = 0
        for visit in visits:
            if visit.aged and self.superseded(key, visit):
                continue
            number += not visit.crossed
            keep.append(visit if visit.crossed else msgspec.structs.replace(visit, number=number))
        return tuple(keep)

    def _after(self, visits: tuple[Visit, ...], item: Happening) -> tuple[Visit, ...]:
        kind = item.transition.kind
        if kind is Kind.CROSSED:
            return self._crossed(visits, item)
        last = next((visit for visit in reversed(visits) if not visit.crossed), None)
        if kind is Kind.ENTERED:
            return self._entered(visits, last, item)
        if last is None or last.to_ms != OPEN_MS or item.transition.since_ms < last.from_ms:
            return visits
        to_ms = item.transition.at_ms if kind is Kind.EXITED else OPEN_MS
        parts = last.parts if last.has(kind) else (*last.parts, _part(item))
        return _replaced(visits, last, msgspec.structs.replace(last, to_ms=to_ms, parts=parts))

    def _entered(self, visits: tuple[Visit, ...], last: Visit | None, item: Happening) -> tuple[Visit, ...]:
        fence, since_ms = item.transition.fence, item.transition.since_ms
        if last is not None and not last.from_ms < fence.anew_ms <= since_ms:
            again_ms = self.revisit_ms if fence.stop else 0
            if last.to_ms == OPEN_MS or since_ms <= last.to_ms + again_ms:
                return _replaced(visits, last, msgspec.structs.replace(last, to_ms=OPEN_MS))
        number = 1 if last is None else last.number + 1
        aged = item.aged and fence.stop
        return (*visits, Visit(number, since_ms, OPEN_MS, False, (_part(item),), aged))

    def _crossed(self, visits: tuple[Visit, ...], item: Happening) -> tuple[Visit, ...]:
        at_ms, number = item.transition.at_ms, 0
        for visit in visits:
            near = abs(visit.from_ms - at_ms) <= self.tolerance_ms
            if (visit.crossed and near) or (not visit.crossed and visit.from_ms <= at_ms <= visit.to_ms):
                return visits
            number = max(number, visit.number if visit.crossed else 0)
        return (*visits, Visit(number + 1, at_ms, at_ms, True, (_part(item),)))


def _part(item: Happening) -> Part:
    return Part(item.transition.kind, item.transition.at_ms, item.fired_ms, item.late)


def _replaced(visits: tuple[Visit, ...], old: Visit, new: Visit) -> tuple[Visit, ...]:
    return tuple(new if visit is old else visit for visit in visits)
