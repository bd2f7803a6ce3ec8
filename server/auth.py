"""From a token to a principal; nothing here decides what the principal may do (``server.policy``).

Answers are cached for at most a second, so a revocation counts at once here and within that second on tokens
revoked by another process. Times are the wall's: a simulation must not age anybody's session.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress

import structlog

from domain.errors import Gone, RelevoError, Unauthenticated, Unavailable
from domain.ids import TokenId
from domain.lifecycle import FINAL
from domain.order import Order
from domain.people import Principal, Role, Token
from domain.ports import Clock, Stores
from server import tokens
from server.clock import wall_ms

CACHE_MS = 1000
CACHE_SIZE = 20_000
TOUCH_EVERY_S = 15.0
MAX_TOKEN_CHARS = 512
_log = structlog.get_logger("relevo.auth")


class Authenticator:
    """Answers who bears a token. One writer: the event loop.

    Args:
        stores: the record.
        clock: the server's clock; only for the grace time of tracking links.
        grace_ms: how long a tracking link answers after its delivery ended.
        now_ms: the wall.
    """

    def __init__(
        self, stores: Stores, clock: Clock, grace_ms: int, now_ms: Callable[[], int] = wall_ms
    ) -> None:
        self._stores = stores
        self._clock = clock
        self._grace_ms = grace_ms
        self._now_ms = now_ms
        self._cache: OrderedDict[str, tuple[int, Token]] = OrderedDict()
        self._by_id: dict[TokenId, str] = {}
        self._used: dict[TokenId, int] = {}

    async def authenticate(self, token: str) -> Principal:
        """Return who bears the token.

        Raises:
            Unauthenticated: ``no_token``, ``unknown_token``, ``token_expired`` or ``token_revoked``.
            Gone: ``link_gone`` for a tracking link whose delivery is over.
        """
        if not token:
            raise Unauthenticated("no_token", "send a token: Authorization: Bearer TOKEN")
        if len(token) > MAX_TOKEN_CHARS:
            raise Unauthenticated("unknown_token", "the token is not known here")
        record = await self._find(tokens.digest(token))
        await self._check(record)
        self._used[record.id] = self._now_ms()
        return principal_of(record)

    async def find_owner(self, secret: str) -> Principal | None:
        """Return whose token this is or was, though it may be revoked or expired; None when nobody's."""
        if not secret or len(secret) > MAX_TOKEN_CHARS:
            return None
        with suppress(RelevoError):
            return principal_of(await self._find(tokens.digest(secret)))
        return None

    async def still_valid(self, principal: Principal) -> bool:
        """Tell whether the token behind a running session is still good."""
        secret_sha256 = self._by_id.get(principal.token_id)
        try:
            if secret_sha256 is None:
                return await self._known(principal)
            await self._check(await self._find(secret_sha256))
        except (Unauthenticated, Gone):
            return False
        except Unavailable:
            return True  # nobody is sent away because the record is down
        return True

    def forget(self, token_id: TokenId) -> None:
        """Drop a token from the cache, after it was revoked here."""
        secret_sha256 = self._by_id.pop(token_id, None)
        if secret_sha256 is not None:
            self._cache.pop(secret_sha256, None)

    async def record_use(self) -> None:
        """Write last-used times every few seconds, for ever; a store that fails gets them next time."""
        while True:
            await asyncio.sleep(TOUCH_EVERY_S)
            await self.flush_use()

    async def flush_use(self) -> None:
        """Write the last-used times gathered so far."""
        used, self._used = self._used, {}
        if not used:
            return
        try:
            await self._stores.people.touch_tokens(used)
        except RelevoError as error:
            self._used = used | self._used
            _log.warning("last_used_not_written", code=error.code)

    async def _known(self, principal: Principal) -> bool:
        with suppress(RelevoError):
            records = await self._stores.people.tokens(principal.fleet)
            for record in records:
                if record.id == principal.token_id:
                    self._remember(record)
                    await self._check(record)
                    return True
        return False

    async def _find(self, secret_sha256: str) -> Token:
        cached = self._cache.get(secret_sha256)
        if cached is not None and self._now_ms() - cached[0] < CACHE_MS:
            return cached[1]
        record = await self._stores.people.find_token(secret_sha256)
        if record is None:
            raise Unauthenticated("unknown_token", "the token is not known here")
        self._remember(record)
        return record

    def _remember(self, record: Token) -> None:
        self._cache[record.secret_sha256] = (self._now_ms(), record)
        self._cache.move_to_end(record.secret_sha256)
        self._by_id[record.id] = record.secret_sha256
        if len(self._cache) > CACHE_SIZE:
            _, (_, oldest) = self._cache.popitem(last=False)
            self._by_id.pop(oldest.id, None)

    async def _check(self, record: Token) -> None:
        if record.revoked_at_ms is not None:
            raise Unauthenticated("token_revoked", "the token was revoked")
        if record.expires_at_ms is not None and record.expires_at_ms <= self._now_ms():
            raise Unauthenticated("token_expired", "the token has expired; sign in or ask for a new one")
        if record.role is Role.TRACKING:
            await self._check_link(record)

    async def _check_link(self, record: Token) -> None:
        order = await self._stores.orders.find(record.fleet, record.order_id) if record.order_id else None
        if order is None:
            raise Unauthenticated("unknown_token", "the token is not known here")
        if link_is_gone(order, self._clock.now_ms(), self._grace_ms):
            raise Gone("link_gone", "this delivery is over, and so is its link")


def link_is_gone(order: Order, now_ms: int, grace_ms: int) -> bool:
    """Tell whether an order ended more than ``grace_ms`` ago, so that its link shows nothing any more."""
    if order.status not in FINAL:
        return False
    return now_ms - order.reached_at_ms.get(order.status, order.placed_at_ms) > grace_ms


def principal_of(record: Token) -> Principal:
    """Return who a token acts as."""
    return Principal(
        fleet=record.fleet,
        role=record.role,
        token_id=record.id,
        subject=record.subject,
        courier_id=record.courier_id,
        order_id=record.order_id,
    )
