"""A past day on the dispatcher's page: forty riders and eight hours, played, scrubbed and left again."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Coop
from tests.e2e.past_day import write_past_day, yesterday
from tests.relevo_process import RelevoProcess

MAP = "document.querySelectorAll('.map-overlay')[0].toDataURL()"


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    folder = tmp_path_factory.mktemp("past") / "data"
    server = RelevoProcess(folder).start()
    coop = Coop(server)
    riders = [coop.courier_id]
    for n in range(39):
        status, _, made = server.call("POST", "/api/v1/couriers", coop.dispatcher, {"name": f"Rider {n:02}"})
        assert status == 201
        riders.append(made["id"])
    write_past_day(f"sqlite:///{folder}/relevo.db", "roma", riders, orders=240)
    yield coop
    assert server.stop() == 0, server.log_tail()


@pytest.fixture
def desk(pages, past):
    page = pages.open(past.link("dispatch", past.dispatcher))
    page.locator(".map-panel canvas.maplibregl-canvas").wait_for(timeout=20_000)
    page.locator(".map-overlay").first.wait_for(state="attached")
    return page


def moment(page) -> int:
    return int(page.locator(".time-now").get_attribute("data-at"))


@pytest.fixture
def history(desk):
    """The day before this one, fetched."""
    desk.keyboard.press("h")
    desk.get_by_label("Day to replay").fill(yesterday().isoformat())
    expect(desk.locator(".time-bar")).to_be_visible(timeout=30_000)
    return desk


def test_history_is_said_to_be_history_and_one_click_leads_back(desk, shoot):
    desk.keyboard.press("h")
    banner = desk.locator(".history-banner")
    expect(banner).to_contain_text("not at what happens now")
    expect(desk.get_by_text("Nothing was recorded on this day")).to_be_visible(timeout=15_000)
    shoot(desk, "history-empty")
    banner.get_by_role("button", name="The day before").click()
    expect(desk.locator(".time-bar")).to_be_visible(timeout=30_000)
    shoot(desk, "history-day")
    desk.keyboard.press("n")
    expect(desk.get_by_label("Your number")).to_have_count(0)
    banner.get_by_role("button", name=re.compile("Back to live")).click()
    expect(banner).to_have_count(0)
    expect(desk.locator(".tabs")).to_be_visible()


def test_the_day_plays_pauses_and_follows_the_keys(history):
    begins = moment(history)
    history.get_by_label("Speed").select_option("300")
    before = history.evaluate(MAP)
    history.get_by_role("button", name="Play").click()
    history.wait_for_timeout(1_500)
    history.get_by_role("button", name="Pause").click()
    played = moment(history)
    assert 150_000 < played - begins < 900_000
    assert history.evaluate(MAP) != before
    history.locator(".map-panel").evaluate("panel => document.activeElement.blur()")
    history.keyboard.press("ArrowRight")
    assert moment(history) == played + 60_000
    history.keyboard.press("Shift+ArrowLeft")
    assert moment(history) == max(begins, played - 540_000)
    history.keyboard.press(" ")
    expect(history.get_by_role("button", name="Pause")).to_be_visible()
    history.keyboard.press(" ")
    expect(history.get_by_role("button", name="Play")).to_be_visible()
    history.keyboard.press("Escape")
    expect(history.locator(".history-banner")).to_have_count(0)


def test_an_event_is_jumped_to_and_shows_the_order_as_it_stood(history, shoot):
    history.locator(".replay-kinds").get_by_role("button", name="Deliveries").click()
    row = history.locator(".replay-row").nth(8)
    said = row.locator("time").inner_text()
    row.click()
    assert history.locator(".time-now").inner_text().startswith(said.split()[0])
    panel = history.locator(".panel")
    expect(panel.locator(".chip").first).to_have_text("delivered")
    panel.locator(".replay-story .linkish").nth(3).click()
    expect(panel.locator(".chip").first).to_have_text("at pickup")
    assert panel.locator(".replay-story .ahead").count() == 3
    shoot(history, "history-order")


def test_a_riders_day_is_summed_up_and_watched_alone(history, shoot):
    history.locator(".replay-row").nth(30).click()
    history.locator(".panel .facts .linkish").click()
    facts = history.locator(".day-facts")
    expect(facts).to_contain_text("km", timeout=15_000)
    expect(facts).to_contain_text("8 h 00 min")
    assert history.locator(".day-facts dd").nth(2).inner_text().isdigit()
    history.get_by_role("button", name="Only this courier").click()
    expect(history.get_by_role("button", name="Whole fleet")).to_be_visible(timeout=15_000)
    expect(history.locator(".time-bar")).to_be_visible(timeout=15_000)
    shoot(history, "history-courier")


def test_a_day_of_forty_riders_moves_smoothly(history):
    history.get_by_label("Speed").select_option("300")
    history.get_by_role("button", name="Play").click()
    slow = history.evaluate(
        """() => new Promise((done) => {
             const spans = []; let last = performance.now();
             const step = (now) => { spans.push(now - last); last = now;
               spans.length < 90 ? requestAnimationFrame(step) : done(spans.sort((a, b) => a - b)[80]); };
             requestAnimationFrame(step); })"""
    )
    assert slow < 200


def test_a_couriers_panel_leads_to_their_past(desk, past):
    desk.locator(".tabs").get_by_role("tab", name="Couriers").click()
    desk.locator(".courier-row", has_text="Rider 03").click()
    desk.get_by_role("button", name="Replay a day").click()
    banner = desk.locator(".history-banner")
    expect(banner).to_contain_text("Rider 03", timeout=15_000)
    banner.get_by_label("Day to replay").fill(yesterday().isoformat())
    expect(desk.locator(".time-bar")).to_be_visible(timeout=15_000)
    expect(banner).to_contain_text("Rider 03")


def test_who_only_looks_is_not_offered_history(pages, past):
    viewer = past._token("viewer")
    page = pages.open(past.link("dispatch", viewer))
    expect(page.locator(".tabs")).to_be_visible(timeout=15_000)
    page.keyboard.press("h")
    expect(page.locator(".history-banner")).to_have_count(0)
    expect(page.get_by_role("button", name="History")).to_have_count(0)
