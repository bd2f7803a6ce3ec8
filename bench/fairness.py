"""What fairness costs: service against evenness of paid work, for weights from off to far beyond strong.

The very desk and planner on whole days in simulated time (``whatif``): real days with fewer riders and
orders, so that there is work for everybody, and halves of public Meal Delivery Routing Problem instances put
on a map.
Earnings stand as paid minutes and kilometres per hour on shift. Differences are paired seed by seed with
fairness off.
"""

import argparse
import os
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path

from bench.mdrp.instance import Instance, read_instance
from bench.report import write_report
from dispatcher.model import PlannerSettings
from dispatcher.settings import FAIRNESS, DispatchSettings
from domain.courier import Vehicle
from domain.geo import LonLat, moved
from whatif.chance import Dice
from whatif.changes import changed_day
from whatif.compare import Days, Estimate, difference, level, measure
from whatif.day import SimDay, SimOrder, SimRider
from whatif.day_files import read_day
from whatif.figures import Figures
from whatif.runs import end_with_parent, fixed_hashes
from whatif.variants import read_variant
from whatif.world import DayPlan, play

BEYOND = 60.0
WEIGHTS = {**{word.value: weight for word, weight in FAIRNESS.items()}, "beyond": BEYOND}
CASES = {
    "day 22": ("days/22", "riders*0.025, demand*0.25"),
    "day 9": ("days/9", "riders*0.009, demand*0.05"),
    "0o50t100s1p100": ("mdrp/0o50t100s1p100", "riders*0.5, demand*0.5"),
    "1o50t100s1p100": ("mdrp/1o50t100s1p100", "riders*0.5, demand*0.5"),
}
"""Where it lies in the shared data, and the share of it that is played: a co-op's size, with work for all."""
SHOWN = (
    ("click_to_door_min", "CtD min", ".2f"),
    ("late_pct", "late %", ".1f"),
    ("riding_min_per_order", "ride min", ".2f"),
    ("undelivered", "undel.", ".1f"),
    ("gini_paid", "Gini min", ".3f"),
    ("gini_km", "Gini km", ".3f"),
    ("max_min_paid", "max/min", ".2f"),
)
MIDDLE = LonLat(-99.17, 19.41)


def day_of(case: str, data: Path, seed: int) -> SimDay:
    """Return a case's day; real days with the same riders and orders left out at every weight."""
    where, change = CASES[case]
    public = where.startswith("mdrp/")
    day = on_a_map(read_instance(data / where)) if public else read_day(data / where, None)[0]
    return changed_day(day, read_variant(change), Dice(seed))


def on_a_map(instance: Instance) -> SimDay:
    """Return an instance of the plane as a day around one place; motorcycles ride about as fast."""
    orders = tuple(
        SimOrder(
            id=order.id,
            pickup=_placed(instance.restaurants[order.restaurant]),
            dropoff=_placed(order.at),
            placed_s=order.placed * 60,
            ready_s=order.ready * 60,
            due_s=(order.placed + round(instance.parameters.target_click_to_door)) * 60,
        )
        for order in instance.orders.values()
    )
    riders = tuple(
        SimRider(
            id=courier.id,
            vehicle=Vehicle.MOTORCYCLE,
            at=_placed(courier.at),
            shifts=((courier.on * 60, courier.off * 60),),
        )
        for courier in instance.couriers.values()
    )
    return SimDay(orders=orders, riders=riders)


def _placed(metres: LonLat) -> LonLat:
    return moved(MIDDLE, metres.lon, metres.lat)


def plan_of(day: SimDay, weight: float, seed: int) -> DayPlan:
    """Return what is played: a day at a fairness weight."""
    dispatch = DispatchSettings(planner=PlannerSettings(fairness=weight))
    return DayPlan(day=day, dispatch=dispatch, seed=seed)


def run(
    data: Path, cases: Sequence[str], seeds: Sequence[int], jobs: int
) -> dict[str, dict[str, dict[int, Figures]]]:
    """Return figures by case, weight and seed; Ctrl-C leaves what was finished."""
    asked = [(case, word, seed) for seed in seeds for case in cases for word in WEIGHTS]
    plans = [plan_of(day_of(case, data, seed), WEIGHTS[word], seed) for case, word, seed in asked]
    found: dict[str, dict[str, dict[int, Figures]]] = {case: {word: {} for word in WEIGHTS} for case in cases}
    with (
        fixed_hashes(),
        ProcessPoolExecutor(jobs, get_context("spawn"), initializer=end_with_parent) as pool,
    ):
        try:
            for (case, word, seed), figures in zip(asked, pool.map(play, plans), strict=True):
                found[case][word][seed] = figures
                print(f"{case:16} {word:8} seed {seed}: {_line_of(figures)}", flush=True)
        except KeyboardInterrupt:
            print("stopped: what follows is what was finished", flush=True)
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
    return found


def _line_of(figures: Figures) -> str:
    return "  ".join(f"{title} {_show(getattr(figures, name), form)}" for name, title, form in SHOWN)


def table(found: Mapping[str, Mapping[str, Days]]) -> str:
    """Return the trade-off: means, and in the last columns the paired change against fairness off."""
    lines = []
    for case, by_word in found.items():
        lines.append(f"\n{case}")
        lines.append(
            f"{'':9}" + "".join(f"{title:>10}" for _, title, _ in SHOWN) + "   CtD change   Gini change"
        )
        for word, days in by_word.items():
            cells = [level(days, measure(name)) for name, _, _ in SHOWN]
            shown = [
                f"{_show(cell.mean if cell else None, form):>10}"
                for cell, (_, _, form) in zip(cells, SHOWN, strict=True)
            ]
            gaps = [difference(by_word["off"], days, measure(n)) for n in ("click_to_door_min", "gini_paid")]
            lines.append(f"{word:9}" + "".join(shown) + f"{_gap(gaps[0], 2):>15}{_gap(gaps[1], 3):>16}")
    return "\n".join(lines)


def _gap(gap: Estimate | None, digits: int) -> str:
    if gap is None:
        return "-"
    half = "" if gap.half is None else f" ±{gap.half:.{digits}f}"
    return f"{gap.mean:+.{digits}f}{half}"


def _show(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


def draw(found: Mapping[str, Mapping[str, Days]], path: Path) -> None:
    """Draw waiting and riding against evenness, a curve per case, from off (hollow) to beyond strong."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to load

    figure = Figure(figsize=(10, 4), layout="constrained")
    sides = (("click_to_door_min", "click-to-door, min"), ("riding_min_per_order", "riding per order, min"))
    for axes, (name, title) in zip(figure.subplots(1, 2), sides, strict=True):
        for case, by_word in found.items():
            points = [
                (level(days, measure("gini_paid")), level(days, measure(name))) for days in by_word.values()
            ]
            x, y = ([p[i].mean for p in points if p[0] and p[1]] for i in (0, 1))  # type: ignore[union-attr]
            (line,) = axes.plot(x, y, marker="o", ms=4, label=case)
            axes.plot(x[:1], y[:1], marker="o", ms=8, mfc="none", color=line.get_color())
        axes.set_xlabel("Gini of paid minutes per shift hour (left is more even)")
        axes.set_ylabel(title)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def metrics_of(found: Mapping[str, Mapping[str, Days]]) -> dict[str, float]:
    """Return means by case, weight and measure, and the mean change of each weight over the cases."""
    metrics: dict[str, float] = {}
    for case, by_word in found.items():
        for word, days in by_word.items():
            for name, _, _ in SHOWN:
                value = level(days, measure(name))
                if value is not None:
                    metrics[f"{case.replace(' ', '_')}_{word}_{name}"] = round(value.mean, 4)
    for word in WEIGHTS:
        for name in ("click_to_door_min", "riding_min_per_order", "gini_paid", "gini_km"):
            gaps = [difference(by_word["off"], by_word[word], measure(name)) for by_word in found.values()]
            known = [gap.mean for gap in gaps if gap is not None]
            metrics[f"{word}_{name}_change"] = round(statistics.fmean(known), 4) if known else 0.0
    return metrics


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(prog="bench.fairness", description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("RELEVO_SHARED_DATA", "../shared/data"))
    )
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", help="write the result here")
    parser.add_argument("--svg", type=Path, help="draw the curve here")
    args = parser.parse_args()
    found = run(args.data, args.cases, range(1, args.seeds + 1), args.jobs)
    print(table(found))
    if args.svg:
        draw(found, args.svg)
    params = {
        "cases": args.cases,
        "seeds": min(len(days) for by in found.values() for days in by.values()),
        "weights": [f"{w} {v:g}" for w, v in WEIGHTS.items()],
    }
    headline = [
        "strong_click_to_door_min_change",
        "strong_riding_min_per_order_change",
        "strong_gini_paid_change",
    ]
    write_report("fairness", params, metrics_of(found), args.json, headline)


if __name__ == "__main__":
    main()
