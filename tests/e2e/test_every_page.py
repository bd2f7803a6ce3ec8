"""Every page on a phone and on a desk, in both languages: nothing keeps anybody out."""

import pytest
from playwright.sync_api import expect

from tests.e2e.accessibility import flaws

SIZES = {"phone": (360, 740), "desk": (1440, 900)}
READY = {
    "dispatcher": ".order-row",
    "shop": ".shop-order",
    "customer": "h1",
    "courier": ".courier-top",
}


@pytest.mark.parametrize("language", ["es-MX", "en"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("who", READY)
def test_the_page_keeps_nobody_out(pages, demo_links, shoot, who, size, language):
    page = pages.open(demo_links[who], size=SIZES[size], language=language)
    expect(page.locator(READY[who]).first).to_be_visible(timeout=40_000)
    page.wait_for_timeout(1_500)
    shoot(page, f"page-{who}-{size}-{language}")
    assert flaws(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_signing_in_keeps_nobody_out(pages, demo_links, shoot, size):
    home = demo_links["dispatcher"].split("/dispatch")[0]
    page = pages.open(home, size=SIZES[size], language="es-MX")
    expect(page.locator("form").first).to_be_visible(timeout=15_000)
    shoot(page, f"page-signin-{size}")
    assert flaws(page) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["h", "n", "z", "?", "l"])
def test_what_opens_over_the_dispatchers_page_keeps_nobody_out(pages, demo_links, shoot, size, key):
    page = pages.open(demo_links["dispatcher"], size=SIZES[size], language="es-MX")
    expect(page.locator(".order-row").first).to_be_visible(timeout=40_000)
    page.keyboard.press(key)
    if key == "h":
        expect(page.locator(".time-bar")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1_000)
    shoot(page, f"over-{'help' if key == '?' else key}-{size}")
    assert flaws(page) == []


@pytest.mark.parametrize("size", SIZES)
def test_an_order_and_why_it_went_to_whom_keep_nobody_out(pages, demo_links, shoot, size):
    page = pages.open(demo_links["dispatcher"], size=SIZES[size], language="es-MX")
    row = page.locator(".group-to_pickup .order-row, .group-on_the_way .order-row").first
    expect(row).to_be_visible(timeout=60_000)
    row.click()
    expect(page.locator(".why")).to_be_visible(timeout=15_000)
    page.locator(".why").scroll_into_view_if_needed()
    page.wait_for_timeout(700)
    shoot(page, f"why-{size}")
    assert flaws(page) == []


def test_a_rider_reads_their_own_day(pages, demo_links, shoot):
    page = pages.phone(demo_links["courier"])
    page.get_by_text("Mi día").click()
    day = page.locator(".my-day")
    expect(day).to_contain_text("Con pedidos", timeout=15_000)
    expect(day).to_contain_text("los demás")
    shoot(page, "courier-my-day")
    assert flaws(page) == []
