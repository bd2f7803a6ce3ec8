"""A server that dies and comes back: the pages say so, and carry on by themselves."""

from playwright.sync_api import expect


def test_the_dispatchers_page_comes_back_after_the_server_was_killed(pages, coop, shoot):
    page = pages.open(coop.link("dispatch", coop.dispatcher))
    note = page.get_by_text("What you see may be old")
    page.locator(".map-panel canvas.maplibregl-canvas").wait_for(timeout=30_000)
    expect(note).to_have_count(0)

    coop.server.kill()
    expect(note).to_be_visible(timeout=15_000)
    expect(page.get_by_text("All under control")).to_have_count(0)
    shoot(page, "dispatch-server-gone")

    coop.server.start()
    expect(note).to_have_count(0, timeout=30_000)
    order = coop.order(ref="AFTER-1")
    expect(page.locator(f'[data-order="{order["id"]}"]')).to_be_visible(timeout=15_000)
