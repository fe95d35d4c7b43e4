"""What the shop publishes: whose stock has changed. Everybody may follow it."""

from __future__ import annotations

from quart_hotframe.live.topics import public

STOCK = "shop.stock.*"

public(STOCK)


def stock_of(product_id: int) -> str:
    """Return the topic of a product."""
    return STOCK.replace("*", str(product_id))
