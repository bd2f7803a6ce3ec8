"""A customer's delivery over REST, for who cannot open a socket; shows what ``/ws/track`` shows."""

from server.api import PREFIX, Call, Endpoint, Reply
from server.policy import Action
from ws.messages import TrackState
from ws.track_socket import track_state, tracked_order


async def tracking(call: Call) -> Reply:
    """Return the state of the delivery that the link is about."""
    call.allow(order_id=call.principal.order_id)
    order_id = call.principal.order_id
    assert order_id is not None  # noqa: S101 - the policy compared it
    desk = await call.desk()
    order = await tracked_order(desk, call.system.stores.orders, order_id)
    return Reply(value=track_state(call.system.hub, desk, order))


ENDPOINTS = (
    Endpoint(
        method="GET", path=f"{PREFIX}/tracking", handler=tracking, tag="tracking", action=Action.LINK_READ,
        summary="What a waiting customer may know; the bearer is the link's token", returns=TrackState,
        errors=("link_gone", "tracking_over"),
    ),
)  # fmt: skip
