"""What every WebhookStore does."""

import msgspec
import pytest

from domain.webhook import DeliveryId, DeliveryState, Webhook, WebhookDelivery, WebhookId
from tests.contract.samples import FLEET, NOON_MS, OTHER, fleet, order, placed

HOOK = Webhook(id=WebhookId("w_1"), fleet=FLEET, url="https://shop.example/hook", created_at_ms=NOON_MS)


def message(name="m_1", **changes) -> WebhookDelivery:
    return WebhookDelivery(
        **(
            {
                "id": DeliveryId(name),
                "fleet": FLEET,
                "webhook_id": HOOK.id,
                "event_type": "order.placed",
                "body": "{}",
                "created_at_ms": NOON_MS,
                "due_at_ms": NOON_MS,
            }
            | changes
        )
    )


@pytest.fixture
async def webhooks(stores):
    await stores.people.put_fleet(fleet())
    await stores.people.put_fleet(fleet(OTHER))
    return stores.webhooks


async def test_a_first_webhook_hears_of_what_happens_from_now_on(stores, webhooks):
    await stores.orders.save([placed(order("o_before"))])
    await webhooks.put_webhook(HOOK)
    await stores.orders.save([placed(order("o_after"))])
    await stores.orders.save([placed(order("o_other", fleet=OTHER))])
    cursor, events = await webhooks.new_events(FLEET, 10)
    assert [event.order_id for _, event in events] == ["o_after"]
    await webhooks.enqueue(FLEET, [message()], cursor)
    assert await webhooks.new_events(FLEET, 10) == (cursor, [])
    await webhooks.put_webhook(msgspec.structs.replace(HOOK, id=WebhookId("w_2")))
    await stores.orders.save([placed(order("o_later"))])
    _, events = await webhooks.new_events(FLEET, 10)
    assert [event.order_id for _, event in events] == ["o_later"]


async def test_events_come_in_the_order_of_their_commits_in_pieces(stores, webhooks):
    await webhooks.put_webhook(HOOK)
    for number in range(5):
        await stores.orders.save([placed(order(f"o_{number}"))])
    seen = []
    while True:
        cursor, events = await webhooks.new_events(FLEET, 2)
        if not events:
            break
        seen += [event.order_id for _, event in events]
        await webhooks.enqueue(FLEET, [], cursor)
    assert seen == [f"o_{number}" for number in range(5)]


async def test_a_message_enqueued_again_stays_as_it_is(webhooks):
    await webhooks.put_webhook(HOOK)
    await webhooks.enqueue(FLEET, [message()], 1)
    done = message(state=DeliveryState.DONE, attempts=1, result="200")
    await webhooks.put_delivery(done)
    await webhooks.enqueue(FLEET, [message()], 1)
    assert await webhooks.find_delivery(FLEET, done.id) == done
    assert await webhooks.find_delivery(OTHER, done.id) is None


async def test_only_waiting_messages_are_due_the_oldest_first(webhooks):
    await webhooks.put_webhook(HOOK)
    late = message("m_late", due_at_ms=NOON_MS + 5)
    early = message("m_early", due_at_ms=NOON_MS + 1)
    future = message("m_future", due_at_ms=NOON_MS + 99)
    ended = message("m_done", state=DeliveryState.GIVEN_UP)
    await webhooks.enqueue(FLEET, [late, early, future, ended], 1)
    assert await webhooks.due(NOON_MS + 10, 10) == [early, late]
    assert await webhooks.due(NOON_MS + 10, 1) == [early]


async def test_dropping_a_webhook_drops_its_messages(webhooks):
    await webhooks.put_webhook(HOOK)
    await webhooks.enqueue(FLEET, [message()], 1)
    assert not await webhooks.drop_webhook(OTHER, HOOK.id)
    assert await webhooks.drop_webhook(FLEET, HOOK.id)
    assert not await webhooks.drop_webhook(FLEET, HOOK.id)
    assert await webhooks.webhooks(FLEET) == []
    assert await webhooks.due(NOON_MS, 10) == []


async def test_ended_messages_are_deleted_once_old(webhooks):
    await webhooks.put_webhook(HOOK)
    ended = message("m_done", state=DeliveryState.DONE)
    await webhooks.enqueue(FLEET, [message(), ended], 1)
    assert await webhooks.delete_done(NOON_MS) == 0
    assert await webhooks.delete_done(NOON_MS + 1) == 1
    assert [m.id for m in await webhooks.deliveries(FLEET, HOOK.id)] == ["m_1"]
