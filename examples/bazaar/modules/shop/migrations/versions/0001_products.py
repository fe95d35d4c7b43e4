"""The table of products, and what the shop sells at its opening."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

PRODUCTS = Path(__file__).parents[1] / "products.csv"
NUMBERS = ("price_cents", "stock")


def upgrade() -> None:
    """Make the table and fill it."""
    product = op.create_table(
        "shop_product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("maker", sa.String(60), nullable=False),
        sa.Column("place", sa.String(60), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("drawing", sa.String(20), nullable=False),
        sa.Column("tone", sa.String(20), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("slug", sa.String(200), nullable=False),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_shop_product_stock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_product")),
        sa.UniqueConstraint("slug", name=op.f("uq_shop_product_slug")),
    )
    for column in ("name", "category", "price_cents", "added_on"):
        op.create_index(op.f(f"ix_shop_product_{column}"), "shop_product", [column])
    op.bulk_insert(product, rows())


def rows() -> list[dict[str, object]]:
    """Return what the shop sells, the oldest first."""
    with PRODUCTS.open(encoding="utf-8", newline="") as file:
        return [
            {
                **row,
                **{name: int(row[name]) for name in NUMBERS},
                "added_on": date.fromisoformat(row["added_on"]),
            }
            for row in csv.DictReader(file)
        ]


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("shop_product")
