"""Domain values as REST shows them. Pure."""

from domain.courier import Capacity, Courier
from domain.fleet_settings import settings_of
from domain.order import Order, OrderEvent, OrderPlace, Payment
from domain.people import Fleet, Token
from domain.plan import Eta, Plan, Route, Stop
from domain.ports import CourierWork, OrderEtas
from domain.position import Position, Presence
from domain.zone import Circle, Zone
from server.schemas.common import EtaBody, from_ms, rfc3339
from server.schemas.couriers import CapacityBody, CourierOut, NearCourier, PositionOut, WorkOut
from server.schemas.fleet import FleetOut, TokenInfo, ZoneOut
from server.schemas.orders import (
    OrderEtaOut,
    OrderEventOut,
    OrderOut,
    PaymentOut,
    PlaceOut,
    PlanOut,
    RouteOut,
    SizeIn,
    StopOut,
)


def order_out(order: Order, etas: OrderEtas, tracking_url: str | None) -> OrderOut:
    """Return an order."""
    return OrderOut(
        id=order.id,
        status=order.status,
        courier_id=order.courier_id,
        pinned=order.pinned,
        pickup=_place(order.pickup),
        dropoff=_place(order.dropoff),
        size=SizeIn(weight_g=order.size.weight_g, volume_l=order.size.volume_l),
        requires=sorted(order.requires),
        payment=payment_out(order.payment),
        ref=order.ref,
        group=order.group,
        priority=order.priority,
        on_board_max_s=order.on_board_max_s,
        ready_told_at=from_ms(order.ready_told_at_ms),
        excluded=sorted(order.excluded),
        shop=order.shop_id,
        eta=OrderEtaOut(pickup=eta_out(etas.pickup), dropoff=eta_out(etas.dropoff)),
        unassigned_reason=order.unassigned_reason,
        failed_reason=order.failed_reason,
        tracking_url=tracking_url,
        placed_at=rfc3339(order.placed_at_ms),
        reached_at={status.value: rfc3339(at_ms) for status, at_ms in order.reached_at_ms.items()},
        version=order.version,
    )


def payment_out(payment: Payment | None) -> PaymentOut | None:
    """Return what to collect."""
    if payment is None:
        return None
    return PaymentOut(method=payment.method, amount_cents=payment.amount_cents, currency=payment.currency)


def eta_out(eta: Eta | None) -> EtaBody | None:
    """Return an expected arrival."""
    if eta is None:
        return None
    return EtaBody(
        p10_at=rfc3339(eta.p10_at_ms), p50_at=rfc3339(eta.p50_at_ms), p90_at=rfc3339(eta.p90_at_ms)
    )


def event_out(event: OrderEvent) -> OrderEventOut:
    """Return one line of an order's history."""
    return OrderEventOut(
        version=event.version,
        trigger=event.trigger,
        status=event.status,
        at=rfc3339(event.at_ms),
        recorded_at=rfc3339(event.recorded_at_ms),
        actor=event.actor,
        courier_id=event.courier_id,
        detail=dict(event.detail),
    )


def courier_out(
    courier: Courier, position: Position | None, presence: Presence, work: CourierWork, now_ms: int
) -> CourierOut:
    """Return a courier."""
    load, trailer = courier.vehicle_limit(), courier.trailer
    return CourierOut(
        id=courier.id,
        name=courier.name,
        vehicle=courier.vehicle,
        capacity=_capacity(load),
        trailer=None if trailer is None else _capacity(trailer),
        skills=sorted(courier.skills),
        phone=courier.phone,
        shift=courier.shift,
        shift_started_at=from_ms(courier.shift_started_at_ms),
        shift_ends_at=from_ms(courier.shift_ends_at_ms),
        auto_accept=courier.auto_accept,
        active=courier.active,
        presence=presence,
        position=_position(position, now_ms) if position else None,
        work=WorkOut(
            since=from_ms(work.since_ms),
            busy_min=work.busy_min,
            on_shift_min=work.on_shift_min,
            distance_m=work.distance_m,
            above_mean_min=work.above_mean_min,
        ),
        version=courier.version,
    )


def near_out(
    courier: Courier, distance_m: float, position: Position | None, presence: Presence, now_ms: int
) -> NearCourier:
    """Return a courier nearby."""
    return NearCourier(
        courier_id=courier.id,
        name=courier.name,
        vehicle=courier.vehicle,
        shift=courier.shift,
        presence=presence,
        distance_m=round(distance_m, 1),
        lon=position.at.lon if position else None,
        lat=position.at.lat if position else None,
        fix_at=rfc3339(position.fix_at_ms) if position else None,
        fix_age_s=_age_s(position.fix_at_ms, now_ms) if position else None,
    )


def plan_out(plan: Plan) -> PlanOut:
    """Return a plan, couriers in order of their ids."""
    return PlanOut(
        epoch=plan.epoch,
        at=rfc3339(plan.at_ms),
        routes=[route_out(plan.routes[courier_id]) for courier_id in sorted(plan.routes)],
        unassigned=[{"order_id": order_id, "reason": reason} for order_id, reason in plan.unassigned.items()],
    )


def route_out(route: Route) -> RouteOut:
    """Return a route."""
    return RouteOut(
        courier_id=route.courier_id, version=route.version, stops=[_stop(stop) for stop in route.stops]
    )


def zone_out(zone: Zone) -> ZoneOut:
    """Return a zone with GeoJSON geometry."""
    shape = zone.shape
    radius_m: float | None = None
    if isinstance(shape, Circle):
        geometry: dict[str, object] = {"type": "Point", "coordinates": [shape.center.lon, shape.center.lat]}
        radius_m = shape.radius_m
    elif len(shape.polygons) == 1:
        geometry = {"type": "Polygon", "coordinates": shape.polygons[0]}
    else:
        geometry = {"type": "MultiPolygon", "coordinates": shape.polygons}
    return ZoneOut(
        id=zone.id,
        name=zone.name,
        kind=zone.kind,
        geometry=geometry,
        radius_m=radius_m,
        dwell_s=zone.dwell_s,
        vehicles=sorted(zone.vehicles),
        version=zone.version,
    )


def fleet_out(fleet: Fleet) -> FleetOut:
    """Return a fleet."""
    return FleetOut(
        slug=fleet.id,
        name=fleet.name,
        lon=fleet.center.lon,
        lat=fleet.center.lat,
        time_zone=fleet.time_zone,
        currency=settings_of(fleet).currency,
    )


def token_info(token: Token) -> TokenInfo:
    """Return a token without its secret."""
    return TokenInfo(
        id=token.id,
        role=token.role,
        label=token.label,
        subject=token.subject,
        courier_id=token.courier_id,
        created_at=rfc3339(token.created_at_ms),
        expires_at=from_ms(token.expires_at_ms),
        revoked_at=from_ms(token.revoked_at_ms),
        last_used_at=from_ms(token.last_used_at_ms),
    )


def _capacity(limit: Capacity) -> CapacityBody:
    return CapacityBody(weight_g=limit.weight_g, volume_l=limit.volume_l, orders=limit.orders)


def _place(place: OrderPlace) -> PlaceOut:
    return PlaceOut(
        lon=place.at.lon,
        lat=place.at.lat,
        address=place.address,
        name=place.name,
        phone=place.phone,
        notes=place.notes,
        ready_at=from_ms(place.ready_at_ms),
        window={
            "earliest_at": from_ms(place.window.earliest_at_ms),
            "latest_at": from_ms(place.window.latest_at_ms),
        },
        service_s=place.service_s,
    )


def _position(position: Position, now_ms: int) -> PositionOut:
    return PositionOut(
        lon=position.at.lon,
        lat=position.at.lat,
        accuracy_m=position.accuracy_m,
        speed_mps=position.speed_mps,
        heading_deg=position.heading_deg,
        fix_at=rfc3339(position.fix_at_ms),
        fix_age_s=_age_s(position.fix_at_ms, now_ms),
        battery_pct=position.battery_pct,
    )


def _stop(stop: Stop) -> StopOut:
    return StopOut(
        stop_id=stop.stop_id,
        kind=stop.kind,
        order_id=stop.order_id,
        lon=stop.at.lon,
        lat=stop.at.lat,
        name=stop.name,
        eta_at=rfc3339(stop.eta_at_ms),
        leave_at=rfc3339(stop.leave_at_ms),
        committed=stop.committed,
        eta=eta_out(stop.eta),
    )


def _age_s(at_ms: int, now_ms: int) -> float:
    return round(max(0, now_ms - at_ms) / 1000, 1)
