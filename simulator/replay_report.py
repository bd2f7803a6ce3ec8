"""Turns what was seen during a replay into the figures and the table of its report."""

import datetime as dt
import math
import platform
from typing import Any

import msgspec

from simulator.ping_queue import Tally
from simulator.prometheus import Scrape, quantile


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One order: when it was due, and what the server said of it in the end."""

    id: str
    wanted_at_ms: int
    ready_at_ms: int
    due_at_ms: int
    status: str | None = None
    placed_at: str | None = None
    reached_at: dict[str, str] = {}
    unassigned_reason: str | None = None


class Evidence(msgspec.Struct, kw_only=True):
    """Everything a replay saw."""

    facts: list[OrderFacts]
    refused: int
    expected: int
    tally: Tally
    offers: dict[str, int]
    arrivals: dict[str, int]
    exits: dict[str, int]
    late_arrivals: int
    viewer_gaps: int
    ended: bool
    wall_s: float
    fleet: str


class Figures(msgspec.Struct, kw_only=True):
    """The report. Minutes are the server's unless they say wall; None where nothing was observed."""

    ended: bool
    wall_minutes: float
    orders: int
    orders_placed: int
    orders_delivered: int
    orders_late: int
    orders_late_over_10_min: int
    orders_unserved: int
    orders_lost: int
    click_to_door_mean_min: float | None
    click_to_door_p90_min: float | None
    ready_to_door_mean_min: float | None
    ready_to_pickup_mean_min: float | None
    offers_made: int
    offers_declined: int
    offers_expired: int
    pings_sent: int
    pings_acknowledged: int
    pings_sent_again: int
    pings_duplicated: int
    pings_stored: int
    pings_refused: int
    frames_missed: int
    arrivals_per_delivered_stop: float | None
    delivered_stops_with_one_arrival_pct: float | None
    insert_p50_ms: float | None
    insert_p95_ms: float | None
    improve_p50_ms: float | None
    improve_p95_ms: float | None
    ack_p50_ms: float | None
    ack_p99_ms: float | None
    loop_lag_p99_ms: float | None
    reconnects: int
    viewer_gaps: int
    actions_refused: int
    refusals: dict[str, int] = {}
    action_refusals: dict[str, int] = {}
    errors: dict[str, int] = {}
    unserved_reasons: dict[str, int] = {}
    rows_skipped: int = 0


def figure(seen: Evidence, before: Scrape, after: Scrape) -> Figures:
    """Return the figures; ``before`` and ``after`` are readings of ``/metrics`` around the replay."""
    delivered = [fact for fact in seen.facts if fact.status == "delivered"]
    unserved = [fact for fact in seen.facts if fact.status != "delivered"]
    late_min = [(_reached(fact, "delivered") - fact.due_at_ms) / 60_000 for fact in delivered]
    click = [_minutes(fact.wanted_at_ms, fact, "delivered") for fact in delivered]
    stops = [f"{fact.id}.{kind}" for fact in delivered for kind in ("pickup", "dropoff")]
    arrivals = [seen.arrivals.get(stop, 0) for stop in stops]
    picked = [fact for fact in delivered if "picked_up" in fact.reached_at]
    ping = _Change(before, after, "relevo_pings_total", {"fleet": seen.fleet})
    return Figures(
        ended=seen.ended,
        wall_minutes=round(seen.wall_s / 60, 2),
        orders=seen.expected,
        orders_placed=len(seen.facts),
        orders_delivered=len(delivered),
        orders_late=sum(minutes > 0 for minutes in late_min),
        orders_late_over_10_min=sum(minutes > 10 for minutes in late_min),
        orders_unserved=len(unserved) + seen.refused,
        orders_lost=sum(fact.status is None for fact in seen.facts),
        click_to_door_mean_min=_mean(click),
        click_to_door_p90_min=_p90(click),
        ready_to_door_mean_min=_mean([_minutes(f.ready_at_ms, f, "delivered") for f in delivered]),
        ready_to_pickup_mean_min=_mean([_minutes(f.ready_at_ms, f, "picked_up") for f in picked]),
        offers_made=seen.offers.get("made", 0),
        offers_declined=seen.offers.get("declined", 0),
        offers_expired=seen.offers.get("expired", 0),
        pings_sent=seen.tally.fixes_sent,
        pings_acknowledged=seen.tally.fixes_acked,
        pings_sent_again=seen.tally.fixes_sent_again,
        pings_duplicated=ping.of("duplicate"),
        pings_stored=ping.of("accepted"),
        pings_refused=sum(seen.tally.rejected.values()),
        frames_missed=seen.tally.frames_missed,
        arrivals_per_delivered_stop=_mean([float(count) for count in arrivals]),
        delivered_stops_with_one_arrival_pct=_mean([100.0 * (count == 1) for count in arrivals]),
        insert_p50_ms=_quantile_ms(0.5, "relevo_plan_seconds", before, after, phase="insert"),
        insert_p95_ms=_quantile_ms(0.95, "relevo_plan_seconds", before, after, phase="insert"),
        improve_p50_ms=_quantile_ms(0.5, "relevo_plan_seconds", before, after, phase="improve"),
        improve_p95_ms=_quantile_ms(0.95, "relevo_plan_seconds", before, after, phase="improve"),
        ack_p50_ms=_quantile_ms(0.5, "relevo_ack_seconds", before, after),
        ack_p99_ms=_quantile_ms(0.99, "relevo_ack_seconds", before, after),
        loop_lag_p99_ms=_quantile_ms(0.99, "relevo_event_loop_lag_seconds", before, after),
        reconnects=seen.tally.reconnects,
        viewer_gaps=seen.viewer_gaps,
        actions_refused=sum(seen.tally.actions_refused.values()),
        refusals=seen.tally.rejected,
        action_refusals=seen.tally.actions_refused,
        errors=seen.tally.errors,
        unserved_reasons=_reasons(unserved),
    )


def as_table(f: Figures) -> str:
    """Return the report as people read it."""
    rows: list[tuple[str, str]] = [
        ("orders of the day", f"{f.orders}"),
        ("delivered / late / unserved", f"{f.orders_delivered} / {f.orders_late} / {f.orders_unserved}"),
        ("late by more than 10 min", f"{f.orders_late_over_10_min}"),
        ("lost", f"{f.orders_lost}"),
        (
            "click-to-door mean, p90",
            f"{_show(f.click_to_door_mean_min)}, {_show(f.click_to_door_p90_min)} min",
        ),
        (
            "ready-to-pickup, ready-to-door mean",
            f"{_show(f.ready_to_pickup_mean_min)}, {_show(f.ready_to_door_mean_min)} min",
        ),
        ("offers made", f"{f.offers_made}"),
        (
            "offers declined or expired",
            f"{f.offers_declined + f.offers_expired} ({f.offers_declined} + {f.offers_expired})",
        ),
        (
            "pings sent / acknowledged / duplicated",
            f"{f.pings_sent} / {f.pings_acknowledged} / {f.pings_duplicated}",
        ),
        ("pings refused by the filters", f"{f.pings_refused} {_counts(f.refusals)}"),
        ("arrival events per delivered stop", f"{_show(f.arrivals_per_delivered_stop, 3)}"),
        ("delivered stops with exactly one", f"{_show(f.delivered_stops_with_one_arrival_pct)} %"),
        ("replanning, insert p50, p95", f"{_show(f.insert_p50_ms)}, {_show(f.insert_p95_ms)} ms wall"),
        ("replanning, improve p50, p95", f"{_show(f.improve_p50_ms)}, {_show(f.improve_p95_ms)} ms wall"),
        ("acknowledgement p50, p99", f"{_show(f.ack_p50_ms)}, {_show(f.ack_p99_ms)} ms wall"),
        ("event loop lag p99", f"{_show(f.loop_lag_p99_ms)} ms wall"),
        ("actions refused", f"{f.actions_refused} {_counts(f.action_refusals)}"),
        ("reconnects, error frames", f"{f.reconnects}, {sum(f.errors.values())} {_counts(f.errors)}"),
        ("took", f"{f.wall_minutes:.1f} min wall" + ("" if f.ended else "; the day did NOT come to its end")),
    ]
    if f.unserved_reasons:
        rows.insert(3, ("unserved because", _counts(f.unserved_reasons)))
    width = max(len(name) for name, _ in rows)
    return "\n".join(["", *(f"{name:<{width}}  {value}" for name, value in rows)])


def as_document(figures: Figures, params: dict[str, Any]) -> dict[str, Any]:
    """Return the report in the form every bench uses."""
    values = msgspec.to_builtins(figures)
    numbers = {k: v for k, v in values.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    return {
        "bench": "replay",
        "machine": {"platform": platform.platform(), "python": platform.python_version()},
        "params": params,
        "metrics": numbers,
        "detail": {k: v for k, v in values.items() if k not in numbers},
    }


class _Change:
    """How a counter moved between two readings, by its ``result``."""

    def __init__(self, before: Scrape, after: Scrape, name: str, labels: dict[str, str]) -> None:
        self._before = before.by_label(name, "result", **labels)
        self._after = after.by_label(name, "result", **labels)

    def of(self, result: str) -> int:
        return int(self._after.get(result, 0) - self._before.get(result, 0))


def _quantile_ms(share: float, name: str, before: Scrape, after: Scrape, **labels: str) -> float | None:
    seconds = quantile(share, after.buckets(name, **labels), before.buckets(name, **labels))
    return None if seconds is None else round(seconds * 1000, 2)


def _reached(fact: OrderFacts, status: str) -> int:
    return int(dt.datetime.fromisoformat(fact.reached_at[status]).timestamp() * 1000)


def _minutes(since_ms: int, fact: OrderFacts, status: str) -> float:
    return (_reached(fact, status) - since_ms) / 60_000


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _p90(values: list[float]) -> float | None:
    """Return the 90th percentile by nearest rank."""
    return round(sorted(values)[math.ceil(0.9 * len(values)) - 1], 3) if values else None


def _reasons(unserved: list[OrderFacts]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for fact in unserved:
        reason = fact.unassigned_reason or fact.status or "lost"
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _show(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
