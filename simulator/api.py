"""The REST calls a shop, an office or a person would make, with retries. Nothing that is not public."""

import asyncio
import datetime as dt
from types import TracebackType
from typing import Any, Self

import aiohttp

from simulator.clock import ServerClock

RETRY_FOR_S = 120.0
_PAUSE_S = 0.3
_PAUSE_MAX_S = 3.0
_PASSING = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """The server refused; ``code`` is the stable code of the problem document."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class Api:
    """A client of ``/api/v1`` for one server; each call may bring its own token."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    def use(self, token: str) -> None:
        """Send this token where a call brings none."""
        self._token = token

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        key: str | None = None,
        retry_for_s: float = RETRY_FOR_S,
    ) -> Any:
        """Make one call under ``/api/v1`` and return the decoded answer.

        Repeats while the server is away or busy; what creates something must bring its Idempotency-Key.

        Raises:
            ApiError: the server refused, or stayed away for ``retry_for_s`` wall seconds.
        """
        headers = {"Authorization": f"Bearer {token or self._token}"} if token or self._token else {}
        if key:
            headers["Idempotency-Key"] = key
        loop = asyncio.get_running_loop()
        until_s, pause_s = loop.time() + retry_for_s, _PAUSE_S
        while True:
            try:
                return await self._once(method, f"{self.url}/api/v1{path}", body, headers)
            except ApiError as error:
                if error.status not in _PASSING or loop.time() > until_s:
                    raise
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if loop.time() > until_s:
                    raise ApiError(0, "server_away", str(error)) from error
            await asyncio.sleep(pause_s)
            pause_s = min(_PAUSE_MAX_S, pause_s * 1.7)

    async def text(self, path: str) -> str:
        """Return a page outside the API as text, for example ``/metrics``.

        Raises:
            ApiError: it could not be read.
        """
        try:
            async with self._http.get(self.url + path) as response:
                if response.status != 200:
                    raise ApiError(response.status, "not_ok", path)
                return await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiError(0, "server_away", str(error)) from error

    async def _once(self, method: str, url: str, body: object, headers: dict[str, str]) -> Any:
        async with self._http.request(method, url, json=body, headers=headers) as response:
            answer = await response.json(content_type=None) if response.status != 204 else None
            if response.status < 400:
                return answer
            problem = answer if isinstance(answer, dict) else {}
            raise ApiError(
                response.status, str(problem.get("code", "error")), str(problem.get("detail", url))
            )


async def read_clock(api: Api, retry_for_s: float = RETRY_FOR_S) -> ServerClock:
    """Return the server's clock."""
    answer = await api.call("GET", "/clock", retry_for_s=retry_for_s)
    return ServerClock(int(answer["now_ms"]), float(answer["scale"]))


def rfc3339(at_ms: int) -> str:
    """Return a time as REST wants it."""
    return dt.datetime.fromtimestamp(at_ms / 1000, tz=dt.UTC).isoformat(timespec="milliseconds")
