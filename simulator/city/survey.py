"""Decides what is where on the grid: parks, diagonals, blocks that were joined, and which lines are streets.

Comes after ``grid``; ``streets`` and ``areas`` draw what is decided here.
"""

import math
import random

from simulator.city import names
from simulator.city.grid import build_grid

Cell = tuple[int, int]
"""A quarter of the grid, named by its lower left corner."""
Corner = tuple[int, int]
"""Column and row of a crossing."""


class Survey:
    """The city's choices. ``inside`` gives each corner within the outline its place in metres."""

    def __init__(self, rng: random.Random) -> None:
        streets = list(names.STREETS)
        rng.shuffle(streets)
        # More lines than names: a long street keeps its name with a compass word, as cities do.
        streets += [f"{name} {side}" for side in ("Norte", "Sur") for name in streets[:20]]
        self.rng = rng
        self.grid = build_grid(rng, list(names.AVENUES), streets, list(names.RIVERSIDES))
        self.inside = {
            (i, j): self.grid.node(i, j)
            for i in range(len(self.grid.columns))
            for j in range(len(self.grid.rows))
            if self.grid.is_inside(self.grid.node(i, j))
        }
        self.center = min(self.inside, key=lambda c: math.hypot(*self.inside[c]))
        self.park_of = self._choose_parks()
        self.diagonal = self._choose_diagonals()
        self.merged = self._choose_merges()

    def is_cell(self, cell: Cell) -> bool:
        """Tell whether all four corners of a cell lie within the city."""
        i, j = cell
        return all(c in self.inside for c in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)))

    def edge_class(self, a: Corner, b: Corner) -> tuple[str, str] | None:
        """Return class and name of the street between neighbouring corners, None where there is none."""
        along_column = a[0] == b[0]
        line = self.grid.columns[a[0]] if along_column else self.grid.rows[a[1]]
        sides = ((a[0] - 1, a[1]), a) if along_column else ((a[0], a[1] - 1), a)
        parks = {self.park_of.get(cell) for cell in sides}
        if (a, b) in self.merged or (len(parks) == 1 and None not in parks):
            return None
        crosses_river = along_column and a[1] == self.grid.river_row
        if crosses_river and line.street_class == "residential" and a[0] % 5:
            return None
        return line.street_class, line.name

    def diagonal_ends(self, cell: Cell) -> tuple[Corner, Corner]:
        """Return the corners that a diagonal joins across a cell."""
        i, j = cell
        if self.diagonal[cell] == names.DIAGONALS[0]:
            return (i, j), (i + 1, j + 1)
        return (i, j + 1), (i + 1, j)

    def park_corners(self, name: str) -> list[Corner]:
        """Return the corners around a park, counter-clockwise; parks are rectangles of cells."""
        cells = [c for c, owner in self.park_of.items() if owner == name]
        i0, i1 = min(c[0] for c in cells), max(c[0] for c in cells) + 1
        j0, j1 = min(c[1] for c in cells), max(c[1] for c in cells) + 1
        return [
            *((i, j0) for i in range(i0, i1)),
            *((i1, j) for j in range(j0, j1)),
            *((i, j1) for i in range(i1, i0, -1)),
            *((i0, j) for j in range(j1, j0, -1)),
        ]

    def _choose_parks(self) -> dict[Cell, str]:
        ci, cj = self.center
        wanted = [
            (-13, -4, 5, 5),
            (2, -3, 3, 2),
            (8, -11, 3, 2),
            (-6, -12, 2, 2),
            (9, 2, 2, 2),
            (-9, 9, 3, 2),
            (3, 11, 2, 2),
        ]
        park_of: dict[Cell, str] = {}
        for name, (di, dj, width, height) in zip(names.PARKS, wanted, strict=False):
            cells = [(ci + di + a, cj + dj + b) for a in range(width) for b in range(height)]
            if all(self.is_cell(c) and c[1] != self.grid.river_row and c not in park_of for c in cells):
                park_of.update(dict.fromkeys(cells, name))
        plazas = [(-1, -1), (6, -5), (-5, 3)]
        for name, (di, dj) in zip(names.PLAZAS, plazas, strict=True):
            if self.is_cell((ci + di, cj + dj)):
                park_of[(ci + di, cj + dj)] = name
        return park_of

    def _choose_diagonals(self) -> dict[Cell, str]:
        ci, cj = self.center
        found: dict[Cell, str] = {}
        for step in range(-16, 17):
            for cell, name in (
                ((ci + step + 2, cj + step + 1), names.DIAGONALS[0]),
                ((ci + step - 4, cj - step - 4), names.DIAGONALS[1]),
            ):
                short = name == names.DIAGONALS[0] or -9 <= step <= 2
                if short and self.is_cell(cell) and cell not in self.park_of and cell not in found:
                    found[cell] = name
        return found

    def _choose_merges(self) -> set[tuple[Corner, Corner]]:
        """Return the little streets left out, each making one long block of two; a cell merges once."""
        taken = set(self.park_of) | set(self.diagonal)
        merged = set()
        for i, j in sorted(self.inside):
            for a, b, other in (((i, j), (i, j + 1), (i - 1, j)), ((i, j), (i + 1, j), (i, j - 1))):
                line = self.grid.columns[i] if a[0] == b[0] else self.grid.rows[j]
                cells = {(i, j), other}
                plain = line.street_class == "residential" and not cells & taken
                dry = all(self.is_cell(c) and c[1] != self.grid.river_row for c in cells)
                if plain and dry and self.rng.random() < 0.2:
                    merged.add((a, b))
                    taken |= cells
        return merged
