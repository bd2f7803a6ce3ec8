"""Between the bodies of REST and the domain's orders. Pure; raises ``Invalid`` on what schemas cannot say."""

from typing import Any

import msgspec

from domain.errors import Invalid
from domain.fleet_settings import settings_of
from domain.geo import LonLat
from domain.ids import OrderId, new_order_id
from domain.order import Order, OrderPlace, OrderStatus, Payment, Size, TimeWindow
from domain.people import Fleet
from server.schemas.common import WindowBody, from_ms, to_ms
from server.schemas.orders import OrderIn, OrderPatch, PaymentIn, PlaceIn, SizeIn

_FIELDS = ("pickup", "dropoff", "size", "requires", "payment", "ref", "group", "priority", "on_board_max_s")


def order_from_body(
    body: OrderIn, fleet: Fleet, shop_id: str | None, now_ms: int, order_id: OrderId | None = None
) -> Order:
    """Return the order that a body asks for, not yet placed.

    Raises:
        Invalid: a time out of range or a window that ends before it begins.
    """
    return Order(
        id=order_id or new_order_id(),
        fleet=fleet.id,
        status=OrderStatus.PLACED,
        placed_at_ms=now_ms,
        shop_id=shop_id,
        **_values(body, settings_of(fleet).currency),
    )


def changed_fields(order: Order, patch: OrderPatch, fleet: Fleet) -> dict[str, object]:
    """Return the fields of ``order`` that a merge patch changes, as domain values.

    Raises:
        Invalid: what the patch makes of the order is not acceptable.
    """
    before = msgspec.to_builtins(_body_of(order))
    after = _merge(before, msgspec.to_builtins(patch))
    try:
        body = msgspec.convert(after, OrderIn)
    except msgspec.ValidationError as error:
        raise Invalid("invalid_body", str(error)) from None
    values = _values(body, settings_of(fleet).currency)
    return {name: values[name] for name in _FIELDS if values[name] != getattr(order, name)}


def _values(body: OrderIn, currency: str) -> dict[str, Any]:
    payment = body.payment
    return {
        "pickup": _place(body.pickup, "pickup"),
        "dropoff": _place(body.dropoff, "dropoff"),
        "size": Size(weight_g=body.size.weight_g, volume_l=body.size.volume_l) if body.size else Size(),
        "requires": frozenset(body.requires),
        "payment": payment
        and Payment(
            method=payment.method,
            amount_cents=payment.amount_cents,
            currency=payment.currency or currency,
        ),
        "ref": body.ref,
        "group": body.group,
        "priority": body.priority,
        "on_board_max_s": body.on_board_max_s,
    }


def _place(place: PlaceIn, name: str) -> OrderPlace:
    window = place.window or WindowBody()
    earliest = to_ms(window.earliest_at, f"{name}.window.earliest_at")
    latest = to_ms(window.latest_at, f"{name}.window.latest_at")
    if earliest is not None and latest is not None and latest < earliest:
        raise Invalid("window_ends_before_it_begins", f"{name}.window ends before it begins", field=name)
    return OrderPlace(
        at=LonLat(place.lon, place.lat),
        address=place.address,
        name=place.name,
        phone=place.phone,
        notes=place.notes,
        ready_at_ms=to_ms(place.ready_at, f"{name}.ready_at"),
        window=TimeWindow(earliest_at_ms=earliest, latest_at_ms=latest),
        service_s=place.service_s,
    )


def _body_of(order: Order) -> OrderIn:
    return OrderIn(
        pickup=_place_body(order.pickup),
        dropoff=_place_body(order.dropoff),
        size=SizeIn(weight_g=order.size.weight_g, volume_l=order.size.volume_l),
        requires=sorted(order.requires),
        payment=_payment_body(order.payment),
        ref=order.ref,
        group=order.group,
        priority=order.priority,
        on_board_max_s=order.on_board_max_s,
    )


def _place_body(place: OrderPlace) -> PlaceIn:
    window = {
        "earliest_at": from_ms(place.window.earliest_at_ms),
        "latest_at": from_ms(place.window.latest_at_ms),
    }
    body = {
        "lon": place.at.lon,
        "lat": place.at.lat,
        "address": place.address,
        "name": place.name,
        "phone": place.phone,
        "notes": place.notes,
        "ready_at": from_ms(place.ready_at_ms),
        "window": window,
        "service_s": place.service_s,
    }
    return msgspec.convert(body, PlaceIn)


def _payment_body(payment: Payment | None) -> PaymentIn | None:
    if payment is None:
        return None
    return PaymentIn(method=payment.method, amount_cents=payment.amount_cents, currency=payment.currency)


def _merge(target: Any, patch: Any) -> Any:
    """Return RFC 7396's MergePatch(target, patch)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged
