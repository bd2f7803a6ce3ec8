"""Compares what a run measured with what must hold."""

import datetime as dt
import json
import urllib.error
import urllib.request
from typing import Any

import msgspec

from loadtest.settings import LoadSettings, Thresholds

SETTLE_S = 120
"""Orders younger than this at the end (or than half the run) need not be delivered yet."""


class OrderCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Orders of the run's fleet that had time to be delivered, and how many were."""

    due: int
    delivered: int


def misses(stats: Any, wanted: Thresholds, orders: OrderCounts | None) -> list[str]:
    """Return a sentence for each threshold that was missed; no measurement at all is a miss."""
    limits = (
        ("ping to ack", "WS", 0.5, wanted.ack_p50_ms),
        ("ping to ack", "WS", 0.99, wanted.ack_p99_ms),
        ("fix to viewer", "WS", 0.95, wanted.viewer_p95_ms),
        ("live hello to snapshot", "WS", 0.95, wanted.snapshot_p95_ms),
        ("/api/v1/orders", "POST", 0.95, wanted.order_p95_ms),
    )
    found = []
    for name, kind, share, limit_ms in limits:
        entry = stats.get(name, kind)
        if not entry.num_requests:
            found.append(f"{name}: nothing was measured")
        elif (measured := entry.get_response_time_percentile(share)) > limit_ms:
            found.append(f"{name}: p{share * 100:g} is {measured:.0f} ms, limit {limit_ms:.0f} ms")
    if stats.total.fail_ratio > wanted.failures_share:
        found.append(f"failures: {stats.total.fail_ratio:.2%}, limit {wanted.failures_share:.2%}")
    if orders is None:
        found.append("orders could not be counted at the end")
    elif not orders.due or orders.delivered / orders.due < wanted.delivered_share:
        found.append(f"delivered {orders.delivered} of {orders.due} orders that had time")
    return found


def order_counts(settings: LoadSettings) -> OrderCounts | None:
    """Ask the server what became of the orders, None when it does not answer."""
    settle_s = min(SETTLE_S, settings.duration_s / 2)
    newest = dt.datetime.now(tz=dt.UTC) - dt.timedelta(seconds=settle_s)
    due = delivered = 0
    cursor = ""
    while True:
        request = urllib.request.Request(  # noqa: S310 - our own server's address
            f"{settings.url}/api/v1/orders?limit=500{cursor}",
            headers={"Authorization": f"Bearer {settings.dispatcher_token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - the same
                page = json.load(response)
        except (urllib.error.URLError, OSError, ValueError):
            return None
        for order in page["orders"]:
            if dt.datetime.fromisoformat(order["placed_at"]) < newest:
                due += 1
                delivered += order["status"] == "delivered"
        if not page["next"]:
            return OrderCounts(due=due, delivered=delivered)
        cursor = f"&cursor={page['next']}"
