"""The dispatcher's page with thousands of couriers: what an update costs the browser's main thread.

The limits are loose: the machine that runs the tests draws in software and shares its cores. The figures are
in ``artifacts/e2e/large-fleet.json``.
"""

import json
import statistics

import pytest

from tests.e2e.conftest import ARTIFACTS
from tests.e2e.large_fleet import EVERY_S, LargeFleet, LargeFleetServer
from tests.e2e.waiting import wait_for

COURIERS = 5_000
ORDERS = 1_500
UPDATES = 20
LISTEN = """
window.seen = {handling: [], drawing: [], long: []};
const took = (list, step) => (...args) => {
  const start = performance.now(); step(...args); window.seen[list].push(performance.now() - start);
};
const onMessage = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage').set;
Object.defineProperty(WebSocket.prototype, 'onmessage', {
  set(handle) { onMessage.call(this, handle && took('handling', handle)); }
});
const nextFrame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => nextFrame(took('drawing', draw));
new PerformanceObserver((list) => list.getEntries().forEach((task) => window.seen.long.push(task.duration)))
  .observe({entryTypes: ['longtask']});
"""


@pytest.fixture
def fleet_server():
    server = LargeFleetServer(LargeFleet(COURIERS, ORDERS), UPDATES).start()
    yield server
    server.stop()


@pytest.mark.slow
def test_five_thousand_couriers_leave_the_main_thread_free(fleet_server, pages, shoot):
    page = pages.open("about:blank")
    page.add_init_script(LISTEN)
    page.goto(f"http://127.0.0.1:{fleet_server.port}/dispatch#token=rlv_no_real_token")
    page.locator(".map-panel canvas.maplibregl-canvas").wait_for(timeout=30_000)
    wait_for(lambda: page.locator(".order-row").count() > 10, 20, "orders")
    page.wait_for_timeout(3_000)
    page.evaluate("Object.values(window.seen).forEach((list) => list.length = 0)")
    heap = page.evaluate("performance.memory.usedJSHeapSize")

    fleet_server.sending.set()
    page.wait_for_timeout(UPDATES * EVERY_S * 1000 + 500)

    seen = page.evaluate("window.seen")
    grown_mb = (page.evaluate("performance.memory.usedJSHeapSize") - heap) / 1e6
    figures = {
        "couriers": COURIERS,
        "orders": ORDERS,
        "frame_kb": round(len(fleet_server.frames[0]) / 1000),
        "handling_ms": spread(seen["handling"]),
        "drawing_ms": spread(seen["drawing"]),
        "drawings_per_s": round(len(seen["drawing"]) / (UPDATES * EVERY_S), 1),
        "long_tasks_ms": [round(ms) for ms in seen["long"]],
        "heap_grown_mb": round(grown_mb, 1),
    }
    shoot(page, "dispatch-large-fleet")
    (ARTIFACTS / "large-fleet.json").write_text(json.dumps(figures, indent=2))
    print(figures)
    assert len(seen["handling"]) >= UPDATES - 2
    assert figures["handling_ms"]["p50"] < 40
    assert sum(seen["drawing"]) < 0.5 * UPDATES * EVERY_S * 1000


def spread(values: list[float]) -> dict[str, float]:
    """Return the middle and the high end, milliseconds."""
    ordered = sorted(values) or [0.0]
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95) - 1], 1),
    }
