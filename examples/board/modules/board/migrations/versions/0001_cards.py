"""The table of cards."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "board_card",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("column", sa.Integer, nullable=False),
    )


def downgrade():
    op.drop_table("board_card")
