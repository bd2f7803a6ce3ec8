"""What browser tests share: where they happen, and patience with an end."""

import time
from collections.abc import Callable

HOME = (-99.17, 19.41)
"""Where the riders of the tests start: longitude, latitude."""


def wait_for(look: Callable[[], object], timeout_s: float, what: str, process=None):
    """Return what ``look`` finds, once it finds something."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {timeout_s} s")
