"""The pages of the shop."""

from __future__ import annotations

from decimal import Decimal

from quart import abort
from quart import flash
from quart import redirect
from quart import render_template
from quart import url_for
from werkzeug.wrappers import Response

from quart_hotframe import hooks

from . import blueprint
from .catalogue import Offer
from .catalogue import offer
from .catalogue import Order
from .catalogue import PRODUCTS

order_placed = hooks.event("order.placed", payload=Order)


@blueprint.app_template_filter("euros")
def euros(amount: Decimal) -> str:
    """Return an amount as people write it."""
    return f"€ {amount:,.2f}"


async def wanted(slug: str) -> Offer:
    """Return what is on offer, or answer 404."""
    if slug not in PRODUCTS:
        abort(404)
    return await offer(PRODUCTS[slug])


@blueprint.get("/")
async def index() -> str:
    """Show all products."""
    offers = [await offer(product) for product in PRODUCTS.values()]
    return await render_template("shop/index.html", offers=offers)


@blueprint.get("/<slug>")
async def product(slug: str) -> str:
    """Show one product, with what other modules add to it."""
    return await render_template("shop/product.html", offer=await wanted(slug))


@blueprint.post("/<slug>/order")
async def order(slug: str) -> Response:
    """Take an order, and pass on what the receivers of the event have to say."""
    chosen = await wanted(slug)
    await flash(f"Thank you: one {chosen.product.name.lower()} for {euros(chosen.price)}.", "done")
    for message in await hooks.send(order_placed, Order(chosen.product, chosen.price)):
        await flash(message, "done")
    return redirect(url_for("shop.product", slug=slug), 303)
