"""The interfaces' own descriptions."""

from server.api import DECLARED, Call, Endpoint, Reply
from server.asyncapi import asyncapi
from server.openapi import openapi


async def openapi_json(call: Call) -> Reply:
    """Return OpenAPI 3.1 of REST."""
    return Reply(value=openapi(call.request.app[DECLARED]))


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
