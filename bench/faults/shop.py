"""A shop that orders through REST and repeats each request under its Idempotency-Key until it is answered."""

import asyncio
import random

import aiohttp

from bench.faults.ledger import Ledger

TIMEOUT = aiohttp.ClientTimeout(total=10)
RETRY_S = 0.3


class Shop:
    """Places up to ``orders_max`` orders, one every ``period_s`` seconds."""

    def __init__(
        self, url: str, token: str, ledger: Ledger, rng: random.Random, period_s: float, orders_max: int
    ) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._ledger = ledger
        self._rng = rng
        self._period_s = period_s
        self._orders_max = orders_max
        self._open = True

    def close(self) -> None:
        """Order no more; the request under way is still repeated until it is answered."""
        self._open = False

    async def run(self) -> None:
        """Order until closed."""
        number = 0
        async with aiohttp.ClientSession(timeout=TIMEOUT, headers=self._headers) as session:
            while self._open and number < self._orders_max:
                number += 1
                await self._order(session, f"ref-{number}")
                await asyncio.sleep(self._period_s)

    async def _order(self, session: aiohttp.ClientSession, ref: str) -> None:
        body = {"pickup": self._place(), "dropoff": self._place(), "ref": ref}
        while True:
            try:
                async with session.post(
                    f"{self._url}/api/v1/orders", json=body, headers={"Idempotency-Key": ref}
                ) as response:
                    if response.status in (200, 201):
                        order_id = (await response.json())["id"]
                        if self._ledger.accepted_orders.setdefault(ref, order_id) != order_id:
                            self._ledger.errors["another order for one request"] += 1
                        if self._rng.random() > 0.3:
                            return
                        continue  # as if the answer had been lost
                    self._ledger.errors[f"order {response.status}"] += response.status < 500
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(RETRY_S)

    def _place(self) -> dict[str, float]:
        return {
            "lon": round(-99.17 + self._rng.uniform(-0.01, 0.01), 6),
            "lat": round(19.41 + self._rng.uniform(-0.01, 0.01), 6),
        }
