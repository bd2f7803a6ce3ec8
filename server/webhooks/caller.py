"""One HTTP call to a receiver: no redirects, no private addresses, little patience.

Names are resolved here and the connection goes to what was checked, so that a name cannot point to a public
address first and to a private one then (DNS rebinding).
"""

import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from domain.errors import Invalid

TIMEOUT_S = 15.0


class AddressRefusedError(OSError):
    """The receiver's name leads to an address that is not public."""


class PublicResolver(AbstractResolver):
    """Resolves names and refuses every address that is not public."""

    def __init__(self, *, allow_private: bool) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name.

        Raises:
            AddressRefusedError: one of them is private, local, multicast or reserved.
        """
        found = await self._inner.resolve(host, port, family)
        if not self._allow_private and not all(is_public(entry["host"]) for entry in found):
            raise AddressRefusedError(f"{host} leads to an address that is not public")
        return found

    async def close(self) -> None:
        """Close the resolver."""
        await self._inner.close()


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public Internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    return ip.is_global and not ip.is_multicast


def check_url(url: str, *, allow_private: bool) -> None:
    """Pass when a webhook may have this address.

    Raises:
        Invalid: ``invalid_webhook_url``.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Invalid("invalid_webhook_url", "this is no URL") from None
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
        raise Invalid("invalid_webhook_url", "a webhook has an http or https URL without user and password")
    if allow_private:
        return
    if parts.scheme != "https":
        raise Invalid("invalid_webhook_url", "a webhook must be https")
    literal = host.replace(".", "").isdigit() or ":" in host
    if host == "localhost" or (literal and not is_public(host)):
        raise Invalid("invalid_webhook_url", "private and local addresses are not called")


class Caller:
    """Holds the client session; ``close`` at the end."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: str, headers: dict[str, str]) -> str:
        """Make one call; returns the HTTP status, or a word for what went wrong."""
        try:
            check_url(url, allow_private=self._allow_private)
            async with self._client().post(
                url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                return str(response.status)
        except TimeoutError:
            return "timeout"
        except Invalid:
            return "address_refused"
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, AddressRefusedError)
            return "address_refused" if refused else "no_connection"
        except (aiohttp.ClientError, OSError, ValueError):
            return "no_connection"

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=32, limit_per_host=4, resolver=PublicResolver(allow_private=self._allow_private)
            )
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, connect=5.0)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, trust_env=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session
