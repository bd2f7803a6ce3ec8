"""Values for the contract suites."""

from domain.courier import Courier
from domain.geo import LonLat
from domain.ids import CourierId, DeviceId, FleetId, OrderId, TokenId
from domain.order import Order, OrderEvent, OrderPlace, OrderStatus
from domain.people import Fleet, Role, Token
from domain.ports import OrderChange
from domain.position import Position, TrackPoint

FLEET = FleetId("condesa")
OTHER = FleetId("roma")
NOON_MS = 1_795_000_000_000
PARK = LonLat(-99.1700, 19.4120)


def fleet(fleet_id=FLEET) -> Fleet:
    return Fleet(id=fleet_id, name="Condesa en bici", center=PARK, time_zone="America/Mexico_City")


def courier(courier_id="c_ana", **changes) -> Courier:
    return Courier(**({"id": CourierId(courier_id), "fleet": FLEET, "name": "Ana"} | changes))


def token(name="t_1", **changes) -> Token:
    return Token(
        **(
            {
                "id": TokenId(name),
                "fleet": FLEET,
                "role": Role.COURIER,
                "secret_sha256": f"digest of {name}",
                "created_at_ms": NOON_MS,
            }
            | changes
        )
    )


def order(name="o_1", **changes) -> Order:
    place = OrderPlace(at=PARK, name="Fonda", notes="Timbre 4 ñandú")
    return Order(
        **(
            {
                "id": OrderId(name),
                "fleet": FLEET,
                "status": OrderStatus.PLACED,
                "pickup": place,
                "dropoff": place,
                "placed_at_ms": NOON_MS,
                "requires": frozenset({"cold"}),
                "reached_at_ms": {OrderStatus.PLACED: NOON_MS},
            }
            | changes
        )
    )


def event(of: Order, trigger="place") -> OrderEvent:
    return OrderEvent(
        order_id=of.id,
        version=of.version,
        trigger=trigger,
        status=of.status,
        at_ms=NOON_MS,
        recorded_at_ms=NOON_MS + 5,
        actor="user:u_1",
        detail={"late_s": 2.5, "note": None},
    )


def placed(of: Order, **changes) -> OrderChange:
    return OrderChange(order=of, events=(event(of),), **changes)


def position(name="c_ana", at=PARK, fix_at_ms=NOON_MS) -> Position:
    return Position(
        courier_id=CourierId(name),
        at=at,
        accuracy_m=6.5,
        speed_mps=4.2,
        heading_deg=None,
        fix_at_ms=fix_at_ms,
        received_at_ms=fix_at_ms + 300,
    )


def point(seq=1, index=0, name="c_ana", device="phone", fix_at_ms=None) -> TrackPoint:
    return TrackPoint(
        courier_id=CourierId(name),
        device=DeviceId(device),
        seq=seq,
        index=index,
        fix_at_ms=NOON_MS + seq * 1000 + index if fix_at_ms is None else fix_at_ms,
        received_at_ms=NOON_MS + seq * 1000 + 700,
        lon=-99.17 + seq * 1e-5,
        lat=19.412,
        accuracy_m=5.0,
        speed_mps=None,
        heading_deg=271.25,
        battery_pct=80.0,
        live=True,
    )
