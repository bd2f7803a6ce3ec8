"""What to answer a phone, as values. The status is the apps' acknowledgement, so each is chosen on purpose.

- Taken, or never to be good: 200. Traccar Client and OwnTracks on Android would send a refused one for ever.
- Ours to mend (store away, too many at once): 503. OwnTracks on iOS would delete the record on a 4xx.
- The token is unknown or revoked: 401. Traccar Client and OwnTracks on Android keep their records until the
  courier enrols again; OwnTracks on iOS shows its user an error. A 200 would hide a wrong set-up for ever.
"""

from collections.abc import Iterable, Sequence

import msgspec

from domain.geo import LonLat
from domain.position import Position
from tracker.ingest.phones.message import Protocol
from tracker.ingest.phones.owntracks import seal


class PhoneReply(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"


class Friend(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague to be shown on a phone's map."""

    name: str
    position: Position


_NOWHERE = -1_000_000
"""A waypoint that is set to lie off the Earth is deleted by the app, or at least not made."""


class PhonePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A stop to be shown, and watched, by the phone.

    ``made_s`` (Unix seconds) is its key on Android, the name on iOS; ``gone`` takes it off again.
    """

    name: str
    at: LonLat
    radius_m: float
    made_s: int
    gone: bool = False


def accepted(
    protocol: Protocol,
    *,
    friends: Sequence[Friend] = (),
    places: Sequence[PhonePlace] | None = None,
    secret: str | None = None,
) -> PhoneReply:
    """Return the answer to a record that was taken, or that never will be good.

    Args:
        protocol: what the phone speaks.
        friends: colleagues to show (OwnTracks only).
        places: sets, or takes off, some of the phone's waypoints (OwnTracks only); None leaves all.
        secret: encrypts the answer with this passphrase.
    """
    if protocol is Protocol.COOPCYCLE:
        return PhoneReply(status=200, body=b"{}", content_type="application/json")
    if protocol is not Protocol.OWNTRACKS:
        return PhoneReply(status=200)
    items = [*_friends(friends), *(() if places is None else (_set_waypoints(places),))]
    body = msgspec.json.encode(items)
    if secret is not None:
        body = msgspec.json.encode({"_type": "encrypted", "data": seal(body, secret)})
    return PhoneReply(status=200, body=body, content_type="application/json")


def try_again() -> PhoneReply:
    """Return the answer while something of ours is broken; every app keeps its record."""
    return PhoneReply(status=503)


def unknown_token() -> PhoneReply:
    """Return the answer to a token that is unknown, revoked or no courier's."""
    return PhoneReply(status=401)


def _friends(friends: Iterable[Friend]) -> Iterable[dict[str, object]]:
    for friend in friends:
        position = friend.position
        tid = "".join(word[0] for word in friend.name.split()[:2]).upper().ljust(2, "_")
        topic = f"owntracks/relevo/{position.courier_id}"
        yield {"_type": "card", "tid": tid, "topic": topic, "name": friend.name}
        yield {
            "_type": "location",
            "tid": tid,
            "topic": topic,
            "lat": round(position.at.lat, 6),
            "lon": round(position.at.lon, 6),
            "tst": position.fix_at_ms // 1000,
            "acc": round(position.accuracy_m),
            "vel": round((position.speed_mps or 0.0) * 3.6),
            "cog": round(position.heading_deg or 0.0),
        }


def _set_waypoints(places: Sequence[PhonePlace]) -> dict[str, object]:
    waypoints = [
        {
            "_type": "waypoint",
            "desc": place.name,
            "lat": _NOWHERE if place.gone else round(place.at.lat, 6),
            "lon": _NOWHERE if place.gone else round(place.at.lon, 6),
            "rad": round(place.radius_m),
            "tst": place.made_s,
        }
        for place in places
    ]
    return {
        "_type": "cmd",
        "action": "setWaypoints",
        "waypoints": {"_type": "waypoints", "waypoints": waypoints},
    }
