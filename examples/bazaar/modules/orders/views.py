"""The basket, and the orders of a visitor."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from modules.shop.catalogue import find
from modules.shop.catalogue import offer
from modules.shop.models import Product
from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart import url_for
from werkzeug.wrappers import Response

from quart_hotframe import db
from quart_hotframe import hooks
from quart_hotframe import page
from quart_hotframe import patches
from quart_hotframe.database import Repository
from quart_hotframe.security import guard
from quart_hotframe.security import IsStaff
from quart_hotframe.templating.patches import Patches

from . import blueprint
from .basket import count
from .basket import form_of
from .basket import items
from .basket import put
from .basket import visitor
from .models import Order
from .placing import place
from .placing import Refused

order_placed = hooks.event("order.placed", payload=Order)
orders = Repository(Order, lambda: db.session)


@blueprint.get("/basket")
@page("orders/basket.html", block="basket")
async def basket() -> dict[str, Any]:
    """Show what is in the basket, at the prices of this visitor: as a page or in the drawer."""
    lines = [(item, await offer(item.product)) for item in await items()]
    total = sum(offered.price * item.quantity for item, offered in lines)
    return {"lines": lines, "total": total}


@blueprint.post("/basket/<slug>")
async def choose(slug: str) -> Response:
    """Have so many of a product in the basket, from the product's page."""
    product = await find(slug)
    if not await _put(product):
        return await patches.or_redirect(url_for("shop.product", slug=product.slug))
    changed = await _changed()
    return await changed.morph("order", "orders/form.html", **await form_of(product))


@blueprint.post("/basket/<slug>/change")
async def change(slug: str) -> Response:
    """Have so many of a product in the basket, from the basket."""
    await _put(await find(slug))
    return await (await _changed())


async def _put(product: Product) -> bool:
    quantity = (await request.form).get("quantity", type=int)
    if quantity is None or quantity < 0:
        await flash("How many? Write a number.", "error")
        return False
    got = await put(product, quantity)
    await flash(_said(product.name, quantity, got), "done" if got == quantity else "error")
    return True


async def _changed() -> Patches:
    """Return what a page shows of another basket."""
    changed = patches.replace("basket-count", "orders/count.html", count=await count())
    return changed.refresh("basket").or_redirect(url_for("orders.basket"))


def _said(name: str, wanted: int, got: int) -> str:
    if got < wanted:
        return f"{name}: you can have {got} at most."
    return f"{name}: {got} in your basket." if got else f"{name}: taken out of your basket."


@blueprint.post("/")
async def order() -> Response:
    """Place an order, and pass on what the receivers of the event have to say."""
    name = (await request.form).get("name", "").replace("\0", "").strip()[:80]
    try:
        placed = await place(name or "somebody")
    except Refused as refused:
        await flash(str(refused), "error")
        return redirect(url_for("orders.basket"), 303)
    await flash("Thank you for your order.", "done")
    for message in await hooks.send(order_placed, placed):
        await flash(message, "done")
    return redirect(url_for("orders.show", key=placed.id), 303)


@blueprint.get("/")
async def index() -> str:
    """Show what the visitor ordered, the newest first."""
    after = request.args.get("after")
    found = await orders.stretch(after, Order.visitor == visitor(), size=10, order=["-id"])
    return await render_template("orders/index.html", orders=found)


@blueprint.get("/board")
@guard(IsStaff)
async def board() -> str:
    """Show the staff what is to be packed and sent."""
    return await render_template("orders/board.html")


@blueprint.get("/<uuid:key>")
async def show(key: UUID) -> str:
    """Show one order to whom it belongs."""
    found = await orders.first_or_404(Order.id == key, Order.visitor == visitor())
    return await render_template("orders/order.html", order=found)
