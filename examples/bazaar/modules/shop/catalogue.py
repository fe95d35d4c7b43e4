"""Products and their prices, for this module and those that need it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy import select

from quart_hotframe import current_hotframe
from quart_hotframe import db
from quart_hotframe import hooks
from quart_hotframe.database import Repository
from quart_hotframe.database import slugify

from .models import Product
from .topics import stock_of

products = Repository(
    Product, lambda: db.session, search=["name", "category", "maker", "place", "text"]
)


@dataclass(frozen=True)
class Offer:
    """A product at the price of this visitor."""

    product: Product
    price: Decimal

    @property
    def reduced(self) -> bool:
        """Say whether the visitor pays less than usual."""
        return self.price < self.product.price


async def offer(product: Product) -> Offer:
    """Return the price after all filters of other modules."""
    return Offer(product, await hooks.apply("price", product.price, product))


async def find(slug: str) -> Product:
    """Return the product that the address of a page names, or answer 404."""
    return await products.first_or_404(Product.slug == slugify(slug))


async def categories() -> dict[str, int]:
    """Return how many products each category has, by its name."""
    counted = select(Product.category, func.count()).group_by(Product.category)
    rows = await db.session.execute(counted.order_by(Product.category))
    return {category: count for category, count in rows}


async def take(product: Product, quantity: int) -> bool:
    """Take products from the shelf; ``False``, and nothing happens, when there are too few.

    One statement looks and takes, so two buyers cannot both get the last one. Open pages are told
    when it is certain.
    """
    key, enough = product.id, Product.stock >= quantity
    left = Product.stock - quantity
    taken = bool(await products.update_where(Product.id == key, enough, stock=left))
    if taken:
        db.on_commit(lambda: current_hotframe.live.publish(stock_of(key)))
    return taken
