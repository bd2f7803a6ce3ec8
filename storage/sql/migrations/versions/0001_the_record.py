"""The record: people, orders, plans, zones and archived tracks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fleets",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "order_events",
        sa.Column(
            "number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("order_events_by_order", "order_events", ["fleet", "order_id", "number"], unique=False)
    op.create_table(
        "track_cursors",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("fleet"),
    )
    op.create_table(
        "track_points",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("fix_at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("speed_mps", sa.Float(), nullable=True),
        sa.Column("heading_deg", sa.Float(), nullable=True),
        sa.Column("battery_pct", sa.Float(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("fleet", "courier_id", "fix_at_ms", "device", "seq", "idx"),
        postgresql_partition_by="RANGE (fix_at_ms)",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "actions",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("action_id", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "action_id"),
    )
    op.create_table(
        "couriers",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "id"),
    )
    op.create_table(
        "explanations",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "order_id"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("shop", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("request_sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "shop", "key"),
    )
    op.create_table(
        "orders",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("placed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("shop_id", sa.String(), nullable=True),
        sa.Column("courier_id", sa.String(), nullable=True),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "id"),
    )
    op.create_index("orders_by_age", "orders", ["fleet", "placed_at_ms", "id"], unique=False)
    op.create_index("orders_by_status", "orders", ["fleet", "status"], unique=False)
    op.create_table(
        "plan_epochs",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet"),
    )
    op.create_table(
        "routes",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "courier_id"),
    )
    op.create_table(
        "shifts",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("courier_id", sa.String(), nullable=False),
        sa.Column("started_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "courier_id", "started_at_ms"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret_sha256"),
    )
    op.create_index("ix_tokens_fleet", "tokens", ["fleet"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_index("ix_users_fleet", "users", ["fleet"], unique=False)
    op.create_table(
        "zones",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "id"),
    )
