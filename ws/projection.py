"""Domain values as the frames show them. Pure; decides nothing, hides nothing: the sessions do that."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.courier import Courier
from domain.events import (
    Alert,
    CourierChanged,
    Event,
    FenceCorrected,
    FenceCrossed,
    OfferEnded,
    OfferMade,
    OrderChanged,
    PresenceChanged,
    RouteChanged,
    ZoneChanged,
)
from domain.ids import OrderId
from domain.lifecycle import ON_BOARD
from domain.order import Order, OrderPlace, StopKind, TimeWindow, stop_id
from domain.plan import Eta, Route, Stop
from domain.ports import OrderDesk, OrderEtas
from domain.position import Position, Presence
from domain.zone import Circle, Zone
from ws import messages as m

CourierState = Callable[[Courier], tuple[Position | None, Presence]]
"""Looks up where a courier is believed to be and whether their phone is in contact."""


def order_view(order: Order, etas: OrderEtas) -> m.OrderView:
    """Return an order as dispatchers see it."""
    return m.OrderView(
        id=order.id,
        status=order.status,
        ref=order.ref,
        courier_id=order.courier_id,
        pinned=order.pinned,
        pickup=_order_end(order.pickup),
        dropoff=_order_end(order.dropoff),
        eta=m.OrderEta(pickup=eta_view(etas.pickup), dropoff=eta_view(etas.dropoff)),
        placed_at_ms=order.placed_at_ms,
        version=order.version,
        unassigned_reason=order.unassigned_reason,
        group=order.group,
        requires=sorted(order.requires),
        payment=_payment(order),
        late=_is_late(order, etas),
    )


def courier_view(courier: Courier, position: Position | None, presence: Presence) -> m.CourierView:
    """Return a courier as dispatchers see them."""
    view = m.CourierView(
        id=courier.id,
        name=courier.name,
        vehicle=courier.vehicle,
        shift=courier.shift,
        presence=presence,
    )
    if position is not None:
        view.lon, view.lat = position.at.lon, position.at.lat
        view.heading_deg, view.speed_mps = position.heading_deg, position.speed_mps
        view.fix_at_ms, view.battery_pct = position.fix_at_ms, position.battery_pct
    return view


def position_row(position: Position, presence: Presence) -> m.PositionRow:
    """Return a live position as deltas carry it; coordinates to 0.1 m, the rest to what a map shows."""
    return (
        position.courier_id,
        round(position.at.lon, 6),
        round(position.at.lat, 6),
        None if position.heading_deg is None else round(position.heading_deg, 1),
        None if position.speed_mps is None else round(position.speed_mps, 1),
        position.fix_at_ms,
        presence,
    )


def stop_view(stop: Stop, order: Order | None) -> m.StopView:
    """Return a stop with what a courier needs there; ``order`` None when it is no longer known."""
    view = m.StopView(
        stop_id=stop.stop_id,
        kind=stop.kind,
        order_id=stop.order_id,
        lon=stop.at.lon,
        lat=stop.at.lat,
        name=stop.name,
        notes=stop.notes,
        window=_window(stop.window),
        eta_at_ms=stop.eta_at_ms,
        committed=stop.committed,
        eta=eta_view(stop.eta),
    )
    if order is not None and stop.kind is StopKind.HANDOVER:
        view.ref, view.status = order.ref, order.status
    elif order is not None:
        place = order.pickup if stop.kind is StopKind.PICKUP else order.dropoff
        view.address, view.phone, view.ready_at_ms = place.address, place.phone, place.ready_at_ms
        view.ref, view.status = order.ref, order.status
        view.payment = _payment(order)
    return view


def route_stops(route: Route, orders: Mapping[OrderId, Order]) -> list[m.StopView]:
    """Return the stops of a route in order."""
    return [stop_view(stop, orders.get(stop.order_id)) for stop in route.stops]


def route_view(route: Route, orders: Mapping[OrderId, Order]) -> m.RouteView:
    """Return a whole route."""
    return m.RouteView(courier_id=route.courier_id, version=route.version, stops=route_stops(route, orders))


def offered_stops(order_ids: Sequence[OrderId], desk: OrderDesk) -> list[m.StopView]:
    """Return the stops of orders that are only planned for a courier, in order of their expected times."""
    orders = desk.open_orders()
    stops: list[m.StopView] = []
    for order in (orders[order_id] for order_id in order_ids if order_id in orders):
        etas = desk.etas(order.id)
        if order.status not in ON_BOARD:
            stops.append(_planned_stop(order, StopKind.PICKUP, order.pickup, etas.pickup))
        stops.append(_planned_stop(order, StopKind.DROPOFF, order.dropoff, etas.dropoff))
    return sorted(stops, key=lambda stop: (stop.eta_at_ms, stop.kind == StopKind.DROPOFF))


def _planned_stop(order: Order, kind: StopKind, place: OrderPlace, eta: Eta | None) -> m.StopView:
    at_ms = eta.p50_at_ms if eta is not None else place.ready_at_ms or order.placed_at_ms
    stop = Stop(
        stop_id=stop_id(order.id, kind),
        kind=kind,
        order_id=order.id,
        at=place.at,
        eta_at_ms=at_ms,
        leave_at_ms=at_ms,
        name=place.name,
        notes=place.notes,
        window=place.window,
        eta=eta,
    )
    return stop_view(stop, order)


def zone_view(zone: Zone) -> m.ZoneView:
    """Return a zone with its GeoJSON geometry."""
    geometry: dict[str, Any]
    if isinstance(zone.shape, Circle):
        center = zone.shape.center
        geometry = {"type": "Point", "coordinates": [center.lon, center.lat]}
        return m.ZoneView(
            id=zone.id, name=zone.name, kind=zone.kind, geometry=geometry, radius_m=zone.shape.radius_m
        )
    geometry = {"type": "MultiPolygon", "coordinates": zone.shape.polygons}
    return m.ZoneView(id=zone.id, name=zone.name, kind=zone.kind, geometry=geometry)


def eta_view(eta: Eta | None) -> m.EtaView | None:
    """Return an expected arrival with its range."""
    if eta is None:
        return None
    return m.EtaView(p10_at_ms=eta.p10_at_ms, p50_at_ms=eta.p50_at_ms, p90_at_ms=eta.p90_at_ms)


def live_events(event: Event, desk: OrderDesk, courier_state: CourierState) -> list[m.LiveEvent]:
    """Return what viewers are told of an event; nothing for positions, which travel in rows."""
    match event:
        case OrderChanged(order=order):
            return [
                m.OrderStatusEvent(
                    at_ms=event.at_ms,
                    order_id=order.id,
                    status=order.status,
                    courier_id=order.courier_id,
                    order=order_view(order, desk.etas(order.id)),
                )
            ]
        case RouteChanged(route=route):
            stops = route_stops(route, desk.open_orders())
            return [
                m.RouteEvent(
                    at_ms=event.at_ms, courier_id=route.courier_id, version=route.version, stops=stops
                )
            ]
        case OfferMade() | OfferEnded():
            result = "made" if isinstance(event, OfferMade) else event.result
            return [
                m.OfferEvent(
                    at_ms=event.at_ms,
                    order_id=order_id,
                    courier_id=event.courier_id,
                    result=result,
                    offer_id=event.offer_id,
                )
                for order_id in event.order_ids
            ]
        case CourierChanged(courier=courier):
            view = courier_view(courier, *courier_state(courier))
            return [m.CourierEvent(at_ms=event.at_ms, courier_id=courier.id, courier=view)]
        case _:
            return _plain_events(event)


def _plain_events(event: Event) -> list[m.LiveEvent]:
    match event:
        case FenceCrossed():
            return [
                m.FenceEvent(
                    at_ms=event.at_ms,
                    id=event.id,
                    courier_id=event.courier_id,
                    kind=event.kind,
                    late=event.late,
                    visit=event.visit,
                    zone_id=event.zone_id,
                    stop_id=event.stop_id,
                )
            ]
        case FenceCorrected():
            return [
                m.FenceCorrectionEvent(
                    at_ms=event.at_ms,
                    id=event.id,
                    corrects=event.corrects,
                    courier_id=event.courier_id,
                    kind=event.kind,
                    retracted=event.retracted,
                    late=event.late,
                    visit=event.visit,
                    zone_id=event.zone_id,
                    stop_id=event.stop_id,
                )
            ]
        case PresenceChanged():
            return [m.PresenceEvent(at_ms=event.at_ms, courier_id=event.courier_id, presence=event.presence)]
        case ZoneChanged():
            zone = zone_view(event.zone) if event.zone is not None else None
            return [m.ZoneEvent(at_ms=event.at_ms, zone_id=event.zone_id, zone=zone)]
        case Alert():
            return [
                m.AlertEvent(
                    at_ms=event.at_ms,
                    kind=event.kind,
                    order_id=event.order_id,
                    courier_id=event.courier_id,
                    detail=dict(event.detail),
                )
            ]
        case _:
            return []


def _order_end(place: OrderPlace) -> m.OrderEnd:
    return m.OrderEnd(
        lon=place.at.lon,
        lat=place.at.lat,
        name=place.name,
        address=place.address,
        phone=place.phone,
        notes=place.notes,
        ready_at_ms=place.ready_at_ms,
        window=_window(place.window),
    )


def _window(window: TimeWindow) -> m.WindowView:
    return m.WindowView(earliest_at_ms=window.earliest_at_ms, latest_at_ms=window.latest_at_ms)


def _payment(order: Order) -> m.PaymentView | None:
    if order.payment is None:
        return None
    return m.PaymentView(
        method=order.payment.method,
        amount_cents=order.payment.amount_cents,
        currency=order.payment.currency,
    )


def _is_late(order: Order, etas: OrderEtas) -> bool:
    latest = order.dropoff.window.latest_at_ms
    return latest is not None and etas.dropoff is not None and etas.dropoff.p50_at_ms > latest
