"""Draws the streets of a survey: grid, diagonals, bridges, paths through parks, roundabouts."""

import math

import msgspec

from simulator.city import names
from simulator.city.grid import XY
from simulator.city.network import Network
from simulator.city.shapes import between, circle, middle, towards
from simulator.city.survey import Corner, Survey

ROUNDABOUT_M = 42.0


class StreetDrawer:
    """Fills a network.

    Attributes:
        spots: name, kind and place of bridges and roundabouts.
        roundabouts: name and middle of each.
    """

    def __init__(self, survey: Survey) -> None:
        self._survey = survey
        self._corner_of: dict[Corner, int] = {}
        self.network = Network()
        self.spots: list[tuple[str, str, XY]] = []
        self.roundabouts: list[tuple[str, XY]] = []

    def draw(self) -> None:
        """Draw all streets, then close the network."""
        self._draw_streets()
        self._draw_park_paths()
        self._draw_roundabouts()
        self.network = self.network.finish()

    def _corner(self, corner: Corner) -> int:
        if corner not in self._corner_of:
            self._corner_of[corner] = self.network.add_node(self._survey.inside[corner])
        return self._corner_of[corner]

    def _join(self, a: Corner, b: Corner, street_class: str, name: str) -> None:
        self.network.add_edge(self._corner(a), self._corner(b), street_class, name)

    def _draw_streets(self) -> None:
        for i, j in sorted(self._survey.inside):
            for other in ((i, j + 1), (i + 1, j)):
                kind = self._survey.edge_class((i, j), other) if other in self._survey.inside else None
                if kind:
                    self._join((i, j), other, *kind)
                    if j == self._survey.grid.river_row and other[1] == j + 1:
                        middle = between(self._survey.inside[(i, j)], self._survey.inside[other], 0.5)
                        self.spots.append((f"Puente {_short(kind[1])}", "bridge", middle))
        for cell in sorted(self._survey.diagonal):
            a, b = self._survey.diagonal_ends(cell)
            self._join(a, b, "primary", self._survey.diagonal[cell])

    def _draw_park_paths(self) -> None:
        for name in sorted(set(self._survey.park_of.values())):
            ring = self._survey.park_corners(name)
            heart = middle([self._survey.inside[c] for c in ring])
            if len(ring) > 4:
                self.network.add_node(heart)
                hub = len(self.network.nodes) - 1
                for corner in ring[:: max(1, len(ring) // 6)]:
                    if corner not in self._corner_of:
                        continue
                    bend = between(self._survey.inside[corner], heart, 0.5)
                    wobble = self.network.add_node(
                        (
                            bend[0] + self._survey.rng.uniform(-25, 25),
                            bend[1] + self._survey.rng.uniform(-25, 25),
                        )
                    )
                    self.network.add_edge(self._corner(corner), wobble, "path", f"Ciclovía {name}")
                    self.network.add_edge(wobble, hub, "path", f"Ciclovía {name}")

    def _draw_roundabouts(self) -> None:
        """Replace crossings of a diagonal with two avenues by roundabouts."""
        network = self.network
        for name in names.GLORIETAS:
            center = self._next_roundabout()
            if center is None:
                return
            hub = self._corner_of.pop(center)
            at = network.nodes[hub]
            arms = []
            for k, edge in enumerate(network.edges):
                if hub in (edge.a, edge.b):
                    other = edge.b if edge.a == hub else edge.a
                    gate = network.add_node(towards(at, network.nodes[other], ROUNDABOUT_M))
                    arms.append((gate, other, k))
            for gate, other, k in arms:
                old = network.edges[k]
                network.edges[k] = msgspec.structs.replace(
                    old, a=gate, b=other, length_m=math.dist(network.nodes[gate], network.nodes[other])
                )
            self._draw_ring(at, [gate for gate, _, _ in arms], name)

    def _draw_ring(self, at: XY, gates: list[int], name: str) -> None:
        network = self.network
        ring = [*gates, *(network.add_node(p) for p in circle(at, ROUNDABOUT_M, 16))]
        ring.sort(key=lambda n: math.atan2(network.nodes[n][1] - at[1], network.nodes[n][0] - at[0]))
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            network.add_edge(a, b, "primary", name)
        self.roundabouts.append((name, at))
        self.spots.append((name, "roundabout", at))

    def _next_roundabout(self) -> Corner | None:
        """Return the innermost crossing of a diagonal with two avenues that is no roundabout yet."""
        on_diagonal = {c for cell in self._survey.diagonal for c in self._survey.diagonal_ends(cell)}
        taken = [spot for _, kind, spot in self.spots if kind == "roundabout"]
        big = ("primary", "secondary")
        found = [
            (i, j)
            for i, j in on_diagonal & self._corner_of.keys()
            if self._survey.grid.columns[i].street_class in big
            and self._survey.grid.rows[j].street_class in big
            and j not in (self._survey.grid.river_row, self._survey.grid.river_row + 1)
            and all(math.dist(self._survey.inside[(i, j)], other) > 300 for other in taken)
        ]
        return min(found, key=lambda c: (math.hypot(*self._survey.inside[c]), c), default=None)


def _short(name: str) -> str:
    return name.removeprefix("Avenida ").removeprefix("Calle ").removeprefix("Calzada ")
