"""Tell what the tests need from the system and cannot install without root; run before them by ``make test``.

With ``RELEVO_TEST_REQUIRE_ALL=1`` (as in CI) a missing part fails the run at once.
"""

import os
import shutil
import sys
from pathlib import Path

PARTS = {
    "Chromium (browser tests)": ("chromium", lambda: shutil.which("chromium")),
    "PostgreSQL (contract tests)": (
        "postgresql",
        lambda: list(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    ),
    "Redis (contract tests)": ("redis-server", lambda: shutil.which("redis-server")),
}


def main() -> int:
    """Print what is missing and how to get it; 1 when everything is required and something is missing."""
    missing = {what: package for what, (package, found) in PARTS.items() if not found()}
    for what in missing:
        print(f"missing: {what}; its tests are skipped", file=sys.stderr)
    if missing:
        packages = " ".join(sorted(missing.values()))
        print(f"as root: apt-get install {packages}", file=sys.stderr)
    return 1 if missing and os.environ.get("RELEVO_TEST_REQUIRE_ALL") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
