"""Readers of settings' texts: each returns the value or raises ``ValueError`` with what is wrong. Pure."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from domain.courier import Vehicle

ROLES = ("all", "gateway", "dispatch", "archive")


class Secret:
    """A text that never shows in logs: ``repr`` and ``str`` give stars; ``reveal()`` gives the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def text(value: str) -> str:
    """Return a text that says something."""
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds, both included."""

    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number, got {value!r}") from None
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high}, got {number}")
        return number

    return parse


def decimal(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of finite numbers within bounds, both included."""

    def parse(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"must be a number, got {value!r}") from None
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError(f"must be between {low:g} and {high:g}, got {value}")
        return number

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser of a closed set of words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, got {value!r}")
        return value

    return parse


def switch(value: str) -> bool:
    """Return yes or no."""
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if value.lower() not in known:
        raise ValueError(f"must be yes or no, got {value!r}")
    return known[value.lower()]


def role(value: str) -> str:
    """Return a role that this version has."""
    role = one_of(*ROLES)(value)
    if role != "all":
        raise ValueError(
            f"{role!r} is planned but not built yet: this version runs every role in one process (all)"
        )
    return role


def url(*schemes: str) -> Callable[[str], str]:
    """Return a parser of addresses with one of these schemes."""

    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{s}://' for s in schemes)}")
        if not (parts.netloc or parts.path):
            raise ValueError("names no host")
        return value.rstrip("/")

    return parse


def memory(value: str) -> str:
    """Return an amount of memory."""
    if not re.fullmatch(r"[1-9][0-9]{0,5}(mb|gb)", value.lower()):
        raise ValueError(f"must be a whole number and mb or gb, got {value!r}")
    return value.lower()


def secret_url(*schemes: str) -> Callable[[str], Secret]:
    """Return a parser of addresses that may hold a password."""
    check = url(*schemes)
    return lambda value: Secret(check(value))


def secret(value: str) -> Secret:
    """Return a secret that is long enough."""
    if len(value) < 32:
        raise ValueError("must have at least 32 characters (make one with: openssl rand -hex 32)")
    return Secret(value)


def origins(value: str) -> tuple[str, ...]:
    """Return web origins, separated by spaces or commas."""
    return tuple(url("http", "https")(part) for part in value.replace(",", " ").split())


def existing_file(value: str) -> Path:
    """Return the path of a file that is there."""
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"no such file: {value}")
    return path


def existing_folder(value: str) -> Path:
    """Return the path of a folder that is there."""
    path = Path(value)
    if not path.is_dir():
        raise ValueError(f"no such folder: {value}")
    return path


def vehicles(value: str) -> tuple[Vehicle, ...]:
    """Return vehicles, separated by spaces; none for ``auto``."""
    if value.strip() == "auto":
        return ()
    known = one_of(*Vehicle)
    return tuple(dict.fromkeys(Vehicle(known(part)) for part in value.replace(",", " ").split()))
