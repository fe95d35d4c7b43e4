"""The places of reviews on the pages of others."""

from __future__ import annotations

from modules.shop.models import Product
from quart import render_template

from quart_hotframe import hooks

from .book import reviews_of


@hooks.outlet("site.head")
async def styles() -> str:
    """Bring the style sheet."""
    return await render_template("reviews/head.html")


@hooks.outlet("site.nav", priority=5)
async def entry() -> str:
    """Lead to all reviews."""
    return await render_template("entry.html", endpoint="reviews.index", title="Reviews")


@hooks.outlet("product.footer")
async def footer(product: Product) -> str:
    """Show what buyers say about a product, and a form."""
    found = await reviews_of(product)
    return await render_template("reviews/footer.html", product=product, reviews=found)
