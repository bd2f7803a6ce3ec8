"""One delivery as everybody sees it: the shop, the rider, the customer."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.waiting import HOME, wait_for


@pytest.fixture
def rider(pages, coop):
    page = pages.phone(coop.link("courier", coop.courier))
    expect(page.locator(".courier-top strong")).to_have_text("Lupita Ríos", timeout=15_000)
    start = page.get_by_role("button", name="Empezar turno")
    if start.is_visible():
        start.click()
    expect(page.get_by_text(re.compile("GPS prendido"))).to_be_visible(timeout=15_000)
    return page


def press_twice(page, name):
    button = page.locator(".swipe-button")
    expect(button).to_contain_text(name)
    button.click()
    expect(button).to_contain_text("Otra vez")
    button.click()


def test_an_order_goes_from_the_shops_page_to_the_customers_door(pages, coop, rider, shoot):
    shop = pages.open(coop.link("shop", coop.shop), size=(1200, 900), language="es-MX")
    shop.locator(".pick-map canvas.maplibregl-canvas").wait_for(timeout=20_000)
    box = shop.locator(".pick-map").bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shop.mouse.click(*middle)
    shop.mouse.click(middle[0] + 40, middle[1])
    shop.get_by_label("Nombre").nth(1).fill("Señora Maldonado")
    shop.get_by_label("Dirección").nth(1).fill("Colima 220")
    shop.get_by_label("Tu número").fill("B-77")
    shop.get_by_label(re.compile("Cobrar")).fill("245.50")
    shop.get_by_label("Listo en").select_option("0")
    shop.get_by_role("button", name="Pedir repartidor").click()
    card = shop.locator(".shop-order", has_text="#B-77")
    expect(card).to_be_visible(timeout=10_000)
    order_id = card.get_attribute("data-order")
    shoot(shop, "shop-order-placed")

    expect(rider.get_by_role("heading", name="Pedido para ti")).to_be_visible(timeout=20_000)
    expect(rider.get_by_text(re.compile(r"Cobra \$245\.50"))).to_be_visible()
    shoot(rider, "courier-offer")
    rider.get_by_role("button", name="Aceptar").click()
    expect(rider.get_by_role("heading", name="Recoge en Tortas Don Beto")).to_be_visible(timeout=10_000)
    shoot(rider, "courier-next-pickup")

    tracking = coop.server.call("GET", f"/api/v1/orders/{order_id}", coop.dispatcher)[2]["tracking_url"]
    customer = pages.phone(coop.server.url + tracking[tracking.index("/t/") :])
    expect(customer.get_by_text("Tu pedido llega")).to_be_visible(timeout=10_000)
    assert re.search(r"\d{1,2}:\d{2}\W+\d{1,2}:\d{2}", customer.locator("h1").inner_text())
    expect(customer.get_by_text("lo trae")).to_have_count(0)
    shoot(customer, "customer-eta")

    press_twice(rider, "Ya recogí")
    expect(rider.get_by_role("heading", name="Entrega a Señora Maldonado")).to_be_visible(timeout=2_000)
    expect(customer.get_by_text("Lupita lo trae")).to_be_visible(timeout=20_000)
    customer.locator(".track-map canvas.maplibregl-canvas").wait_for(timeout=20_000)
    customer.wait_for_timeout(1_500)
    shoot(customer, "customer-courier-on-the-way")
    shoot(rider, "courier-next-dropoff")

    press_twice(rider, "Ya entregué")
    wait_for(lambda: coop.status(order_id) == "delivered", 20, "delivered")
    expect(customer.get_by_role("heading", name="Entregado")).to_be_visible(timeout=10_000)
    expect(card).to_have_attribute("data-status", "delivered", timeout=10_000)
    shoot(customer, "customer-delivered")
    shoot(shop, "shop-delivered")


def test_a_rider_without_connection_goes_on_and_nothing_is_lost(pages, coop, rider, shoot):
    order = coop.order(ref="B-78")
    rider.get_by_role("button", name="Aceptar").click(timeout=20_000)
    expect(rider.locator(".swipe-button")).to_contain_text("Ya recogí", timeout=10_000)

    rider.context.set_offline(True)
    press_twice(rider, "Ya recogí")
    expect(rider.locator("[data-waiting]")).to_be_visible(timeout=10_000)
    for step in range(1, 5):
        lon = HOME[0] + step * 12 / 105_000
        rider.context.set_geolocation({"longitude": lon, "latitude": HOME[1], "accuracy": 6})
        rider.wait_for_timeout(1_100)
    waiting = int(rider.locator("[data-waiting]").get_attribute("data-waiting"))
    assert waiting >= 4
    shoot(rider, "courier-offline")
    assert coop.status(order["id"]) in ("assigned", "at_pickup")

    rider.context.set_offline(False)
    wait_for(lambda: coop.status(order["id"]) in ("picked_up", "at_dropoff"), 30, "picked up")
    expect(rider.locator("[data-waiting]")).to_have_count(0, timeout=20_000)
    path = f"/api/v1/couriers/{coop.courier_id}/track"
    track = coop.server.call("GET", path, coop.dispatcher)[2]
    lons = [place[0] for feature in track["features"] for place in feature["geometry"]["coordinates"]]
    assert max(lons) > HOME[0] + 20 / 105_000

    press_twice(rider, "Ya entregué")
    wait_for(lambda: coop.status(order["id"]) == "delivered", 20, "delivered")


def test_an_action_can_be_taken_back_before_it_is_sent(coop, rider):
    order = coop.order(ref="B-79")
    rider.get_by_role("button", name="Aceptar").click(timeout=20_000)
    press_twice(rider, "Ya recogí")
    rider.get_by_role("button", name="Deshacer").click()

    expect(rider.locator(".swipe-button")).to_contain_text("Ya recogí")
    rider.wait_for_timeout(5_000)
    assert coop.status(order["id"]) in ("assigned", "at_pickup")


def test_a_customers_unknown_link_says_so_in_plain_words(pages, coop):
    page = pages.open(f"{coop.server.url}/")
    page.get_by_label("Link or code you were given").fill("nothing here")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_contain_text("Paste the whole link")


def test_a_token_pasted_on_the_first_page_leads_to_its_page(pages, coop):
    page = pages.open(f"{coop.server.url}/")
    page.get_by_label("Link or code you were given").fill(coop.link("shop", coop.shop))
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="New order")).to_be_visible(timeout=10_000)
    assert "token" not in page.url
