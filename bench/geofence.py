"""How well arrivals are told: precision, recall, doubled visits and error of the arrival time.

Rides with known stops (``bench.rides``, and real traces where they are at hand) are seen through a phone's
noise (``bench.noise``) at several sampling intervals and sent through the tracker's pipeline, fix by fix,
in the order in which they arrive. An arrival counts as right when it is dated within the true visit (by at
most the tolerance before it); every further arrival at the same stop is a duplicate and counts as wrong.
Where the courier truly stood inside the circle for the dwell time without meaning that stop (a red light in
front of the next customer's door), an arrival is what the positions say: it is counted apart as ``stood``,
neither right nor wrong; ``precision_strict`` counts it as wrong. In the same way a visit of which the phone
sent nothing (a tunnel or basement for all of it) is ``unseen`` and only counts in ``recall_strict``. Beside
it the plain rule "inside now, outside before" on the same fixes, as simple trackers have it.

    python -m bench.geofence [--rides 30] [--seed 1] [--noise usual|held_out] [--json FILE]
"""

import argparse
import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.noise import FAMILIES, HELD_OUT, URBAN, Family, Seen, observe
from bench.report import write_report
from bench.rides import ARRIVAL_RADIUS_M, Ride, TrueStop, synthetic_ride
from bench.traces import real_rides, shared_data
from domain.courier import Courier, ShiftState, Vehicle
from domain.events import FenceCorrected
from domain.geo import LonLat, moved
from domain.ids import CourierId, DeviceId, FleetId, StopId
from domain.ports import PingBatch
from domain.position import Fix
from domain.zone import FenceEventKind, OrderFence
from tracker.geofence.fence import STOP, stop_fence
from tracker.geofence.telling import FenceNews
from tracker.pipeline import Pipeline
from tracker.settings import TrackerSettings

INTERVALS_S = (1, 3, 5, 10, 15, 30)
HELD_OUT_INTERVALS_S = (3, 5, 7, 15, 20)
_HOME = LonLat(-99.17, 19.41)
_DWELL_S = 15
_START_MS = 1_790_000_000_000
_FLEET, _COURIER, _PHONE = FleetId("bench"), CourierId("c"), DeviceId("d")

Arrival = tuple[str, float]
"""(stop, seconds of the ride)"""


@dataclass(slots=True)
class Score:
    """Arrivals told against arrivals that happened."""

    stops: int = 0
    right: int = 0
    wrong: int = 0
    doubled: int = 0
    stood: int = 0
    unseen: int = 0
    errors_s: list[float] = field(default_factory=list)

    def add(self, ride: Ride, seen: Sequence[Seen], told: Sequence[Arrival], tolerance_s: float) -> None:
        """Count one ride."""
        self.stops += len(ride.stops)
        for stop in ride.stops:
            mine = [at for name, at in told if name == stop.name]
            good = [at for at in mine if stop.arrive_s - tolerance_s <= at <= stop.leave_s]
            if good:
                self.right += 1
                self.errors_s.append(abs(good[0] - stop.arrive_s))
            elif not _visible(stop, seen):
                self.unseen += 1
            self.doubled += max(0, len(good) - 1)
            stood = sum(at not in good and _stands(ride, stop, at) for at in mine)
            self.stood += stood
            self.wrong += len(mine) - min(1, len(good)) - stood

    def merge(self, other: "Score") -> None:
        """Add another score's counts."""
        self.stops += other.stops
        self.right += other.right
        self.wrong += other.wrong
        self.doubled += other.doubled
        self.stood += other.stood
        self.unseen += other.unseen
        self.errors_s += other.errors_s

    def metrics(self, name: str) -> dict[str, float]:
        """Return the figures under ``name``."""
        errors = sorted(self.errors_s) or [math.inf]
        told = self.right + self.wrong
        return {
            f"{name}_precision": round(self.right / told if told else 0.0, 4),
            f"{name}_precision_strict": round(self.right / (told + self.stood) if told else 0.0, 4),
            f"{name}_recall": round(self.right / max(1, self.stops - self.unseen), 4),
            f"{name}_recall_strict": round(self.right / max(1, self.stops), 4),
            f"{name}_duplicates": self.doubled,
            f"{name}_error_median_s": round(min(statistics.median(errors), 1e6), 1),
            f"{name}_error_p95_s": round(min(errors[int(0.95 * (len(errors) - 1))], 1e6), 1),
        }


def _stands(ride: Ride, stop: TrueStop, at_s: float) -> bool:
    """Tell whether the courier truly stands in the circle for the dwell time within a minute of ``at_s``."""
    begin = max(0, int(at_s) - 15)
    for start in range(begin, min(int(at_s) + 60, len(ride.x) - _DWELL_S)):
        if math.hypot(ride.x[start] - stop.x, ride.y[start] - stop.y) > ARRIVAL_RADIUS_M:
            continue
        end = start + _DWELL_S
        if math.hypot(ride.x[end] - ride.x[start], ride.y[end] - ride.y[start]) < 5.0:
            return True
    return False


def _visible(stop: TrueStop, seen: Sequence[Seen]) -> bool:
    """Tell whether a phone sent of a visit for at least the dwell time."""
    at = [fix.at_s for fix in seen if fix.honest and stop.arrive_s <= fix.at_s <= stop.leave_s]
    return len(at) > 1 and max(at) - min(at) >= _DWELL_S


def tracked(ride: Ride, seen: Sequence[Seen], settings: TrackerSettings) -> list[Arrival]:
    """Return the arrivals that the tracker's pipeline tells."""
    pipeline = Pipeline(_FLEET, settings)
    courier = Courier(id=_COURIER, fleet=_FLEET, name="Bench", vehicle=Vehicle.BICYCLE, shift=ShiftState.ON)
    pipeline.put_courier(courier, _START_MS)
    waiting = sorted(ride.stops, key=lambda stop: stop.active_s, reverse=True)
    told: list[FenceNews] = []
    now_ms = _START_MS
    for seq, item in enumerate(seen, start=1):
        while waiting and waiting[-1].active_s <= item.arrives_s:
            stop = waiting.pop()
            fence = OrderFence(
                stop_id=StopId(stop.name),
                courier_id=_COURIER,
                center=moved(_HOME, stop.x, stop.y),
                radius_m=ARRIVAL_RADIUS_M,
            )
            made = stop_fence(fence, _START_MS + stop.active_s * 1000)
            pipeline.engine.stops.setdefault(_COURIER, {})[made.key] = made
        _plan(ride, pipeline, item.arrives_s)
        now_ms = _START_MS + int(item.arrives_s * 1000)
        done = pipeline.process(_frame(seq, item, now_ms), now_ms)
        told += done.events
    return _arrivals([*told, *pipeline.settle(now_ms + 600_000)])


def _plan(ride: Ride, pipeline: Pipeline, now_s: float) -> None:
    """Tell the tracker what the desk would: which stop is next, and that a stop is done once it was left."""
    ahead = [stop for stop in ride.stops if now_s <= stop.leave_s]
    for stop in ride.stops:
        fence = pipeline.engine.stops.get(_COURIER, {}).get(f"{STOP}{stop.name}")
        if fence is not None:
            fence.later = stop in ahead[1:]
            if stop not in ahead:
                fence.until_ms = _START_MS + stop.leave_s * 1000


def naive(ride: Ride, seen: Sequence[Seen]) -> list[Arrival]:
    """Return what "inside now, outside before" tells of the same fixes as they arrive."""
    told: list[Arrival] = []
    inside: dict[str, bool] = {}
    for item in seen:
        for stop in ride.stops:
            if item.arrives_s < stop.active_s:
                continue
            now = math.hypot(item.x - stop.x, item.y - stop.y) <= ARRIVAL_RADIUS_M
            if now and not inside.get(stop.name, False):
                told.append((stop.name, item.at_s))
            inside[stop.name] = now
    return told


def score_family(
    rides: Sequence[Ride], family: Family, interval_s: float, seed: int, settings: TrackerSettings
) -> tuple[Score, Score]:
    """Return the scores of the tracker and of the plain rule."""
    ours, plain = Score(), Score()
    tolerance_s = 30.0 + interval_s
    for number, ride in enumerate(rides):
        rng = random.Random(f"{seed} {family.name} {interval_s} {number}")
        seen = observe(ride, family, interval_s, rng)
        ours.add(ride, seen, tracked(ride, seen, settings), tolerance_s)
        plain.add(ride, seen, naive(ride, seen), tolerance_s)
    return ours, plain


def run_held_out(
    rides: Sequence[Ride], label: str, intervals_s: Sequence[float], seed: int, settings: TrackerSettings
) -> dict[str, float]:
    """Return the metrics of one set of rides under noise that nothing was tuned on."""
    metrics: dict[str, float] = {}
    for family in HELD_OUT:
        for interval_s in intervals_s:
            ours, plain = score_family(rides, family, interval_s, seed, settings)
            metrics |= ours.metrics(f"{label}_{family.name}_{interval_s}s")
            metrics |= plain.metrics(f"{label}_{family.name}_{interval_s}s_naive")
            _print_row(f"{label} {family.name}", interval_s, ours, plain)
    return metrics


def run(
    rides: Sequence[Ride], label: str, intervals_s: Sequence[float], seed: int, settings: TrackerSettings
) -> dict[str, float]:
    """Return the metrics of one set of rides at all intervals, per family and for urban noise as a whole."""
    metrics: dict[str, float] = {}
    for interval_s in intervals_s:
        urban, urban_plain = Score(), Score()
        for family in FAMILIES:
            ours, plain = score_family(rides, family, interval_s, seed, settings)
            if family.name in URBAN:
                urban.merge(ours)
                urban_plain.merge(plain)
            metrics |= ours.metrics(f"{label}_{family.name}_{interval_s}s")
            metrics |= plain.metrics(f"{label}_{family.name}_{interval_s}s_naive")
        metrics |= urban.metrics(f"{label}_urban_{interval_s}s")
        metrics |= urban_plain.metrics(f"{label}_urban_{interval_s}s_naive")
        _print_row(label, interval_s, urban, urban_plain)
    return metrics


def _frame(seq: int, item: Seen, now_ms: int) -> PingBatch:
    place = moved(_HOME, item.x, item.y)
    fix = Fix(
        _START_MS + int(item.at_s * 1000),
        place.lon,
        place.lat,
        item.accuracy_m,
        item.speed_mps,
        item.heading_deg,
    )
    return PingBatch(
        fleet=_FLEET,
        courier_id=_COURIER,
        device=_PHONE,
        seq=seq,
        fixes=(fix,),
        indexes=(0,),
        received_at_ms=now_ms,
    )


def _arrivals(news: Sequence[FenceNews]) -> list[Arrival]:
    """Return the arrivals that hold when all corrections are in."""
    corrected = {event.corrects for event in news if isinstance(event, FenceCorrected)}
    return [
        (str(event.stop_id), (event.at_ms - _START_MS) / 1000.0)
        for event in news
        if event.kind is FenceEventKind.ENTERED
        and event.id not in corrected
        and not (isinstance(event, FenceCorrected) and event.retracted)
    ]


def _print_row(label: str, interval_s: float, ours: Score, plain: Score) -> None:
    for who, score in (("tracker", ours), ("naive", plain)):
        m = score.metrics("m")
        print(
            f"{label:22} {interval_s:3g} s  {who:8} stops {score.stops:5}  precision {m['m_precision']:.4f} "
            f"(strict {m['m_precision_strict']:.4f})  "
            f"recall {m['m_recall']:.4f} (strict {m['m_recall_strict']:.4f})  duplicates {score.doubled:4}  "
            f"error median {m['m_error_median_s']:5.1f} s  p95 {m['m_error_p95_s']:6.1f} s"
        )


def main() -> None:
    """Run the bench from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rides", type=int, default=30, help="synthetic rides of ten stops each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--intervals", type=float, nargs="+")
    parser.add_argument(
        "--noise",
        choices=("usual", "held_out"),
        default="usual",
        help="held_out: models nothing was tuned on",
    )
    parser.add_argument("--json", dest="json_path", metavar="FILE")
    args = parser.parse_args()
    held_out = args.noise == "held_out"
    chosen = args.intervals or (HELD_OUT_INTERVALS_S if held_out else INTERVALS_S)
    intervals = [int(value) if value == int(value) else value for value in chosen]
    go = run_held_out if held_out else run

    rng = random.Random(args.seed)
    settings = TrackerSettings()
    metrics = go(
        [synthetic_ride(rng) for _ in range(args.rides)], "synthetic", intervals, args.seed, settings
    )
    folder = shared_data() / "traces"
    real = real_rides(folder) if folder.is_dir() else []
    if real:
        metrics |= go(real, "real", intervals, args.seed, settings)
    else:
        print(f"real traces: none at {folder} (set RELEVO_SHARED_DATA)")
    family = HELD_OUT[0].name if held_out else "urban"
    shown = 5 if 5 in intervals else intervals[0]
    write_report(
        "geofence",
        {
            "noise": args.noise,
            "rides": args.rides,
            "seed": args.seed,
            "intervals_s": intervals,
            "real_rides": len(real),
        },
        metrics,
        args.json_path,
        [
            f"synthetic_{family}_{shown}s_{name}"
            for name in ("precision", "recall", "duplicates", "error_median_s")
        ]
        + [f"synthetic_{family}_{shown}s_naive_{name}" for name in ("precision", "recall")],
    )


if __name__ == "__main__":
    main()
