"""The places of the basket on the pages of others."""

from __future__ import annotations

from modules.shop.models import Product
from quart import render_template

from quart_hotframe import hooks
from quart_hotframe.security import IsStaff

from .basket import count
from .basket import form_of


@hooks.outlet("site.head")
async def styles() -> str:
    """Bring the style sheet."""
    return await render_template("orders/head.html")


@hooks.outlet("site.nav", priority=20)
async def entry() -> str:
    """Lead to the basket."""
    return await render_template("orders/entry.html", count=await count())


hooks.outlet("site.nav", template="orders/staff.html", priority=30, guard=IsStaff)


@hooks.outlet("product.order")
async def form(product: Product) -> str:
    """Offer to put a product into the basket."""
    return await render_template("orders/form.html", **await form_of(product))


@hooks.outlet("site.end")
async def drawer() -> str:
    """Bring the drawer, which loads the basket when it is opened."""
    return await render_template("orders/drawer.html", count=await count())
