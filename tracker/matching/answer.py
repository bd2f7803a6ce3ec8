"""Questions to OSRM's ``match`` service and what its answers say. Pure."""

from collections.abc import Sequence

import msgspec

from domain.position import TrackPoint
from tracker.matching.ports import StreetsAwayError

ACCURACY_M_MIN = 5.0
ACCURACY_M_MAX = 30.0
UNKNOWN_M = 15.0
Coordinate = tuple[float, float]


class _Line(msgspec.Struct):
    coordinates: list[Coordinate]


class _Step(msgspec.Struct):
    geometry: _Line


class _Leg(msgspec.Struct):
    distance: float
    steps: list[_Step] = []


class _Matching(msgspec.Struct):
    confidence: float
    legs: list[_Leg]


class _Tracepoint(msgspec.Struct):
    matchings_index: int
    waypoint_index: int


class _Answer(msgspec.Struct):
    code: str
    matchings: list[_Matching] = []
    tracepoints: list[_Tracepoint | None] = []


class Step(msgspec.Struct, frozen=True):
    """The way between two fixes along streets, by their numbers in the question.

    Attributes:
        line: longitudes and latitudes.
        confidence: how sure the server is of the stretch, 0 to 1.
    """

    start: int
    end: int
    line: tuple[Coordinate, ...]
    distance_m: float
    confidence: float


_decoder = msgspec.json.Decoder(_Answer)


def question(points: Sequence[TrackPoint]) -> str:
    """Return coordinates and options; the reported accuracy is how far a fix may lie off its street."""
    places = ";".join(f"{p.lon:.6f},{p.lat:.6f}" for p in points)
    radii = ";".join(
        f"{min(ACCURACY_M_MAX, max(ACCURACY_M_MIN, p.accuracy_m or UNKNOWN_M)):.0f}" for p in points
    )
    return f"{places}?steps=true&overview=false&geometries=geojson&radiuses={radii}"


def steps_of(body: bytes, count: int) -> list[Step]:
    """Return the ways between matched fixes in order; empty when nothing matched.

    Args:
        body: the answer.
        count: how many fixes were asked about.

    Raises:
        StreetsAwayError: it is no answer to the question.
    """
    try:
        answer = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StreetsAwayError(f"no answer about a track: {error}") from error
    if answer.code in {"NoMatch", "NoSegment"}:
        return []
    if answer.code != "Ok" or len(answer.tracepoints) != count:
        raise StreetsAwayError(f"no answer about a track but {answer.code}")
    fixes: list[list[int]] = [[] for _ in answer.matchings]
    for number, tracepoint in enumerate(answer.tracepoints):
        if tracepoint is not None and tracepoint.matchings_index < len(fixes):
            fixes[tracepoint.matchings_index].append(number)
    steps = [
        _step(matching, leg, start, end)
        for matching, numbers in zip(answer.matchings, fixes, strict=True)
        for leg, start, end in zip(matching.legs, numbers, numbers[1:], strict=False)
    ]
    return sorted(steps, key=lambda step: step.start)


def _step(matching: _Matching, leg: _Leg, start: int, end: int) -> Step:
    line: list[Coordinate] = []
    for step in leg.steps:
        line += [place for place in step.geometry.coordinates if not line or place != line[-1]]
    return Step(start, end, tuple(line), leg.distance, max(0.0, min(1.0, matching.confidence)))
