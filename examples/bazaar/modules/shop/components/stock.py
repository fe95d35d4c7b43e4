"""How many of a product are left: open pages show it when somebody buys one."""

from __future__ import annotations

from collections.abc import Iterable

from quart_hotframe import db
from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe import Private
from quart_hotframe import Prop

from ..models import Product
from ..topics import STOCK
from ..topics import stock_of


class Stock(LiveComponent):
    """A line that says how many are left."""

    element = "p"
    product: Prop[int]
    left: Private[int] = 0  # read anew whenever the server has lost it

    async def mount(self) -> None:
        found = await db.session.get(Product, self.product)
        self.left = found.stock if found else 0

    def topics(self) -> Iterable[str]:
        return [stock_of(self.product)]

    @event(topic=STOCK)
    async def sold(self) -> None:
        # The table tells how many: two orders at once may be told in any order.
        await self.mount()
