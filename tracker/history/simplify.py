"""A track with fewer points and the same shape (D. Douglas, T. Peucker, 1973). Pure."""

from collections.abc import Sequence

from shapely import LineString, get_coordinates, simplify

from domain.geo import LocalPlane, LonLat
from domain.position import TrackPoint


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
