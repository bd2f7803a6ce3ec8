"""Prints what the bench found: a line per instance, and the goals beside what was reached."""

from collections.abc import Mapping
from typing import NamedTuple

from bench.mdrp.reference import REFERENCES, Reference
from bench.mdrp.runs import Row

_COLUMNS = (
    ("delivered_pct", "deliv%", ".2f"),
    ("impossible", "imposs", ".0f"),
    ("click_to_door_min", "CtD", ".2f"),
    ("click_to_door_p90_min", "p90", ".1f"),
    ("ready_to_door_min", "RtD", ".2f"),
    ("ready_to_pickup_min", "RtP", ".2f"),
    ("late_pct", "late%", ".1f"),
    ("cost_per_order", "cost", ".2f"),
    ("orders_per_bundle", "bundle", ".3f"),
    ("ride_min_per_order", "ride", ".1f"),
)
_BASELINE = (
    ("delivered_pct", "m deliv%", ".2f"),
    ("click_to_door_min", "m CtD", ".2f"),
    ("ride_min_per_order", "m ride", ".1f"),
)
HEAD = (
    f"{'instance':16}"
    + "".join(f"{title:>8}" for _, title, _ in _COLUMNS)
    + "".join(f"{title:>8}" for title in ("changes", "ins p50", "ins p99", "imp p50", "imp p99"))
    + "".join(f"{title:>9}" for _, title, _ in _BASELINE)
    + "".join(f"{title:>9}" for title in ("Reyes", "exact", "match*", "columns*", "vs exact"))
)
LEGEND = (
    "imposs: orders that nobody on shift could fetch, whatever the policy; m: the baseline match, run here; "
    "Reyes, exact: published;\nmatch*, columns*: measured earlier with another program; "
    "changes: tentative changes of courier per order; ride: riding minutes per order;\n"
    "ins: ms of the answer to an event (insertion); imp: ms of the improvement after it, in a server's worker"
)


def line(row: Row, baseline: Row | None) -> str:
    """Return one instance's line, the baseline's and the published figures beside it."""
    figures = row.verdict.figures
    reference = REFERENCES.get(row.name, Reference(None, None, None, None))
    theirs = (
        "".join(f"{'-':>9}" for _ in _BASELINE)
        if baseline is None
        else "".join(f"{baseline.verdict.figures[name]:9{form}}" for name, _, form in _BASELINE)
    )
    known = "".join(f"{'-':>9}" if value is None else f"{value:9.2f}" for value in reference)
    above = (
        "" if not reference.exact else f"{100 * (figures['click_to_door_min'] / reference.exact - 1):8.1f}%"
    )
    return (
        f"{row.name:16}"
        + "".join(f"{figures[name]:8{form}}" for name, _, form in _COLUMNS)
        + f"{row.changes_per_order:8.2f}{row.insert_p50_ms:8.1f}{row.insert_p99_ms:8.1f}"
        + f"{row.decision_p50_ms:8.1f}{row.decision_p99_ms:8.1f}"
        + theirs
        + known
        + above
    )


class Goal(NamedTuple):
    """A figure that must not be exceeded, over the instances it speaks of."""

    metric: str
    what: str
    most: float


GOALS = (
    Goal("known_above_exact_pct", "16 seed-0 rows above the clairvoyant optimum, %", 1.0),
    Goal("overloaded_undelivered_pct", "1o50t100s1p100 undelivered, %", 0.1),
    Goal("overloaded_click_to_door_min", "1o50t100s1p100 click-to-door, min", 34.7),
    Goal("undelivered_possible_pct", "undelivered though possible, %", 0.03),
    Goal("above_match_pct", "click-to-door above the baseline match, %", -1.0),
    Goal("riding_above_match_min", "riding per order above the baseline match, min", 0.0),
    Goal("violations", "violations of both rule sets", 0.0),
)


def goals(metrics: Mapping[str, float]) -> str:
    """Return the goals that were measured, one a line."""
    lines = [f"{'goal':52}{'at most':>9}{'reached':>9}"]
    for goal in GOALS:
        if goal.metric in metrics:
            reached = metrics[goal.metric]
            met = "" if reached <= goal.most + 1e-9 else "  not met"
            lines.append(f"{goal.what:52}{goal.most:9.2f}{reached:9.3f}{met}")
    return "\n".join(lines)
