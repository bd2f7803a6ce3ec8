"""Nothing runs off the side of a small phone, and what a thumb must hit is large enough."""

import re

import pytest
from playwright.sync_api import expect

LEAST_PX = 48


@pytest.mark.parametrize("role", ["courier", "shop", "dispatcher"])
def test_pages_fit_a_phone_320_pixels_wide(pages, coop, role):
    page_of = {"courier": "courier", "shop": "shop", "dispatcher": "dispatch"}[role]
    token = {"courier": coop.courier, "shop": coop.shop, "dispatcher": coop.dispatcher}[role]
    page = pages.open(coop.link(page_of, token), size=(320, 568), language="es-MX")
    expect(page.locator("main")).to_be_visible(timeout=15_000)
    page.wait_for_timeout(1_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_everything_a_rider_presses_is_48_pixels_high(pages, coop, shoot):
    page = pages.phone(coop.link("courier", coop.courier))
    page.set_viewport_size({"width": 320, "height": 568})
    expect(page.locator(".courier-top strong")).to_have_text("Lupita Ríos", timeout=15_000)
    start = page.get_by_role("button", name="Empezar turno")
    if start.is_visible():
        start.click()
    expect(page.get_by_text(re.compile("GPS prendido"))).to_be_visible(timeout=15_000)
    coop.order(payment={"method": "cash", "amount_cents": 12_000, "currency": "MXN"})
    expect(page.get_by_role("button", name="Aceptar")).to_be_visible(timeout=20_000)
    assert small_targets(page) == []
    shoot(page, "courier-offer-320")
    page.get_by_role("button", name="Aceptar").click()
    expect(page.locator(".swipe-button")).to_be_visible(timeout=10_000)
    assert small_targets(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    shoot(page, "courier-next-320")


def small_targets(page) -> list[str]:
    """Return what can be pressed but is lower than a thumb needs."""
    return page.evaluate(
        f"""[...document.querySelectorAll('button, a, summary')]
        .filter((one) => one.offsetHeight > 0 && one.offsetHeight < {LEAST_PX})
        .map((one) => one.textContent + ' ' + one.offsetHeight)"""
    )


def test_the_riders_page_opens_without_a_connection(pages, coop):
    page = pages.phone(coop.link("courier", coop.courier))
    expect(page.locator(".courier-top strong")).to_have_text("Lupita Ríos", timeout=15_000)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(".courier-top")).to_be_visible(timeout=15_000)
    expect(page.locator("[data-waiting]")).to_be_visible()
