"""One fleet's hubs: where goods change hands, wait and are collected. Single writer: the desk."""

from collections.abc import Iterable

from domain.errors import NotFound
from domain.geo import LonLat, distance_m
from domain.ids import ZoneId
from domain.zone import Area, Circle, Zone, ZoneKind

NEAR_M = 60.0
"""A stop this near a hub's middle is at the hub, however small it was drawn."""


class Hubs:
    """The hubs of one fleet."""

    def __init__(self, zones: Iterable[Zone] = ()) -> None:
        self._hubs = {zone.id: zone for zone in zones if zone.kind is ZoneKind.HUB}

    def put(self, zone_id: ZoneId, zone: Zone | None) -> None:
        """Take a zone that was drawn, edited or removed (None)."""
        self._hubs.pop(zone_id, None)
        if zone is not None and zone.kind is ZoneKind.HUB:
            self._hubs[zone_id] = zone

    def get(self, zone_id: ZoneId) -> Zone:
        """Return a hub.

        Raises:
            NotFound: ``no_such_hub``.
        """
        hub = self._hubs.get(zone_id)
        if hub is None:
            raise NotFound("no_such_hub", f"There is no hub {zone_id}; a hub is a zone of that kind.")
        return hub

    def at(self, place: LonLat) -> Zone | None:
        """Return the hub a place belongs to."""
        for hub in self._hubs.values():
            reach_m = hub.shape.radius_m if isinstance(hub.shape, Circle) else NEAR_M
            if distance_m(middle(hub), place) <= max(NEAR_M, reach_m):
                return hub
        return None

    def between(self, start: LonLat, end: LonLat) -> tuple[Zone, float] | None:
        """Return the hub with the shortest way from start over it to the end, metres; None without hubs."""
        ways = {
            hub.id: distance_m(start, middle(hub)) + distance_m(middle(hub), end)
            for hub in self._hubs.values()
        }
        if not ways:
            return None
        best = min(ways, key=ways.__getitem__)
        return self._hubs[best], ways[best]


def middle(hub: Zone) -> LonLat:
    """Return where a hub's door is taken to be: the middle of its outline's box."""
    shape = hub.shape
    if isinstance(shape, Circle):
        return shape.center
    return _middle(shape)


def _middle(area: Area) -> LonLat:
    vertices = [vertex for polygon in area.polygons for vertex in polygon[0]]
    lons, lats = [lon for lon, _ in vertices], [lat for _, lat in vertices]
    return LonLat((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
