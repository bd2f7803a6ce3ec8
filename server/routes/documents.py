"""The interfaces' own descriptions."""

from server.api import Call, Endpoint, Reply
from server.asyncapi import asyncapi


async def openapi_json(call: Call) -> Reply:
    """Return OpenAPI 3.1 of REST."""
    from server.openapi import openapi  # noqa: PLC0415 - it describes this module too

    _ = call
    return Reply(value=openapi())


async def asyncapi_json(call: Call) -> Reply:
    """Return AsyncAPI 3 of the sockets."""
    _ = call
    return Reply(value=asyncapi())


ENDPOINTS = (
    Endpoint(
        method="GET", path="/openapi.json", handler=openapi_json, tag="documents", action=None, returns=dict,
        summary="This interface as OpenAPI 3.1",
    ),
    Endpoint(
        method="GET", path="/asyncapi.json", handler=asyncapi_json, tag="documents", action=None,
        returns=dict, summary="The WebSockets as AsyncAPI 3",
    ),
)  # fmt: skip
