"""What the core needs from the outside, as protocols. ``server.wiring`` chooses who fulfils them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from domain.courier import Courier, Shift, ShiftState, Vehicle
from domain.events import Event, OfferMade
from domain.geo import LonLat
from domain.ids import CourierId, DeviceId, FleetId, OfferId, OrderId, StopId, TokenId, ZoneId
from domain.order import Order, OrderEvent
from domain.people import Fleet, FleetChange, Token, User
from domain.plan import Eta, Plan, Route
from domain.position import Fix, Position, TrackPoint
from domain.webhook import WebhookStore
from domain.zone import Zone


class Clock(Protocol):
    """The server's time; ``scale`` is above 1 in simulations."""

    scale: float

    def now_ms(self) -> int:
        """Return Unix UTC milliseconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock."""
        ...


class EventSink(Protocol):
    """Whoever listens to events. Called in order; must not block and must not raise."""

    def __call__(self, events: Sequence[Event]) -> None: ...


class TravelTimes(Protocol):
    """How long a way takes."""

    def matrix_s(
        self, origins: Sequence[LonLat], destinations: Sequence[LonLat], vehicle: Vehicle
    ) -> Sequence[Sequence[float]]:
        """Return riding seconds, one row per origin, one column per destination; rows x columns floats."""
        ...


# --- the ping path --------------------------------------------------------------------------------


class PingBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One frame of fixes as a phone sent it.

    Attributes:
        indexes: each fix's index in the frame as it was sent.
        malformed: how many fixes of the frame could not be read.
        skipped: frames refused whole just before this one; each may have used up a number.
        numbered: the phone itself numbers its frames; else its fixes are told apart by content.
    """

    fleet: FleetId
    courier_id: CourierId
    device: DeviceId
    seq: int
    fixes: tuple[Fix, ...]
    indexes: tuple[int, ...]
    received_at_ms: int
    malformed: int = 0
    skipped: int = 0
    numbered: bool = True
    app: str = "relevo"


class PingResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a frame once its tick was durable. ``rejected`` counts refused fixes by reason."""

    seq: int
    duplicate: bool = False
    rejected: dict[str, int] = {}


class PingSink(Protocol):
    """Takes pings in; the tracker's intake."""

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int:
        """Return the last durable frame of a device, 0 when none."""
        ...

    async def submit(self, batch: PingBatch) -> PingResult:
        """Return once the frame is durable.

        Raises:
            Conflict: ``seq_gap`` when frames before it are missing (detail ``expected``).
            Unavailable: ``intake_full`` when the bounded queue is full.
        """
        ...

    async def submit_next(self, batch: PingBatch) -> PingResult:
        """The same for a phone that does not number its frames: ``batch.seq`` is ignored, the next one given.

        Raises:
            Unavailable: ``intake_full`` when the bounded queue is full.
        """
        ...

    def phone_says(self, fleet: FleetId, courier_id: CourierId, *, power_saver: bool) -> None:
        """Note what a phone says of itself."""
        ...

    def phone_refused(self, fleet: FleetId, courier_id: CourierId) -> None:
        """Note that a phone came with a link of the courier's that is revoked or has expired."""
        ...


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one flush of a fleet writes, atomically.

    Attributes:
        points: accepted fixes for the positions stream, in order of arrival.
        positions: the newest belief per courier (for the index and the last positions).
        seqs: last frame per (courier, device) contained in this and all earlier ticks.
        memories: what the tracker must know again of a courier after a restart.
        places: what the tracker learnt of a place, None to forget it.
    """

    fleet: FleetId
    points: tuple[TrackPoint, ...]
    positions: tuple[Position, ...]
    seqs: Mapping[tuple[CourierId, DeviceId], int]
    memories: Mapping[CourierId, bytes] = {}
    places: Mapping[str, bytes | None] = {}


class LiveStore(Protocol):
    """Live truth: Redis or Valkey, or memory."""

    async def write_tick(self, tick: Tick) -> None:
        """Write a tick so that it survives the death of this process and of the store's."""
        ...

    async def last_seq(self, fleet: FleetId, courier_id: CourierId, device: DeviceId) -> int: ...

    async def positions(self, fleet: FleetId) -> list[Position]: ...

    async def memories(self, fleet: FleetId) -> dict[CourierId, bytes]:
        """Return what the newest ticks say of each courier."""
        ...

    async def places(self, fleet: FleetId) -> dict[str, bytes]:
        """Return what was learnt of places."""
        ...

    async def near(
        self, fleet: FleetId, at: LonLat, radius_m: float, limit: int
    ) -> list[tuple[CourierId, float]]:
        """Return couriers within ``radius_m``, nearest first, with their distance in metres."""
        ...

    async def forget(self, fleet: FleetId, courier_id: CourierId) -> None:
        """Take a courier off the live map (end of shift); the track stays."""
        ...

    async def read_points(self, fleet: FleetId, after: str, limit: int) -> tuple[str, list[TrackPoint]]:
        """Return entries of the positions stream after id ``after`` ("0-0" for all) and the last id read."""
        ...

    async def trim_points(self, fleet: FleetId, up_to: str) -> None:
        """Drop stream entries up to and including ``up_to``, once they are archived."""
        ...

    async def ping(self) -> None:
        """Raise Unavailable when the store cannot be written."""
        ...


# --- the record -----------------------------------------------------------------------------------


class PeopleStore(Protocol):
    """Fleets, users, couriers, shifts and tokens in SQL."""

    async def fleets(self) -> list[Fleet]: ...
    async def find_fleet(self, fleet: FleetId) -> Fleet | None: ...
    async def put_fleet(self, fleet: Fleet, change: FleetChange | None = None) -> None:
        """Write a fleet, and with it who changed its settings."""
        ...

    async def fleet_changes(self, fleet: FleetId, limit: int = 100) -> list[FleetChange]:
        """Return who changed the fleet's settings, newest first."""
        ...

    async def find_user(self, login: str) -> User | None: ...
    async def users(self, fleet: FleetId) -> list[User]: ...
    async def put_user(self, user: User) -> None: ...
    async def couriers(self, fleet: FleetId) -> list[Courier]: ...
    async def find_courier(self, fleet: FleetId, courier_id: CourierId) -> Courier | None: ...

    async def put_courier(self, courier: Courier, *, expected_version: int | None = None) -> None:
        """Insert or replace; with ``expected_version`` raises PreconditionFailed when not the newest."""
        ...

    async def open_shift(self, fleet: FleetId, shift: Shift) -> None: ...
    async def close_shift(self, fleet: FleetId, courier_id: CourierId, ended_at_ms: int) -> None: ...
    async def shifts(self, fleet: FleetId, courier_id: CourierId, since_ms: int) -> list[Shift]: ...
    async def put_token(self, token: Token) -> None: ...
    async def find_token(self, secret_sha256: str) -> Token | None: ...
    async def tokens(self, fleet: FleetId) -> list[Token]: ...
    async def revoke_token(self, fleet: FleetId, token_id: TokenId, at_ms: int) -> bool: ...
    async def touch_tokens(self, used: Mapping[TokenId, int]) -> None: ...


class OrderChange(msgspec.Struct, frozen=True, kw_only=True):
    """An order's new state with the events that led there; all or nothing.

    ``expected_version`` None inserts; ``idempotency_key`` makes it happen once per (fleet, shop, key).
    """

    order: Order
    events: tuple[OrderEvent, ...]
    expected_version: int | None = None
    idempotency_key: str | None = None
    request_sha256: str | None = None
    action_id: str | None = None


class OrderStore(Protocol):
    """Orders and their history in SQL; committed before the call returns."""

    async def save(self, changes: Sequence[OrderChange]) -> None:
        """Commit all changes in one transaction.

        Raises:
            Conflict: ``stale_version`` when an order moved on meanwhile.
        """
        ...

    async def find(self, fleet: FleetId, order_id: OrderId) -> Order | None: ...
    async def open_orders(self, fleet: FleetId) -> list[Order]: ...

    async def page(
        self,
        fleet: FleetId,
        *,
        status: Sequence[str] = (),
        since_ms: int | None = None,
        shop_id: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> tuple[list[Order], str | None]:
        """Return orders newest first and the cursor of the next page, None at the end."""
        ...

    async def events(self, fleet: FleetId, order_id: OrderId) -> list[OrderEvent]: ...

    async def histories(
        self, fleet: FleetId, from_ms: int, to_ms: int, *, after: OrderId | None = None, limit: int = 100
    ) -> list[tuple[Order, list[OrderEvent]]]:
        """Return orders to which something happened from ``from_ms`` until before ``to_ms``, by id.

        Args:
            fleet: whose.
            from_ms: event time, inclusive.
            to_ms: event time, exclusive; events from then on are left out.
            after: the last id of the page before.
            limit: orders of a page.
        """
        ...

    async def find_idempotent(self, fleet: FleetId, shop: str, key: str) -> tuple[OrderId, str] | None:
        """Return the order made under an Idempotency-Key and the digest of its request."""
        ...

    async def find_action(self, fleet: FleetId, action_id: str) -> dict[str, str] | None:
        """Return the recorded result of a courier's action, None when it is new."""
        ...

    async def put_action(
        self,
        fleet: FleetId,
        action_id: str,
        courier_id: CourierId,
        at_ms: int,
        result: Mapping[str, str],
    ) -> None: ...


class PlanStore(Protocol):
    """Routes and explanations in SQL, so that a restart shows the same plan."""

    async def put_routes(self, fleet: FleetId, epoch: int, routes: Sequence[Route]) -> None: ...
    async def routes(self, fleet: FleetId) -> tuple[int, list[Route]]: ...
    async def put_explanation(
        self, fleet: FleetId, order_id: OrderId, at_ms: int, doc: Mapping[str, object]
    ) -> None: ...
    async def find_explanation(self, fleet: FleetId, order_id: OrderId) -> dict[str, object] | None: ...

    async def put_learnt(self, fleet: FleetId, name: str, at_ms: int, doc: Mapping[str, object]) -> None:
        """Keep what a dispatcher learnt under a name; the newest replaces the one before."""
        ...

    async def find_learnt(self, fleet: FleetId, name: str) -> dict[str, object] | None: ...


class ZoneStore(Protocol):
    """Zones in SQL."""

    async def zones(self, fleet: FleetId) -> list[Zone]: ...
    async def put_zone(self, zone: Zone) -> None: ...
    async def drop_zone(self, fleet: FleetId, zone_id: ZoneId) -> bool: ...


class TrackStore(Protocol):
    """The archived track in SQL; each (courier, device, seq, index) once."""

    async def archive(self, fleet: FleetId, points: Sequence[TrackPoint], cursor: str) -> int:
        """Insert points and move the fleet's stream cursor in one transaction; returns rows added."""
        ...

    async def cursor(self, fleet: FleetId) -> str:
        """Return the last archived stream id, "0-0" at first."""
        ...

    async def track(
        self, fleet: FleetId, courier_id: CourierId, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[TrackPoint]:
        """Return points in event-time order."""
        ...

    async def delete_before(self, fleet: FleetId, before_ms: int) -> int:
        """Delete points older than ``before_ms`` for good; returns rows deleted."""
        ...


class Stores(Protocol):
    """Everything durable, as one value that ``server.wiring`` hands out."""

    @property
    def people(self) -> PeopleStore: ...
    @property
    def orders(self) -> OrderStore: ...
    @property
    def plans(self) -> PlanStore: ...
    @property
    def zones(self) -> ZoneStore: ...
    @property
    def tracks(self) -> TrackStore: ...
    @property
    def webhooks(self) -> WebhookStore: ...

    async def close(self) -> None: ...


# --- what sockets and routes ask of the dispatcher ------------------------------------------------


class CourierAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier did at a stop, possibly hours ago; ``id`` makes it happen once."""

    id: str
    fleet: FleetId
    courier_id: CourierId
    stop_id: StopId
    action: str
    at_ms: int
    reason: str | None = None
    proof: dict[str, str | int | float | bool | None] = {}


class ActionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a courier's action; ``code`` and ``message`` when it was refused."""

    ok: bool
    code: str | None = None
    message: str | None = None


class OrderEtas(msgspec.Struct, frozen=True, kw_only=True):
    """Expected times of an order's open stops."""

    pickup: Eta | None = None
    dropoff: Eta | None = None


class CourierWork(msgspec.Struct, frozen=True, kw_only=True):
    """What a courier has done in this working day.

    Attributes:
        busy_min: minutes with orders in hand.
        on_shift_min: minutes on shift, breaks left out.
        distance_m: metres ridden on shift.
        above_mean_min: busy minutes beyond what the fleet's mean share of shift time would be; under 0: less.
        since_ms: when the day began, None before the first shift.
    """

    busy_min: float = 0.0
    on_shift_min: float = 0.0
    distance_m: float = 0.0
    above_mean_min: float = 0.0
    since_ms: int | None = None


class OrderDesk(Protocol):
    """One fleet's orders, plan and offers, as sockets and routes use them; ``dispatcher.desk`` fulfils it.

    Reads are synchronous and show the newest state. Writes are committed before they return, raise
    ``domain.errors`` on refusal, and tell everybody through the event sink.
    """

    fleet: Fleet

    def open_orders(self) -> Mapping[OrderId, Order]:
        """Return orders that are not final, and those that ended within the last 15 minutes."""
        ...

    def couriers(self) -> Mapping[CourierId, Courier]: ...
    def plan(self) -> Plan: ...
    def route(self, courier_id: CourierId) -> Route: ...
    def offers(self, courier_id: CourierId) -> Sequence[OfferMade]: ...
    def etas(self, order_id: OrderId) -> OrderEtas: ...

    def work(self, courier_id: CourierId) -> CourierWork:
        """Return how much a courier has worked today, next to the fleet's mean."""
        ...

    def stops_before(self, order_id: OrderId) -> int | None:
        """Return how many stops its courier has before this order's drop-off, None when nobody carries it."""
        ...

    async def place(
        self,
        order: Order,
        *,
        actor: str,
        idempotency_key: str | None = None,
        request_sha256: str | None = None,
    ) -> Order:
        """Record a new order and plan it; a repeated key returns the first order.

        Raises:
            Conflict: ``idempotency_key_reused`` when the key came with another request.
        """
        ...

    async def change(
        self,
        order_id: OrderId,
        fields: Mapping[str, object],
        *,
        actor: str,
        expected_version: int | None = None,
    ) -> Order: ...

    async def cancel(self, order_id: OrderId, *, actor: str, reason: str | None = None) -> Order: ...

    async def assign(self, order_id: OrderId, courier_id: CourierId, *, pin: bool, actor: str) -> Order: ...
    async def unassign(self, order_id: OrderId, *, actor: str) -> Order: ...

    async def exclude(self, order_id: OrderId, courier_id: CourierId, *, excluded: bool, actor: str) -> Order:
        """Keep an order from a courier whatever the plan says, or let them be asked again."""
        ...

    async def hand_over(
        self,
        order_id: OrderId,
        courier_id: CourierId | None,
        *,
        actor: str,
        at: LonLat | None = None,
        hub: ZoneId | None = None,
    ) -> Order:
        """Take goods from their courier for ``courier_id``, or for whom the planner chooses (None)."""
        ...

    async def ready(self, order_id: OrderId, *, actor: str) -> Order:
        """Take the shop's word that an order's goods are ready now."""
        ...

    async def courier_out(self, courier_id: CourierId, *, actor: str, reason: str | None = None) -> Courier:
        """Take a courier who cannot carry on off shift and plan all their orders anew."""
        ...

    async def act(self, action: CourierAction) -> ActionResult: ...

    async def reply(
        self, courier_id: CourierId, offer_id: OfferId, *, accept: bool, reason: str | None = None
    ) -> None: ...

    async def set_shift(
        self, courier_id: CourierId, state: ShiftState, *, ends_at_ms: int | None = None
    ) -> Courier: ...

    async def put_courier(self, courier: Courier, *, expected_version: int | None = None) -> Courier: ...

    async def explanation(self, order_id: OrderId, language: str) -> dict[str, object]: ...
