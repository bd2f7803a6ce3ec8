"""The finished city: addresses, shops and ways through it, in longitude and latitude."""

import math
import random
from typing import Any

import msgspec

from domain.geo import LocalPlane, LonLat
from simulator.city import names
from simulator.city.draw import Drawing, draw
from simulator.city.grid import XY
from simulator.city.layers import basemap
from simulator.city.network import HALF_WIDTH_M

CENTER = LonLat(-101.3, 20.9)
TIME_ZONE = "America/Mexico_City"
_SHOPS = 56


class Address(msgspec.Struct, frozen=True):
    """A door: where it is and what is written beside it."""

    at: LonLat
    text: str


class Shop(msgspec.Struct, frozen=True):
    """Somewhere that food or goods are picked up."""

    name: str
    kind: str
    address: Address


class City:
    """A street network with addresses. Deterministic: equal seeds give equal cities."""

    def __init__(self, drawing: Drawing, seed: int) -> None:
        self._drawing = drawing
        self._plane = LocalPlane(CENTER)
        rng = random.Random(seed + 1)
        self._colonias = _colonias(rng)
        self._doors = [
            k for k, e in enumerate(drawing.network.edges) if e.street_class != "path" and e.length_m > 45
        ]
        self.center = CENTER
        self.shops = self._open_shops(rng)

    def basemap(self) -> dict[str, Any]:
        """Return the base map document of ``GET /api/v1/basemap``."""
        places = [(name, "colonia", at) for name, at in self._colonias]
        places += self._drawing.spots
        places += [
            (name, kind, self._drawing.network.nodes[(k + 1) * 137 % len(self._drawing.network.nodes)])
            for k, (name, kind) in enumerate(names.LANDMARKS)
        ]
        places += [(s.name, s.kind, self._xy(s.address.at)) for s in self.shops]
        return basemap(self._drawing, places, self._plane)

    def path(self, start: LonLat, goal: LonLat) -> list[LonLat]:
        """Return the shortest way along the streets, both ends included."""
        way = self._drawing.network.path(self._xy(start), self._xy(goal))
        return [self._plane.to_lonlat(*p) for p in way]

    def random_address(
        self, rng: random.Random, near: LonLat | None = None, within_m: float = math.inf
    ) -> Address:
        """Return a door, at most ``within_m`` metres (straight line) from ``near`` where there is one."""
        center = self._xy(near) if near else (0.0, 0.0)
        for _ in range(200):
            edge = rng.choice(self._doors)
            address = self._door(rng, edge)
            if math.dist(self._xy(address.at), center) <= within_m:
                return address
        return address

    def _door(self, rng: random.Random, edge: int) -> Address:
        street = self._drawing.network.edges[edge]
        a, b = self._drawing.network.nodes[street.a], self._drawing.network.nodes[street.b]
        share, side = rng.uniform(0.2, 0.8), rng.choice((-1, 1))
        out = side * (HALF_WIDTH_M[street.street_class] + 5) / street.length_m
        at = (
            a[0] + (b[0] - a[0]) * share - (b[1] - a[1]) * out,
            a[1] + (b[1] - a[1]) * share + (b[0] - a[0]) * out,
        )
        number = round(math.hypot(at[0] + 2200, at[1] + 2200) / 9) * 2 + (side > 0)
        return Address(self._plane.to_lonlat(*at), f"{street.name} {number}, Col. {self._colonia(at)}")

    def _open_shops(self, rng: random.Random) -> list[Shop]:
        shops: list[Shop] = []
        titles: set[str] = set()
        while len(shops) < _SHOPS:
            prefix, kind = rng.choice(names.SHOP_KINDS)
            title = f"{prefix} {rng.choice(names.SHOP_NAMES)}"
            if title not in titles:
                titles.add(title)
                within_m = rng.choice((600.0, 1000.0, 1700.0))
                shops.append(Shop(title, kind, self.random_address(rng, CENTER, within_m)))
        return shops

    def _colonia(self, at: XY) -> str:
        return min(self._colonias, key=lambda c: math.dist(c[1], at))[0]

    def _xy(self, at: LonLat) -> XY:
        return self._plane.to_xy(at.lon, at.lat)


def build_city(seed: int = 7) -> City:
    """Return the city of a seed."""
    return City(draw(seed), seed)


def _colonias(rng: random.Random) -> list[tuple[str, XY]]:
    """Return the neighbourhoods' names and middles: the old centre, then an inner and an outer ring."""
    found: list[tuple[str, XY]] = [(names.COLONIAS[0], (0.0, 0.0))]
    rings = ((5, 800.0, 0.3), (8, 1480.0, 0.0))
    rest = iter(names.COLONIAS[1:])
    for count, radius_m, turn in rings:
        for k in range(count):
            angle = math.tau * k / count + turn + rng.uniform(-0.12, 0.12)
            found.append((next(rest), (radius_m * math.cos(angle), radius_m * math.sin(angle))))
    return found
