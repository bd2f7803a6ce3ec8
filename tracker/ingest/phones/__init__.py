"""What people's phones already speak: OsmAnd and Traccar Client, OwnTracks, GPSLogger, CoopCycle.

Pure codecs. ``decode`` never raises for what a phone sent: these apps take the HTTP status for an
acknowledgement and send a refused record again for ever, so a record that will never be good is read as
malformed, counted and accepted.
What to answer is in ``tracker.ingest.phones.replies``.
"""

from tracker.ingest.phones import coopcycle, gpslogger, osmand, owntracks
from tracker.ingest.phones.message import PhoneMessage, PhoneRequest, Protocol

__all__ = ["PhoneMessage", "PhoneRequest", "Protocol", "decode"]

_DECODERS = {
    Protocol.OSMAND: osmand.decode,
    Protocol.OWNTRACKS: owntracks.decode,
    Protocol.GPSLOGGER: gpslogger.decode,
    Protocol.COOPCYCLE: coopcycle.decode,
}


def decode(protocol: Protocol, request: PhoneRequest) -> PhoneMessage:
    """Return what a phone said.

    Args:
        protocol: by the address it was sent to.
        request: headers, query and body as they came.
    """
    return _DECODERS[protocol](request)
