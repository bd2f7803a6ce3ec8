"""What each phone-tracker app has to be told so that it sends a courier's positions. Pure.

The settings are for bicycles in a town: a fix every 10 s or 10 to 15 m, and a sign of life while standing.
The apps' own defaults are for cars and for saving power, and miss arrivals.
"""

import enum
import json
from base64 import b64encode
from urllib.parse import urlencode

import msgspec

from domain.ids import CourierId

Setting = str | int | bool

_INTERVAL_S = 10
_OWNTRACKS_HTTP = 3
_OWNTRACKS_MOVE = 2
_GPSLOGGER_QUERY = "lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&spd=%SPD&dir=%DIR&batt=%BATT&aid=%AID"
"""GPSLogger fills these in; its ``%ALL`` would send the phone's serial number and file names as well."""


class PhoneApp(enum.StrEnum):
    """Apps that a phone can be enrolled with, beside our own page."""

    TRACCAR = "traccar_client"
    OWNTRACKS = "owntracks"
    GPSLOGGER = "gpslogger"


class PhoneSetup(msgspec.Struct, frozen=True, kw_only=True):
    """How to set one app up.

    Attributes:
        url: what goes into the app's field for the server's address.
        link: opens the app and sets it up; None when the app has no such link.
        settings: what the link sets, or what to type where there is no link.
    """

    url: str
    link: str | None
    settings: dict[str, Setting]

    @property
    def code(self) -> str:
        """Return the text of the QR code."""
        return self.link or self.url


def phone_setup(app: PhoneApp, public_url: str, secret: str, courier_id: CourierId, name: str) -> PhoneSetup:
    """Return how to set an app up.

    Args:
        app: which one.
        public_url: this server's address, without a slash at its end.
        secret: the token that the app shows.
        courier_id: names the phone where the app needs a name.
        name: the courier's, for the two letters that OwnTracks draws.
    """
    if app is PhoneApp.TRACCAR:
        return _traccar(f"{public_url}/in/o/{secret}", courier_id)
    if app is PhoneApp.OWNTRACKS:
        return _owntracks(f"{public_url}/in/ot/{secret}", courier_id, name)
    return PhoneSetup(
        url=f"{public_url}/in/g/{secret}?{_GPSLOGGER_QUERY}",
        link=None,
        settings={"method": "GET", "interval_s": _INTERVAL_S, "distance_m": 10, "discard_offline": False},
    )


def _traccar(url: str, courier_id: CourierId) -> PhoneSetup:
    settings: dict[str, Setting] = {
        "accuracy": "high",
        "distance": 15,
        "interval": _INTERVAL_S,
        "angle": 30,
        "heartbeat": 60,
        "buffer": True,
        "stop_detection": False,
        "wakelock": True,
    }
    query = {"url": url, "id": courier_id, **{name: _in_query(value) for name, value in settings.items()}}
    return PhoneSetup(url=url, link=f"org.traccar.client://config?{urlencode(query)}", settings=settings)


def _owntracks(url: str, courier_id: CourierId, name: str) -> PhoneSetup:
    settings: dict[str, Setting] = {
        "mode": _OWNTRACKS_HTTP,
        "monitoring": _OWNTRACKS_MOVE,
        "locatorInterval": _INTERVAL_S,
        "locatorDisplacement": 10,
        "cmd": True,
    }
    config = {
        "_type": "configuration", "url": url, "deviceId": courier_id, "tid": _initials(name), **settings,
    }  # fmt: skip
    return PhoneSetup(
        url=url, link=f"owntracks:///config?{urlencode({'inline': _inline(config)})}", settings=settings
    )


def _inline(config: dict[str, Setting]) -> str:
    """Return the configuration in base64; blanks at its end save the ``=`` that a query would not keep."""
    text = json.dumps(config, separators=(",", ":"))
    text += " " * (-len(text) % 3)
    return b64encode(text.encode()).decode()


def _initials(name: str) -> str:
    letters = [word[0] for word in name.split() if word[0].isascii() and word[0].isalnum()]
    return "".join(letters[:2]).lower().ljust(2, "x")


def _in_query(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
