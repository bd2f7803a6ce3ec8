"""Says in a sentence what a variant changes, as one would tell it at the counter; and the table above it."""

from collections import Counter
from collections.abc import Sequence

from whatif.compare import (
    MEASURES,
    Days,
    Estimate,
    Measure,
    difference,
    level,
    measure,
    orders_within,
    wait_within,
)
from whatif.variants import DemandChange, RidersChange, SettingChange, Variant, show_hours

BASE = "as it was"
NOTICEABLE_MIN = 0.05
"""Below this many minutes nobody notices, however sure it is."""


def table(variants: Sequence[Variant], days: Sequence[Days]) -> str:
    """Return the comparison: a block per variant, beside the day as it was."""
    if len(days) == 1:
        return _block(BASE, days[0], None)
    return "\n\n".join(
        _block(in_words(variant), days[0], mine)
        for variant, mine in zip(variants[1:], days[1:], strict=True)
        if mine
    )


def _block(title: str, base: Days, mine: Days | None) -> str:
    heads = ["", BASE] if mine is None else ["", BASE, "with change", "difference", ""]
    rows = [_row(line, base, mine) for line in MEASURES]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    seeds = len(base if mine is None else base.keys() & mine.keys())
    lines = [f"{title} ({seeds} {'seed' if seeds == 1 else 'seeds'}, ± 95 %)"]
    for row in [heads, *rows]:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(widths[i]) for i, cell in enumerate(row[1:], start=1))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([*lines, *_left(base if mine is None else mine)])


def _row(line: Measure, base: Days, mine: Days | None) -> list[str]:
    of = measure(line.name)
    cells = [line.title, _show(level(base, of), line.digits)]
    if mine is None:
        return cells
    gap = difference(base, mine, of)
    sure = "" if gap is None or gap.half is None else "sure" if gap.beyond_chance() else "chance"
    return [*cells, _show(level(mine, of), line.digits), _show(gap, line.digits, sign="+"), sure]


def _show(value: Estimate | None, digits: int, sign: str = "") -> str:
    if value is None:
        return "-"
    half = "" if value.half is None else f" ±{value.half:.{digits}f}"
    return f"{value.mean:{sign}.{digits}f}{half}"


def _left(days: Days) -> list[str]:
    """Return why orders were left, over all seeds."""
    counts: Counter[str] = Counter()
    for figures in days.values():
        counts.update(figures.reasons)
    if not counts:
        return []
    each = ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in counts.most_common())
    return [f"not delivered, over all seeds, because: {each}"]


def sentence(variant: Variant, base: Days, mine: Days) -> str:
    """Return what a variant means for customers and riders."""
    hours = variant.hours()
    wait = difference(base, mine, wait_within(hours))
    title = in_words(variant)
    if wait is None:
        return f"{title}: nothing to compare yet."
    said = [_waiting(wait, "" if hours is None else " who order in these hours"), *_orders(base, mine)]
    worth = _worth(variant, base, mine, wait)
    return f"{title}: {'; '.join(said)}{worth}."


def in_words(variant: Variant) -> str:
    """Return a variant's name as people say it."""
    return " and ".join(_change_in_words(change) for change in variant.changes) or BASE


def _change_in_words(change: RidersChange | DemandChange | SettingChange) -> str:
    if isinstance(change, SettingChange):
        return f"{change.name.replace('_', ' ')} {change.value}".replace("_", " ")
    when = f" {show_hours(change.hours)}" if change.hours else ""
    if isinstance(change, DemandChange):
        return f"{abs(change.factor - 1):.0%} {'more' if change.factor >= 1 else 'fewer'} orders{when}"
    kind = f" ({change.vehicle.value.replace('_', ' ')})" if change.vehicle else ""
    if change.factor is not None:
        return f"{change.factor:.0%} of the riders{kind}"
    count = abs(change.count)
    riders = "rider" if count == 1 else "riders"
    return f"{count} {'more' if change.count > 0 else 'fewer'} {riders}{kind}{when}"


def _waiting(wait: Estimate, whose: str) -> str:
    size, way = abs(wait.mean), "less" if wait.mean < 0 else "longer"
    span = "" if wait.half is None else f" (±{wait.half:.1f})"
    if wait.half is None:
        return f"customers{whose} wait {size:.1f} min {way} on one seed, which says little"
    if not wait.beyond_chance() or size < NOTICEABLE_MIN:
        return f"no difference for customers{whose} beyond chance ({wait.mean:+.1f} ±{wait.half:.1f} min)"
    return f"customers{whose} wait {size:.1f} min {way}{span}"


def _orders(base: Days, mine: Days) -> list[str]:
    """Return what happens to orders left undelivered and late, where it is beyond chance."""
    said = []
    lost = difference(base, mine, measure("undelivered"))
    if lost and lost.beyond_chance():
        said.append(f"{abs(lost.mean):.1f} {'more' if lost.mean > 0 else 'fewer'} orders are not delivered")
    late = difference(base, mine, measure("late_pct"))
    if late and late.beyond_chance():
        said.append(f"{abs(late.mean):.0f} in 100 {'more' if late.mean > 0 else 'fewer'} come late")
    gini = difference(base, mine, measure("gini_paid"))
    before = level(base, measure("gini_paid"))
    if gini and before and gini.beyond_chance() and abs(gini.mean) >= 0.02:
        even = "more even" if gini.mean < 0 else "less even"
        said.append(f"paid work is {even} (Gini {before.mean:.2f} to {before.mean + gini.mean:.2f})")
    return said


def _worth(variant: Variant, base: Days, mine: Days, wait: Estimate) -> str:
    """Return what an added rider hour buys, or a spared one costs."""
    hours = difference(base, mine, measure("rider_hours"))
    demand = any(isinstance(change, DemandChange) for change in variant.changes)
    if hours is None or abs(hours.mean) < 0.5 or demand:
        return ""
    orders = level(base, lambda figures: orders_within(variant.hours(), figures))
    spent = f"{abs(hours.mean):.0f}"
    price = f"; {'takes' if hours.mean > 0 else 'saves'} {spent} rider {'hour' if spent == '1' else 'hours'}"
    if orders is None or not wait.beyond_chance():
        return price
    minutes = abs(orders.mean * wait.mean / hours.mean)
    if (wait.mean < 0) == (hours.mean > 0):
        verb = "worth" if hours.mean > 0 else "at a price of"
        return f"{price}, {verb} about {minutes:.0f} min of customers' waiting per rider hour"
    return price
