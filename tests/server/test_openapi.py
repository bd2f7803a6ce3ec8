"""The documents describe what is there, completely."""

import ast
import json
import re
from pathlib import Path

import jsonschema
import pytest

import domain.errors
from server.app import build_app
from server.asyncapi import CHANNELS, asyncapi
from server.endpoints import ENDPOINTS
from server.error_codes import CODES
from server.openapi import openapi
from ws import messages

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {n for n, c in vars(domain.errors).items() if isinstance(c, type) and issubclass(c, Exception)}


def test_openapi_is_json_of_version_3_1_with_every_reference_resolved():
    text = json.dumps(openapi(ENDPOINTS))
    assert openapi(ENDPOINTS)["openapi"].startswith("3.1.")
    for name in re.findall(r"#/components/schemas/([^\"]+)", text):
        assert name in openapi(ENDPOINTS)["components"]["schemas"]


def test_every_operation_has_an_id_of_its_own_a_summary_and_its_problems():
    operations = [op for path in openapi(ENDPOINTS)["paths"].values() for op in path.values()]
    assert len(operations) == len(ENDPOINTS)
    assert len({op["operationId"] for op in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        if operation["security"]:
            assert {"401", "403", "429"} <= set(operation["responses"])


def test_every_error_that_an_endpoint_declares_is_in_the_catalogue():
    assert {code for endpoint in ENDPOINTS for code in endpoint.errors} <= set(CODES)


async def test_every_route_of_the_application_is_documented_or_a_page(backend):
    documented = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    pages = re.compile(r"^/(|dispatch|courier|shop|(t|embed)/\{token\}|assets/\{path\}|\{name\})$")
    sockets = {channel.address for channel in CHANNELS.values()}
    app = build_app(backend.system, backend.relevo.sockets)
    for route in app.router.routes():
        path = route.resource.canonical
        if route.method == "HEAD" or path in sockets or pages.match(path):
            continue
        if path.startswith("/in/"):  # the protocols of phone-tracker apps, which are not ours to describe
            continue
        assert (route.method, path) in documented


async def test_real_answers_fit_their_declared_schemas(backend):
    order = await backend.place(ref="A", payment={"method": "cash", "amount_cents": 100})
    for method, path, template, body in [
        ("GET", f"/api/v1/orders/{order['id']}", "/api/v1/orders/{order_id}", None),
        ("GET", "/api/v1/orders", "/api/v1/orders", None),
        ("GET", f"/api/v1/orders/{order['id']}/events", "/api/v1/orders/{order_id}/events", None),
        ("GET", "/api/v1/couriers", "/api/v1/couriers", None),
        ("GET", "/api/v1/plan", "/api/v1/plan", None),
        ("GET", "/api/v1/me", "/api/v1/me", None),
        ("GET", "/api/v1/clock", "/api/v1/clock", None),
    ]:
        status, answer, _ = await backend.call(method, path, backend.token("owner"), body)
        assert status == 200
        operation = openapi(ENDPOINTS)["paths"][template][method.lower()]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer, {**schema, "components": openapi(ENDPOINTS)["components"]})


async def test_the_documents_are_served(backend):
    for path, key in (("/openapi.json", "openapi"), ("/asyncapi.json", "asyncapi")):
        status, document, _ = await backend.call("GET", path)
        assert (status, key in document) == (200, True)


def test_asyncapi_has_every_frame_of_the_wire_and_every_reference_resolves():
    document = asyncapi()
    frames = {
        name
        for name, kind in vars(messages).items()
        if isinstance(kind, type)
        and getattr(getattr(kind, "__struct_config__", None), "tag", None)
        and kind not in messages.LiveEvent.__args__
    } - {"LoosePings"}
    assert frames == set(document["components"]["messages"])
    text = json.dumps(document)
    for name in re.findall(r"#/components/schemas/([^\"]+)", text):
        assert name in document["components"]["schemas"]
    for channel, name in re.findall(r"#/channels/(\w+)/messages/(\w+)", text):
        assert name in document["channels"][channel]["messages"]


def codes_in(path: Path) -> set[str]:
    """Return the codes that a source file gives to domain errors."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", None)
        first = node.args[0]
        if name in ERRORS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.add(first.value)
    return found


@pytest.mark.parametrize("package", ["domain", "tracker", "dispatcher", "ws", "storage", "server"])
def test_every_error_code_in_the_sources_is_in_the_catalogue(package):
    for path in (ROOT / package).rglob("*.py"):
        assert codes_in(path) <= set(CODES), path
