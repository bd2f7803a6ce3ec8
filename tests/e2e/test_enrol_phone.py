"""The dispatcher enrols a courier's phone: a code and a link for every app."""

import pytest
from playwright.sync_api import expect


def test_the_dispatcher_shows_a_courier_a_code_for_every_app(pages, coop, shoot):
    page = pages.open(coop.link("dispatch", coop.dispatcher), language="es-MX")
    page.get_by_role("tab", name="Repartidores").click()
    page.locator(".courier-row").first.click()
    page.get_by_role("button", name="Dar de alta un teléfono").click()
    sheet = page.get_by_role("dialog")
    for app in ("Relevo", "Traccar Client", "OwnTracks", "GPSLogger"):
        sheet.get_by_role("tab", name=app).click()
        code = sheet.get_by_role("img", name=f"Código QR para {app}")
        expect(code).to_be_visible()
        assert code.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 100
        expect(sheet.get_by_role("button", name="Copiar enlace")).to_have_count(
            0 if app == "GPSLogger" else 1
        )
        shoot(page, f"enrol-{app.split()[0].lower()}")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "es-MX"])
def test_no_edge_of_a_code_is_cut_off_on_the_narrowest_phone(pages, coop, language):
    page = pages.open(coop.link("dispatch", coop.dispatcher), language=language, size=(320, 640))
    spanish = language == "es-MX"
    page.get_by_role("tab", name="Repartidores" if spanish else "Couriers").click()
    page.locator(".courier-row").first.click()
    page.get_by_role("button", name="Dar de alta un teléfono" if spanish else "Enrol a phone").click()
    sheet = page.get_by_role("dialog")
    for app in ("Relevo", "Traccar Client", "OwnTracks", "GPSLogger"):
        sheet.get_by_role("tab", name=app).click()
        expect(sheet.get_by_role("img")).to_be_visible()
        assert sheet.evaluate(_RIGHT_MOST) <= 320, app


_RIGHT_MOST = (
    "it => Math.max(...[...it.querySelectorAll('*')].map(each => each.getBoundingClientRect().right))"
)
