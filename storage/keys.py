"""Every key of the live store, what it holds and how long it lives. Nothing else builds a key.

The fleet stands in braces: on Redis Cluster all keys of one fleet share a slot, so that a tick can be one
transaction.

======================  ========================================================  =======================
key                     holds                                                     lives
======================  ========================================================  =======================
``geo:{fleet}``         geospatial index, one member per courier on the map       until ``forget``
``pos:{fleet}``         hash courier -> newest position (MessagePack)             until ``forget``
``seq:{fleet}``         hash courier/device -> last durable frame                 for good (few bytes)
``mem:{fleet}``         hash courier -> fence memory of the tracker               until ``forget``
``places:{fleet}``      hash place -> distances of arrivals, learnt               for good (bounded)
``points:{fleet}``      stream of accepted fixes, one entry per tick              until archived
``relevo:probe``        written by the readiness probe                            ``PROBE_TTL_MS``
======================  ========================================================  =======================
"""

from domain.ids import CourierId, DeviceId, FleetId

PROBE = "relevo:probe"
PROBE_TTL_MS = 60_000
POINTS_FIELD = b"p"
"""The one field of a stream entry: a MessagePack array of track points."""
STREAM_START = "0-0"
"""An id before every stream entry."""


def geo(fleet: FleetId) -> str:
    """Return the key of a fleet's geospatial index."""
    return f"geo:{{{fleet}}}"


def positions(fleet: FleetId) -> str:
    """Return the key of a fleet's newest positions."""
    return f"pos:{{{fleet}}}"


def memories(fleet: FleetId) -> str:
    """Return the key of the tracker's memories of a fleet's couriers."""
    return f"mem:{{{fleet}}}"


def places(fleet: FleetId) -> str:
    """Return the key of what was learnt of a fleet's places."""
    return f"places:{{{fleet}}}"


def seqs(fleet: FleetId) -> str:
    """Return the key of a fleet's last durable frames."""
    return f"seq:{{{fleet}}}"


def points(fleet: FleetId) -> str:
    """Return the key of a fleet's positions stream."""
    return f"points:{{{fleet}}}"


def seq_field(courier_id: CourierId, device: DeviceId) -> str:
    """Return the field of a device in ``seqs``; courier ids hold no slash, so it names one device only."""
    return f"{courier_id}/{device}"


def id_after(entry_id: str) -> str:
    """Return the smallest stream id greater than ``entry_id`` (``milliseconds-counter``)."""
    at_ms, _, counter = entry_id.partition("-")
    return f"{at_ms}-{int(counter or 0) + 1}"
