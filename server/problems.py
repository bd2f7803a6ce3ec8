"""Every error as RFC 9457 problem+json with a stable ``code``; one middleware, no handler formats errors."""

from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from domain.errors import RelevoError, TooMany, Unauthenticated
from server.request_keys import REQUEST_ID

_log = structlog.get_logger("relevo.http")


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details: ``code`` is stable, ``detail`` one sentence, ``facts`` further values."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str | None = None
    facts: dict[str, Any] = {}


_TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    410: "Gone",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Unsupported media type",
    422: "Not acceptable",
    429: "Too many requests",
    500: "Our fault",
    503: "Unavailable, try again",
}
_HTTP_CODES = {
    404: "no_such_path",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media",
}


def problem_response(error: RelevoError, request_id: str | None) -> web.Response:
    """Return an error as a response, with the headers that go with its status."""
    problem = Problem(
        type=f"urn:relevo:error:{error.code}",
        title=_TITLES.get(error.status, "Error"),
        status=error.status,
        code=error.code,
        detail=error.message,
        request_id=request_id,
        facts=dict(error.detail),
    )
    response = web.Response(
        body=msgspec.json.encode(problem), status=error.status, content_type="application/problem+json"
    )
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.detail.get("retry_after_s", 1))
    elif error.status == 503:
        response.headers["Retry-After"] = "1"
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@web.middleware
async def problem_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem; what nobody expected is logged and shown as 500."""
    request_id: str | None = request.get(REQUEST_ID)
    try:
        return await handler(request)
    except RelevoError as error:
        return problem_response(error, request_id)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = problem_response(_from_http(error), request_id)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except ConnectionError:
        raise
    except Exception:  # noqa: BLE001 - the edge: logged with its traceback, shown as 500
        _log.exception("request_failed", method=request.method, path=request.path)
        return problem_response(RelevoError("internal", "something went wrong on our side"), request_id)


def _from_http(error: web.HTTPException) -> RelevoError:
    code = _HTTP_CODES.get(error.status, "internal" if error.status >= 500 else "bad_request")
    known = RelevoError(code, error.text or error.reason)
    known.status = error.status
    return known
