"""Asks an OSRM server for tables, in pieces that its usual limit of 100 coordinates allows."""

import http.client
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import msgspec
import numpy as np

from dispatcher.travel_times.legs import Seconds
from dispatcher.travel_times.pair_table import Place

TIMEOUT_S = 2.0
SIDE = 50
SNAP_MAX_M = 150.0
"""A place farther than this from any street has no way: its pairs go by the straight line."""
ANSWER_MAX_BYTES = 4_000_000


class OsrmError(Exception):
    """The server did not answer, or with something else than a table."""


class Waypoint(msgspec.Struct):
    """How far, in metres, a place lies from the street it was put on."""

    distance: float = 0.0


class Table(msgspec.Struct):
    """The server's answer; ``durations`` has None where there is no way."""

    code: str
    durations: list[list[float | None]] = []
    sources: list[Waypoint] = []
    destinations: list[Waypoint] = []


class OsrmClient:
    """One kept connection; used by one thread at a time.

    Args:
        url: address of the server.
        profile: what the server calls the vehicle; ``osrm-routed`` itself does not care.
    """

    def __init__(self, url: str, profile: str = "bicycle") -> None:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        self._table = f"{parts.path.rstrip('/')}/table/v1/{profile}"
        self._decoder = msgspec.json.Decoder(Table)

    def tables(
        self, origins: Sequence[Place], destinations: Sequence[Place]
    ) -> Iterator[tuple[Sequence[Place], Sequence[Place], Seconds]]:
        """Yield pieces of the table: seconds, infinity where there is no way.

        Raises:
            OsrmError: see there.
        """
        for i in range(0, len(origins), SIDE):
            for j in range(0, len(destinations), SIDE):
                rows, columns = origins[i : i + SIDE], destinations[j : j + SIDE]
                yield rows, columns, self._piece(rows, columns)

    def _piece(self, origins: Sequence[Place], destinations: Sequence[Place]) -> Seconds:
        places = ";".join(f"{lon:.4f},{lat:.4f}" for lon, lat in (*origins, *destinations))
        first = ";".join(map(str, range(len(origins))))
        second = ";".join(map(str, range(len(origins), len(origins) + len(destinations))))
        answer = self._get(f"{self._table}/{places}?sources={first}&destinations={second}")
        shape = len(origins), len(destinations)
        if answer.code in {"NoSegment", "NoTable"}:
            return np.full(shape, np.inf)
        seconds = np.array(answer.durations, dtype=np.float64) if _regular(answer, shape) else None
        if answer.code != "Ok" or seconds is None:
            raise OsrmError(f"no table but {answer.code}")
        seconds[~(seconds >= 0)] = np.inf
        seconds[[way.distance > SNAP_MAX_M for way in answer.sources], :] = np.inf
        seconds[:, [way.distance > SNAP_MAX_M for way in answer.destinations]] = np.inf
        return seconds

    def _get(self, path: str) -> Table:
        try:
            self._connection.request("GET", path)
            body = self._connection.getresponse().read(ANSWER_MAX_BYTES)
            return self._decoder.decode(body)
        except (OSError, http.client.HTTPException, msgspec.DecodeError, UnicodeDecodeError) as error:
            self._connection.close()
            raise OsrmError(f"{type(error).__name__}: {error}") from error


def _regular(answer: Table, shape: tuple[int, int]) -> bool:
    rows, columns = shape
    return (
        len(answer.durations) == len(answer.sources) == rows
        and len(answer.destinations) == columns
        and all(len(row) == columns for row in answer.durations)
    )
