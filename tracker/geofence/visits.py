"""Which visits have been told, so that each is told once however often the past is rewritten.

A late fix makes the timeline go back and take the road again; the transitions that come out are compared
here with what was told before. A visit that overlaps one already told is that visit: only what is still
missing is told; so is coming back to a stop within moments of leaving it. An earlier visit to a stop,
discovered after a later one was told, is not told at all.
"""

import hashlib
from collections.abc import Sequence

from domain.events import FenceCrossed
from domain.ids import CourierId, FleetId
from domain.zone import FenceEventKind
from tracker.geofence.fence import Fence
from tracker.geofence.transitions import Transition

_REMEMBERED = 16
"""Visits per fence that are compared; older ones only count."""
_OPEN = 2**62


class Visit:
    """One told visit, or (``crossed``) one told passage, in event time.

    ``anew`` marks a visit that was closed so that the fence begins anew: coming back is never part of it.
    """

    __slots__ = ("anew", "crossed", "dwelled", "exited", "from_ms", "number", "to_ms")

    def __init__(self, number: int, from_ms: int, *, crossed: bool = False) -> None:
        self.number = number
        self.from_ms = from_ms
        self.to_ms: int = from_ms if crossed else _OPEN
        self.crossed = crossed
        self.exited = False
        self.anew = False
        self.dwelled = False


class VisitBook:
    """All told visits of one courier. One writer: the courier's timeline."""

    def __init__(self, fleet: FleetId, courier_id: CourierId, tolerance_ms: int, revisit_ms: int) -> None:
        self._fleet = fleet
        self._courier_id = courier_id
        self._tolerance_ms = tolerance_ms
        self._revisit_ms = revisit_ms
        self._visits: dict[str, list[Visit]] = {}
        self._counts: dict[tuple[str, bool], int] = {}

    def tell(self, transitions: Sequence[tuple[Transition, bool]]) -> list[FenceCrossed]:
        """Return the events among these transitions that nobody was told yet.

        Args:
            transitions: in order, from some moment of the timeline to another, each with whether it is late.
        """
        ends = _ends(transitions)
        events: list[FenceCrossed] = []
        for transition, late in transitions:
            visit = self._admit(transition, ends)
            if visit is not None:
                events.append(self._event(transition, visit, late=late))
        events.sort(key=lambda event: (event.at_ms, event.id))
        return events

    def remember(self, fence: Fence, entered_ms: int) -> None:
        """Note a visit that was told before this process began."""
        self._add(fence, entered_ms, crossed=False)

    def end(self, key: str, at_ms: int) -> None:
        """Close a fence's open visit without telling: the fence begins anew."""
        for visit in self._visits.get(key, ()):
            if visit.to_ms > at_ms:
                visit.to_ms, visit.exited, visit.anew = at_ms, True, True

    def forget(self, key: str) -> None:
        """Drop what is known of a fence that is gone."""
        self._visits.pop(key, None)
        self._counts.pop((key, True), None)
        self._counts.pop((key, False), None)

    def _admit(self, transition: Transition, ends: dict[tuple[str, int], int]) -> Visit | None:
        fence, kind = transition.fence, transition.kind
        if kind is FenceEventKind.CROSSED:
            return self._admit_crossing(transition)
        end = ends.get((fence.key, transition.since_ms), _OPEN)
        visit = self._overlapping(fence, transition.since_ms, end)
        if visit is None:
            if kind is not FenceEventKind.ENTERED or (fence.stop and self._later(fence.key, end)):
                return None
            return self._add(fence, transition.since_ms, crossed=False)
        if kind is FenceEventKind.EXITED:
            told = visit.exited
            visit.exited = True
            visit.to_ms = transition.at_ms if not told else max(visit.to_ms, transition.at_ms)
            return None if told else visit
        if kind is FenceEventKind.DWELLED and not visit.dwelled:
            visit.dwelled = True
            return visit
        return None

    def _admit_crossing(self, transition: Transition) -> Visit | None:
        for visit in self._visits.get(transition.fence.key, ()):
            near = abs(visit.from_ms - transition.at_ms) <= self._tolerance_ms
            if (visit.crossed and near) or (
                not visit.crossed and visit.from_ms <= transition.at_ms <= visit.to_ms
            ):
                return None
        return self._add(transition.fence, transition.at_ms, crossed=True)

    def _overlapping(self, fence: Fence, from_ms: int, to_ms: int) -> Visit | None:
        again_ms = self._revisit_ms if fence.stop else 0
        for visit in reversed(self._visits.get(fence.key, ())):
            if visit.crossed or visit.from_ms > to_ms + again_ms:
                continue
            if from_ms <= (visit.to_ms if visit.anew else visit.to_ms + again_ms):
                return visit
        return None

    def _later(self, key: str, than_ms: int) -> bool:
        return any(not visit.crossed and visit.from_ms >= than_ms for visit in self._visits.get(key, ()))

    def _add(self, fence: Fence, from_ms: int, *, crossed: bool) -> Visit:
        number = self._counts.get((fence.key, crossed), 0) + 1
        self._counts[fence.key, crossed] = number
        visit = Visit(number, from_ms, crossed=crossed)
        visits = self._visits.setdefault(fence.key, [])
        visits.append(visit)
        del visits[:-_REMEMBERED]
        return visit

    @staticmethod
    def _visit_name(fence: Fence, visit: Visit) -> str:
        """A stop is visited for one order; a zone for years and over restarts, so there the time counts."""
        return str(visit.number) if fence.stop else f"{visit.number} {visit.from_ms}"

    def _event(self, transition: Transition, visit: Visit, *, late: bool) -> FenceCrossed:
        fence = transition.fence
        return FenceCrossed(
            fleet=self._fleet,
            at_ms=transition.at_ms,
            id=event_id(fence.key, self._courier_id, self._visit_name(fence, visit), transition.kind),
            courier_id=self._courier_id,
            kind=transition.kind,
            visit=visit.number,
            late=late,
            zone_id=fence.zone_id,
            stop_id=fence.stop_id,
        )


def event_id(fence_key: str, courier_id: CourierId, visit: str, kind: FenceEventKind) -> str:
    """Return the id that an event has however often and by whichever process it is told."""
    text = f"{fence_key}\n{courier_id}\n{visit}\n{kind}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _ends(transitions: Sequence[tuple[Transition, bool]]) -> dict[tuple[str, int], int]:
    return {
        (item.fence.key, item.since_ms): item.at_ms
        for item, _ in transitions
        if item.kind is FenceEventKind.EXITED
    }
