import itertools
import json
import math
import os
import random
import subprocess
import sys

import pytest

from domain.geo import LonLat, distance_m
from simulator.city import build_city

HASH = "import hashlib, json; from simulator.city import build_city; "
HASH += "print(hashlib.sha256(json.dumps(build_city(7).basemap()).encode()).hexdigest())"


@pytest.fixture(scope="module")
def city():
    return build_city(7)


def test_the_same_seed_gives_the_same_city_in_another_process():
    def digest(hash_seed):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", HASH], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert digest("1") == digest("2") != ""


def test_another_seed_gives_another_city(city):
    assert build_city(8).basemap() != city.basemap()


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_seed_gives_a_city_one_can_ride_through(seed):
    city = build_city(seed)
    rng = random.Random(seed)
    for shop in city.shops[:12]:
        goal = city.random_address(rng)
        assert (
            length_m(city.path(shop.address.at, goal.at)) < 2.5 * distance_m(shop.address.at, goal.at) + 500
        )


def test_a_path_begins_and_ends_where_asked_and_follows_the_streets(city):
    rng = random.Random(3)
    detours = []
    for _ in range(60):
        start, goal = city.random_address(rng).at, city.random_address(rng).at
        path = city.path(start, goal)
        assert distance_m(path[0], start) < 0.1
        assert distance_m(path[-1], goal) < 0.1
        assert length_m(path) >= distance_m(start, goal) - 0.1
        if distance_m(start, goal) > 300:
            detours.append(length_m(path) / distance_m(start, goal))
    assert 1.05 < sum(detours) / len(detours) < 1.5


def test_a_path_of_a_place_to_itself_is_short(city):
    door = city.shops[0].address.at
    assert length_m(city.path(door, door)) < 40


def test_the_basemap_has_closed_rings_known_classes_and_lies_within_its_bounds(city):
    document = city.basemap()
    west, south, east, north = document["bounds"]
    assert 3000 < distance_m(LonLat(west, south), LonLat(east, south)) < 5000
    layers = document["layers"]
    assert set(layers) == {"blocks", "parks", "water", "streets", "places"}
    for name in ("blocks", "parks", "water"):
        for feature in layers[name]["features"]:
            ring = feature["geometry"]["coordinates"][0]
            assert ring[0] == ring[-1]
            assert len(ring) >= 4
    for feature in layers["streets"]["features"]:
        assert feature["properties"]["class"] in {"primary", "secondary", "residential", "path"}
        assert feature["properties"]["name"]
        for lon, lat in feature["geometry"]["coordinates"]:
            assert west <= lon <= east
            assert south <= lat <= north
    kinds = {feature["properties"]["kind"] for feature in layers["places"]["features"]}
    assert {"colonia", "park", "plaza", "bridge", "roundabout", "taqueria"} <= kinds
    assert "inventada" in document["label"]
    assert len(json.dumps(document)) < 600_000


def test_blocks_do_not_overlap_the_streets_around_them(city):
    streets = [
        (a, b)
        for feature in city.basemap()["layers"]["streets"]["features"]
        for a, b in zip(
            feature["geometry"]["coordinates"], feature["geometry"]["coordinates"][1:], strict=False
        )
    ]
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in streets]
    for feature in city.basemap()["layers"]["blocks"]["features"]:
        ring = feature["geometry"]["coordinates"][0]
        box = [f(p[k] for p in ring) for k in (0, 1) for f in (min, max)]
        for x, y in middles:
            if box[0] < x < box[1] and box[2] < y < box[3]:
                assert not inside(ring, x, y), (feature["properties"], x, y)


def test_addresses_are_near_what_they_were_asked_near(city):
    rng = random.Random(5)
    shop = city.shops[0].address.at
    for _ in range(30):
        address = city.random_address(rng, shop, 400)
        assert distance_m(address.at, shop) <= 402
        assert ", Col. " in address.text


def inside(ring, x, y):
    odd = False
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            odd = not odd
    return odd


def length_m(path):
    total = sum(distance_m(a, b) for a, b in itertools.pairwise(path))
    assert math.isfinite(total)
    return total
