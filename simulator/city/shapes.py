"""Plane geometry for drawing: insets, curves, circles. Metres; rings are counter-clockwise and open."""

import math
from collections.abc import Sequence

from simulator.city.grid import XY


def inset(ring: Sequence[XY], offsets_m: Sequence[float]) -> list[XY] | None:
    """Return ``ring`` with edge k (vertex k to k + 1) moved inwards by ``offsets_m[k]``, if any.

    Meant for small, nearly convex rings such as city blocks: neighbouring edges are moved and intersected.
    """
    count = len(ring)
    lines = [_moved_line(ring[k], ring[(k + 1) % count], offsets_m[k]) for k in range(count)]
    moved = [_corner(lines[k - 1], lines[k]) for k in range(count)]
    kept_direction = all(
        _dot(_minus(moved[(k + 1) % count], moved[k]), lines[k][1]) > 0 for k in range(count)
    )
    return moved if kept_direction and area_m2(moved) > 250.0 else None


def area_m2(ring: Sequence[XY]) -> float:
    """Return the signed area (shoelace formula); positive when counter-clockwise."""
    return 0.5 * sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def circle(center: XY, radius_m: float, points: int = 24) -> list[XY]:
    """Return a circle as a ring."""
    turn = math.tau / points
    return [
        (center[0] + radius_m * math.cos(k * turn), center[1] + radius_m * math.sin(k * turn))
        for k in range(points)
    ]


def smooth(points: Sequence[XY], pieces: int = 4) -> list[XY]:
    """Return a curve through ``points`` (uniform Catmull-Rom spline)."""
    padded = [points[0], *points, points[-1]]
    curve = []
    for k in range(1, len(padded) - 2):
        p0, p1, p2, p3 = padded[k - 1 : k + 3]
        for step in range(pieces):
            t = step / pieces
            curve.append((_spline(p0[0], p1[0], p2[0], p3[0], t), _spline(p0[1], p1[1], p2[1], p3[1], t)))
    return [*curve, points[-1]]


def between(a: XY, b: XY, share: float) -> XY:
    """Return the place ``share`` of the way from ``a`` to ``b``."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def middle(points: Sequence[XY]) -> XY:
    """Return the mean of some places."""
    return (sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points))


def towards(a: XY, b: XY, distance_m: float) -> XY:
    """Return the place ``distance_m`` from ``a`` in the direction of ``b``."""
    return between(a, b, distance_m / max(math.dist(a, b), 1e-9))


def _spline(p0: float, p1: float, p2: float, p3: float, t: float) -> float:
    return 0.5 * (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )


def _moved_line(a: XY, b: XY, offset_m: float) -> tuple[XY, XY]:
    """Return a point and the unit direction of the line a-b moved to its left."""
    length = max(math.dist(a, b), 1e-9)
    unit = ((b[0] - a[0]) / length, (b[1] - a[1]) / length)
    return ((a[0] - unit[1] * offset_m, a[1] + unit[0] * offset_m), unit)


def _corner(before: tuple[XY, XY], after: tuple[XY, XY]) -> XY:
    (p, u), (q, v) = before, after
    cross = u[0] * v[1] - u[1] * v[0]
    if abs(cross) < 0.08:
        return q
    t = ((q[0] - p[0]) * v[1] - (q[1] - p[1]) * v[0]) / cross
    return (p[0] + u[0] * t, p[1] + u[1] * t)


def _minus(a: XY, b: XY) -> XY:
    return (a[0] - b[0], a[1] - b[1])


def _dot(a: XY, b: XY) -> float:
    return a[0] * b[0] + a[1] * b[1]
