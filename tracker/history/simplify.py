"""A track with fewer points and the same shape, or the same shape and times. Pure.

Shapes: D. Douglas, T. Peucker, 1973. With times: the same splitting, by the distance between where the
courier was and where the simplified track says at that moment (TD-TR of N. Meratnia, R. de By,
"Spatiotemporal Compression Techniques for Moving Point Objects", EDBT 2004).
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, get_coordinates, simplify

from domain.geo import LocalPlane, LonLat
from domain.position import TrackPoint

FloatArray = NDArray[np.float64]


def simplified(track: Sequence[TrackPoint], tolerance_m: float) -> list[TrackPoint]:
    """Return the points that keep every left-out one within ``tolerance_m`` of the line, first and last too.

    Points are kept as they are, with all their values; when the courier stood where is not kept.

    Args:
        track: points in event-time order.
        tolerance_m: how far the line may move, in metres.
    """
    if len(track) < 3:
        return list(track)
    frame = LocalPlane(LonLat(track[0].lon, track[0].lat))
    # The height of each vertex is its index, which tells the kept ones apart where a courier came twice.
    line = LineString([(*frame.to_xy(p.lon, p.lat), index) for index, p in enumerate(track)])
    heights = get_coordinates(simplify(line, tolerance_m, preserve_topology=False), include_z=True)[:, 2]
    kept = sorted({0, *(int(height) for height in heights), len(track) - 1})
    return [track[index] for index in kept]


def simplified_in_time(
    track: Sequence[TrackPoint], tolerance_m: float, gap_s: float
) -> list[list[TrackPoint]]:
    """Return the stretches without a silence, each with the points that a replay needs.

    Going from kept point to kept point at even speed, the courier is never further than ``tolerance_m`` from
    where the whole track says at that moment.

    Args:
        track: points in event-time order.
        tolerance_m: metres.
        gap_s: a longer silence ends a stretch, because nobody knows where the courier was.
    """
    if not track:
        return []
    frame = LocalPlane(LonLat(track[0].lon, track[0].lat))
    seconds = np.array([p.fix_at_ms for p in track], dtype=np.float64) / 1000
    ways = np.array([frame.to_xy(p.lon, p.lat) for p in track])
    breaks = [0, *(np.flatnonzero(np.diff(seconds) > gap_s) + 1).tolist(), len(track)]
    return [
        [track[start + index] for index in _kept_in_time(seconds[start:end], ways[start:end], tolerance_m)]
        for start, end in pairwise(breaks)
    ]


def _kept_in_time(seconds: FloatArray, ways: FloatArray, tolerance_m: float) -> list[int]:
    """Return the indexes of the kept points, in order."""
    kept = {0, len(seconds) - 1}
    open_ends = [(0, len(seconds) - 1)]
    while open_ends:
        first, last = open_ends.pop()
        if last - first < 2:
            continue
        inside = slice(first + 1, last)
        lasts_s = max(seconds[last] - seconds[first], 1e-3)
        share = ((seconds[inside] - seconds[first]) / lasts_s)[:, None]
        off = np.hypot(*(ways[inside] - ways[first] - share * (ways[last] - ways[first])).T)
        worst = int(np.argmax(off))
        if off[worst] <= tolerance_m:
            continue
        middle = first + 1 + worst
        kept.add(middle)
        open_ends += [(first, middle), (middle, last)]
    return sorted(kept)
