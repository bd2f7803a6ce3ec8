"""One courier's claims in the order in which they happened, however they arrived.

The belief, the filters' memory and the fence states after a claim are a pure function of the claims before it
in event time. Each moment of the timeline keeps that state, so a late claim is put where it belongs and the
road from there to the present is taken again: the outcome is that of arrival in order. Claims older than all
that is remembered cannot be placed and enter the track only.

Fence events are told as soon as they are sure. While claims of this courier have been coming out of order,
what they say is held back by as much event time as the disorder was seen to reach (never more than the
reorder window), and let go when nothing came for as long. What was told before the first late claim and
turns out otherwise is corrected (``tracker.geofence.telling``).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from domain.ids import CourierId, FleetId
from tracker.geofence.catalogue import Neighbourhood
from tracker.geofence.engine import NO_STATES, FenceEngine, States
from tracker.geofence.telling import BookRecord, FenceNews, TellingBook
from tracker.geofence.transitions import Evidence, FenceState, Transition
from tracker.geofence.visits import Happening
from tracker.ingest.claim import Claim, ClaimKey, Result
from tracker.ingest.filters import Streak, doubt
from tracker.ingest.smoothing import Belief, first_belief, next_belief
from tracker.settings import TrackerSettings

_BACKLOG_QUIET_MS = 3_000
"""While older fixes than the reorder window keep coming, what they say waits for such a pause (wall time)."""
_BACKLOG_HELD_MS = 60_000
"""While a backlog comes, news waits for so long at most, so that it is told in event order (wall time)."""
_FOREVER = 2**62


class Moment:
    """A claim and everything that is believed after it.

    Attributes:
        evidence: the newest evidence so far; ``blind`` tells that a later claim was none.
        happened: what the fences noticed at this very claim.
    """

    __slots__ = ("belief", "blind", "claim", "evidence", "happened", "key", "result", "states", "streak")

    def __init__(
        self,
        claim: Claim,
        result: Result,
        belief: Belief | None,
        streak: Streak | None,
        evidence: Evidence | None,
        blind: bool,
        states: States,
        happened: tuple[Transition, ...],
    ) -> None:
        self.key = claim.key
        self.claim = claim
        self.result = result
        self.belief = belief
        self.streak = streak
        self.evidence = evidence
        self.blind = blind
        self.states = states
        self.happened = happened


class Timeline:
    """The remembered past of one courier. One writer: the fleet's pipeline.

    Memory is bounded by ``history_max``; past it, and once older than the reorder window both in event time
    and since arrival, the oldest moments are forgotten.
    """

    def __init__(
        self,
        fleet: FleetId,
        courier_id: CourierId,
        engine: FenceEngine,
        settings: TrackerSettings,
        scale: float = 1.0,
    ) -> None:
        self.courier_id = courier_id
        self._engine = engine
        self._settings = settings
        self._scale = scale
        self._window_ms = int(settings.fences.reorder_s * 1000)
        self._moments: list[Moment] = []
        self._keys: list[ClaimKey] = []
        self._around: Neighbourhood | None = None
        self._disorder_ms = 0
        self._disorder_at_ms = 0
        self._backlog_until_ms = 0
        self._backlog_since_ms = 0
        self._untold = False
        self._arrived_ms = 0
        self._forgotten_ms = 0
        self.book = TellingBook(fleet, courier_id, self._window_ms, int(settings.fences.revisit_s * 1000))
        self.believable_mps = 19.0

    @property
    def newest(self) -> Moment | None:
        """Return the newest moment in event time."""
        return self._moments[-1] if self._moments else None

    def usual_gap_ms(self) -> int | None:
        """Return the median time between the newest fixes, None before there are two."""
        times = [key[0] for key in self._keys[-6:]]
        gaps = sorted(b - a for a, b in pairwise(times))
        return gaps[len(gaps) // 2] if gaps else None

    def knows(self, claim: Claim) -> bool:
        """Tell whether the same claim is remembered."""
        return self.result(claim.key) is not None

    def result(self, key: ClaimKey) -> Result | None:
        """Return what is thought of a claim by now, None when it is not remembered (any more)."""
        at = bisect_left(self._keys, key)
        return self._moments[at].result if at < len(self._keys) and self._keys[at] == key else None

    def add(self, claims: Sequence[Claim]) -> list[Moment | None]:
        """Put claims where they belong and believe everything after the earliest of them anew.

        Args:
            claims: in event-time order, none of them known.

        Returns:
            Each claim's moment, None where it is older than all that is remembered.
        """
        placed = [claim for claim in claims if not (self._forgotten_ms and claim.key <= self._keys[0])]
        if not placed:
            return [None] * len(claims)
        self._note_order(placed)
        at = bisect_left(self._keys, placed[0].key)
        if at == len(self._keys):
            again = placed
        else:
            again = self._merged(at, placed)
            self._untold = True
            del self._moments[at:], self._keys[at:]
        before = self._moments[-1] if self._moments else None
        for claim in again:
            before = self._moment(before, claim)
            self._moments.append(before)
            self._keys.append(before.key)
            self._untold = self._untold or bool(before.happened)
        forgotten: list[Moment | None] = [None] * (len(claims) - len(placed))
        return forgotten + [self._moments[bisect_left(self._keys, claim.key)] for claim in placed]

    def restore(self, claim: Claim) -> None:
        """Begin where an earlier process ended: nothing older than this claim is placed."""
        self._moments = [self._moment(None, claim)]
        self._keys = [claim.key]
        self._forgotten_ms = claim.at_ms

    def resume(self, ground: Moment, book: BookRecord, *, more: bool) -> None:
        """Begin on the ground that an earlier process left (``record``); ``replay`` brings the rest."""
        self._moments, self._keys = [ground], [ground.key]
        self._forgotten_ms = ground.claim.at_ms if more else 0
        self.book.restore(book)

    def replay(self, claims: Iterable[Claim]) -> None:
        """Take the road of an earlier process again, from its archived claims; none of it is told at once.

        What the track holds was believed then and is now, though what was refused in between is unknown.
        """
        newest_ms = 0
        fresh: dict[ClaimKey, Claim] = {}
        for claim in sorted(claims, key=lambda claim: claim.received_at_ms):
            claim.behind_ms = max(0, newest_ms - claim.at_ms)
            newest_ms = max(newest_ms, claim.at_ms)
            if self._moments and claim.key > self._keys[0]:
                fresh[claim.key] = claim
        before = self._moments[-1] if self._moments else None
        for key in sorted(fresh):
            before = self._moment(before, fresh[key], believed=True)
            self._moments.append(before)
            self._keys.append(key)
            self._arrived_ms = max(self._arrived_ms, fresh[key].received_at_ms)
        self._untold = True

    def record(self, told_for_ms: int) -> tuple[Moment, BookRecord, bool] | None:
        """Return what ``resume`` needs: the oldest moment, the book on it, and whether anything is older.

        Args:
            told_for_ms: what was told of visits that ended longer ago is not needed.
        """
        if not self._moments:
            return None
        ground = self._moments[0]
        book = self.book.record(self._road([ground]), ground.claim.at_ms - told_for_ms)
        return ground, book, self._forgotten_ms > 0

    @property
    def ground(self) -> Moment | None:
        """Return the oldest remembered moment."""
        return self._moments[0] if self._moments else None

    def expect_disorder(self) -> None:
        """Hold events back by the whole reorder window from the start, for a disordered source."""
        self._disorder_ms = self._window_ms
        self._disorder_at_ms = _FOREVER

    def tell(self, now_ms: int) -> list[FenceNews]:
        """Return what is sure by now and was not told before, in event-time order."""
        if not self._untold:
            return []
        newest_ms = self._keys[-1][0]
        from_ms, to_ms = 0, newest_ms
        if self._disorder_ms and now_ms - self._arrived_ms < self._disorder_ms:
            to_ms -= self._disorder_ms
        if now_ms < self._backlog_until_ms:
            if now_ms < self._backlog_since_ms + _BACKLOG_HELD_MS * self._scale:
                return []
            from_ms = newest_ms - self._window_ms + 1
        news = self.book.tell(self._road(self._moments), (from_ms, to_ms))
        self._untold = from_ms > 0 or to_ms < newest_ms
        return news

    def holds_back(self) -> bool:
        """Tell whether events may wait for nothing more to come."""
        return self._untold

    def revise(self, change: Callable[[States], dict[str, FenceState]]) -> None:
        """Change the fence states as of now, because fences came, went, or began anew."""
        if self._moments:
            self._moments[-1].states = change(self._moments[-1].states)

    def prune(self, now_ms: int) -> None:
        """Forget what no late claim can reach any more; the last forgotten moment stays as the ground."""
        if len(self._moments) < 2:
            return
        horizon = self._keys[-1][0] - self._window_ms
        count = 0
        surplus = len(self._moments) - self._settings.history_max
        for moment in self._moments[:-1]:
            claim = moment.claim
            old = claim.at_ms < horizon and now_ms - claim.received_at_ms > self._window_ms * self._scale
            if not old and count >= surplus:
                break
            count += 1
        drop = count - 1
        if drop > 0:
            self.book.settle(list(self._road(self._moments[:drop])))
            del self._moments[:drop], self._keys[:drop]
            self._forgotten_ms = self._keys[0][0]

    def _merged(self, at: int, placed: Sequence[Claim]) -> list[Claim]:
        return sorted([*placed, *(moment.claim for moment in self._moments[at:])], key=_key)

    def _note_order(self, placed: Sequence[Claim]) -> None:
        """Learn from claims that come behind others by how much the courier's phones mix things up."""
        self._arrived_ms = max(self._arrived_ms, placed[-1].received_at_ms)
        if self._arrived_ms - max(placed[-1].at_ms, self._newest_ms) > self._window_ms * self._scale:
            self._expect_more()  # nothing of the present is known
        if not self._keys:
            return
        newest_ms = self._keys[-1][0]
        if newest_ms > self._disorder_at_ms + 2 * self._window_ms:
            self._disorder_ms = 0
        if placed[0].at_ms > newest_ms:
            return
        for claim in placed:
            claim.behind_ms = max(0, newest_ms - claim.at_ms)
        behind_ms = newest_ms - placed[0].at_ms
        if behind_ms > self._window_ms:
            self._expect_more()
        within = [newest_ms - claim.at_ms for claim in placed]
        reach_ms = max((ms for ms in within if 0 <= ms <= self._window_ms), default=-1)
        if reach_ms >= 0:
            self._disorder_ms = max(self._disorder_ms, reach_ms)
            self._disorder_at_ms = max(self._disorder_at_ms, newest_ms)

    def _expect_more(self) -> None:
        """Wait for the rest of a backlog."""
        if self._arrived_ms > self._backlog_until_ms:
            self._backlog_since_ms = self._arrived_ms
        self._backlog_until_ms = self._arrived_ms + int(_BACKLOG_QUIET_MS * self._scale)

    @property
    def _newest_ms(self) -> int:
        return self._keys[-1][0] if self._keys else 0

    def _road(self, moments: Sequence[Moment]) -> Iterator[Happening]:
        for moment in moments:
            if moment.happened:
                claim = moment.claim
                aged = claim.behind_ms > self._window_ms
                late = aged or claim.received_at_ms - claim.at_ms > self._window_ms * self._scale
                for transition in moment.happened:
                    yield Happening(transition, claim.at_ms, late, aged)

    def _moment(self, before: Moment | None, claim: Claim, *, believed: bool = False) -> Moment:
        settings = self._settings
        if before is None:
            belief, streak, evidence, blind, states = None, None, None, False, NO_STATES
        else:
            belief, streak, evidence = before.belief, before.streak, before.evidence
            blind, states = before.blind, before.states
        result, streak, afresh = doubt(claim, belief, streak, self.believable_mps, settings.filters)
        if believed and result is Result.IMPOSSIBLE_SPEED:
            result, streak, afresh = Result.ACCEPTED, None, True
        if result is not Result.ACCEPTED:
            states = self._engine.blind(states)
            return Moment(claim, result, belief, streak, evidence, True, states, ())
        if belief is None or afresh:
            belief = first_belief(claim)
        else:
            astray = belief.surprise > settings.smoothing.surprise_max
            belief = next_belief(belief, claim, settings.smoothing)
            if astray and belief.surprise > settings.smoothing.surprise_max:
                belief = first_belief(claim)
        unclear = belief.accuracy_m > settings.filters.accuracy_m_max
        if unclear or belief.surprise > settings.smoothing.surprise_max:
            states = self._engine.blind(states)
            return Moment(claim, result, belief, streak, evidence, True, states, ())
        now = self._evidence(belief, evidence)
        states, happened, self._around = self._engine.look(
            self.courier_id, self._around, states, None if blind else evidence, now
        )
        return Moment(claim, result, belief, streak, now, False, states, happened)

    def _evidence(self, belief: Belief, before: Evidence | None) -> Evidence:
        slow_mps = self._settings.fences.slow_mps
        known = belief.pvv <= slow_mps * slow_mps
        slow = known and belief.vx * belief.vx + belief.vy * belief.vy < slow_mps * slow_mps
        place = belief.place()
        return Evidence(
            belief.at_ms,
            place.lon,
            place.lat,
            belief.accuracy_m,
            slow=slow,
            before=before,
            moving=known and not slow,
        )


def _key(claim: Claim) -> ClaimKey:
    return claim.key
