"""A customer's link after the delivery: page, REST and socket say the same, as long as the link answers."""

from tests.server.harness import running
from ws import close_codes


async def ended_and_forgotten(backend) -> str:
    """Cancel an order and let the desk forget it; return the link's token."""
    order = await backend.place()
    await backend.call("POST", f"/api/v1/orders/{order['id']}/cancel", backend.token("owner"), {})
    desk = await backend.relevo.fleets.desk("alfa")
    desk._state.book.forget_ended(backend.system.clock.now_ms() + 1)
    assert order["id"] not in desk.open_orders()
    return order["tracking_url"].rsplit("/", 1)[1]


async def test_rest_and_socket_tell_the_end_that_the_desk_has_forgotten(backend):
    link = await ended_and_forgotten(backend)
    status, told, _ = await backend.call("GET", "/api/v1/tracking", link)
    async with backend.client.ws_connect("/ws/track") as socket:
        await socket.send_json({"type": "hello", "token": link})
        state = await socket.receive_json(timeout=5)
    assert (status, told["status"], state["type"], state["status"]) == (
        200,
        "cancelled",
        "state",
        "cancelled",
    )
    assert (state["courier"], state["eta"], state["dropoff"]["name"]) == (None, None, "Ana")
    assert {key: state[key] for key in told if key != "server_at_ms"} == {
        key: told[key] for key in told if key != "server_at_ms"
    }


async def test_past_its_grace_the_link_is_gone_for_both(tmp_path):
    async with running(tmp_path, tracking_grace_minutes=0) as backend:
        link = await ended_and_forgotten(backend)
        backend.system.authenticator._grace_ms = -1
        status, problem, _ = await backend.call("GET", "/api/v1/tracking", link)
        async with backend.client.ws_connect("/ws/track") as socket:
            await socket.send_json({"type": "hello", "token": link})
            error = await socket.receive_json(timeout=5)
            await socket.receive(timeout=5)
        assert (status, problem["code"]) == (410, "link_gone")
        assert (error["code"], socket.close_code) == ("link_gone", close_codes.GONE)
