"""The reviews: those that come with the module, and those that visitors write."""

from __future__ import annotations

from modules.shop.models import Product

from quart_hotframe import db
from quart_hotframe.database import Repository

from .models import Review

MOST = 20
"""Reviews that are shown below a product."""

reviews = Repository(Review, lambda: db.session)


async def reviews_of(product: Product) -> list[Review]:
    """Return the reviews of a product, the most helpful first."""
    order = ["-helpful", "-created_at"]
    return await reviews.list(Review.product_id == product.id, order=order, limit=MOST)
