"""Places with an edge: operator's zones and the fences around an order's stops."""

import enum

import msgspec

from domain.courier import Vehicle
from domain.geo import LonLat
from domain.ids import CourierId, FleetId, StopId, ZoneId


class ZoneKind(enum.StrEnum):
    """What a zone is for."""

    SERVICE_AREA = "service_area"
    HUB = "hub"
    NO_GO = "no_go"
    PRICING = "pricing"
    OTHER = "other"


class Circle(msgspec.Struct, frozen=True, kw_only=True, tag="circle"):
    """A disc; ``radius_m`` in metres, over 0."""

    center: LonLat
    radius_m: float


class Area(msgspec.Struct, frozen=True, kw_only=True, tag="area"):
    """Polygons with holes: ``polygons[p][0]`` is the shell of p, the rest its holes; rings are closed.

    Each vertex is ``(lon, lat)`` as in GeoJSON (RFC 7946); a tuple here because it is exchange data.
    """

    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """An area that an operator drew.

    Attributes:
        vehicles: whom a ``no_go`` zone keeps out; empty means everybody.
    """

    id: ZoneId
    fleet: FleetId
    name: str
    shape: Circle | Area
    kind: ZoneKind = ZoneKind.OTHER
    dwell_s: int | None = None
    vehicles: frozenset[Vehicle] = frozenset()
    version: int = 1


class FenceEventKind(enum.StrEnum):
    """What a courier did at an edge."""

    ENTERED = "entered"
    EXITED = "exited"
    CROSSED = "crossed"
    DWELLED = "dwelled"


class OrderFence(msgspec.Struct, frozen=True, kw_only=True):
    """The circle around one stop of an assigned order; only its courier is tested against it."""

    stop_id: StopId
    courier_id: CourierId
    center: LonLat
    radius_m: float
