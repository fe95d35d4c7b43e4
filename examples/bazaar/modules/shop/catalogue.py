"""What the shop sells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from quart_hotframe import hooks


@dataclass(frozen=True)
class Product:
    """One product; ``price`` is in euros."""

    slug: str
    name: str
    maker: str
    price: Decimal
    text: str


@dataclass(frozen=True)
class Offer:
    """A product at the price of this visitor."""

    product: Product
    price: Decimal

    @property
    def reduced(self) -> bool:
        """Say whether the visitor pays less than usual."""
        return self.price < self.product.price


@dataclass(frozen=True)
class Order:
    """What a visitor ordered."""

    product: Product
    price: Decimal


def _read() -> dict[str, Product]:
    text = Path(__file__).with_name("products.json").read_text(encoding="utf-8")
    products = [Product(**{**one, "price": Decimal(one["price"])}) for one in json.loads(text)]
    return {product.slug: product for product in products}


PRODUCTS = _read()


async def offer(product: Product) -> Offer:
    """Return the price after all filters of other modules."""
    return Offer(product, await hooks.apply("price", product.price, product))
