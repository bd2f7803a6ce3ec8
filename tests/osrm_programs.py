"""Where OSRM's programs are for the tests of real street servers; ``make test`` fetches them where it can."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("RELEVO_TEST_OSRM_BIN") or ROOT / ".make" / "osrm" / "osrm" / "bin")
needs_osrm = pytest.mark.skipif(
    not (FOLDER / "osrm-routed").exists(),
    reason="no OSRM programs: make test fetches them, or name their folder in RELEVO_TEST_OSRM_BIN",
)
