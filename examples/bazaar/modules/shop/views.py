"""The pages of the shop."""

from __future__ import annotations

from decimal import Decimal

from quart import render_template
from quart import request
from quart import Response
from quart import send_from_directory

from quart_hotframe.security import allows
from quart_hotframe.security import IsStaff

from . import blueprint
from . import photos
from .catalogue import categories
from .catalogue import find
from .catalogue import offer
from .catalogue import products
from .models import Product
from .wish import ORDERS
from .wish import Wish

SIZE = 24
"""Products on a page."""


@blueprint.app_template_filter("euros")
def euros(amount: Decimal) -> str:
    """Return an amount as people write it."""
    return f"€ {amount:,.2f}"


@blueprint.app_template_filter("photo")
def photo_of(product: Product) -> str | None:
    """Return the address of a product's photo, if it has one."""
    return photos.address(product.id)


@blueprint.get("/photos/<name>")
async def photo(name: str) -> Response:
    """Send the photo of a product."""
    return await send_from_directory(photos.folder(), name)


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
    return await render_template(
        "shop/product.html",
        offer=await offer(await find(slug)),
        selling=await allows(IsStaff),
    )
