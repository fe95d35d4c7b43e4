"""The basket of a visitor, whom a token in the session names."""

from __future__ import annotations

import secrets
from typing import Any

from modules.shop.models import Product
from quart import g
from quart import session
from sqlalchemy import func
from sqlalchemy import select

from quart_hotframe import db
from quart_hotframe.database import Repository

from .models import BasketItem

MOST = 99
"""Things of one kind in a basket."""

basket = Repository(BasketItem, lambda: db.session)


def visitor() -> str:
    """Return the token of the visitor; nobody has the empty one."""
    return str(session.get("visitor", ""))


async def items() -> list[BasketItem]:
    """Return what is in the basket, in the order in which it came."""
    return await basket.list(BasketItem.visitor == visitor())


async def count() -> int:
    """Return how many things are in the basket."""
    if "things" not in g:  # several places of a page tell it
        total = select(func.sum(BasketItem.quantity)).where(BasketItem.visitor == visitor())
        g.things = (await db.session.scalar(total) or 0) if visitor() else 0
    return int(g.things)


async def quantity_of(product: Product) -> int:
    """Return how many of a product are in the basket."""
    item = await basket.first(BasketItem.visitor == visitor(), BasketItem.product_id == product.id)
    return item.quantity if item else 0


async def form_of(product: Product) -> dict[str, Any]:
    """Return what the form on the page of a product shows."""
    most, quantity = min(product.stock, MOST), await quantity_of(product)
    return {"product": product, "most": most, "quantity": quantity}


async def put(product: Product, quantity: int) -> int:
    """Have so many of a product in the basket, none for 0; return how many there are now.

    It is set and not added, so that a form that is sent twice does no harm.
    """
    quantity = min(quantity, product.stock, MOST)
    g.pop("things", None)
    whose = {"visitor": session.setdefault("visitor", secrets.token_hex(16))}
    if quantity > 0:
        values = {**whose, "product_id": product.id, "quantity": quantity}
        await basket.upsert(values, key=["visitor", "product_id"])
        return quantity
    await basket.delete_where(BasketItem.visitor == visitor(), BasketItem.product_id == product.id)
    return 0
