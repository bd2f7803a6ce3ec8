"""Arrival radius of a place, learnt from where couriers stood when goods changed hands there.

A shop's geocoded point may be a street away from its back door. For every place (points within a few metres
of each other are one) the distances at which couriers picked up or delivered are kept; with enough of them
the radius is their 90th percentile and a margin for the phone's error, within bounds. With few it is the
default.
"""

import contextlib
from collections import OrderedDict, deque
from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.geo import LonLat, distance_m
from domain.position import Position

_PLACES_MAX = 50_000
_REMEMBERED = 50
_DEGREES = 4
"""Places are told apart to four decimals: about 11 m."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[float]).decode


class RadiusSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a radius is learnt.

    Attributes:
        arrivals_min: with fewer visits the default holds.
        margin_m: added to the 90th percentile of the distances.
        radius_m_min: never smaller.
        radius_m_max: never larger; a visit from farther away is not one of this place.
    """

    arrivals_min: Annotated[int, Meta(ge=1, le=1_000)] = 8
    margin_m: Annotated[float, Meta(ge=0, le=500)] = 30
    radius_m_min: Annotated[float, Meta(gt=0, le=1_000)] = 45
    radius_m_max: Annotated[float, Meta(gt=0, le=2_000)] = 150


class ArrivalRadii:
    """Learnt radii of one fleet's places; bounded, forgetting the places not visited for longest."""

    def __init__(self, default_m: float, settings: RadiusSettings | None = None) -> None:
        self._default_m = default_m
        self._settings = settings or RadiusSettings()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._changed: set[str] = set()

    def learn(self, place: LonLat, position: Position) -> None:
        """Note where a courier is while goods change hands at a place."""
        away = distance_m(place, position.at)
        if away > self._settings.radius_m_max or position.accuracy_m > self._settings.margin_m:
            return
        key = _key(place)
        self._seen.setdefault(key, deque(maxlen=_REMEMBERED)).append(away)
        self._seen.move_to_end(key)
        if len(self._seen) > _PLACES_MAX:
            forgotten, _ = self._seen.popitem(last=False)
            self._changed.add(forgotten)
        self._changed.add(key)

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what was learnt since the last call, to be kept; None for a place that was forgotten."""
        if not self._changed:
            return {}
        changed, self._changed = self._changed, set()
        return {
            key: _encode(list(seen)) if (seen := self._seen.get(key)) is not None else None for key in changed
        }

    def restore(self, places: Mapping[str, bytes]) -> None:
        """Know again what ``take_changes`` once said."""
        for key, data in places.items():
            with contextlib.suppress(msgspec.DecodeError):
                self._seen[key] = deque(_decode(data), maxlen=_REMEMBERED)

    def radius_m(self, place: LonLat) -> float:
        """Return the radius within which a courier counts as arrived."""
        seen = self._seen.get(_key(place), ())
        settings = self._settings
        if len(seen) < settings.arrivals_min:
            return self._default_m
        ninth = sorted(seen)[int(0.9 * (len(seen) - 1))]
        return min(settings.radius_m_max, max(settings.radius_m_min, ninth + settings.margin_m))


def _key(place: LonLat) -> str:
    return f"{place.lon:.{_DEGREES}f},{place.lat:.{_DEGREES}f}"
