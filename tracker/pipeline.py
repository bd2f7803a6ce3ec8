"""From a frame of claims to a known position and its consequences: one ordered list of steps, once.

    decode       types were checked at the socket; malformed fixes are only counted here
    contact      the phone is alive, whatever it says
    screen       no coordinates, out of range, in the future, off shift        (tracker.ingest.filters)
    order        by event time; duplicates; a late fix goes where it belongs   (tracker.timeline)
    doubt        vague, impossible speed, escape hatch                         (tracker.ingest.filters)
    believe      Kalman filter                                                 (tracker.ingest.smoothing)
    place        track point; live position if it moved forward in event time
    notice       fences                                                        (tracker.geofence.engine)
    tell         news that is sure                                             (tracker.geofence.telling)

Sync, without a clock of its own, one instance per fleet, called by the intake only. It refuses nothing by
raising; what it returns must be made durable before anybody is told.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable

import msgspec

from domain.courier import Courier, Shift
from domain.ids import CourierId, DeviceId, FleetId
from domain.ports import PingBatch
from domain.position import Fix, Position, TrackPoint
from tracker.fleet_state import CourierState, FleetState
from tracker.geofence.catalogue import ZoneCatalogue
from tracker.geofence.engine import FenceEngine
from tracker.geofence.fence import Fence
from tracker.geofence.telling import FenceNews
from tracker.geofence.transitions import FenceState, Phase
from tracker.history.radii import ArrivalRadii
from tracker.ingest.claim import TRACKED, UNREMARKABLE, Claim, ClaimKey, Result, claim_of
from tracker.ingest.filters import screen
from tracker.ingest.smoothing import RADIUS_68_PER_SIGMA
from tracker.memory import Memory, fence_of, moment_of, packed
from tracker.settings import TrackerSettings
from tracker.timeline import Moment, Timeline

_MEMORY_EVERY_MS = 60_000
"""A courier's memory is written at least this often in event time, so that replays stay short."""
_RETOLD_MS = 60_000
"""After a restart the news of the last such while is told again, under the same ids: what it led to may not
have been committed."""


class Processed(msgspec.Struct, frozen=True):
    """What one frame led to.

    Attributes:
        points: for the track, in the order of the frame's indexes; then those of earlier frames that were
            refused and are believed now.
        position: the new live position, None when it did not move forward.
        events: fence events that are new, in event-time order.
        counts: fixes by result.
        memory_due: the courier's memory must be written in the same tick.
    """

    points: tuple[TrackPoint, ...]
    position: Position | None
    events: tuple[FenceNews, ...]
    counts: dict[str, int]
    memory_due: bool = False

    def rejected(self) -> dict[str, int]:
        """Return the counts that a phone should hear of."""
        return {result: count for result, count in self.counts.items() if result not in UNREMARKABLE}


class Pipeline:
    """One fleet's ping path between socket and store."""

    def __init__(
        self,
        fleet: FleetId,
        settings: TrackerSettings,
        zones: ZoneCatalogue | None = None,
        scale: float = 1.0,
    ) -> None:
        self.fleet = fleet
        self.state = FleetState()
        self.engine = FenceEngine(settings.fences, zones if zones is not None else ZoneCatalogue())
        self.radii = ArrivalRadii(settings.fences.arrival_radius_m, settings.radii)
        self._settings = settings
        self._scale = scale
        self._linger_ms = int(settings.fences.linger_s * 1000)
        self._future_ms = settings.filters.future_s * 1000.0 * scale
        self._live_age_ms = settings.filters.live_age_s * 1000.0 * scale

    # --- the record ---------------------------------------------------------------------------------

    def put_courier(self, courier: Courier, at_ms: int, shifts: Iterable[Shift] = ()) -> CourierState:
        """Add a courier or take over a changed record."""
        state = self.state.couriers.get(courier.id)
        if state is None:
            timeline = Timeline(self.fleet, courier.id, self.engine, self._settings, self._scale)
            state = self.state.couriers[courier.id] = CourierState(courier, timeline)
        else:
            state.change(courier, at_ms)
        for shift in shifts:
            state.remember_shift(shift)
        return state

    def restore(self, position: Position) -> None:
        """Begin where an earlier process ended: the live position does not go back behind this one."""
        state = self.state.couriers.get(position.courier_id)
        if state is None:
            return
        state.live = position
        state.contact_ms = position.received_at_ms
        state.newest_fix_ms = position.fix_at_ms
        state.battery_pct = position.battery_pct
        accuracy = max(position.accuracy_m * RADIUS_68_PER_SIGMA, self._settings.filters.accuracy_m_min)
        state.timeline.restore(
            Claim(
                position.fix_at_ms,
                position.at.lon,
                position.at.lat,
                accuracy,
                position.speed_mps if position.heading_deg is not None else None,
                position.heading_deg,
                DeviceId(""),
                position.received_at_ms,
            )
        )
        self._recall_zones(state, position)

    def _recall_zones(self, courier: CourierState, position: Position) -> None:
        """Whoever is in a zone now entered it before this process began, and that was told."""
        lon, lat, at_ms = position.at.lon, position.at.lat, position.fix_at_ms
        inside: dict[str, FenceState] = {}
        for fence in self.engine.zones.between(lon, lat, lon, lat):
            if fence.shape.signed_distance_m(lon, lat) <= 0.0:
                inside[fence.key] = FenceState(Phase.IN, at_ms, at_ms, dwelled=True)
                courier.timeline.book.remember(fence, at_ms)
        courier.timeline.revise(lambda _: inside)

    # --- a frame ------------------------------------------------------------------------------------

    def process(self, batch: PingBatch, now_ms: int) -> Processed:
        """Take one frame through all steps.

        Args:
            batch: the frame.
            now_ms: the server's clock.
        """
        counts: Counter[str] = Counter()
        if batch.malformed:
            counts[Result.MALFORMED] = batch.malformed
        courier = self.state.couriers.get(batch.courier_id)
        if courier is None:
            counts[Result.OFF_SHIFT] += len(batch.fixes)
            return Processed((), None, (), dict(counts))
        courier.contact_ms = max(courier.contact_ms or 0, batch.received_at_ms)
        courier.app = batch.app
        points = self._points(courier, batch, counts)
        points.sort(key=_index)
        points += courier.vindicated()
        position = self._live_position(courier)
        for result, count in counts.items():
            courier.results[result] += count
            courier.last_result_ms[result] = now_ms
        events = courier.timeline.tell(now_ms)
        courier.timeline.prune(now_ms)
        self._note_news(courier, events, now_ms)
        due = courier.on_shift and (courier.memory_due or _is_old(courier))
        return Processed(tuple(points), position, tuple(events), dict(counts), due)

    def settle(self, now_ms: int) -> list[FenceNews]:
        """Return events that were held back for late fixes and are sure now that none came."""
        events: list[FenceNews] = []
        for courier in self.state.couriers.values():
            if courier.untold_news:
                events.extend(courier.untold_news)
                courier.untold_news = []
            if courier.timeline.holds_back():
                news = courier.timeline.tell(now_ms)
                self._note_news(courier, news, now_ms)
                events.extend(news)
        return events

    # --- over a restart -----------------------------------------------------------------------------

    def memory(self, courier_id: CourierId, now_ms: int) -> bytes | None:
        """Return what must be written of a courier with the tick, None when nothing is known."""
        courier = self.state.couriers[courier_id]
        record, newest = courier.timeline.record(self._linger_ms), courier.timeline.newest
        if record is None or newest is None:
            return None
        courier.memory_due, courier.memory_ms = False, newest.claim.at_ms
        while courier.news and now_ms - courier.news[0][0] > _RETOLD_MS * self._scale:
            courier.news.popleft()
        stops = list(self.engine.stops.get(courier_id, {}).values())
        return packed(record, stops, [news for _, news in courier.news])

    def resume(self, courier_id: CourierId, memory: Memory) -> list[Fence]:
        """Stand where an earlier process stood; returns the stop fences it had."""
        courier = self.state.couriers.get(courier_id)
        if courier is None:
            return []
        courier.timeline.resume(moment_of(memory.ground), memory.book, more=memory.ground.more)
        courier.untold_news = [*memory.told, *memory.corrected]
        return [fence_of(record, courier_id) for record in memory.stops]

    def replay(self, courier_id: CourierId, points: Iterable[TrackPoint]) -> None:
        """Take a courier's archived way since the memory was written again; the news waits for ``settle``."""
        courier = self.state.couriers.get(courier_id)
        if courier is None or courier.timeline.ground is None:
            return
        filters = self._settings.filters
        courier.timeline.replay(
            claim_of(
                Fix(
                    point.fix_at_ms,
                    point.lon,
                    point.lat,
                    point.accuracy_m,
                    point.speed_mps,
                    point.heading_deg,
                ),
                point.device,
                point.received_at_ms,
                filters.accuracy_m_assumed,
                filters.accuracy_m_min,
            )
            for point in points
        )

    def _note_news(self, courier: CourierState, news: Iterable[FenceNews], now_ms: int) -> None:
        for event in news:
            courier.news.append((now_ms, event))
            courier.memory_due = True

    def _points(self, courier: CourierState, batch: PingBatch, counts: Counter[str]) -> list[TrackPoint]:
        filters = self._settings.filters
        points: list[TrackPoint] = []
        claims: list[tuple[int, Fix, Claim]] = []
        for index, fix in zip(batch.indexes, batch.fixes, strict=True):
            result = screen(fix, batch.received_at_ms, self._future_ms)
            if fix.battery_pct is not None and 0 <= fix.battery_pct <= 100:
                courier.battery_pct = fix.battery_pct
            if result is Result.ACCEPTED and not courier.takes(fix.fix_at_ms):
                result = Result.OFF_SHIFT
            if result is not Result.ACCEPTED:
                counts[result] += 1
                continue
            claim = claim_of(
                fix,
                batch.device,
                batch.received_at_ms,
                filters.accuracy_m_assumed,
                filters.accuracy_m_min,
            )
            claims.append((index, fix, claim))
        claims.sort(key=_event_time)
        fresh = _without_duplicates(claims, courier.timeline)
        if len(fresh) < len(claims):
            counts[Result.DUPLICATE] += len(claims) - len(fresh)
        newest_ms = _newest_ms(courier.timeline)
        moments = courier.timeline.add([claim for _, _, claim in fresh]) if fresh else []
        for (index, fix, claim), moment in zip(fresh, moments, strict=True):
            result = self._result(claim, moment, newest_ms)
            counts[result] += 1
            if result in TRACKED:
                live = result is Result.ACCEPTED and claim.at_ms > newest_ms
                points.append(_track_point(batch, index, fix, live=live))
            elif result is Result.IMPOSSIBLE_SPEED:
                courier.withhold(claim.key, _track_point(batch, index, fix, live=False))
        return points

    def _result(self, claim: Claim, moment: Moment | None, newest_ms: int) -> Result:
        if moment is not None and moment.result is not Result.ACCEPTED:
            return moment.result
        if moment is None or newest_ms - claim.at_ms > self._settings.fences.reorder_s * 1000.0:
            return Result.LATE
        if claim.received_at_ms - claim.at_ms > self._live_age_ms:
            return Result.TOO_OLD
        return Result.ACCEPTED

    def _live_position(self, courier: CourierState) -> Position | None:
        newest = courier.timeline.newest
        belief = None if newest is None else newest.belief
        if newest is None or belief is None or not courier.on_shift:
            return None
        courier.newest_fix_ms = max(courier.newest_fix_ms or 0, belief.at_ms)
        received_ms = newest.claim.received_at_ms
        courier.backlog_ms = max(0, received_ms - newest.claim.at_ms)
        if courier.live is not None and belief.at_ms <= courier.live.fix_at_ms:
            return None
        if received_ms - belief.at_ms > self._live_age_ms:
            return None
        speed = belief.speed_mps() if belief.pvv < 9.0 else None
        courier.live = Position(
            courier_id=courier.courier.id,
            at=belief.place(),
            accuracy_m=round(belief.accuracy_m / RADIUS_68_PER_SIGMA, 1),
            speed_mps=None if speed is None else round(speed, 2),
            heading_deg=belief.heading_deg() if speed is not None else None,
            fix_at_ms=belief.at_ms,
            received_at_ms=received_ms,
            battery_pct=courier.battery_pct,
        )
        return courier.live

    def courier(self, courier_id: CourierId) -> CourierState | None:
        """Return what is known of a courier."""
        return self.state.couriers.get(courier_id)


def _track_point(batch: PingBatch, index: int, fix: Fix, *, live: bool) -> TrackPoint:
    assert fix.lon is not None  # noqa: S101 - screened
    assert fix.lat is not None  # noqa: S101 - screened
    return TrackPoint(
        batch.courier_id,
        batch.device,
        batch.seq if batch.numbered else _content_number(fix),
        index if batch.numbered else 0,
        fix.fix_at_ms,
        batch.received_at_ms,
        fix.lon,
        fix.lat,
        _finite(fix.accuracy_m),
        _finite(fix.speed_mps),
        _finite(fix.heading_deg),
        _finite(fix.battery_pct),
        live,
    )


def _is_old(courier: CourierState) -> bool:
    newest = courier.timeline.newest
    return newest is not None and newest.claim.at_ms - courier.memory_ms >= _MEMORY_EVERY_MS


def _content_number(fix: Fix) -> int:
    """Return 52 bits that a fix sent again has again, for phones that do not number their frames."""
    text = f"{fix.fix_at_ms} {fix.lon!r} {fix.lat!r}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 12


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


Numbered = tuple[int, Fix, Claim]


def _without_duplicates(claims: Iterable[Numbered], timeline: Timeline) -> list[Numbered]:
    fresh: list[Numbered] = []
    for item in claims:
        claim = item[2]
        if timeline.knows(claim) or (fresh and fresh[-1][2].key == claim.key):
            continue
        fresh.append(item)
    return fresh


def _newest_ms(timeline: Timeline) -> int:
    return 0 if timeline.newest is None else timeline.newest.claim.at_ms


def _index(point: TrackPoint) -> int:
    return point.index


def _event_time(item: Numbered) -> tuple[ClaimKey, int]:
    return (item[2].key, item[0])
