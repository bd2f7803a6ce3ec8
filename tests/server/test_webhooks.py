"""Webhooks: signed, repeated under one id, never to private addresses, and no event lost."""

import base64
import hashlib
import hmac
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain.webhook import DeliveryState
from server.webhooks.caller import is_public
from server.webhooks.sender import RETRY_AFTER_S
from tests.server.harness import running


class Receiver:
    """A shop's own system: keeps what arrives and answers as it is told."""

    def __init__(self):
        self.answers = []
        self.got = []

    async def hook(self, request):
        self.got.append((dict(request.headers), await request.text()))
        status = self.answers.pop(0) if self.answers else 200
        headers = {"Location": "http://127.0.0.1:9/"} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.hook)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/hook"))
        yield receiver


async def add_hook(backend, receiver, **more):
    status, hook, _ = await backend.call(
        "POST", "/api/v1/webhooks", backend.token("owner"), {"url": receiver.url, **more}
    )
    assert status == 201, hook
    return hook


async def test_an_orders_way_is_told_in_order_and_signed(backend, receiver):
    hook = await add_hook(backend, receiver)
    order = await backend.place(ref="A-7")
    await backend.call("POST", f"/api/v1/orders/{order['id']}/cancel", backend.token("owner"))
    await backend.system.sender.work()
    types = [json.loads(body)["type"] for _, body in receiver.got]
    assert (types[0], types[-1]) == ("order.placed", "order.cancelled")
    headers, body = receiver.got[0]
    assert json.loads(body)["data"]["ref"] == "A-7"
    key = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == len(receiver.got)


async def test_only_the_events_asked_for_are_told(backend, receiver):
    await add_hook(backend, receiver, events=["order.cancelled"])
    order = await backend.place()
    await backend.call("POST", f"/api/v1/orders/{order['id']}/cancel", backend.token("owner"))
    await backend.system.sender.work()
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["order.cancelled"]


async def test_a_failed_message_waits_and_comes_again_under_its_id(backend, receiver):
    hook = await add_hook(backend, receiver, events=["order.placed"])
    receiver.answers = [500]
    await backend.place()
    await backend.system.sender.work()
    (delivery,) = await backend.stores.webhooks.deliveries("alfa", hook["id"])
    assert (delivery.state, delivery.result) == (DeliveryState.WAITING, "500")
    assert delivery.due_at_ms > delivery.attempted_at_ms
    path = f"/api/v1/webhooks/{hook['id']}/deliveries/{delivery.id}/replay"
    assert (await backend.call("POST", path, backend.token("owner")))[0] == 202
    await backend.system.sender.work()
    assert len(receiver.got) == 2
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


async def test_a_test_message_says_what_the_receiver_answered(backend, receiver):
    hook = await add_hook(backend, receiver)
    path = f"/api/v1/webhooks/{hook['id']}/test"
    _, sent, _ = await backend.call("POST", path, backend.token("owner"))
    assert (sent["state"], sent["result"], sent["type"]) == ("done", "200", "relevo.test")


async def test_redirects_are_not_followed_and_gone_switches_the_webhook_off(backend, receiver):
    hook = await add_hook(backend, receiver)
    path = f"/api/v1/webhooks/{hook['id']}/test"
    receiver.answers = [302, 410]
    assert (await backend.call("POST", path, backend.token("owner")))[1]["result"] == "302"
    assert (await backend.call("POST", path, backend.token("owner")))[1]["state"] == "given_up"
    _, listed, _ = await backend.call("GET", "/api/v1/webhooks", backend.token("owner"))
    assert listed["webhooks"][0]["active"] is False
    assert "secret" not in listed["webhooks"][0]


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/hook",
        "https://localhost/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://169.254.169.254/latest",
        "https://user:pass@shop.example/",
        "https://",
        "https://shop.example:notaport/",
    ],
)
async def test_private_addresses_and_odd_urls_are_refused(tmp_path, url):
    async with running(tmp_path, webhook_private_addresses=False) as backend:
        status, problem, _ = await backend.call(
            "POST", "/api/v1/webhooks", backend.token("owner"), {"url": url}
        )
        assert (status, problem["code"]) == (422, "invalid_webhook_url")


async def test_a_name_that_leads_home_is_not_called(tmp_path, receiver):
    async with running(tmp_path, webhook_private_addresses=False) as backend:
        sender = backend.system.sender
        port = receiver.url.split(":")[2].split("/")[0]
        result = await sender._caller.post(f"https://localhost.localdomain:{port}/hook", "{}", {})
        assert result in ("address_refused", "no_connection")
        assert receiver.got == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


def test_the_schedule_lasts_about_three_days():
    assert 70 * 3600 < sum(RETRY_AFTER_S) < 80 * 3600
