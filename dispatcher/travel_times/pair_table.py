"""Known riding seconds between places of late; the places used least recently make room.

NaN: not asked yet; infinity: no way. Safe for one reader and one learning thread.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dispatcher.travel_times.legs import Seconds
from domain.geo import LonLat

PLACES_MAX = 1200
"""Two tables of 8 bytes a pair: 23 MB when full, reserved by the system only as it fills."""
Place = tuple[float, float]


def place_of(at: LonLat) -> Place:
    """Return a place to within some 10 metres, so that a courier at a stand asks nothing new."""
    return round(at.lon, 4), round(at.lat, 4)


class PairTable:
    """The table.

    Args:
        places_max: how many places it holds.
    """

    def __init__(self, places_max: int = PLACES_MAX) -> None:
        self._max = places_max
        self._slots: OrderedDict[Place, int] = OrderedDict()
        self._seconds: Seconds = np.full((places_max, places_max), np.nan)
        self._pinned_until_s: Seconds = np.zeros((places_max, places_max))
        self._lock = threading.Lock()

    def make_room(self, origins: Sequence[Place], destinations: Sequence[Place]) -> bool:
        """Give every place a row and a column; False when there are more places than the table holds."""
        places = dict.fromkeys((*origins, *destinations))
        if len(places) > self._max:
            return False
        with self._lock:
            for place in places:
                if place in self._slots:
                    self._slots.move_to_end(place)
            for place in places:
                if place not in self._slots:
                    self._slots[place] = self._free_slot()
                    slot = self._slots[place]
                    self._seconds[slot, slot] = 0.0
        return True

    def missing(
        self, origins: Sequence[Place], destinations: Sequence[Place], now_s: float
    ) -> npt.NDArray[np.bool_]:
        """Return which pairs should be asked for now."""
        block = self._block(origins, destinations)
        return np.isnan(self._seconds[block]) & (self._pinned_until_s[block] <= now_s)

    def pin_unknown(self, origins: Sequence[Place], destinations: Sequence[Place], until_s: float) -> None:
        """Leave pairs that are still unknown so until then, even when their answer comes earlier."""
        block = self._block(origins, destinations)
        with self._lock:
            pins = self._pinned_until_s[block]
            self._pinned_until_s[block] = np.where(
                np.isnan(self._seconds[block]), np.maximum(pins, until_s), pins
            )

    def seconds(self, origins: Sequence[Place], destinations: Sequence[Place], now_s: float) -> Seconds:
        """Return what is known, NaN for pinned pairs."""
        block = self._block(origins, destinations)
        with self._lock:
            return np.where(self._pinned_until_s[block] > now_s, np.nan, self._seconds[block])

    def learn(self, origins: Sequence[Place], destinations: Sequence[Place], seconds: Seconds) -> None:
        """Take in an answer; places that left the table meanwhile are skipped."""
        with self._lock:
            rows = [i for i, place in enumerate(origins) if place in self._slots]
            columns = [i for i, place in enumerate(destinations) if place in self._slots]
            into = np.ix_(
                [self._slots[origins[i]] for i in rows], [self._slots[destinations[i]] for i in columns]
            )
            self._seconds[into] = seconds[np.ix_(rows, columns)]

    def _block(
        self, origins: Sequence[Place], destinations: Sequence[Place]
    ) -> tuple[npt.NDArray[np.intp], ...]:
        rows = np.array([self._slots[place] for place in origins], dtype=np.intp)
        return np.ix_(rows, np.array([self._slots[place] for place in destinations], dtype=np.intp))

    def _free_slot(self) -> int:
        if len(self._slots) < self._max:
            return len(self._slots)
        _, slot = self._slots.popitem(last=False)
        for table, empty in ((self._seconds, np.nan), (self._pinned_until_s, 0.0)):
            table[slot, :] = empty
            table[:, slot] = empty
        return slot
