"""The server under test: our own child on a throw-away folder, or one that runs already; then seeded."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from loadtest.settings import Courier

CLI = (sys.executable, "-m", "server.cli")
LON, LAT = -101.3, 20.9
READY_S = 60.0


class TargetError(Exception):
    """The server cannot be used; the message says why."""


class Target:
    """A server and the data folder that administration commands use."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self.url = url
        self.data_dir = data_dir

    def command(self, *words: str) -> dict[str, Any]:
        """Run an administration command and return its JSON."""
        done = subprocess.run(  # noqa: S603 - our own command line
            [*CLI, *words, "--json", "--data-dir", str(self.data_dir)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise TargetError(f"relevo {' '.join(words[:2])}: {done.stderr.strip()}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def call(self, path: str, token: str, body: object) -> dict[str, Any]:
        """Make a REST call that creates something."""
        request = urllib.request.Request(  # noqa: S310 - checked to be this machine
            f"{self.url}/api/v1{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - the same
                answer: dict[str, Any] = json.load(response)
        except urllib.error.HTTPError as error:
            raise TargetError(f"{path}: {error.code} {error.read()[:300]!r}") from error
        except (urllib.error.URLError, OSError) as error:
            raise TargetError(f"{self.url} does not answer: {error}") from error
        return answer

    def seed(self, couriers: int) -> tuple[str, str, str, list[Courier]]:
        """Make a fresh fleet; returns its slug, a dispatcher's and a shop's token, and the couriers."""
        slug = time.strftime("load-%Y%m%d-%H%M%S")
        self.command("fleet", "add", slug, "--name", "Load test", f"--lon={LON}", f"--lat={LAT}", "--tz=UTC")
        owner = self.command("token", "create", "--role", "owner", "--fleet", slug)["token"]
        dispatcher = self.call("/tokens", owner, {"role": "dispatcher"})["token"]
        shop = self.call("/tokens", owner, {"role": "shop", "subject": "Load"})["token"]

        def enrol(number: int) -> Courier:
            made = self.call("/couriers", owner, {"name": f"Load {number}", "vehicle": "motorcycle"})
            token = self.call(f"/couriers/{made['id']}/token", owner, {"label": "load"})
            return Courier(courier_id=made["id"], token=token["token"])

        with ThreadPoolExecutor(6) as pool:
            return slug, dispatcher, shop, list(pool.map(enrol, range(couriers)))


@contextlib.contextmanager
def own_server() -> Iterator[Target]:
    """Run a server of our own on a throw-away folder."""
    folder = Path(tempfile.mkdtemp(prefix="relevo-load-"))
    port = _free_port()
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [*CLI, "serve", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(folder / "data")],
            stdout=out,
            stderr=out,
            env={**os.environ, "RELEVO_RATE_PER_ADDRESS": "100000", "RELEVO_RATE_PER_TOKEN": "10000"},
        )
    try:
        _wait_ready(f"http://127.0.0.1:{port}", process, log)
        yield Target(f"http://127.0.0.1:{port}", folder / "data")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + READY_S
    while time.monotonic() < until_s:
        if _is_ready(url):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise TargetError("the server did not become ready:\n" + log.read_text(errors="replace")[-2000:])


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/readyz", timeout=2) as response:  # noqa: S310 - our child
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
