"""GPSLogger's "custom URL": whatever template its owner wrote, read by the usual names; speed in m/s.

Missing values arrive as 0.0, so an accuracy of 0 is unknown, and a heading of 0 at speed 0, too.
"""

from typing import Any

import msgspec

from domain.position import Fix
from tracker.ingest.phones.message import PhoneMessage, PhoneRequest
from tracker.ingest.phones.osmand import decode_flat, merged

_APP = "gpslogger"


def decode(request: PhoneRequest) -> PhoneMessage:
    """Return what GPSLogger said."""
    if request.body.lstrip()[:1] == b"{":
        try:
            doc: Any = msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return PhoneMessage(kind="malformed", app=_APP, malformed=1)
        fields = {**dict(request.query), **doc}
    else:
        fields = merged(request)
    message = decode_flat(fields, request, _APP, 1.0)
    return msgspec.structs.replace(message, fixes=tuple(_without_zeros(fix) for fix in message.fixes))


def _without_zeros(fix: Fix) -> Fix:
    if fix.heading_deg == 0 and not fix.speed_mps:
        return msgspec.structs.replace(fix, heading_deg=None)
    return fix
