"""Every figure on ``/metrics``; fulfils the metrics ports of ``dispatcher`` and ``ws``.

``CATALOGUE`` is the reference: a metric that is not in it cannot be made here.
"""

import asyncio
import platform
from collections.abc import Sequence

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from domain.events import Event, FenceCorrected, FenceCrossed
from domain.ids import FleetId
from domain.order import OrderStatus
from server.version import relevo_version

_FAST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAG_INTERVAL_S = 0.1


class MetricSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One metric: its kind, labels and meaning."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _FAST_S


CATALOGUE: dict[str, MetricSpec] = {
    spec.name: spec
    for spec in (
        MetricSpec(
            name="relevo_pings_total", kind="counter", labels=("fleet", "result"),
            help="fixes taken in: accepted, duplicate, or the reason of refusal",
        ),
        MetricSpec(name="relevo_ack_seconds", kind="histogram", help="ping frame received to acknowledged"),
        MetricSpec(
            name="relevo_ping_queue_frames", kind="gauge", labels=("fleet",),
            help="ping frames that wait for the live store",
        ),
        MetricSpec(
            name="relevo_viewer_delay_seconds", kind="histogram",
            help="ping received to written to a viewer's socket",
        ),
        MetricSpec(
            name="relevo_orders_total", kind="counter", labels=("fleet", "status"),
            help="entries into each order status",
        ),
        MetricSpec(
            name="relevo_plan_seconds", kind="histogram", labels=("phase",),
            help="planning time by phase: insert (at once) or improve (the worker's round trip)",
        ),
        MetricSpec(
            name="relevo_plans_dropped_total", kind="counter", labels=("reason",),
            help="improvements that were not applied: stale, infeasible, worker_failed, no_gain",
        ),
        MetricSpec(
            name="relevo_plan_changes_total", kind="counter", labels=("what",),
            help="orders planned for another courier than before, and next stops that were told and changed: "
            'courier, next_stop; divide by relevo_orders_total{status="placed"} for changes per order',
        ),
        MetricSpec(
            name="relevo_solver_failures_total", kind="counter", labels=("kind",),
            help="what went wrong in solvers: crash (the process ended), hang (killed after its deadline), "
            "error (a problem broke the solver), infeasible (an answer the checker refused)",
        ),
        MetricSpec(
            name="relevo_solver_restarts_total", kind="counter",
            help="solver processes started in place of lost ones",
        ),
        MetricSpec(
            name="relevo_offers_total", kind="counter", labels=("result",),
            help="offers: made, accepted, declined, expired, withdrawn",
        ),
        MetricSpec(
            name="relevo_fence_events_total", kind="counter", labels=("kind",),
            help="geofence events: entered, exited, crossed, dwelled; corrected, retracted",
        ),
        MetricSpec(
            name="relevo_connections", kind="gauge", labels=("kind",),
            help="open sockets: courier, viewer, track",
        ),
        MetricSpec(
            name="relevo_event_loop_lag_seconds", kind="histogram",
            help="how late the event loop wakes a sleeper",
        ),
        MetricSpec(
            name="relevo_http_seconds", kind="histogram", labels=("method", "path", "status"),
            help="REST calls by path template",
        ),
        MetricSpec(name="relevo_fleets_open", kind="gauge", help="fleets loaded in this process"),
        MetricSpec(
            name="relevo_archived_points_total", kind="counter",
            help="track points moved from the live store to SQL",
        ),
        MetricSpec(
            name="relevo_webhook_deliveries_total", kind="counter", labels=("result",),
            help="webhook attempts: ok, retry, given_up",
        ),
        MetricSpec(
            name="relevo_phones_refused_total", kind="counter", labels=("protocol", "code"),
            help="requests of phone-tracker apps whose token was no courier's",
        ),
        MetricSpec(
            name="relevo_roads_request_seconds", kind="histogram", labels=("service", "result"),
            help="questions to street servers: table, match or nearest; ok, failed, or away (not asked)",
        ),
        MetricSpec(
            name="relevo_roads_fallbacks_total", kind="counter", labels=("reason",),
            help="pairs of places, positions and tracks that did without streets: no_way, late, away, full, "
            "no_match",
        ),
        MetricSpec(
            name="relevo_roads_build_percent", kind="gauge", labels=("vehicle",),
            help="progress of the current step of a street network's build; 100 once it is there",
        ),
        MetricSpec(
            name="relevo_roads_restarts_total", kind="counter", labels=("vehicle",),
            help="street servers that ended by themselves and were started again",
        ),
        MetricSpec(
            name="relevo_build_info", kind="gauge", labels=("version", "python"),
            help="always 1; the labels say what runs",
        ),
    )
}  # fmt: skip


class Metrics:
    """The process's counters. Cheap and synchronous; never raises on known labels."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._pings = self._counter("relevo_pings_total")
        self._queue = self._gauge("relevo_ping_queue_frames")
        self._ack = self._histogram("relevo_ack_seconds")
        self._viewer_delay = self._histogram("relevo_viewer_delay_seconds")
        self._orders = self._counter("relevo_orders_total")
        self._plan = self._histogram("relevo_plan_seconds")
        self._plans_dropped = self._counter("relevo_plans_dropped_total")
        self._plan_changes = self._counter("relevo_plan_changes_total")
        self._solver_failures = self._counter("relevo_solver_failures_total")
        self._solver_restarts = self._counter("relevo_solver_restarts_total")
        self._offers = self._counter("relevo_offers_total")
        self._fences = self._counter("relevo_fence_events_total")
        self._connections = self._gauge("relevo_connections")
        self._lag = self._histogram("relevo_event_loop_lag_seconds")
        self._http = self._histogram("relevo_http_seconds")
        self._fleets = self._gauge("relevo_fleets_open")
        self._archived = self._counter("relevo_archived_points_total")
        self._webhooks = self._counter("relevo_webhook_deliveries_total")
        self._phones_refused = self._counter("relevo_phones_refused_total")
        self._roads_request = self._histogram("relevo_roads_request_seconds")
        self._roads_fallbacks = self._counter("relevo_roads_fallbacks_total")
        self._roads_build = self._gauge("relevo_roads_build_percent")
        self._roads_restarts = self._counter("relevo_roads_restarts_total")
        info = self._gauge("relevo_build_info")
        info.labels(relevo_version(), platform.python_version()).set(1)
        self._prepare_labels()

    def render(self) -> bytes:
        """Return the Prometheus text format."""
        return generate_latest(self.registry)

    # --- tracker -----------------------------------------------------------------------------------

    def pings(self, fleet: FleetId, result: str, count: int = 1) -> None:
        """Count fixes by result: accepted, duplicate, or a reason of refusal."""
        self._pings.labels(fleet, result).inc(count)

    def acknowledged(self, seconds: float) -> None:
        """Observe wall seconds from a frame's arrival to its acknowledgement."""
        self._ack.observe(seconds)

    def queued(self, fleet: FleetId, frames: int) -> None:
        """Set how many frames wait for the live store."""
        self._queue.labels(fleet).set(frames)

    def archived(self, points: int) -> None:
        """Count points moved into SQL."""
        self._archived.inc(points)

    # --- dispatcher --------------------------------------------------------------------------------

    def order_entered(self, fleet: FleetId, status: OrderStatus) -> None:
        """Count an entry into a status."""
        self._orders.labels(fleet, status.value).inc()

    def planned(self, phase: str, seconds: float) -> None:
        """Observe a planning phase."""
        self._plan.labels(phase).observe(seconds)

    def offer_ended(self, result: str) -> None:
        """Count an offer by result."""
        self._offers.labels(result).inc()

    def plan_dropped(self, reason: str) -> None:
        """Count an improvement that was not applied."""
        self._plans_dropped.labels(reason).inc()

    def plan_changed(self, what: str, count: int) -> None:
        """Count what a new plan changed of the one before."""
        self._plan_changes.labels(what).inc(count)

    def solver_failed(self, kind: str) -> None:
        """Count what went wrong in a solver."""
        self._solver_failures.labels(kind).inc()

    def solver_restarted(self) -> None:
        """Count a process started in place of a lost one."""
        self._solver_restarts.inc()

    # --- sockets -----------------------------------------------------------------------------------

    def connected(self, kind: str) -> None:
        """Count a socket in."""
        self._connections.labels(kind).inc()

    def disconnected(self, kind: str) -> None:
        """Count a socket out."""
        self._connections.labels(kind).dec()

    def viewer_delay(self, seconds: float) -> None:
        """Observe wall seconds from a ping's arrival to its write to a viewer."""
        self._viewer_delay.observe(seconds)

    # --- server ------------------------------------------------------------------------------------

    def listen(self, events: Sequence[Event]) -> None:
        """Count what only events tell."""
        for event in events:
            if isinstance(event, FenceCrossed):
                self._fences.labels(event.kind.value).inc()
            elif isinstance(event, FenceCorrected):
                self._fences.labels("retracted" if event.retracted else "corrected").inc()

    def http(self, method: str, path: str, status: int, seconds: float) -> None:
        """Observe a REST call."""
        self._http.labels(method, path, str(status)).observe(seconds)

    def fleets_open(self, count: int) -> None:
        """Set how many fleets are loaded."""
        self._fleets.set(count)

    def webhook(self, result: str) -> None:
        """Count a webhook attempt."""
        self._webhooks.labels(result).inc()

    def phone_refused(self, protocol: str, code: str) -> None:
        """Count a phone-tracker app whose token is not good."""
        self._phones_refused.labels(protocol, code).inc()

    def road_asked(self, service: str, result: str, seconds: float) -> None:
        """Observe a question to a street server; from threads, too."""
        self._roads_request.labels(service, result).observe(seconds)

    def road_fallback(self, reason: str, count: int = 1) -> None:
        """Count what did without streets; from threads, too."""
        self._roads_fallbacks.labels(reason).inc(count)

    def road_build(self, vehicle: str, percent: float) -> None:
        """Set how far a street network is built."""
        self._roads_build.labels(vehicle).set(percent)

    def road_ended(self, vehicle: str) -> None:
        """Count a street server that ended by itself."""
        self._roads_restarts.labels(vehicle).inc()

    async def watch_loop(self) -> None:
        """Measure the event loop's lag, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LAG_INTERVAL_S
            await asyncio.sleep(_LAG_INTERVAL_S)
            self._lag.observe(max(0.0, loop.time() - due))

    def _prepare_labels(self) -> None:
        """Show zeros from the start for closed sets of labels, so that rates exist before the first event."""
        for kind in ("courier", "viewer", "track"):
            self._connections.labels(kind)
        for kind in ("entered", "exited", "crossed", "dwelled"):
            self._fences.labels(kind)
        for result in ("made", "accepted", "declined", "expired", "withdrawn"):
            self._offers.labels(result)
        for kind in ("crash", "hang", "error", "infeasible"):
            self._solver_failures.labels(kind)
        for phase in ("insert", "improve"):
            self._plan.labels(phase)
        for reason in ("no_way", "late", "away", "full", "no_match"):
            self._roads_fallbacks.labels(reason)

    def _counter(self, name: str) -> Counter:
        spec = CATALOGUE[name]
        return Counter(name, spec.help, spec.labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        spec = CATALOGUE[name]
        return Gauge(name, spec.help, spec.labels, registry=self.registry)

    def _histogram(self, name: str) -> Histogram:
        spec = CATALOGUE[name]
        return Histogram(name, spec.help, spec.labels, buckets=spec.buckets, registry=self.registry)
