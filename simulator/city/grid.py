"""The drawing board: two families of warped lines whose crossings become street corners.

Everything here is in metres east (x) and north (y) of the city's centre. The river runs in one corridor
between two lines of the second family, so the streets bend with it and only chosen lines bridge it.
"""

import math
import random

import msgspec

XY = tuple[float, float]

HALF_EXTENT_M = 2000.0
_LINE_REACH_M = 2750.0
_ROTATION_RAD = math.radians(11.0)
_RIVER_WIDTH_M = 118.0
_RIVER_AT_M = 620.0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the grid: where it crosses the other axis, and what street it carries."""

    offset_m: float
    street_class: str
    name: str


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Columns run north, rows run east; ``phases`` are the seeds of the warp.

    Attributes:
        river_row: the river lies between ``rows[river_row]`` and ``rows[river_row + 1]``.
    """

    columns: tuple[Line, ...]
    rows: tuple[Line, ...]
    river_row: int
    phases: tuple[float, ...]

    def node(self, column: float, row: int) -> XY:
        """Return where a column (fractions interpolate) and a row cross."""
        low = min(int(column), len(self.columns) - 2)
        part = column - low
        u = self.columns[low].offset_m * (1 - part) + self.columns[low + 1].offset_m * part
        return self._warp(u, self.rows[row].offset_m)

    def is_inside(self, at: XY) -> bool:
        """Tell whether a place lies within the city's rounded, slightly wavy outline."""
        angle = math.atan2(at[1], at[0])
        wave = 1 + 0.05 * math.sin(3 * angle + self.phases[0]) + 0.03 * math.sin(7 * angle + self.phases[1])
        reach = HALF_EXTENT_M * 0.96 * wave
        return (abs(at[0]) / reach) ** 4 + (abs(at[1]) / reach) ** 4 < 1.0

    def _warp(self, u: float, v: float) -> XY:
        p = self.phases
        meander = 240 * math.sin(u / 640 + p[2]) * math.exp(-(((v - _RIVER_AT_M) / 950) ** 2))
        x = u + 70 * math.sin(v / 900 + p[3]) + 16 * math.sin(v / 230 + p[4])
        y = v + meander + 45 * math.sin(u / 1100 + p[5]) + 12 * math.sin(u / 190 + p[6])
        cos, sin = math.cos(_ROTATION_RAD), math.sin(_ROTATION_RAD)
        return (x * cos - y * sin, x * sin + y * cos)


def build_grid(rng: random.Random, avenues: list[str], streets: list[str], riversides: list[str]) -> Grid:
    """Return a grid with named lines; takes names off the front of the lists."""
    phases = tuple(rng.uniform(0, math.tau) for _ in range(7))
    columns = _lines(_offsets(rng, ()), avenues, streets, every=6, start=3)
    row_offsets = _offsets(rng, (_RIVER_AT_M, _RIVER_AT_M + _RIVER_WIDTH_M))
    river_row = row_offsets.index(_RIVER_AT_M)
    rows = list(_lines(row_offsets, avenues, streets, every=7, start=2))
    for k in range(2):
        rows[river_row + k] = Line(
            offset_m=row_offsets[river_row + k], street_class="secondary", name=riversides[k]
        )
    return Grid(columns=columns, rows=tuple(rows), river_row=river_row, phases=phases)


def _offsets(rng: random.Random, fixed: tuple[float, ...]) -> list[float]:
    """Return line offsets, closer together in the old centre; ``fixed`` ones are kept exactly."""
    offsets = list(fixed) or [0.0]
    for sign in (-1, 1):
        at = min(offsets) if sign < 0 else max(offsets)
        while abs(at) < _LINE_REACH_M:
            block = 88 + 44 * min(1.0, abs(at) / 1500) + rng.uniform(-9, 14)
            at += sign * block
            offsets.append(at)
    return sorted(offsets)


def _lines(
    offsets: list[float], avenues: list[str], streets: list[str], *, every: int, start: int
) -> tuple[Line, ...]:
    lines = []
    for index, offset in enumerate(offsets):
        if index % every == start and avenues:
            lines.append(Line(offset_m=offset, street_class="primary", name=avenues.pop(0)))
        elif index % every == (start + every // 2) % every:
            lines.append(Line(offset_m=offset, street_class="secondary", name=f"Avenida {streets.pop(0)}"))
        else:
            lines.append(Line(offset_m=offset, street_class="residential", name=f"Calle {streets.pop(0)}"))
    return tuple(lines)
