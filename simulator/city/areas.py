"""Draws the filled areas of a survey: river and banks, parks, lake, roundabouts, blocks."""

import math

import msgspec

from simulator.city import names
from simulator.city.grid import XY
from simulator.city.network import HALF_WIDTH_M
from simulator.city.shapes import between, circle, inset, middle, smooth, towards
from simulator.city.streets import ROUNDABOUT_M
from simulator.city.survey import Cell, Corner, Survey


class Area(msgspec.Struct, frozen=True):
    """A filled area: its outline, kind and, where it has one, name."""

    ring: list[XY]
    kind: str
    name: str = ""


class AreaDrawer:
    """Fills lists of areas, in the order in which they lie on each other.

    Attributes:
        spots: name, kind and place of parks and plazas.
    """

    def __init__(self, survey: Survey, roundabouts: list[tuple[str, XY]]) -> None:
        self._survey = survey
        self._roundabouts = roundabouts
        self.blocks: list[Area] = []
        self.parks: list[Area] = []
        self.water: list[Area] = []
        self.spots: list[tuple[str, str, XY]] = []

    def draw(self) -> None:
        """Draw everything."""
        self._draw_river()
        self._draw_parks()
        for name, at in self._roundabouts:
            self.parks.append(Area(circle(at, ROUNDABOUT_M - 12), "roundabout", name))
        self._draw_blocks()

    def _draw_river(self) -> None:
        row, last = self._survey.grid.river_row, len(self._survey.grid.columns) - 1

        def bank(share: float) -> list[XY]:
            return smooth(
                [
                    between(self._survey.grid.node(i, row), self._survey.grid.node(i, row + 1), share)
                    for i in range(last + 1)
                ]
            )

        self.parks.append(Area([*bank(0.08), *bank(0.92)[::-1]], "riverbank"))
        self.water.append(Area([*bank(0.24), *bank(0.76)[::-1]], "river", names.RIVER))

    def _draw_parks(self) -> None:
        for name in sorted(set(self._survey.park_of.values())):
            ring = self._survey.park_corners(name)
            corners = [self._survey.inside[c] for c in ring]
            kind = "plaza" if name in names.PLAZAS else "park"
            shape = inset(corners, [9.0] * len(corners))
            if shape:
                self.parks.append(Area(shape, kind, name))
                self.spots.append((name, kind, middle(corners)))
            if len(ring) > 12:
                self._draw_lake(corners)

    def _draw_lake(self, corners: list[XY]) -> None:
        heart = between(middle(corners), corners[0], 0.28)
        blob = [
            (heart[0] + (1.5 * dx + 0.3 * dy) * 46, heart[1] + dy * (46 + 9 * math.sin(3 * k)))
            for k, (dx, dy) in enumerate(circle((0.0, 0.0), 1.0, 14))
        ]
        self.water.append(Area(smooth([*blob, blob[0]], 3)[:-1], "lake", "Laguna del Ajolote"))

    def _draw_blocks(self) -> None:
        done: set[Cell] = set()
        for a, b in sorted(self._survey.merged):
            first = (a[0] - 1, a[1]) if a[0] == b[0] else (a[0], a[1] - 1)
            self._draw_block(_pair_ring(first, a))
            done |= {first, a}
        for cell in sorted(self._survey.inside):
            if (
                not self._survey.is_cell(cell)
                or cell in done
                or cell in self._survey.park_of
                or cell[1] == self._survey.grid.river_row
            ):
                continue
            i, j = cell
            ring = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
            if cell in self._survey.diagonal:
                start = 0 if self._survey.diagonal[cell] == names.DIAGONALS[0] else 1
                turned = ring[start:] + ring[:start]
                self._draw_block(turned[:3])
                self._draw_block([turned[0], *turned[2:]])
            else:
                self._draw_block(ring)

    def _draw_block(self, ring: list[Corner]) -> None:
        offsets = []
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            straight = abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1
            kind = self._survey.edge_class(*sorted((a, b))) if straight else ("primary", "")
            offsets.append(HALF_WIDTH_M[kind[0]] if kind else 3.0)
        corners = [self._survey.inside[c] for c in ring]
        shape = inset(corners, offsets)
        if shape is None:
            return
        for _, center in self._roundabouts:
            shape = _cut_corner(shape, center)
        central = math.hypot(*middle(corners)) < 520
        use = "centre" if central else self._survey.rng.choices(("homes", "mixed", "works"), (70, 25, 5))[0]
        self.blocks.append(Area(shape, use))


def _pair_ring(first: Cell, second: Cell) -> list[Corner]:
    (i, j), (k, m) = first, second
    if j == m:
        return [(i, j), (k, j), (k + 1, j), (k + 1, j + 1), (k, j + 1), (i, j + 1)]
    return [(i, j), (i + 1, j), (i + 1, m), (i + 1, m + 1), (i, m + 1), (i, m)]


def _cut_corner(ring: list[XY], center: XY) -> list[XY]:
    """Return the ring with what reaches into a roundabout pushed back to its kerb."""
    kerb = ROUNDABOUT_M + 10.0
    if min(math.dist(p, center) for p in ring) >= kerb:
        return ring
    cut: list[XY] = []
    for k, point in enumerate(ring):
        if math.dist(point, center) >= kerb:
            cut.append(point)
            continue
        before, after = ring[k - 1], ring[(k + 1) % len(ring)]
        enter, leave = _kerb_point(point, before, center, kerb), _kerb_point(point, after, center, kerb)
        middle = towards(center, between(enter, leave, 0.5), kerb)
        cut += [enter, middle, leave]
    return cut


def _kerb_point(inside: XY, outside: XY, center: XY, kerb: float) -> XY:
    """Return where the way from ``inside`` to ``outside`` leaves the circle (bisection)."""
    low, high = 0.0, 1.0
    for _ in range(20):
        half = (low + high) / 2
        low, high = (half, high) if math.dist(between(inside, outside, half), center) < kerb else (low, half)
    return between(inside, outside, high)
