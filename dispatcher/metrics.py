"""What the dispatcher counts, as a protocol that ``server.metrics`` fulfils; default: nothing."""

from typing import Protocol

from domain.ids import FleetId
from domain.order import OrderStatus


class DispatchMetrics(Protocol):
    """Counters and timings of one process; cheap, synchronous, never raises."""

    def order_entered(self, fleet: FleetId, status: OrderStatus) -> None:
        """Count an order's entry into a status: ``relevo_orders_total{fleet,status}``."""
        ...

    def planned(self, phase: str, seconds: float) -> None:
        """Record how long a planning phase took, wall seconds: ``relevo_plan_seconds{phase}``.

        Args:
            phase: ``insert`` (the answer at once) or ``improve`` (the worker's round trip).
            seconds: wall time.
        """
        ...

    def offer_ended(self, result: str) -> None:
        """Count ``relevo_offers_total{result}``: made, accepted, declined, expired, withdrawn."""
        ...

    def plan_dropped(self, reason: str) -> None:
        """Count improvements not applied: ``stale``, ``infeasible``, ``worker_failed``, ``no_gain``."""
        ...

    def plan_changed(self, what: str, count: int) -> None:
        """Count ``relevo_plan_changes_total{what}``.

        Args:
            what: orders planned for another ``courier``; couriers whose ``next_stop`` is not what they were
                told.
            count: how many.
        """
        ...

    def solver_failed(self, kind: str) -> None:
        """Count ``relevo_solver_failures_total{kind}``.

        Args:
            kind: ``crash`` (the process ended), ``hang`` (killed after its deadline), ``error`` (the problem
                broke the solver, the process lives), ``infeasible`` (the checker refused the answer).
        """
        ...

    def solver_restarted(self) -> None:
        """Count a process started in place of a lost one: ``relevo_solver_restarts_total``."""
        ...


class NoMetrics:
    """Counts nothing."""

    def order_entered(self, fleet: FleetId, status: OrderStatus) -> None:
        """Ignore."""

    def planned(self, phase: str, seconds: float) -> None:
        """Ignore."""

    def offer_ended(self, result: str) -> None:
        """Ignore."""

    def plan_dropped(self, reason: str) -> None:
        """Ignore."""

    def plan_changed(self, what: str, count: int) -> None:
        """Ignore."""

    def solver_failed(self, kind: str) -> None:
        """Ignore."""

    def solver_restarted(self) -> None:
        """Ignore."""
