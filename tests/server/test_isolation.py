"""Fleets, roles and relations: every declared endpoint, asked by everybody who must not get an answer."""

import datetime as dt
import json

import pytest

from domain.people import Role
from server.api import Endpoint
from server.endpoints import ENDPOINTS
from server.policy import GRANTS, Action
from tests.server.harness import order_body

GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint.action is not None]
NAMES = [f"{endpoint.method} {endpoint.path}" for endpoint in GUARDED]
ZONE = {"name": "Hub alfa", "geometry": {"type": "Point", "coordinates": [-99.17, 19.41]}, "radius_m": 50}
TODAY = dt.datetime.now(dt.UTC).date().isoformat()
BODIES = {
    "OrderIn": order_body(),
    "OrderPatch": {"ref": "stolen"},
    "AssignIn": {"courier_id": "c_alfa"},
    "ExcludeIn": {"courier_id": "c_alfa"},
    "CourierIn": {"name": "Beto"},
    "CourierPatch": {"name": "Mallory"},
    "ShiftIn": {"state": "on"},
    "ZoneIn": ZONE,
    "NewTokenIn": {"role": "viewer"},
    "WebhookIn": {"url": "http://127.0.0.1:9/nobody-listens"},
}
QUERIES = {
    "NearQuery": "?lon=-99.17&lat=19.41&radius_m=50000",
    **dict.fromkeys(("ReplayQuery", "ReplayTracksQuery", "ReplayOrdersQuery"), f"?date={TODAY}"),
}


async def things_of_alfa(backend) -> dict[str, str]:
    """Make one of everything in fleet alfa; return the ids by path parameter."""
    owner = backend.token("owner")
    order = await backend.place(backend.token("shop"), ref="secret-alfa")
    _, zone, _ = await backend.call("POST", "/api/v1/zones", owner, ZONE)
    _, token, _ = await backend.call("POST", "/api/v1/tokens", owner, {"role": "viewer", "label": "alfa"})
    ids = {
        "order_id": order["id"],
        "courier_id": "c_alfa",
        "zone_id": zone["id"],
        "token_id": token["token_id"],
    }
    if any("{webhook_id}" in endpoint.path for endpoint in GUARDED):
        _, hook, _ = await backend.call("POST", "/api/v1/webhooks", owner, BODIES["WebhookIn"])
        ids["webhook_id"] = hook["id"]
        await backend.call("POST", f"/api/v1/webhooks/{hook['id']}/test", owner)
        path = f"/api/v1/webhooks/{hook['id']}/deliveries"
        ids["delivery_id"] = (await backend.call("GET", path, owner))[1]["deliveries"][0]["id"]
    return ids


async def ask(backend, endpoint: Endpoint, ids: dict[str, str], token: str):
    """Call an endpoint with a good body and these ids."""
    path = endpoint.path
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"the test knows no id for {endpoint.path}"
    if endpoint.query is not None:
        path += QUERIES.get(endpoint.query.__name__, "")
    body = BODIES.get(endpoint.body.__name__, {}) if endpoint.body is not None else None
    return await backend.call(endpoint.method, path, token, body)


def takes_an_id(endpoint: Endpoint) -> bool:
    return "{" in endpoint.path


@pytest.mark.parametrize("endpoint", GUARDED, ids=NAMES)
async def test_without_a_token_there_is_no_answer(backend, endpoint):
    ids = dict.fromkeys(("order_id", "courier_id", "zone_id", "token_id", "webhook_id", "delivery_id"), "x")
    for token in (None, "rlv_wrong", "x" * 5000):
        status, problem, headers = await ask(backend, endpoint, ids, token)
        assert status == 401
        assert problem["code"] in ("no_token", "unknown_token")
        assert headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("endpoint", GUARDED, ids=NAMES)
async def test_another_fleets_owner_finds_nothing_and_changes_nothing(backend, endpoint):
    ids = await things_of_alfa(backend)
    status, answer, _ = await ask(backend, endpoint, ids, backend.token("owner", "beta"))
    if takes_an_id(endpoint):
        assert status == 404, answer
    text = json.dumps(answer)
    for secret in (ids["order_id"], ids["zone_id"], ids["token_id"], "secret-alfa", "Lupita alfa"):
        assert secret not in text
    _, order, _ = await backend.call("GET", f"/api/v1/orders/{ids['order_id']}", backend.token("owner"))
    assert (order["ref"], order["status"] in ("placed", "offered")) == ("secret-alfa", True)
    _, courier, _ = await backend.call("GET", "/api/v1/couriers/c_alfa", backend.token("owner"))
    assert (courier["name"], courier["shift"]) == ("Lupita alfa", "off")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRACKING])
@pytest.mark.parametrize("endpoint", GUARDED, ids=NAMES)
async def test_a_role_without_the_right_is_refused(backend, endpoint, role):
    if endpoint.action in GRANTS[role]:
        return
    ids = await things_of_alfa(backend)
    status, problem, _ = await ask(backend, endpoint, ids, backend.token(role))
    assert (status, problem["code"]) == (403, "role_not_allowed"), endpoint.path


@pytest.mark.parametrize("endpoint", GUARDED, ids=NAMES)
async def test_a_customers_link_opens_nothing_in_rest(backend, endpoint):
    ids = await things_of_alfa(backend)
    _, order, _ = await backend.call("GET", f"/api/v1/orders/{ids['order_id']}", backend.token("owner"))
    link = order["tracking_url"].rsplit("/", 1)[1]
    status, _, _ = await ask(backend, endpoint, ids, link)
    assert status == (200 if endpoint.action is Action.LINK_READ else 403)


@pytest.mark.parametrize("endpoint", [e for e in GUARDED if "{courier_id}" in e.path], ids=lambda e: e.path)
async def test_a_courier_sees_and_moves_no_other_courier(backend, endpoint):
    _, other, _ = await backend.call("POST", "/api/v1/couriers", backend.token("owner"), {"name": "Otra"})
    status, _, _ = await ask(backend, endpoint, {"courier_id": other["id"]}, backend.token("courier"))
    assert status in (403, 404)


@pytest.mark.parametrize("endpoint", [e for e in GUARDED if "{order_id}" in e.path], ids=lambda e: e.path)
async def test_a_courier_sees_no_order_that_somebody_else_carries(backend, endpoint):
    ids = await things_of_alfa(backend)
    status, _, _ = await ask(backend, endpoint, ids, backend.token("courier"))
    assert status in (403, 404)


async def test_a_courier_reads_the_order_they_carry_without_the_customers_link(backend):
    order = await backend.place()
    owner, path = backend.token("owner"), f"/api/v1/orders/{order['id']}"
    await backend.call("POST", "/api/v1/couriers/c_alfa/shift", backend.token("courier"), {"state": "on"})
    await backend.call("POST", f"{path}/assign", owner, {"courier_id": "c_alfa"})
    status, seen, _ = await backend.call("GET", path, backend.token("courier"))
    assert (status, seen["courier_id"], seen["tracking_url"]) == (200, "c_alfa", None)
