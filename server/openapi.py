"""OpenAPI 3.1 out of the endpoints' declarations; nothing is written twice."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from server.api import Endpoint
from server.error_codes import CODES, COMMON
from server.problems import Problem
from server.version import relevo_version

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")


@cache
def openapi(endpoints: tuple[Endpoint, ...]) -> dict[str, Any]:
    """Return the document about these endpoints."""
    types = [Problem, *_types(endpoints)]
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Relevo",
            "version": relevo_version(),
            "description": "GPS tracking and real-time dispatch for courier co-operatives. "
            "Times are RFC 3339; "
            "errors are RFC 9457 problems with a stable code.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "relevo_session",
                    "description": "of a signed-in person; changes also need X-CSRF-Token",
                },
            },
        },
    }


def _types(endpoints: Iterable[Endpoint]) -> list[Any]:
    found = (kind for e in endpoints for kind in (e.body, e.returns) if kind is not None)
    return list(dict.fromkeys(found))


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.handler.__module__.rpartition('.')[2]}_{endpoint.handler.__name__}",
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "responses": {str(endpoint.status): _success(endpoint), **_problems(endpoint)},
        "security": [{"bearer": []}, {"cookie": []}] if endpoint.action is not None else [],
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if parameters := _parameters(endpoint):
        operation["parameters"] = parameters
    if endpoint.body is not None or endpoint.body_media != ("application/json",):
        operation["requestBody"] = _request_body(endpoint)
    return operation


def _success(endpoint: Endpoint) -> dict[str, Any]:
    response: dict[str, Any] = {"description": "done"}
    if endpoint.returns is not None:
        response["content"] = {media: {"schema": _schema(endpoint.returns)} for media in endpoint.media}
    elif endpoint.status != 204:
        response["content"] = {media: {"schema": {"type": "string"}} for media in endpoint.media}
    return response


def _problems(endpoint: Endpoint) -> dict[str, Any]:
    codes = {code for code in endpoint.errors if code in CODES}
    if endpoint.action is not None:
        codes |= set(COMMON)
    if endpoint.body is not None:
        codes |= {"malformed_json", "invalid_body", "body_too_large"}
    if endpoint.query is not None:
        codes.add("invalid_query")
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(CODES[code].status, []).append(code)
    content = {"application/problem+json": {"schema": {"$ref": _REF.format(name="Problem")}}}
    return {
        str(status): {"description": ", ".join(names), "content": content}
        for status, names in sorted(by_status.items())
    }


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        _, components = msgspec.json.schema_components([endpoint.query], ref_template=_REF)
        schema = components[endpoint.query.__name__]
        parameters += [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": of}
            for name, of in schema["properties"].items()
        ]
    parameters += [
        {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "description": header.description,
            "schema": {"type": "string"},
        }
        for header in endpoint.headers
    ]
    return parameters


def _request_body(endpoint: Endpoint) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"} if endpoint.body is None else _schema(endpoint.body)
    return {
        "required": not endpoint.body_optional,
        "content": {media: {"schema": schema} for media in endpoint.body_media},
    }


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_REF)
    return schema
