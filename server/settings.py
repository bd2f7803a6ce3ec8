"""Read settings from flags and the environment; report everything that is wrong at once.

A flag wins over its variable, ``NAME_FILE`` names a file that holds the value of ``NAME``. Nothing else in
Relevo reads the environment, except for the port of the embedded Redis (``RELEVO_REDIS_SERVER``).
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from domain.courier import Vehicle
from server.setting_specs import SPECS, Spec
from server.setting_values import Secret

# Read elsewhere: by the tests, by the page build.
_FOREIGN = ("RELEVO_TEST_", "RELEVO_SHARED_DATA", "RELEVO_E2E_")


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
