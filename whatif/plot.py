"""Draws the comparison: waiting over the day, and what matters beside it. Needs matplotlib."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from whatif.compare import Days, level, measure
from whatif.variants import Variant
from whatif.words import BASE, in_words

KINDS = (".svg", ".png")
SIDE = (
    ("click_to_door_min", "click-to-door, min"),
    ("late_pct", "later than told, %"),
    ("idle_pct", "riders idle, %"),
    ("gini_paid", "Gini, paid minutes"),
)
COLOURS = ("#6b7280", "#0f766e", "#b45309", "#1d4ed8", "#be185d", "#4d7c0f", "#7c3aed", "#0e7490")


class PlotError(Exception):
    """The plot cannot be drawn; the message says what to do."""


def check_plot(path: Path) -> None:
    """Refuse early what could not be drawn after minutes of work.

    Raises:
        PlotError: unknown kind of file, or matplotlib is not installed.
    """
    if path.suffix.lower() not in KINDS:
        raise PlotError(f"--plot {path}: a plot is a .svg or a .png")
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - optional and slow to load
    except ImportError:
        raise PlotError("--plot needs matplotlib: pip install 'relevo[simulate]'") from None


def draw(variants: Sequence[Variant], days: Sequence[Days], paths: Sequence[Path]) -> None:
    """Write the comparison to each path, SVG or PNG by its ending."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - optional and slow to load

    names = [BASE, *(in_words(variant) for variant in variants[1:])]
    shown = [(name, mine) for name, mine in zip(names, days, strict=True) if mine]
    figure = Figure(figsize=(11, 3.2 + 0.25 * len(shown)), layout="constrained")
    grid = figure.add_gridspec(len(SIDE), 2, width_ratios=(3, 2))
    _over_the_day(figure.add_subplot(grid[:, 0]), shown)
    for row, (name, title) in enumerate(SIDE):
        _dots(figure.add_subplot(grid[row, 1]), shown, name, title)
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        # No date: the same figures make the same file.
        figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)


def _over_the_day(axes: Any, shown: Sequence[tuple[str, Days]]) -> None:
    hours = sorted({w.placed_s // 3600 for _, mine in shown for f in mine.values() for w in f.waits})
    for (name, mine), colour in zip(shown, _colours(len(shown)), strict=True):
        means = [_mean_of_hour(mine, hour) for hour in hours]
        axes.plot([hour + 0.5 for hour in hours], means, marker="o", ms=3, lw=1.6, color=colour, label=name)
    axes.set_xlabel("hour in which the order was placed")
    axes.set_ylabel("click-to-door, min")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)


def _mean_of_hour(days: Days, hour: int) -> float:
    waits = [w.minutes for f in days.values() for w in f.waits if w.placed_s // 3600 == hour]
    return statistics.fmean(waits) if waits else float("nan")


def _dots(axes: Any, shown: Sequence[tuple[str, Days]], name: str, title: str) -> None:
    for row, ((_, mine), colour) in enumerate(zip(shown, _colours(len(shown)), strict=True)):
        value = level(mine, measure(name))
        if value is not None:
            axes.errorbar(value.mean, -row, xerr=value.half or 0, fmt="o", ms=4, color=colour, capsize=2)
    axes.set_yticks([])
    axes.set_ylim(-len(shown) + 0.5, 0.5)
    axes.set_title(title, fontsize=8, loc="left")
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
