"""A small invented city with a Mexican feel: streets to ride, places to eat, doors to knock on.

Generated from a seed by our own code, so that a demo has a map without any network. ``build_city`` is all
that others need.
"""

from simulator.city.city import Address, City, Shop, build_city

__all__ = ["Address", "City", "Shop", "build_city"]
