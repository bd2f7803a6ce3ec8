"""Bodies about couriers."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.courier import Vehicle
from server.phone_setup import PhoneApp
from server.schemas.common import Lat, Limit, Line, Lon, Name, Phone, Time
from server.schemas.orders import Tags


class CapacityBody(Struct, kw_only=True):
    """What fits on at once."""

    weight_g: Annotated[int, Meta(ge=1, le=10_000_000)]
    volume_l: Annotated[float, Meta(gt=0, le=100_000)]
    orders: Annotated[int, Meta(ge=1, le=200)]


class CourierIn(Struct, kw_only=True):
    """A new courier."""

    name: Name
    vehicle: Vehicle = Vehicle.BICYCLE
    capacity: CapacityBody | None = None
    trailer: CapacityBody | None = None
    skills: Tags = []
    phone: Phone | None = None
    auto_accept: bool = False


class CourierPatch(Struct, kw_only=True):
    """What to change; what is absent stays."""

    name: Name | UnsetType = UNSET
    vehicle: Vehicle | UnsetType = UNSET
    capacity: CapacityBody | UnsetType | None = UNSET
    trailer: CapacityBody | UnsetType | None = UNSET
    skills: Tags | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    auto_accept: bool | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PositionOut(Struct, kw_only=True):
    """Where a courier is believed to be."""

    lon: float
    lat: float
    accuracy_m: float
    speed_mps: float | None
    heading_deg: float | None
    fix_at: str
    fix_age_s: float
    battery_pct: float | None


class WorkOut(Struct, kw_only=True):
    """What a courier has done today.

    ``since``: when the working day began. ``busy_min``: minutes with orders in hand; ``above_mean_min``: how
    many of them are beyond the fleet's mean for as long a shift (under 0: fewer).
    """

    since: str | None
    busy_min: float
    on_shift_min: float
    distance_m: float
    above_mean_min: float


class CourierOut(Struct, kw_only=True):
    """A courier. ``trailer`` holds as much again, when there is one."""

    id: str
    name: str
    vehicle: Vehicle
    capacity: CapacityBody
    trailer: CapacityBody | None
    skills: list[str]
    phone: str | None
    shift: str
    shift_started_at: str | None
    shift_ends_at: str | None
    auto_accept: bool
    active: bool
    presence: str
    position: PositionOut | None
    work: WorkOut
    version: int


class CouriersOut(Struct, kw_only=True):
    """The fleet's couriers by name."""

    couriers: list[CourierOut]


class ShiftIn(Struct, kw_only=True):
    """Start, pause or end work; ``ends_at`` is the planned end."""

    state: Literal["on", "off", "break"]
    ends_at: Time | None = None


class TokenIn(Struct, kw_only=True):
    """A new token for a courier's phone."""

    label: Line = "phone"
    expires_at: Time | None = None


class TokenOut(Struct, kw_only=True, omit_defaults=True):
    """A new token; it is shown this once."""

    token: str
    token_id: str
    role: str
    fleet: str
    courier_id: str | None = None
    subject: str | None = None
    expires_at: str | None = None


class NearQuery(Struct, kw_only=True):
    """Around which place to look."""

    lon: Lon
    lat: Lat
    radius_m: Annotated[float, Meta(gt=0, le=100_000)] = 2000.0
    limit: Limit = 20


class NearCourier(Struct, kw_only=True):
    """A courier nearby."""

    courier_id: str
    name: str
    vehicle: str
    shift: str
    presence: str
    distance_m: float
    lon: float | None
    lat: float | None
    fix_at: str | None
    fix_age_s: float | None


class NearOut(Struct, kw_only=True):
    """Couriers nearby, nearest first."""

    couriers: list[NearCourier]


class TrackQuery(Struct, kw_only=True, rename={"from_": "from"}):
    """Which part of a track, as what; by default the last 24 hours. At most 31 days at once.

    With ``simplify_m``, points are left out that lie within so many metres of the line without them. With
    ``matched``, the track follows the streets where it can: a feature per piece, with ``matched``,
    ``confidence`` (0 to 1), ``distance_m`` and times between the fixes by the share of the way. The header
    ``Relevo-Track-Matched`` and the member ``matched`` say all, partly or none; none is the track as sent.
    """

    from_: Time | None = None
    to: Time | None = None
    format: Literal["geojson", "gpx", "csv"] = "geojson"
    simplify_m: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    matched: bool = False


class SummaryQuery(Struct, kw_only=True, rename={"from_": "from"}):
    """Which time to sum up; by default the last 24 hours. At most 31 days at once.

    With ``matched``, shifts also say their distance along streets.
    """

    from_: Time | None = None
    to: Time | None = None
    matched: bool = False


class TrackStopOut(Struct, kw_only=True):
    """A stay at one place."""

    lon: float
    lat: float
    from_at: str
    to_at: str


class TripOut(Struct, kw_only=True):
    """A way between two stays."""

    from_at: str
    to_at: str
    distance_m: float


class ShiftTotalsOut(Struct, kw_only=True):
    """What was ridden in one shift: metres, and seconds moving, standing and without any fix.

    ``street_distance_m`` is along streets where they match; null when nothing matched or nobody asked.
    """

    started_at: str
    ended_at: str
    distance_m: float
    moving_s: float
    standing_s: float
    unseen_s: float
    street_distance_m: float | None = None


class SummaryOut(Struct, kw_only=True):
    """Stops, trips and totals per shift of a courier."""

    stops: list[TrackStopOut]
    trips: list[TripOut]
    shifts: list[ShiftTotalsOut]


class OnboardingQuery(Struct, kw_only=True):
    """How to show the link."""

    format: Literal["json", "svg"] = "json"


class PhoneAppOut(Struct, kw_only=True):
    """How to set a phone-tracker app up.

    ``url`` is the server's address for the app, ``link`` opens the app and sets it up (null where the app has
    no such link). The QR code (SVG) holds the link, else the address. ``settings`` are those that suit
    bicycles, by the app's own names: the link carries them.
    """

    app: PhoneApp
    url: str
    link: str | None
    qr_svg: str
    settings: dict[str, str | int | bool]
    token_id: str


class OnboardingOut(Struct, kw_only=True):
    """A link that signs a courier's phone in, the same as a QR code (SVG), and how to set tracker apps up.

    Each carries a token of its own, which stays the same until it is revoked.
    """

    url: str
    qr_svg: str
    token_id: str
    apps: list[PhoneAppOut]
