"""Ways to ride: a line of places with its length, and where one is after some metres of it."""

import math
from collections.abc import Callable, Sequence

from domain.geo import LonLat, distance_m, heading_deg, moved

WayFinder = Callable[[LonLat, LonLat], Sequence[LonLat]]

DETOUR = 1.3
"""Street metres per straight metre where no street network is known."""


class Way:
    """Places joined by straight lines; ``length_m`` metres in all."""

    __slots__ = ("_places", "_starts_m", "length_m")

    def __init__(self, places: Sequence[LonLat]) -> None:
        self._places = list(places)
        self._starts_m = [0.0]
        for a, b in zip(self._places, self._places[1:], strict=False):
            self._starts_m.append(self._starts_m[-1] + distance_m(a, b))
        self.length_m = self._starts_m[-1]

    def at(self, metres: float, leg: int = 0) -> tuple[LonLat, int]:
        """Return the place ``metres`` along and its leg; ``leg`` says where to begin to look."""
        if metres >= self.length_m:
            return self._places[-1], max(0, len(self._places) - 2)
        while self._starts_m[leg + 1] <= metres:
            leg += 1
        a, b = self._places[leg], self._places[leg + 1]
        share = (metres - self._starts_m[leg]) / (self._starts_m[leg + 1] - self._starts_m[leg])
        return LonLat(a.lon + (b.lon - a.lon) * share, a.lat + (b.lat - a.lat) * share), leg

    def heading_deg(self, leg: int) -> float | None:
        """Return the heading of a leg, None on a way without length."""
        if len(self._places) < 2:
            return None
        return heading_deg(self._places[leg], self._places[leg + 1])


def zigzag(start: LonLat, goal: LonLat, detour: float = DETOUR) -> list[LonLat]:
    """Return a way ``detour`` times as long as the straight line: teeth of about 250 m, as a grid makes them.

    A tooth is two equal sides of length ``detour * base / 2``, so its height is
    ``base / 2 * sqrt(detour**2 - 1)``.
    """
    straight_m = distance_m(start, goal)
    if straight_m < 1.0:
        return [start, goal]
    teeth = max(1, round(straight_m / 250))
    base_m = straight_m / teeth
    height_m = base_m / 2 * math.sqrt(detour**2 - 1)
    along = math.radians(heading_deg(start, goal))
    way = [start]
    for k in range(teeth):
        side = height_m if k % 2 == 0 else -height_m
        middle_m = (k + 0.5) * base_m
        way.append(
            moved(
                start,
                math.sin(along) * middle_m + math.cos(along) * side,
                math.cos(along) * middle_m - math.sin(along) * side,
            )
        )
        if k + 1 < teeth:
            foot_m = (k + 1) * base_m
            way.append(moved(start, math.sin(along) * foot_m, math.cos(along) * foot_m))
    return [*way, goal]
