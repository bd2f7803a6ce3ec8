"""Map cells of the fan-out: a viewport becomes a small set of cells, shared by all who look at it. No I/O."""

import math

from domain.errors import Invalid

CELL_DEG = 0.02
"""Side of a cell, degrees; about 2 km."""

MAX_CELLS = 900
"""A viewport of more cells gets the whole fleet."""

Cell = tuple[int, int]
CellSet = frozenset[Cell]
BBox = tuple[float, float, float, float]


def cell_of(lon: float, lat: float) -> Cell:
    """Return the cell of a place."""
    return math.floor(lon / CELL_DEG), math.floor(lat / CELL_DEG)


def cells_of(bbox: BBox | None) -> CellSet | None:
    """Return the cells of a viewport plus a margin of one cell; None means everywhere.

    Args:
        bbox: west, south, east, north in degrees; None for everywhere.

    Raises:
        Invalid: ``bad_bbox`` when a side is not finite, out of range, or west/south is not below east/north.
    """
    if bbox is None:
        return None
    west, south, east, north = bbox
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise Invalid(
            "bad_bbox", "bbox is [west, south, east, north] in degrees with west < east, south < north"
        )
    (x_min, y_min), (x_max, y_max) = cell_of(west, south), cell_of(east, north)
    if (x_max - x_min + 3) * (y_max - y_min + 3) > MAX_CELLS:
        return None
    return frozenset((x, y) for x in range(x_min - 1, x_max + 2) for y in range(y_min - 1, y_max + 2))
