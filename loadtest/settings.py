"""What a load test run is made of; handed to Locust's process as one environment variable."""

import os

import msgspec

ENVIRONMENT_NAME = "RELEVO_TEST_LOAD"


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What must hold, or the run fails. Milliseconds over the whole run, as clients see it.

    Attributes:
        viewer_p95_ms: fix taken to shown at a dispatcher; the server conflates for up to 500 ms of it.
        failures_share: failed requests, share of all.
        delivered_share: of the orders placed more than two minutes before the end.
    """

    ack_p50_ms: float = 150.0
    ack_p99_ms: float = 800.0
    viewer_p95_ms: float = 1500.0
    order_p95_ms: float = 600.0
    snapshot_p95_ms: float = 1500.0
    failures_share: float = 0.005
    delivered_share: float = 0.5


class Courier(msgspec.Struct, frozen=True, kw_only=True):
    """A courier's credentials."""

    courier_id: str
    token: str


class LoadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One run against one server.

    Attributes:
        url: ``http://127.0.0.1:PORT``; other machines are refused.
        duration_s: wall seconds from quiet through peak to quiet.
        orders_per_shop_min: orders per shop user and minute at any time.
    """

    url: str
    fleet: str
    lon: float
    lat: float
    dispatcher_token: str
    shop_token: str
    couriers: list[Courier]
    dispatchers: int
    customers: int
    shops: int
    duration_s: int
    orders_per_shop_min: float = 6.0
    thresholds: Thresholds = Thresholds()


def load_settings() -> LoadSettings:
    """Return the settings of this process.

    Raises:
        RuntimeError: Locust was started by hand, without ``python -m loadtest``.
    """
    text = os.environ.get(ENVIRONMENT_NAME)
    if not text:
        raise RuntimeError("start the load test with: python -m loadtest")
    return msgspec.json.decode(text, type=LoadSettings)
