"""What a fleet's dispatcher learnt, so that a restart knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learnt",
        sa.Column("fleet", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fleet"], ["fleets.id"]),
        sa.PrimaryKeyConstraint("fleet", "name"),
    )


def downgrade() -> None:
    op.drop_table("learnt")
