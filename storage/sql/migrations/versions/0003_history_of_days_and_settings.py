"""Order events by time, for the replay of a day; who changed a fleet's settings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("order_events_by_time", "order_events", ["fleet", "at_ms", "order_id"])
    op.create_table(
        "fleet_changes",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("fleet_changes_by_fleet", "fleet_changes", ["fleet", "number"])


def downgrade() -> None:
    op.drop_table("fleet_changes")
    op.drop_index("order_events_by_time", "order_events")
