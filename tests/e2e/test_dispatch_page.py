"""The dispatcher's page at a simulated lunch peak: everything live, nothing broken."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.waiting import wait_for

GLIDING = (
    "document.querySelectorAll('.map-overlay')[1].toDataURL().length + ':' + "
    "document.querySelectorAll('.map-overlay')[1].toDataURL().slice(-4000)"
)


@pytest.fixture
def desk(pages, demo_links):
    page = pages.open(demo_links["dispatcher"])
    expect(page.locator(".order-row").first).to_be_visible(timeout=30_000)
    page.locator(".map-panel canvas.maplibregl-canvas").wait_for(timeout=20_000)
    return page


def count(page, group):
    found = page.locator(f".group-{group} .count")
    return int(found.inner_text()) if found.count() else 0


def test_the_dispatcher_sees_couriers_move_and_orders_assigned_and_delivered(desk, shoot):
    assert "token" not in desk.url
    expect(desk.locator(".scale-badge")).to_have_text(re.compile("^time .4$"))
    expect(desk.locator(".group-to_pickup, .group-on_the_way").first).to_be_visible(timeout=30_000)
    before = desk.evaluate(GLIDING)
    wait_for(lambda: desk.evaluate(GLIDING) != before, 10, "moving couriers")
    shoot(desk, "dispatch-lunch-peak")

    wait_for(lambda: count(desk, "done") >= 3, 100, "three deliveries")
    shoot(desk, "dispatch-after-deliveries")


def test_what_is_selected_in_the_list_is_selected_everywhere(desk, shoot):
    row = desk.locator(".group-to_pickup .order-row, .group-on_the_way .order-row").first
    row.click()
    expect(desk.locator(".panel h2")).to_have_text(row.locator(".row-name").inner_text())
    desk.keyboard.press("c")
    expect(desk.locator(".timeline-stop").first).to_be_visible()
    shoot(desk, "dispatch-courier")
    desk.locator(".timeline-stop").first.click()
    expect(desk.locator(".order-row[aria-selected=true]")).to_have_count(1)
    expect(desk.locator(".why")).to_contain_text(re.compile(r"\w+"), timeout=10_000)
    shoot(desk, "dispatch-order-why")


def test_everything_has_a_key(desk, shoot):
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("Assign the selected order")
    shoot(desk, "dispatch-keys")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    desk.keyboard.press("j")
    expect(desk.locator(".order-row[aria-selected=true]")).to_have_count(1)
    desk.keyboard.press("Control+k")
    name = desk.evaluate("document.querySelector('.row-name').textContent")
    desk.keyboard.type(name.removeprefix("#"))
    desk.keyboard.press("Enter")
    expect(desk.locator(".panel h2")).to_have_text(name)


def test_an_order_is_placed_by_hand_assigned_and_cancelled(desk, shoot):
    desk.keyboard.press("n")
    panel = desk.locator(".map-panel").bounding_box()
    middle = (panel["x"] + panel["width"] / 2, panel["y"] + panel["height"] / 2)
    desk.mouse.click(*middle)
    desk.mouse.click(middle[0] + 90, middle[1] + 60)
    desk.get_by_label("Your number").fill("HAND-1")
    shoot(desk, "dispatch-new-order")
    desk.get_by_role("button", name="Place order").click()
    expect(desk.locator(".panel h2")).to_have_text("#HAND-1", timeout=10_000)

    desk.keyboard.press("a")
    chooser = desk.get_by_role("dialog")
    expect(chooser.get_by_role("option").nth(1)).to_be_visible()
    shoot(desk, "dispatch-assign")
    name = chooser.locator("[role=option]:not([disabled]) strong").nth(2).inner_text()
    chooser.get_by_label("Courier's name").fill(name)
    chooser.locator("[role=option]:not([disabled])").first.click()
    expect(desk.get_by_text(f"#HAND-1 is with {name}")).to_be_visible(timeout=10_000)

    desk.keyboard.press("x")
    expect(desk.get_by_text("#HAND-1 cancelled")).to_be_visible()
    desk.locator(".toast", has_text="cancelled").get_by_role("button", name="Undo").click()
    expect(desk.locator(".panel-head .chip")).not_to_have_text("cancelled")
    desk.keyboard.press("x")
    row = desk.locator(".order-row", has_text="HAND-1")
    expect(row).to_have_count(0, timeout=10_000)


def test_a_zone_is_drawn_and_removed(desk, shoot):
    desk.keyboard.press("z")
    desk.get_by_role("button", name="Draw a zone").click()
    panel = desk.locator(".map-panel").bounding_box()
    for x, y in ((0.3, 0.3), (0.6, 0.3), (0.6, 0.6), (0.3, 0.6)):
        desk.mouse.click(panel["x"] + panel["width"] * x, panel["y"] + panel["height"] * y)
        desk.wait_for_timeout(350)
    desk.get_by_label("Name").fill("Mercado")
    desk.get_by_role("button", name="Save zone").click()
    zone = desk.locator(".zone-list li", has_text="Mercado")
    expect(zone).to_be_visible(timeout=10_000)
    desk.wait_for_timeout(800)
    shoot(desk, "dispatch-zone")
    zone.get_by_role("button", name="Remove Mercado").click()
    expect(zone).to_have_count(0, timeout=10_000)


def test_a_courier_of_the_demo_sees_the_shop_and_the_customer_their_pages(pages, demo_links, shoot):
    customer = pages.phone(demo_links["customer"])
    expect(customer.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    shop = pages.open(demo_links["shop"], size=(1200, 850))
    expect(shop.get_by_role("heading", name="Today's orders")).to_be_visible(timeout=20_000)
    courier = pages.phone(demo_links["courier"])
    expect(courier.get_by_role("button", name="Empezar turno")).to_be_visible(timeout=20_000)
    shoot(customer, "demo-customer")
    shoot(shop, "demo-shop")
    shoot(courier, "demo-courier")
