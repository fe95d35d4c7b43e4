"""The pages of the shop."""

from __future__ import annotations

from decimal import Decimal

from quart import render_template
from quart import request

from . import blueprint
from .catalogue import categories
from .catalogue import find
from .catalogue import offer
from .catalogue import products
from .wish import ORDERS
from .wish import Wish

SIZE = 24
"""Products on a page."""


@blueprint.app_template_filter("euros")
def euros(amount: Decimal) -> str:
    """Return an amount as people write it."""
    return f"€ {amount:,.2f}"


@blueprint.get("/")
async def index() -> str:
    """Show the products that the visitor looks for."""
    wish = Wish.read(request.args)
    page = await products.page(
        wish.page, *wish.conditions(), size=SIZE, order=[wish.column], search=wish.q
    )
    return await render_template(
        "shop/index.html",
        wish=wish,
        page=page,
        offers=[await offer(product) for product in page.items],
        categories=await categories(),
        orders=ORDERS,
    )


@blueprint.get("/<slug>")
async def product(slug: str) -> str:
    """Show one product, with what other modules add to it."""
    return await render_template("shop/product.html", offer=await offer(await find(slug)))
