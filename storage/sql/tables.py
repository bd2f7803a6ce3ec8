"""The tables of the record. Values are JSON documents beside the columns that are searched.

Instants are Unix UTC milliseconds. A change here needs a migration in ``migrations/versions``.

``track_points`` is keyed by courier and event time first, so that one b-tree serves both the uniqueness of a
point (courier, device, seq, index; its event time never differs) and the reading of a day's track; event time
in the key also lets PostgreSQL partition the table by day.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

_AutoId = BigInteger().with_variant(Integer, "sqlite")


def _fleet() -> Column[str]:
    return Column("fleet", String, ForeignKey("fleets.id"), primary_key=True)


fleets = Table(
    "fleets",
    metadata,
    Column("id", String, primary_key=True),
    Column("doc", Text, nullable=False),
)

fleet_changes = Table(
    "fleet_changes",
    metadata,
    Column("number", _AutoId, primary_key=True, autoincrement=True),
    Column("fleet", String, ForeignKey("fleets.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("doc", Text, nullable=False),
    Index("fleet_changes_by_fleet", "fleet", "number"),
)

users = Table(
    "users",
    metadata,
    Column("id", String, primary_key=True),
    Column("fleet", String, ForeignKey("fleets.id"), nullable=False, index=True),
    Column("login", String, nullable=False, unique=True),
    Column("doc", Text, nullable=False),
)

couriers = Table(
    "couriers",
    metadata,
    _fleet(),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("doc", Text, nullable=False),
)

shifts = Table(
    "shifts",
    metadata,
    _fleet(),
    Column("courier_id", String, primary_key=True),
    Column("started_at_ms", BigInteger, primary_key=True),
    Column("ended_at_ms", BigInteger),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String, primary_key=True),
    Column("fleet", String, ForeignKey("fleets.id"), nullable=False, index=True),
    Column("secret_sha256", String, nullable=False, unique=True),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    Column("last_used_at_ms", BigInteger),
    Column("doc", Text, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    _fleet(),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", String, nullable=False),
    Column("placed_at_ms", BigInteger, nullable=False),
    Column("shop_id", String),
    Column("courier_id", String),
    Column("doc", Text, nullable=False),
    Index("orders_by_age", "fleet", "placed_at_ms", "id"),
    Index("orders_by_status", "fleet", "status"),
)

order_events = Table(
    "order_events",
    metadata,
    Column("number", _AutoId, primary_key=True, autoincrement=True),
    Column("fleet", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("doc", Text, nullable=False),
    Index("order_events_by_order", "fleet", "order_id", "number"),
    Index("order_events_by_time", "fleet", "at_ms", "order_id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    _fleet(),
    Column("shop", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("request_sha256", String, nullable=False),
)

actions = Table(
    "actions",
    metadata,
    _fleet(),
    Column("action_id", String, primary_key=True),
    Column("courier_id", String),
    Column("at_ms", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
)

plan_epochs = Table(
    "plan_epochs",
    metadata,
    _fleet(),
    Column("epoch", BigInteger, nullable=False),
)

routes = Table(
    "routes",
    metadata,
    _fleet(),
    Column("courier_id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("doc", Text, nullable=False),
)

explanations = Table(
    "explanations",
    metadata,
    _fleet(),
    Column("order_id", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("doc", Text, nullable=False),
)

learnt = Table(
    "learnt",
    metadata,
    _fleet(),
    Column("name", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("doc", Text, nullable=False),
)

zones = Table(
    "zones",
    metadata,
    _fleet(),
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("doc", Text, nullable=False),
)

track_points = Table(
    "track_points",
    metadata,
    Column("fleet", String, primary_key=True),
    Column("courier_id", String, primary_key=True),
    Column("fix_at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("device", String, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("received_at_ms", BigInteger, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("accuracy_m", Float),
    Column("speed_mps", Float),
    Column("heading_deg", Float),
    Column("battery_pct", Float),
    Column("live", Boolean, nullable=False),
    sqlite_with_rowid=False,
    postgresql_partition_by="RANGE (fix_at_ms)",
)

track_cursors = Table(
    "track_cursors",
    metadata,
    Column("fleet", String, primary_key=True),
    Column("cursor", String, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    _fleet(),
    Column("id", String, primary_key=True),
    Column("doc", Text, nullable=False),
)

webhook_cursors = Table(
    "webhook_cursors",
    metadata,
    _fleet(),
    Column("number", BigInteger, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("fleet", String, ForeignKey("fleets.id"), nullable=False),
    Column("webhook_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("doc", Text, nullable=False),
    Index("webhook_deliveries_due", "state", "due_at_ms"),
    Index("webhook_deliveries_by_webhook", "fleet", "webhook_id", "created_at_ms"),
)
