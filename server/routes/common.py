"""What several route modules need: looking things up so that another fleet's are not found, and ETags."""

from domain.courier import Courier
from domain.errors import Invalid, NotFound
from domain.ids import CourierId, OrderId
from domain.order import Order
from domain.people import Role
from domain.ports import OrderDesk, OrderEtas
from server.api import Call, Reply
from server.policy import Action
from server.schemas.orders import OrderOut
from server.views import order_out


async def get_order(call: Call, action: Action | None = None) -> Order:
    """Return the order in the path, if the bearer may do this to it.

    Raises:
        NotFound: ``no_such_order``, also for other fleets' and other shops' orders.
        Forbidden: the role never may.
    """
    desk = await call.desk()
    order_id = OrderId(call.path("order_id"))
    order = desk.open_orders().get(order_id) or await call.system.stores.orders.find(
        call.principal.fleet, order_id
    )
    if order is None:
        if call.principal.role not in (Role.SHOP, Role.COURIER, Role.TRACKING):
            call.allow(action)
        raise NotFound("no_such_order", "there is no such order in this fleet")
    try:
        call.allow(action, order_id=order.id, shop_id=order.shop_id, courier_id=order.courier_id)
    except NotFound:
        raise NotFound("no_such_order", "there is no such order in this fleet") from None
    return order


async def get_courier(call: Call, action: Action | None = None) -> Courier:
    """Return the courier in the path, if the bearer may do this to them.

    Raises:
        NotFound: ``no_such_courier``.
        Forbidden: the role never may.
    """
    courier_id = CourierId(call.path("courier_id"))
    try:
        call.allow(action, courier_id=courier_id)
    except NotFound:
        raise NotFound("no_such_courier", "there is no such courier in this fleet") from None
    return await find_courier(call, courier_id)


async def find_courier(call: Call, courier_id: CourierId) -> Courier:
    """Return a courier of the fleet, also one whom another process has just added.

    Raises:
        NotFound: ``no_such_courier``.
    """
    desk = await call.desk()
    if courier_id not in desk.couriers():
        await call.system.fleets.refresh_couriers(call.principal.fleet)
    courier = desk.couriers().get(courier_id) or await call.system.stores.people.find_courier(
        call.principal.fleet, courier_id
    )
    if courier is None:
        raise NotFound("no_such_courier", "there is no such courier in this fleet")
    return courier


def show_order(call: Call, desk: OrderDesk, order: Order) -> OrderOut:
    """Return an order as this bearer sees it: couriers do not get the customer's link."""
    url = None if call.principal.role is Role.COURIER else tracking_url(call, order)
    etas = desk.etas(order.id) if order.id in desk.open_orders() else OrderEtas()
    return order_out(order, etas, url)


def tracking_url(call: Call, order: Order) -> str:
    """Return the link for the customer."""
    return f"{call.system.public_url}/t/{call.system.keyring.tracking_secret(order.fleet, order.id)}"


def order_reply(call: Call, desk: OrderDesk, order: Order, status: int = 200) -> Reply:
    """Return an order with its ETag."""
    return Reply(value=show_order(call, desk, order), status=status, headers={"ETag": etag(order.version)})


def etag(version: int) -> str:
    """Return a version as an ETag."""
    return f'"{version}"'


def expected_version(call: Call) -> int | None:
    """Return the version of ``If-Match``, None when the header is absent or ``*``.

    Raises:
        Invalid: ``invalid_if_match`` when it is no ETag of ours.
    """
    header = call.request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    text = header.removeprefix("W/").strip('"')
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Invalid("invalid_if_match", 'If-Match takes the ETag as it was given, for example "3"')
    return int(text)
