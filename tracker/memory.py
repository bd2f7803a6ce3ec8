"""What the tracker must know again after a restart: per courier the ground, what was told, the open stops.

The ground is the oldest moment of the timeline; together with the archived fixes after it, it gives the
whole timeline again (``Timeline.resume``), late fixes and all. Written in the same transaction as the tick
whose consequences it holds, so that it is never ahead of or behind the track. Bytes to everybody else.
"""

import msgspec

from domain.events import FenceCorrected, FenceCrossed
from domain.geo import LocalPlane, LonLat
from domain.ids import CourierId, DeviceId, StopId
from domain.zone import OrderFence
from tracker.geofence.fence import Fence, stop_fence
from tracker.geofence.telling import BookRecord
from tracker.geofence.transitions import Evidence, FenceState
from tracker.ingest.claim import Claim, Result
from tracker.ingest.smoothing import Belief
from tracker.timeline import Moment

_VERSION = 1


class BeliefRecord(msgspec.Struct, frozen=True, array_like=True):
    """A belief with the origin of its plane."""

    lon: float
    lat: float
    at_ms: int
    x: float
    y: float
    vx: float
    vy: float
    ppp: float
    ppv: float
    pvv: float
    accuracy_m: float
    surprise: float
    claimed: tuple[float, float, float] | None = None


class EvidenceRecord(msgspec.Struct, frozen=True, array_like=True):
    """The newest evidence with its anchor."""

    at_ms: int
    lon: float
    lat: float
    uncertainty_m: float
    slow: bool
    anchor_lon: float
    anchor_lat: float
    anchor_m: float


class GroundRecord(msgspec.Struct, frozen=True, array_like=True):
    """The moment on which all others stand; the memory behind the escape hatch is not kept.

    ``more`` tells that older fixes were known and forgotten, so that none is placed before it.
    """

    at_ms: int
    lon: float
    lat: float
    accuracy_m: float
    speed_mps: float | None
    heading_deg: float | None
    device: str
    received_at_ms: int
    result: str
    belief: BeliefRecord | None
    evidence: EvidenceRecord | None
    blind: bool
    states: dict[str, FenceState]
    more: bool


class StopRecord(msgspec.Struct, frozen=True, array_like=True):
    """The fence around a stop and its times; infinite where nothing limits them."""

    stop_id: str
    lon: float
    lat: float
    radius_m: float
    from_ms: float
    until_ms: float
    anew_ms: float


class Memory(msgspec.Struct, frozen=True, array_like=True):
    """One courier's memory; ``told`` and ``corrected`` is the newest news, told again after a restart."""

    version: int
    ground: GroundRecord
    book: BookRecord
    stops: list[StopRecord]
    told: list[FenceCrossed]
    corrected: list[FenceCorrected]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Memory).decode


def packed(
    record: tuple[Moment, BookRecord, bool], stops: list[Fence], news: list[FenceCrossed | FenceCorrected]
) -> bytes:
    """Return a courier's memory as bytes.

    Args:
        record: from ``Timeline.record``.
        stops: the courier's stop fences.
        news: what was told just now.
    """
    ground, book, more = record
    told = [event for event in news if isinstance(event, FenceCrossed)]
    corrected = [event for event in news if isinstance(event, FenceCorrected)]
    circles = [circle for fence in stops if (circle := _stop_record(fence)) is not None]
    return _encode(Memory(_VERSION, _ground_record(ground, more=more), book, circles, told, corrected))


def unpacked(data: bytes) -> Memory | None:
    """Return the memory in some bytes, None when an earlier or later program wrote them otherwise."""
    try:
        memory = _decode(data)
    except msgspec.DecodeError:
        return None
    return memory if memory.version == _VERSION else None


def moment_of(record: GroundRecord) -> Moment:
    """Return the ground as a moment of a timeline."""
    claim = Claim(
        record.at_ms,
        record.lon,
        record.lat,
        record.accuracy_m,
        record.speed_mps,
        record.heading_deg,
        DeviceId(record.device),
        record.received_at_ms,
    )
    belief = None if record.belief is None else _belief(record.belief)
    evidence = None if record.evidence is None else _evidence(record.evidence)
    return Moment(claim, Result(record.result), belief, None, evidence, record.blind, record.states, ())


def fence_of(record: StopRecord, courier_id: CourierId) -> Fence:
    """Return the fence around a stop."""
    order = OrderFence(
        stop_id=StopId(record.stop_id),
        courier_id=courier_id,
        center=LonLat(record.lon, record.lat),
        radius_m=record.radius_m,
    )
    fence = stop_fence(order, record.from_ms)
    fence.until_ms, fence.anew_ms = record.until_ms, record.anew_ms
    return fence


def _ground_record(ground: Moment, *, more: bool) -> GroundRecord:
    claim = ground.claim
    return GroundRecord(
        claim.at_ms,
        claim.lon,
        claim.lat,
        claim.accuracy_m,
        claim.speed_mps,
        claim.heading_deg,
        claim.device,
        claim.received_at_ms,
        ground.result,
        None if ground.belief is None else _belief_record(ground.belief),
        None if ground.evidence is None else _evidence_record(ground.evidence),
        ground.blind,
        dict(ground.states),
        more,
    )


def _stop_record(fence: Fence) -> StopRecord | None:
    order = fence.order
    if order is None:
        return None
    center = order.center
    return StopRecord(
        order.stop_id, center.lon, center.lat, order.radius_m, fence.from_ms, fence.until_ms, fence.anew_ms
    )


def _belief_record(belief: Belief) -> BeliefRecord:
    origin = belief.plane.origin
    return BeliefRecord(
        origin.lon,
        origin.lat,
        belief.at_ms,
        belief.x,
        belief.y,
        belief.vx,
        belief.vy,
        belief.ppp,
        belief.ppv,
        belief.pvv,
        belief.accuracy_m,
        belief.surprise,
        belief.claimed,
    )


def _belief(record: BeliefRecord) -> Belief:
    return Belief(
        record.at_ms,
        LocalPlane(LonLat(record.lon, record.lat)),
        record.x,
        record.y,
        record.vx,
        record.vy,
        record.ppp,
        record.ppv,
        record.pvv,
        record.accuracy_m,
        record.surprise,
        record.claimed,
    )


def _evidence_record(evidence: Evidence) -> EvidenceRecord:
    return EvidenceRecord(
        evidence.at_ms,
        evidence.lon,
        evidence.lat,
        evidence.uncertainty_m,
        evidence.slow,
        evidence.anchor_lon,
        evidence.anchor_lat,
        evidence.anchor_m,
    )


def _evidence(record: EvidenceRecord) -> Evidence:
    evidence = Evidence(record.at_ms, record.lon, record.lat, record.uncertainty_m, slow=record.slow)
    evidence.anchor_lon, evidence.anchor_lat = record.anchor_lon, record.anchor_lat
    evidence.anchor_m = record.anchor_m
    return evidence
