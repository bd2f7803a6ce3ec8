"""A courier's track along streets, as the routes show it."""

from collections.abc import Sequence
from typing import Literal

from domain.courier import Courier, Shift
from domain.position import TrackPoint
from server.system import System
from tracker.matching.track import DEADLINE_S, Piece, match_track

MATCHED_HEADER = "Relevo-Track-Matched"
HowMuch = Literal["all", "partly", "none"]


async def pieces_of(
    system: System, courier: Courier, points: Sequence[TrackPoint], deadline_s: float = DEADLINE_S
) -> list[Piece]:
    """Return the track's pieces along streets, empty where this server knows none.

    What is not matched within the deadline stays as it was sent.
    """
    if system.streets is None:
        return []
    return await match_track(points, courier.vehicle, system.streets, system.metrics, deadline_s)


def how_much(pieces: Sequence[Piece]) -> HowMuch:
    """Return how much of the way follows streets."""
    ways = [piece for piece in pieces if len(piece.line) > 1]
    matched = sum(piece.confidence is not None for piece in ways)
    if not matched:
        return "none"
    return "all" if matched == len(ways) else "partly"


def features(courier: Courier, pieces: Sequence[Piece]) -> list[dict[str, object]]:
    """Return a GeoJSON feature per piece; single fixes without a way are left out."""
    return [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(place) for place in piece.line]},
            "properties": {
                "courier_id": courier.id,
                "matched": piece.confidence is not None,
                "confidence": None if piece.confidence is None else round(piece.confidence, 3),
                "distance_m": round(piece.distance_m, 1),
                "fix_at_ms": list(piece.at_ms),
            },
        }
        for piece in pieces
        if len(piece.line) > 1
    ]


async def shift_street_m(
    system: System, courier: Courier, points: Sequence[TrackPoint], shift: Shift, now_ms: int
) -> float | None:
    """Return the metres of one shift, along streets where they match; None where nothing does."""
    ends = now_ms if shift.ended_at_ms is None else shift.ended_at_ms
    inside = [point for point in points if shift.started_at_ms <= point.fix_at_ms <= ends]
    pieces = await pieces_of(system, courier, inside)
    return None if how_much(pieces) == "none" else round(sum(piece.distance_m for piece in pieces), 1)
