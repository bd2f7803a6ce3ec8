"""What an owner chooses on the page counts at once: money, and a shop's own site that shows a delivery."""

import http.server
import re
import threading

import pytest
from playwright.sync_api import expect


@pytest.fixture
def owner(pages, coop):
    token = coop._token("owner")
    page = pages.open(coop.link("dispatch", token))
    page.locator(".map-panel canvas.maplibregl-canvas").wait_for(timeout=20_000)
    return page


def test_an_owner_chooses_in_plain_words_and_sees_who_changed_what(owner, pages, coop, shoot):
    owner.keyboard.press("s")
    panel = owner.locator(".settings")
    expect(panel.get_by_text("Give the work without asking")).to_be_visible(timeout=10_000)
    save = panel.get_by_role("button", name="Save settings")
    expect(save).to_be_disabled()
    panel.get_by_label("Strongly, even if orders take longer").check()
    panel.get_by_label("Ask several at once").check()
    panel.get_by_label("Couriers asked at once").fill("99")
    expect(panel.get_by_text("From 2 to 20, please.")).to_be_visible()
    expect(save).to_be_disabled()
    panel.get_by_label("Couriers asked at once").fill("4")
    panel.get_by_label("Minutes until an order counts as late").fill("35")
    panel.get_by_label(re.compile("^Currency")).fill("eur")
    shoot(owner, "settings")
    save.click()
    expect(owner.get_by_text("Saved. It counts from now on.")).to_be_visible(timeout=10_000)
    expect(panel.locator(".setting-changes")).to_contain_text("MXN → EUR", timeout=10_000)
    expect(panel.locator(".setting-changes")).to_contain_text("45 → 35")
    shop = pages.open(coop.link("shop", coop.shop), language="es-MX")
    expect(shop.get_by_label(re.compile("Cobrar.*EUR"))).to_be_visible(timeout=15_000)
    back = {"currency": None, "offers": None, "broadcast_size": None, "fairness": None, "promise_s": None}
    status, _, _ = coop.server.call("PATCH", "/api/v1/fleet/settings", coop._token("owner"), back)
    assert status == 200


def test_who_dispatches_is_not_offered_the_settings(pages, coop):
    page = pages.open(coop.link("dispatch", coop.dispatcher))
    expect(page.locator(".tabs")).to_be_visible(timeout=15_000)
    page.keyboard.press("s")
    expect(page.locator(".settings")).to_have_count(0)


class _ShopsSite(http.server.BaseHTTPRequestHandler):
    """A page of somebody else that shows a delivery in a frame."""

    frame = ""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(
            f"<!doctype html><link rel=icon href=data:,><h1>Tortas</h1>"
            f"<iframe src='{self.frame}' width=360 height=480></iframe>".encode()
        )

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def shops_site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _ShopsSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_shops_site_shows_the_delivery_once_an_owner_lets_it(pages, coop, shops_site, shoot):
    order = coop.order()
    link = order["tracking_url"].rsplit("/", 1)[1]
    _ShopsSite.frame = f"{coop.server.url}/embed/{link}"
    refused = pages.open(shops_site, language="es-MX")
    expect(refused.get_by_role("heading", name="Tortas")).to_be_visible()
    expect(refused.frame_locator("iframe").locator(".track")).to_have_count(0)
    complaints, pages.complaints[:] = list(pages.complaints), []
    assert any("frame-ancestors" in one or "403" in one or "X-Frame" in one for one in complaints), complaints

    body = {"embed_origins": shops_site}
    assert coop.server.call("PATCH", "/api/v1/fleet/settings", coop._token("owner"), body)[0] == 200
    page = pages.open(shops_site, language="es-MX")
    framed = page.frame_locator("iframe")
    expect(framed.locator(".steps")).to_be_visible(timeout=15_000)
    expect(framed.locator(".track-top")).to_contain_text("La Roma en Bici")
    shoot(page, "embedded")
