"""How far an order is, and a version of its row. Orders 1.0 can serve beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; what was ordered before is new."""
    with op.batch_alter_table("orders_order") as batch:
        batch.add_column(sa.Column("status", sa.String(10), server_default="new", nullable=False))
        batch.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("orders_order") as batch:
        batch.drop_column("version")
        batch.drop_column("status")
