"""``relevo simulate``: what would have happened with more riders, more orders or other settings."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from simulator.day_files import DayFileError
from whatif.chance import Dice
from whatif.changes import changed_day
from whatif.compare import MEASURES, Days, Estimate, difference, level, measure
from whatif.day import SimDay
from whatif.day_files import read_day
from whatif.plot import PlotError, check_plot, draw
from whatif.runs import Job, play_all
from whatif.variants import EXAMPLES, Variant, VariantError, read_variant
from whatif.words import BASE, sentence, table

USAGE_ERROR = 2
STOPPED = 130
SEEDS_MAX = 200
PROBLEMS_SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``relevo simulate``."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"changes, several with commas between: {EXAMPLES}\nMore: docs/how-to/what-if.md"
    parser.add_argument(
        "day",
        type=Path,
        metavar="DAY",
        help="a folder with orders.csv and couriers.csv, or a CSV of your own orders",
    )
    parser.add_argument(
        "--with",
        dest="variants",
        action="append",
        default=[],
        metavar="CHANGES",
        help="a variant; may be repeated",
    )
    parser.add_argument("--base", metavar="CHANGES", help="changes that the day and every variant begin with")
    parser.add_argument(
        "--riders",
        metavar="WHO",
        help="a CSV of riders, or 6@11-16, 2 bicycle@18:00-23:00; else couriers.csv",
    )
    parser.add_argument(
        "--seeds", type=int, default=5, metavar="N", help="days played per variant (%(default)s)"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="at once (%(default)s)"
    )
    parser.add_argument(
        "--plot",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="draw it: .svg or .png; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")


def run(options: argparse.Namespace) -> int:
    """Simulate; 0 when done, 2 when something was asked wrongly, 130 when stopped."""
    try:
        day, base, variants = _asked(options)
    except (VariantError, DayFileError, PlotError) as error:
        print(f"relevo simulate: {error}", file=sys.stderr)
        return USAGE_ERROR
    seeds = range(1, options.seeds + 1)
    jobs = [
        Job(day=day, base=base, variant=variant, number=number, seed=seed)
        for seed in seeds
        for number, variant in enumerate(variants)
    ]
    played = play_all(jobs, min(options.jobs, len(jobs)), _tell)
    if not played.days[0]:
        print("relevo simulate: stopped before a day was finished", file=sys.stderr)
        return STOPPED
    _report(options, base, variants, played.days)
    return STOPPED if played.stopped else 0


def _asked(options: argparse.Namespace) -> tuple[SimDay, Variant, list[Variant]]:
    """Return the day, what it begins with, and the variants, the unchanged one first."""
    for name, most in (("seeds", SEEDS_MAX), ("jobs", 256)):
        if not 1 <= getattr(options, name) <= most:
            raise VariantError(f"--{name} is 1 to {most}, not {getattr(options, name)}")
    for path in options.plot:
        check_plot(path)
    base = read_variant(options.base) if options.base else Variant(name="")
    variants = [Variant(name=BASE), *(read_variant(text) for text in options.variants)]
    day, problems = read_day(options.day, options.riders)
    for problem in problems[:PROBLEMS_SHOWN]:
        _tell(problem)
    if len(problems) > PROBLEMS_SHOWN:
        _tell(f"... and {len(problems) - PROBLEMS_SHOWN} more rows skipped")
    for variant in variants:
        begun = changed_day(day, base, Dice(1))
        changed_day(begun, variant, Dice(1))  # says now what cannot be done
    return day, base, variants


def _report(
    options: argparse.Namespace, base: Variant, variants: Sequence[Variant], days: Sequence[Days]
) -> None:
    print(table(variants, days))
    if options.plot:
        draw(variants, days, options.plot)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(_document(options, base, variants, days), indent=1) + "\n")
    print()
    for variant, mine in zip(variants[1:], days[1:], strict=True):
        if mine:
            print(sentence(variant, days[0], mine))


def _document(
    options: argparse.Namespace, base: Variant, variants: Sequence[Variant], days: Sequence[Days]
) -> dict[str, Any]:
    return {
        "bench": "simulate",
        "machine": {"platform": platform.platform(), "python": platform.python_version()},
        "params": {"day": str(options.day), "base": base.name, "seeds": options.seeds},
        "variants": [
            {
                "name": variant.name,
                "sentence": sentence(variant, days[0], mine) if number and mine else None,
                "measures": {
                    line.name: {
                        "mean": _estimate(level(mine, measure(line.name))),
                        "difference": _estimate(difference(days[0], mine, measure(line.name)))
                        if number
                        else None,
                    }
                    for line in MEASURES
                },
                "seeds": {str(seed): msgspec.to_builtins(figures) for seed, figures in sorted(mine.items())},
            }
            for number, (variant, mine) in enumerate(zip(variants, days, strict=True))
        ],
    }


def _estimate(value: Estimate | None) -> dict[str, float | int | bool | None] | None:
    if value is None:
        return None
    return {
        "mean": value.mean,
        "half_95": value.half,
        "seeds": value.seeds,
        "beyond_chance": value.beyond_chance(),
    }


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
