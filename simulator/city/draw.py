"""Draws the city of a seed, in metres around its centre."""

import random

import msgspec

from simulator.city.areas import Area, AreaDrawer
from simulator.city.grid import XY
from simulator.city.network import Network
from simulator.city.streets import StreetDrawer
from simulator.city.survey import Survey


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """The finished sheet; ``spots`` are name, kind and place of what has a name."""

    network: Network
    blocks: list[Area]
    parks: list[Area]
    water: list[Area]
    spots: list[tuple[str, str, XY]]


def draw(seed: int) -> Drawing:
    """Return the city of a seed; the same seed gives the same city."""
    survey = Survey(random.Random(seed))
    streets = StreetDrawer(survey)
    streets.draw()
    areas = AreaDrawer(survey, streets.roundabouts)
    areas.draw()
    return Drawing(
        network=streets.network,
        blocks=areas.blocks,
        parks=areas.parks,
        water=areas.water,
        spots=[*streets.spots, *areas.spots],
    )
