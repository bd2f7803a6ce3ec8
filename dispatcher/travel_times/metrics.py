"""What is counted about streets; ``server.metrics`` fulfils it. Called from threads, too."""

from typing import Protocol

NO_WAY, LATE, AWAY, FULL = "no_way", "late", "away", "full"
"""Why the straight line answered: there is no way by street; the answer is not there yet; the server is away;
more places at once than are remembered."""


class RoadMetrics(Protocol):
    """Counts questions to street servers and what the straight line had to answer."""

    def road_asked(self, service: str, result: str, seconds: float) -> None:
        """Observe a question: table, match or nearest; ok, failed or away."""
        ...

    def road_fallback(self, reason: str, count: int = 1) -> None:
        """Count pairs of places that went by the straight line, or tracks and positions left unmatched."""
        ...


class NoRoadMetrics:
    """Counts nothing; in solver processes and benches."""

    def road_asked(self, service: str, result: str, seconds: float) -> None:
        """Do nothing."""

    def road_fallback(self, reason: str, count: int = 1) -> None:
        """Do nothing."""
