"""The demo as a user starts it: one command, links, orders that get delivered, a server that may die."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.relevo_process import ROOT, RelevoProcess, free_port

SPEED = 8
COMMAND = [sys.executable, "-m", "server.cli", "demo", "--headless", "--couriers", "10"]


class Demo:
    """``relevo demo`` as a child process; ``lines`` is what it printed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.out = folder.parent / "demo.out"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                [*COMMAND, "--port", str(self.port), "--speed", str(SPEED), "--data-dir", str(folder)],
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    @property
    def text(self) -> str:
        return self.out.read_text(errors="replace")

    def wait_for(self, pattern: str, timeout_s: float, since: int = 0):
        """Return the first match of a pattern in what was printed after ``since`` characters."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if match := re.search(pattern, self.text[since:]):
                return match
            assert self.process.poll() is None, self.text
            time.sleep(0.2)
        server_log = self.folder / "server.log"
        raise AssertionError(
            f"no {pattern!r} within {timeout_s} s:\n{self.text}\n{server_log.read_text()[-2000:]}"
        )

    def server_pid(self) -> int:
        """Return the server's process id: the child of the demo that serves."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        serving = [pid for pid in children if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(serving) == 1, children
        return int(serving[0])


@pytest.fixture
def demo(tmp_path):
    demo = Demo(tmp_path / "demo-data")
    yield demo
    if demo.process.poll() is None:
        demo.process.terminate()
        demo.process.wait(30)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the server's process through /proc")
def test_the_demo_delivers_prints_links_and_carries_on_after_a_kill(demo):
    links = demo.wait_for(
        r"dispatcher  (\S+)\n\s+courier     (\S+)\n\s+customer    (\S+)\n\s+shop        (\S+)", 60
    )
    base = f"http://127.0.0.1:{demo.port}"
    assert links[1].startswith(f"{base}/dispatch#token=rlv_")
    assert links[2].startswith(f"{base}/courier#token=rlv_")
    assert links[3].startswith(f"{base}/t/rlv_")
    assert links[4].startswith(f"{base}/shop#token=rlv_")
    with urllib.request.urlopen(f"{base}/api/v1/basemap", timeout=10) as response:
        assert b"Ciudad inventada" in response.read()
    first = demo.wait_for(r"couriers online 10/10, orders placed (\d+), under way \d+, delivered [1-9]", 60)

    os.kill(demo.server_pid(), signal.SIGKILL)
    since = len(demo.text)
    demo.wait_for("the server is back", 60, since)
    since = len(demo.text)
    again = demo.wait_for(
        r"couriers online 10/10, orders placed (\d+), under way \d+, delivered (\d+)", 60, since
    )
    assert int(again[1]) >= int(first[1])
    more = int(again[2]) + 1
    demo.wait_for(rf"delivered ({more}|{more + 1}|{more + 2}|{more + 3}|[1-9]\d+),", 60, since)

    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(30) == 0
    listed = RelevoProcess(demo.folder).start()
    try:
        token = listed.admin("token", "create", "--role", "owner", "--fleet", "villa-ajolote")["token"]
        _, _, page = listed.call("GET", "/api/v1/orders?limit=500", token)
        assert len(page["orders"]) >= int(again[1])
        assert len({order["ref"] for order in page["orders"]}) == len(page["orders"])
    finally:
        listed.stop()
