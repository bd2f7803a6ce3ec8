"""The piece of a courier's track that a request asks for."""

from datetime import datetime

import msgspec
import structlog

from domain.courier import Courier
from domain.errors import Invalid
from domain.position import TrackPoint
from server.api import Call
from server.routes.common import get_courier
from server.schemas.common import to_ms
from server.track_points import DAY_MS, track_points

MAX_SPAN_MS = 31 * DAY_MS
_log = structlog.get_logger("relevo.privacy")


class AskedTrack(msgspec.Struct, frozen=True):
    """A courier's points from ``since`` to ``to``, Unix ms."""

    courier: Courier
    since: int
    to: int
    points: list[TrackPoint]


async def asked_track(call: Call, from_: datetime | None, until: datetime | None) -> AskedTrack:
    """Return the track between two times, by default the day up to now; who looked is logged.

    Args:
        call: its path names the courier.
        from_: the beginning, or None for a day before the end.
        until: the end, or None for now.

    Raises:
        NotFound: ``no_such_courier``.
        Forbidden: the role never may.
        Invalid: ``invalid_query``, the times have no zone, are in the wrong order or too far apart.
    """
    courier = await get_courier(call)
    to = to_ms(until, "to") or call.system.clock.now_ms()
    since = to_ms(from_, "from")
    since = to - DAY_MS if since is None else since
    if not 0 <= to - since <= MAX_SPAN_MS:
        raise Invalid("invalid_query", "from must lie before to, by at most 31 days")
    _log.info("track_read", courier_id=courier.id, by=call.actor, from_ms=since, to_ms=to)
    points = (await track_points(call.system, courier.fleet, [courier.id], since, to))[courier.id]
    return AskedTrack(courier, since, to, points)
