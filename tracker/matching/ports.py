"""What matching asks of the outside; ``server.roads`` fulfils it."""

from typing import Protocol

from domain.courier import Vehicle


class StreetsAwayError(Exception):
    """The street server did not answer in time, or not with what was asked for."""


class StreetServer(Protocol):
    """An OSRM server (HTTP API, version 1) for each vehicle."""

    async def ask(self, service: str, rest: str, vehicle: Vehicle, deadline_s: float) -> bytes:
        """Return the body of ``/SERVICE/v1/PROFILE/REST``.

        Args:
            service: ``match`` or ``table``.
            rest: coordinates and options.
            vehicle: whose streets.
            deadline_s: give up after this long.

        Raises:
            StreetsAwayError: see there.
        """
        ...


class MatchingMetrics(Protocol):
    """Counts what stayed as it was."""

    def road_fallback(self, reason: str, count: int = 1) -> None: ...
