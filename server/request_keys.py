"""What middlewares and handlers note on a request."""

from typing import Final

from aiohttp import web

REQUEST_ID: Final = web.RequestKey("request_id", str)
ADDRESS: Final = web.RequestKey("address", str)
COOKIE_SECRET: Final = web.RequestKey("cookie_secret", str)
