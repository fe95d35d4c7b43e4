"""The table of reviews, and what buyers have said so far."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REVIEWS = Path(__file__).parents[1] / "reviews.csv"


def upgrade() -> None:
    """Make the table and fill it."""
    review = op.create_table(
        "reviews_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        *timestamps(),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_reviews_review_stars")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews_review")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["shop_product.id"],
            name=op.f("fk_reviews_review_product_id_shop_product"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_reviews_review_product_id"), "reviews_review", ["product_id"])
    op.bulk_insert(review, rows(), multiinsert=False)  # each asks for the key of its product


def timestamps() -> list[sa.Column[object]]:
    """Return when a row was made and changed."""
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def rows() -> list[dict[str, object]]:
    """Return what buyers have said, the oldest first."""
    with REVIEWS.open(encoding="utf-8", newline="") as file:
        return [
            {
                "product_id": key_of(row["product"]),
                "author": row["author"],
                "stars": int(row["stars"]),
                "text": row["text"],
                "created_at": datetime.fromisoformat(row["created_at"]),
            }
            for row in csv.DictReader(file)
        ]


def key_of(slug: str) -> sa.ScalarSelect[int]:
    """Return what asks for the key of a product."""
    product = sa.table("shop_product", sa.column("id", sa.Integer), sa.column("slug", sa.String))
    return sa.select(product.c.id).where(product.c.slug == slug).scalar_subquery()


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("reviews_review")
