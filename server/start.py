"""What must be free before anything is opened: the port, and the data dir.

Taken first, so that a second server started by mistake says one sentence and touches nothing of the first.
"""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO


class StartError(Exception):
    """The server cannot start; the message says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address but not listening yet.

    Raises:
        StartError: somebody else has the port, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise StartError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; choose another with --port"
        ) from None
    return bound


def lock_data_dir(data_dir: Path) -> IO[str]:
    """Return the data dir's lock, held until it is closed or this process ends.

    Raises:
        StartError: another server uses the data dir.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (data_dir / "server.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise StartError(
            f"another server (process {holder}) uses the data dir {data_dir}; "
            "stop it, or name another with --data-dir"
        ) from None
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
