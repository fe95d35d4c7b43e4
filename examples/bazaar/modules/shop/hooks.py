"""The shop's places on the site: an entry in the navigation, and a shelf on the front page."""

from __future__ import annotations

from quart import render_template

from quart_hotframe import hooks

from .catalogue import offer
from .catalogue import products


@hooks.outlet("site.head")
async def styles() -> str:
    """Bring the style sheet."""
    return await render_template("shop/head.html")


@hooks.outlet("site.nav", priority=1)
async def entry() -> str:
    """Lead to the shop."""
    return await render_template("entry.html", endpoint="shop.index", title="Shop")


@hooks.outlet("site.home", priority=1)
async def shelf() -> str:
    """Show the newest products."""
    newest = await products.list(order=["-added_on"], limit=3)
    offers = [await offer(product) for product in newest]
    return await render_template("shop/shelf.html", offers=offers)
