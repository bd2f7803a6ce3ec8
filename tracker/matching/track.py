"""A whole track put onto streets, ride by ride and chunk by chunk; what does not match stays as it was sent.

Chunks overlap, because the first and last fixes of a question are matched with the least to go by; each
chunk is believed up to the middle of the overlap. For the matching itself (a hidden Markov model over
candidate streets) see P. Newson and J. Krumm, *Hidden Markov Map Matching Through Noise and Sparseness*, ACM
SIGSPATIAL 2009, which OSRM follows.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence

import msgspec

from domain.courier import Vehicle
from domain.geo import LonLat, distance_m
from domain.position import TrackPoint
from tracker.matching.answer import Coordinate, Step, question, steps_of
from tracker.matching.ports import MatchingMetrics, StreetsAwayError, StreetServer
from tracker.matching.thinning import Spot, apart_m, length_m, rides_of

CHUNK = 100
OVERLAP = 12
ASK_DEADLINE_S = 5.0
DEADLINE_S = 15.0
DETOUR_MAX = 3.0
DETOUR_M = 100.0
"""A way between two fixes longer than ``DETOUR_MAX`` times their distance and this was not ridden."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of track.

    Attributes:
        line: longitudes and latitudes.
        at_ms: when the courier was there; between fixes by the share of the way.
        distance_m: its length, along streets when ``confidence`` is there.
        confidence: how sure the server is, 0 to 1; None where nothing matched: the fixes as they were sent.
    """

    line: tuple[Coordinate, ...]
    at_ms: tuple[int, ...]
    distance_m: float
    confidence: float | None


async def match_track(
    track: Sequence[TrackPoint],
    vehicle: Vehicle,
    server: StreetServer,
    metrics: MatchingMetrics,
    deadline_s: float = DEADLINE_S,
) -> list[Piece]:
    """Return the pieces of a track in order; what is not matched within the deadline stays as it was sent.

    Args:
        track: points in event-time order.
        vehicle: whose streets.
        server: who matches.
        metrics: who counts what stayed as it was.
        deadline_s: for everything together.
    """
    until_s = time.monotonic() + deadline_s
    pieces: list[Piece] = []
    for spots in await asyncio.to_thread(rides_of, track):
        steps: list[Step] = []
        if len(spots) > 1:
            try:
                steps = await _steps(spots, vehicle, server, until_s)
            except StreetsAwayError:
                metrics.road_fallback("away")
            else:
                if not steps:
                    metrics.road_fallback("no_match")
        pieces += _pieces(spots, steps)
    return pieces


async def _steps(spots: list[Spot], vehicle: Vehicle, server: StreetServer, until_s: float) -> list[Step]:
    """Return the believable ways of one ride; those so far when the server goes away meanwhile."""
    steps: list[Step] = []
    begin = 0
    while True:
        end = min(begin + CHUNK, len(spots))
        points = [spot.point for spot in spots[begin:end]]
        try:
            left_s = min(ASK_DEADLINE_S, until_s - time.monotonic())
            body = await server.ask("match", question(points), vehicle, left_s)
            found = steps_of(body, len(points))
        except StreetsAwayError:
            if not steps:
                raise
            return steps
        believed_from = begin + (OVERLAP // 2 if begin else 0)
        believed_to = end - (OVERLAP // 2 if end < len(spots) else 0)
        for step in found:
            moved = msgspec.structs.replace(step, start=step.start + begin, end=step.end + begin)
            after_last = not steps or moved.start >= steps[-1].end
            if believed_from <= moved.start < believed_to and after_last and _believable(moved, spots):
                steps.append(moved)
        if end == len(spots):
            return steps
        begin = end - OVERLAP


def _believable(step: Step, spots: Sequence[Spot]) -> bool:
    straight_m = apart_m(spots[step.start].point, spots[step.end].point)
    return bool(step.line) and step.distance_m <= DETOUR_MAX * straight_m + DETOUR_M


def _pieces(spots: Sequence[Spot], steps: Sequence[Step]) -> list[Piece]:
    """Join ways that follow each other; between them the fixes as they were sent."""
    pieces: list[Piece] = []
    at = i = 0
    while i < len(steps):
        j = i + 1
        while j < len(steps) and steps[j].start == steps[j - 1].end:
            j += 1
        pieces += _raw(spots[at : steps[i].start + 1])
        pieces.append(_matched(spots, steps[i:j]))
        at, i = steps[j - 1].end, j
    return pieces + (_raw(spots[at:]) if steps else _raw(spots, alone=True))


def _matched(spots: Sequence[Spot], steps: Sequence[Step]) -> Piece:
    line: list[Coordinate] = []
    at_ms: list[int] = []
    for step in steps:
        left_ms, came_ms = spots[step.start].left_at_ms, spots[step.end].point.fix_at_ms
        if not line:
            line.append(step.line[0])
            at_ms.append(spots[step.start].point.fix_at_ms)
        for place, share in zip(step.line, _shares(step.line), strict=True):
            line.append(place)
            at_ms.append(round(left_ms + share * max(0, came_ms - left_ms)))
    distance_m = sum(step.distance_m for step in steps)
    weight = sum(step.confidence * max(1.0, step.distance_m) for step in steps)
    confidence = weight / sum(max(1.0, step.distance_m) for step in steps)
    return Piece(line=tuple(line), at_ms=tuple(at_ms), distance_m=distance_m, confidence=confidence)


def _shares(line: Sequence[Coordinate]) -> list[float]:
    """Return how far along the line each of its places lies, 0 to 1."""
    reached = [0.0]
    for a, b in itertools.pairwise(line):
        reached.append(reached[-1] + distance_m(LonLat(*a), LonLat(*b)))
    return [metres / reached[-1] if reached[-1] else 1.0 for metres in reached]


def _raw(spots: Sequence[Spot], *, alone: bool = False) -> list[Piece]:
    """Return the fixes as they are; a single one only when there is nothing else of the ride."""
    if len(spots) < (1 if alone else 2):
        return []
    places = tuple((spot.point.lon, spot.point.lat) for spot in spots)
    at_ms = tuple(spot.point.fix_at_ms for spot in spots)
    return [Piece(line=places, at_ms=at_ms, distance_m=length_m(spots), confidence=None)]
