"""The dispatcher enrols a courier's phone: a code and a link for every app."""

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
