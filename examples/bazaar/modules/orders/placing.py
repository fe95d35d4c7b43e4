"""From a basket to an order: all of it, or nothing."""

from __future__ import annotations

from modules.shop.catalogue import offer
from modules.shop.catalogue import take
from modules.shop.models import Product
from sqlalchemy import delete

from quart_hotframe import db

from .basket import visitor
from .models import BasketItem
from .models import Order
from .models import OrderLine


class Refused(Exception):
    """The order cannot be placed; its text says why."""


async def place(name: str) -> Order:
    """Order what is in the basket, and empty it.

    :param name: who comes for it.
    :raises Refused: the basket is empty, or a shelf is; nothing has changed then.
    """
    async with db.transaction() as session:
        order = Order(visitor=visitor(), name=name)
        for product_id, quantity in await _taken_out():
            product = await session.get_one(Product, product_id)
            order.lines.append(await _line(product, quantity))
        if not order.lines:
            raise Refused("There is nothing in your basket.")
        session.add(order)
    return order


async def _taken_out() -> list[tuple[int, int]]:
    """Empty the basket, in one statement, so that one of two orders at once finds nothing."""
    statement = delete(BasketItem).where(BasketItem.visitor == visitor())
    rows = await db.session.execute(statement.returning(BasketItem.product_id, BasketItem.quantity))
    # In one order for everybody: else two buyers could wait for each other.
    return sorted((row.product_id, row.quantity) for row in rows)


async def _line(product: Product, quantity: int) -> OrderLine:
    name, price = product.name, (await offer(product)).price
    if not await take(product, quantity):
        raise Refused(f"{name}: there are not {quantity} left. Somebody was faster.")
    return OrderLine(product_id=product.id, quantity=quantity, price_cents=int(price * 100))
