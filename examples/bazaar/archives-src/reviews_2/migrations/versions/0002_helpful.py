"""A count of readers who found a review helpful. Version 1.0 can serve beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("reviews_review") as batch:
        batch.add_column(sa.Column("helpful", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("reviews_review") as batch:
        batch.drop_column("helpful")
