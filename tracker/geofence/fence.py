"""One fence as the engine sees it: an operator's zone, or the circle around a stop of one courier's order."""

import math
from typing import Final

from domain.ids import CourierId, StopId, ZoneId
from domain.zone import OrderFence, Zone
from tracker.geofence.shapes import Disc, Shape, shape_of

ALWAYS: Final = math.inf
ZONE: Final = "zone:"
STOP: Final = "stop:"


class Fence:
    """A shape with its name and rules.

    Attributes:
        key: unique in the fleet and stable over restarts; part of every event's id.
        from_ms: evidence before this event time is none (the order was not assigned yet).
        until_ms: nobody enters after this event time (the order ended); leaving still counts.
        anew_ms: from this event time on, whoever was inside before counts as outside.
        gone: what happened here is not told any more.
        later: the courier's plan has other stops before this one.
        order: place and radius of a stop's circle, None for zones.
        stop: riding through is no arrival here.
    """

    __slots__ = (
        "anew_ms",
        "courier_id",
        "dwell_s",
        "from_ms",
        "gone",
        "key",
        "later",
        "order",
        "shape",
        "stop_id",
        "until_ms",
        "zone_id",
    )

    def __init__(
        self,
        key: str,
        shape: Shape,
        *,
        zone_id: ZoneId | None = None,
        stop_id: StopId | None = None,
        courier_id: CourierId | None = None,
        dwell_s: float | None = None,
        from_ms: float = -ALWAYS,
    ) -> None:
        self.key = key
        self.shape = shape
        self.zone_id = zone_id
        self.stop_id = stop_id
        self.courier_id = courier_id
        self.dwell_s = dwell_s
        self.from_ms = from_ms
        self.until_ms: float = ALWAYS
        self.anew_ms: float = -ALWAYS
        self.gone = False
        self.order: OrderFence | None = None
        self.later = False

    @property
    def stop(self) -> bool:
        """Tell whether this is the circle around an order's stop."""
        return self.stop_id is not None


def zone_fence(zone: Zone) -> Fence:
    """Return the fence of an operator's zone."""
    return Fence(f"{ZONE}{zone.id}", shape_of(zone.shape), zone_id=zone.id, dwell_s=zone.dwell_s)


def stop_fence(fence: OrderFence, from_ms: float) -> Fence:
    """Return the fence around a stop, good from ``from_ms`` of event time."""
    made = Fence(
        f"{STOP}{fence.stop_id}",
        Disc(fence.center, fence.radius_m),
        stop_id=fence.stop_id,
        courier_id=fence.courier_id,
        from_ms=from_ms,
    )
    made.order = fence
    return made
