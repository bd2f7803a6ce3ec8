"""CPU per ping from bytes to events: decode, filters, smoothing, fences, for few zones and for very many.

Couriers ride synthetic ways (``bench.rides``) in a city of 20 by 20 km, each with two order fences, one fix
per frame every 5 s, as JSON. The zones are circles and polygons of 40 to 250 m. In the ``country`` spread
there is one on every square kilometre, so their number grows with the area that is served; the goal is the
same cost per ping for 10 zones and for 100,000, within 1.3 times. The ``city`` spread strews all of them
over the one city, as large as they can be side by side: of 100,000 each is 25 m across, and a courier
changes zone with every second fix. That is work which few zones do not bring, shown so that nobody is
surprised.

All sizes take turns, and the quickest of all rounds counts, so that a busy machine does not decide.

    python -m bench.pipeline [--pings 24000] [--zones 10 1000 20000 100000] [--json FILE]
"""

import argparse
import gc
import math
import random
import time
from collections.abc import Sequence

import msgspec

from bench.report import write_report
from bench.rides import synthetic_ride
from domain.courier import Courier, ShiftState
from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId, StopId, ZoneId
from domain.ports import PingBatch
from domain.zone import Area, Circle, OrderFence, Zone
from tracker.geofence.catalogue import ZoneCatalogue
from tracker.geofence.fence import Fence, stop_fence
from tracker.pipeline import Pipeline
from tracker.settings import TrackerSettings
from ws.messages import Pings

_HOME = LonLat(-99.17, 19.41)
_START_MS = 1_790_000_000_000
_FLEET, _PHONE = FleetId("bench"), DeviceId("d")
_CITY_M = 20_000.0
_COURIERS = 50

Frame = tuple[CourierId, int, bytes]


def city_zones(count: int, side_m: float, rng: random.Random) -> list[Zone]:
    """Return zones strewn evenly over a square around home: circles, and polygons of 5 to 12 corners."""
    zones = []
    widest_m = min(250.0, 0.45 * side_m / math.sqrt(count))
    for number in range(count):
        center = moved(_HOME, rng.uniform(-side_m, side_m) / 2, rng.uniform(-side_m, side_m) / 2)
        radius_m = rng.uniform(0.15, 1.0) * widest_m
        shape: Circle | Area = Circle(center=center, radius_m=radius_m)
        if number % 2:
            shape = _polygon(center, radius_m, rng)
        zones.append(Zone(id=ZoneId(f"z{number}"), fleet=_FLEET, name=f"z{number}", shape=shape))
    return zones


def frames(count: int, seed: int) -> list[Frame]:
    """Return frames of all couriers, interleaved by time, encoded as on the wire."""
    rng = random.Random(seed)
    encoder = msgspec.json.Encoder()
    made: list[tuple[int, CourierId, int, bytes]] = []
    per_courier = math.ceil(count / _COURIERS)
    for number in range(_COURIERS):
        courier = CourierId(f"c{number}")
        home_x, home_y = rng.uniform(-6_000, 6_000), rng.uniform(-6_000, 6_000)
        ride = synthetic_ride(rng, stops=max(4, per_courier // 80 + 1))
        for seq in range(1, per_courier + 1):
            second = min(5 * seq, len(ride.x) - 1)
            place = moved(
                _HOME, home_x + ride.x[second] + rng.gauss(0, 4), home_y + ride.y[second] + rng.gauss(0, 4)
            )
            at_ms = _START_MS + 5_000 * seq + number
            fix = [at_ms, place.lon, place.lat, 8.0, None, None, 80]
            made.append((at_ms, courier, seq, encoder.encode({"type": "pings", "seq": seq, "fixes": [fix]})))
    made.sort()
    return [(courier, seq, data) for _, courier, seq, data in made[:count]]


def microseconds_per_ping(pipeline: Pipeline, work: Sequence[Frame]) -> float:
    """Return CPU microseconds per ping; every call continues the ride."""
    decode = msgspec.json.Decoder(Pings).decode
    gc.collect()
    begin = time.process_time()
    for courier, _, data in work:
        pings = decode(data)
        now_ms = pings.fixes[-1].fix_at_ms + 400
        batch = PingBatch(
            fleet=_FLEET,
            courier_id=courier,
            device=_PHONE,
            seq=pings.seq,
            fixes=pings.fixes,
            indexes=(0,),
            received_at_ms=now_ms,
        )
        pipeline.process(batch, now_ms)
    return (time.process_time() - begin) / len(work) * 1e6


def measure(sizes: Sequence[Sequence[Zone]], work: Sequence[Frame], rounds: int) -> list[float]:
    """Return CPU microseconds per ping for each set of zones; the first round only warms up."""
    pipelines = [_pipeline(zones) for zones in sizes]
    share = len(work) // rounds
    best = [math.inf] * len(sizes)
    for number in range(rounds):
        part = work[number * share : (number + 1) * share]
        for place, pipeline in enumerate(pipelines):
            cost = microseconds_per_ping(pipeline, part)
            best[place] = min(best[place], cost if number else math.inf)
    return best


def _pipeline(zones: Sequence[Zone]) -> Pipeline:
    pipeline = Pipeline(_FLEET, TrackerSettings(), ZoneCatalogue(zones))
    for number in range(_COURIERS):
        courier = CourierId(f"c{number}")
        pipeline.put_courier(Courier(id=courier, fleet=_FLEET, name=courier, shift=ShiftState.ON), _START_MS)
        pipeline.engine.stops[courier] = dict(_stops(courier, number))
    return pipeline


def _stops(courier: CourierId, number: int) -> list[tuple[str, Fence]]:
    made = []
    for kind in ("pickup", "dropoff"):
        fence = OrderFence(
            stop_id=StopId(f"o{number}.{kind}"),
            courier_id=courier,
            center=moved(_HOME, 100.0 * number, 500.0),
            radius_m=70,
        )
        made.append(stop_fence(fence, _START_MS))
    return [(fence.key, fence) for fence in made]


def _polygon(center: LonLat, radius_m: float, rng: random.Random) -> Area:
    corners = rng.randint(5, 12)
    ring = []
    for corner in range(corners):
        away = radius_m * rng.uniform(0.6, 1.0)
        angle = math.tau * corner / corners
        place = moved(center, away * math.cos(angle), away * math.sin(angle))
        ring.append((place.lon, place.lat))
    return Area(polygons=(((*ring, ring[0]),),))


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pings", type=int, default=24_000)
    parser.add_argument("--zones", type=int, nargs="+", default=[10, 1_000, 20_000, 100_000])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", dest="json_path", metavar="FILE")
    args = parser.parse_args()

    work = frames(args.pings, args.seed)
    metrics: dict[str, float] = {}
    for spread in ("country", "city"):
        sizes = []
        for count in args.zones:
            side_m = _CITY_M if spread == "city" else max(_CITY_M, 1_000.0 * math.sqrt(count))
            sizes.append(city_zones(count, side_m, random.Random(args.seed)))
        for count, cost in zip(args.zones, measure(sizes, work, args.rounds), strict=True):
            metrics[f"{spread}_{count}_zones_us_per_ping"] = round(cost, 1)
            print(f"{spread:8} {count:7,} zones  {cost:6.1f} us per ping")
        costs = [metrics[f"{spread}_{count}_zones_us_per_ping"] for count in args.zones]
        metrics[f"{spread}_slowest_to_fastest"] = round(max(costs) / min(costs), 3)
    write_report(
        "pipeline",
        {"pings": args.pings, "zones": args.zones, "rounds": args.rounds, "couriers": _COURIERS},
        metrics,
        args.json_path,
        [
            "country_slowest_to_fastest",
            "city_slowest_to_fastest",
            f"country_{args.zones[-1]}_zones_us_per_ping",
        ],
    )


if __name__ == "__main__":
    main()
