"""Fills the outbox from the committed order events and sends what is due, for about three days.

Single sender of this process. One receiver that hangs delays nobody else: each webhook has its own task per
round, and a failure ends that webhook's turn.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterable

import msgspec
import structlog

from domain.errors import Unavailable
from domain.ids import FleetId, OrderId
from domain.order import Order
from domain.ports import Stores
from domain.webhook import DeliveryState, Webhook, WebhookDelivery, WebhookId
from server.clock import wall_ms
from server.metrics import Metrics
from server.tokens import Keyring
from server.webhooks import message
from server.webhooks.caller import Caller

ROUND_S = 1.0
EVENTS_PER_ROUND = 200
SENDS_PER_ROUND = 100
KEEP_MS = 30 * 86_400_000
RETRY_AFTER_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The schedule that the Standard Webhooks specification proposes: about 75 hours in all."""
_GONE = "410"
_log = structlog.get_logger("relevo.webhooks")


class Sender:
    """See the module.

    Args:
        fleets: tells which fleets are open in this process.
        now_ms: the wall.
    """

    def __init__(
        self,
        stores: Stores,
        keyring: Keyring,
        metrics: Metrics,
        caller: Caller,
        fleets: Callable[[], Iterable[FleetId]],
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._stores = stores
        self._keyring = keyring
        self._metrics = metrics
        self._caller = caller
        self._fleets = fleets
        self._now_ms = now_ms

    async def run(self) -> None:
        """Work a round a second, for ever."""
        rounds, waits = 0, False
        while True:
            try:
                await self.work()
                if rounds % 3600 == 0:
                    await self._stores.webhooks.delete_done(self._now_ms() - KEEP_MS)
                waits = False
            except Unavailable as error:
                if not waits:
                    _log.warning("webhooks_wait", code=error.code)
                waits = True
            rounds += 1
            await asyncio.sleep(ROUND_S)

    async def work(self) -> None:
        """Take up new events and send what is due."""
        hooks: dict[WebhookId, Webhook] = {}
        for fleet in list(self._fleets()):
            own = await self._stores.webhooks.webhooks(fleet)
            if own:
                await self._enqueue(fleet, own)
                hooks |= {hook.id: hook for hook in own}
        by_hook: defaultdict[WebhookId, list[WebhookDelivery]] = defaultdict(list)
        for delivery in await self._stores.webhooks.due(self._now_ms(), SENDS_PER_ROUND):
            by_hook[delivery.webhook_id].append(delivery)
        async with asyncio.TaskGroup() as group:
            for hook_id, deliveries in by_hook.items():
                if hook_id in hooks:
                    group.create_task(self._send_all(hooks[hook_id], deliveries))

    async def send(self, webhook: Webhook, delivery: WebhookDelivery) -> WebhookDelivery:
        """Make one attempt and record what became of it."""
        now_ms = self._now_ms()
        headers = message.headers(delivery, self._keyring.webhook_secret(webhook.fleet, webhook.id), now_ms)
        result = await self._caller.post(webhook.url, delivery.body, headers)
        after = msgspec.structs.replace(
            delivery, attempts=delivery.attempts + 1, attempted_at_ms=now_ms, result=result
        )
        after = _next(after, now_ms)
        await self._stores.webhooks.put_delivery(after)
        if result == _GONE:
            await self._stores.webhooks.put_webhook(msgspec.structs.replace(webhook, active=False))
        outcome = {
            DeliveryState.DONE: "ok",
            DeliveryState.WAITING: "retry",
            DeliveryState.GIVEN_UP: "given_up",
        }
        self._metrics.webhook(outcome[after.state])
        return after

    async def _enqueue(self, fleet: FleetId, hooks: list[Webhook]) -> None:
        cursor, events = await self._stores.webhooks.new_events(fleet, EVENTS_PER_ROUND)
        if not events:
            return
        now_ms = self._now_ms()
        orders: dict[OrderId, Order | None] = {}
        deliveries = []
        for number, event in events:
            for hook in hooks:
                if hook.wants(message.event_type(event)):
                    if event.order_id not in orders:
                        orders[event.order_id] = await self._stores.orders.find(fleet, event.order_id)
                    order = orders[event.order_id]
                    deliveries.append(message.delivery_of(hook, number, event, order, now_ms))
        await self._stores.webhooks.enqueue(fleet, deliveries, cursor)

    async def _send_all(self, webhook: Webhook, deliveries: list[WebhookDelivery]) -> None:
        for delivery in deliveries:
            after = await self.send(webhook, delivery)
            if after.state is not DeliveryState.DONE:
                return


def _next(delivery: WebhookDelivery, now_ms: int) -> WebhookDelivery:
    """Return a delivery with what its last result leads to."""
    if (delivery.result or "").startswith("2"):
        return msgspec.structs.replace(delivery, state=DeliveryState.DONE)
    if delivery.result == _GONE or delivery.attempts > len(RETRY_AFTER_S):
        return msgspec.structs.replace(delivery, state=DeliveryState.GIVEN_UP)
    wait_s = RETRY_AFTER_S[delivery.attempts - 1] * random.uniform(0.9, 1.1)
    return msgspec.structs.replace(
        delivery, state=DeliveryState.WAITING, due_at_ms=now_ms + round(wait_s * 1000)
    )
