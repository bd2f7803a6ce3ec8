"""A throw-away PostgreSQL cluster of our own, to be started and killed."""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT_S = 120.0
POLL_S = 0.1


def find_postgres() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest on Debian, else that on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    on_path = shutil.which("initdb")
    if debian:
        return debian[-1].parent
    return Path(on_path).parent if on_path else None


class Postgres:
    """One cluster in ``folder`` without a network; as root it runs as the user ``postgres``.

    Attributes:
        url: of its database ``postgres``.
    """

    def __init__(self, folder: Path, programs: Path, *, fsync: bool = False) -> None:
        as_root = os.geteuid() == 0
        user = "postgres" if as_root else getpass.getuser()
        self.url = f"postgresql://{user}@/postgres?host={folder}"
        self._as_other = ["runuser", "-u", "postgres", "--"] if as_root else []
        self._folder = folder
        self._data = folder / "data"
        self._programs = programs
        self._fsync = "on" if fsync else "off"
        self._process: subprocess.Popen[bytes] | None = None

    def create(self) -> None:
        """Make the cluster's files."""
        if self._as_other:
            shutil.chown(self._folder, "postgres")
        initdb = [str(self._programs / "initdb"), "-D", str(self._data), "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run([*self._as_other, *initdb], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start and wait until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": self._fsync,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log_path = self._folder / "log"
        command = [*self._as_other, str(self._programs / "postgres"), "-D", str(self._data), *options]
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                self._end(signal.SIGKILL)
                raise RuntimeError(f"PostgreSQL did not start:\n{log_path.read_text()[-3000:]}")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Shut down fast: connections are dropped."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the postmaster; its children notice and end."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        try:
            os.kill(int((self._data / "postmaster.pid").read_text().splitlines()[0]), how)
        except (OSError, ValueError, IndexError):  # it had not come so far as to say who it is
            self._process.kill()
        self._process.wait(START_TIMEOUT_S)

    def _answers(self) -> bool:
        ready = [str(self._programs / "pg_isready"), "-h", str(self._folder), "-q"]
        return subprocess.run(ready, check=False).returncode == 0


@contextmanager
def running_postgres(*, fsync: bool = False) -> Iterator[Postgres]:
    """Create and run a cluster in a temporary folder.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    programs = find_postgres()
    if programs is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory(prefix="relevo-pg-") as folder:
        cluster = Postgres(Path(folder), programs, fsync=fsync)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
