"""What the newsletter adds to the site and to the shop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from quart import render_template
from quart import session

from quart_hotframe import current_hotframe
from quart_hotframe import hooks
from quart_hotframe.forms import Form

from .subscription import Subscription


@hooks.outlet("site.nav", priority=9)
async def entry() -> str:
    """Lead to the form."""
    return await render_template("entry.html", endpoint="newsletter.index", title="Newsletter")


@hooks.outlet("site.home", priority=9)
async def invitation() -> str:
    """Invite visitors who did not sign up yet."""
    if "subscriber" in session:
        return ""
    return await render_template("newsletter/invitation.html", form=Form(Subscription))


@hooks.filter("price")
async def subscribers_pay_less(price: Decimal, product: Any) -> Decimal:
    """Take the discount off."""
    if "subscriber" not in session:
        return price
    discount = current_hotframe.modules["newsletter"].settings["discount"]
    return (price * (100 - discount) / 100).quantize(Decimal("0.01"))


@hooks.on("order.placed")
async def write_a_letter(order: Any) -> str:
    """Thank for an order; what a receiver returns, the shop shows."""
    reader = session.get("subscriber")
    if reader is None:
        return "Subscribers of the newsletter pay less: have a look."
    return f"A letter about your order, {order.things} in all, would now go to {reader}."
