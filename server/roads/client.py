"""Asks street servers about positions and tracks, without ever being waited for long.

A server that keeps failing is left alone for a while. Few questions are under way at once, and one about a
track, so that a server of two threads has one for dispatch; more wait their turn within their own deadline.
"""

import asyncio
import time
from collections.abc import Mapping

import aiohttp

from dispatcher.travel_times.breaker import Breaker
from dispatcher.travel_times.metrics import RoadMetrics
from dispatcher.travel_times.stand_in import stand_in
from domain.courier import Vehicle
from tracker.matching.ports import StreetsAwayError

QUESTIONS_MAX = 4
TRACKS_MAX = 1
ANSWER_MAX_BYTES = 8_000_000


class StreetClient:
    """Fulfils ``tracker.matching.ports.StreetServer``.

    Args:
        servers: address per vehicle; vehicles without one are answered by a stand-in's.
        metrics: who counts.
    """

    def __init__(self, servers: Mapping[Vehicle, str], metrics: RoadMetrics) -> None:
        self._servers = dict(servers)
        self._metrics = metrics
        self._breakers = {vehicle: Breaker() for vehicle in servers}
        self._turns = asyncio.Semaphore(QUESTIONS_MAX)
        self._track_turns = asyncio.Semaphore(TRACKS_MAX)
        self._session: aiohttp.ClientSession | None = None

    @property
    def resting(self) -> frozenset[Vehicle]:
        """Whose servers failed so often that they are left alone for a while."""
        return frozenset(vehicle for vehicle, breaker in self._breakers.items() if breaker.resting)

    async def ask(self, service: str, rest: str, vehicle: Vehicle, deadline_s: float) -> bytes:
        """Return the body of ``/SERVICE/v1/VEHICLE/REST``.

        Raises:
            StreetsAwayError: no answer within the deadline, or the server rests.
        """
        other = stand_in(vehicle, self._servers)
        breaker = self._breakers[other]
        if breaker.resting:
            self._metrics.road_asked(service, "away", 0.0)
            raise StreetsAwayError("the street server does not answer")
        began_s, asked = time.perf_counter(), False
        try:
            turns = self._track_turns if service == "match" else self._turns
            async with asyncio.timeout(deadline_s), turns:
                asked = True
                body = await self._get(f"{self._servers[other]}/{service}/v1/{other.value}/{rest}")
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            self._metrics.road_asked(service, "failed", time.perf_counter() - began_s)
            if asked:  # who only waited for others says nothing about the server
                breaker.failed()
            raise StreetsAwayError(f"the street server failed: {type(error).__name__}") from error
        self._metrics.road_asked(service, "ok", time.perf_counter() - began_s)
        breaker.answered()
        return body

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, url: str) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=QUESTIONS_MAX + TRACKS_MAX),
                headers={"Accept-Encoding": "identity"},
            )
        # No match and no segment come as 400 with a body that says so.
        async with self._session.get(url) as response:
            if response.status >= 500 or (response.content_length or 0) > ANSWER_MAX_BYTES:
                raise aiohttp.ClientPayloadError(f"status {response.status}")
            return await response.read()
