"""Real pages in headless Chromium against a real server. What the browser complains about fails the test."""

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.waiting import HOME, wait_for
from tests.relevo_process import ROOT, RelevoProcess

ARTIFACTS = ROOT / "artifacts" / "e2e"
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EXPECTED_COMPLAINTS = re.compile(
    r"ERR_INTERNET_DISCONNECTED|WebSocket connection to .* failed|GPU stall|404 .*/explanation$"
)
"""A phone without network, and an order about which nothing was decided yet."""


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(170))


class Pages:
    """Opens pages and listens to what their consoles say."""

    def __init__(self, browser: Browser) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(self, url: str, *, size: tuple[int, int] = (1440, 900), language: str = "en", **options) -> Page:
        """Open a page in a profile of its own."""
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=language, **options
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(url)
        return page

    def phone(self, url: str, *, at: tuple[float, float] = HOME, language: str = "es-MX") -> Page:
        """Open a page on a small phone with GPS."""
        return self.open(
            url,
            size=(360, 740),
            language=language,
            has_touch=True,
            is_mobile=True,
            permissions=["geolocation"],
            geolocation={"longitude": at[0], "latitude": at[1], "accuracy": 6},
        )

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _heard(self, message) -> None:
        heard = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not EXPECTED_COMPLAINTS.search(heard):
            self.complaints.append(heard)


class Coop:
    """A fleet with one rider on a real server."""

    def __init__(self, server: RelevoProcess) -> None:
        self.server = server
        place = ["--lon", str(HOME[0]), "--lat", str(HOME[1])]
        place = [f"{place[0]}={place[1]}", f"{place[2]}={place[3]}"]
        server.admin("fleet", "add", "roma", "--name", "La Roma en Bici", *place, "--tz=America/Mexico_City")
        self.courier_id = server.admin("courier", "add", "roma", "Lupita Ríos")["courier_id"]
        self.courier = self._token("courier", "--courier", self.courier_id)
        self.dispatcher = self._token("dispatcher")
        self.shop = self._token("shop", "--subject", "Tortas Don Beto")

    def link(self, page: str, token: str) -> str:
        return f"{self.server.url}/{page}#token={token}"

    def order(self, *, metres_east: float = 120.0, **more) -> dict:
        """Place an order next door as the shop."""
        lon, lat = HOME
        body = {
            "pickup": {"lon": lon, "lat": lat, "name": "Tortas Don Beto", "address": "Orizaba 101"},
            "dropoff": {
                "lon": lon + metres_east / 105_000,
                "lat": lat,
                "name": "Señora Maldonado",
                "address": "Colima 220, int. 3",
                "phone": "+525512345678",
                "notes": "Timbre azul, perro bravo",
            },
            **more,
        }
        status, _, answer = self.server.call("POST", "/api/v1/orders", self.shop, body)
        assert status == 201, answer
        return answer

    def status(self, order_id: str) -> str:
        return self.server.call("GET", f"/api/v1/orders/{order_id}", self.dispatcher)[2]["status"]

    def _token(self, role: str, *more: str) -> str:
        return self.server.admin("token", "create", "--role", role, "--fleet", "roma", *more)["token"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for the whole session: while it is open, no other test may run an event loop of its own.
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        yield opened
        opened.close()


@pytest.fixture
def pages(browser) -> Iterator[Pages]:
    opened = Pages(browser)
    yield opened
    opened.close()
    assert opened.complaints == []


@pytest.fixture(scope="session")
def coop(tmp_path_factory) -> Iterator[Coop]:
    server = RelevoProcess(tmp_path_factory.mktemp("relevo") / "data").start()
    yield Coop(server)
    assert server.stop() == 0, server.log_tail()


@pytest.fixture(scope="module")
def demo_links(tmp_path_factory) -> Iterator[dict[str, str]]:
    """Links of a running ``relevo demo``, four times faster than life."""
    log = tmp_path_factory.mktemp("demo") / "log"
    command = [sys.executable, "-m", "server.cli", "demo", "--port", "0", "--headless", "--speed", "4"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
    try:
        try:
            links = wait_for(lambda: _links(log.read_text()), 90, "the demo's links", process)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{log.read_text()[-4000:]}") from None
        yield links
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="session")
def shoot() -> Callable[[Page, str], None]:
    """Save a screenshot for people to look at."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)

    def save(page: Page, name: str) -> None:
        page.screenshot(path=ARTIFACTS / f"{name}.png")

    return save


def _links(text: str) -> dict[str, str]:
    found = dict(re.findall(r"^  (dispatcher|courier|customer|shop)\s+(\S+)$", text, re.MULTILINE))
    return found if len(found) == 4 else {}
