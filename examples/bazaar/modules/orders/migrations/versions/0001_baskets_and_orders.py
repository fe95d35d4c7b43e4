"""The tables of baskets and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "orders_basket_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visitor", sa.String(32), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        *timestamps(),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_orders_basket_item_quantity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_basket_item")),
        sa.UniqueConstraint(
            "visitor", "product_id", name=op.f("uq_orders_basket_item_visitor_product_id")
        ),
        product_key("orders_basket_item"),
    )
    op.create_table(
        "orders_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visitor", sa.String(32), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        *timestamps(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_order")),
    )
    op.create_table(
        "orders_order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_orders_order_line_quantity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_order_line")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders_order.id"],
            name=op.f("fk_orders_order_line_order_id_orders_order"),
        ),
        product_key("orders_order_line"),
    )  # fmt: skip
    for table, column in (
        ("orders_basket_item", "product_id"),
        ("orders_order", "visitor"),
        ("orders_order_line", "order_id"),
        ("orders_order_line", "product_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def timestamps() -> list[sa.Column[object]]:
    """Return when a row was made and changed."""
    return [
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def product_key(table: str) -> sa.ForeignKeyConstraint:
    """Return what refers to the shop's products."""
    return sa.ForeignKeyConstraint(
        ["product_id"], ["shop_product.id"], name=op.f(f"fk_{table}_product_id_shop_product")
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("orders_order_line", "orders_order", "orders_basket_item"):
        op.drop_table(table)
