"""The customer's page in a frame of a shop's own site: off until an owner lets the site."""

import pytest


@pytest.fixture
async def shop_link(backend, tmp_path):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "track.html").write_text("<!doctype html><title>t</title>")
    order = await backend.place()
    return order["tracking_url"].rsplit("/", 1)[1]


async def allow(backend, origins: str) -> None:
    path, owner = "/api/v1/fleet/settings", backend.token("owner")
    assert (await backend.call("PATCH", path, owner, {"embed_origins": origins}))[0] == 200


async def test_nobody_may_show_it_until_an_owner_says_who(backend, shop_link):
    status, text, headers = await backend.call("GET", f"/embed/{shop_link}")
    assert (status, headers["X-Frame-Options"]) == (403, "DENY")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "settings" in text


async def test_only_the_sites_that_an_owner_named_may_show_it(backend, shop_link):
    await allow(backend, "https://tortas.example https://faro.example:8443")
    status, _, headers = await backend.call("GET", f"/embed/{shop_link}")
    assert status == 200
    assert headers["Content-Security-Policy"].endswith(
        "frame-ancestors https://tortas.example https://faro.example:8443"
    )
    assert "X-Frame-Options" not in headers
    assert (headers["X-Robots-Tag"], headers["Cache-Control"]) == ("noindex, nofollow", "no-store")
    _, _, page = await backend.call("GET", f"/t/{shop_link}")
    assert (page["X-Frame-Options"], "frame-ancestors 'none'" in page["Content-Security-Policy"]) == (
        "DENY",
        True,
    )


async def test_only_a_customers_link_opens_it(backend, shop_link):
    await allow(backend, "https://tortas.example")
    for token in ("rlv_unknown", backend.token("shop"), backend.token("owner")):
        status, _, headers = await backend.call("GET", f"/embed/{token}")
        assert (status, headers["X-Frame-Options"]) == (404, "DENY")
