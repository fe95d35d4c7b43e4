"""The places of reviews on the pages of others."""

from __future__ import annotations

from modules.shop.models import Product
from quart import render_template

from quart_hotframe import hooks

from .book import reviews_of
from .rating import rating_of


@hooks.outlet("site.head")
async def styles() -> str:
    """Bring the style sheet."""
    return await render_template("reviews/head.html")


@hooks.outlet("site.nav", priority=5)
async def entry() -> str:
    """Lead to all reviews."""
    return await render_template("entry.html", endpoint="reviews.index", title="Reviews")


@hooks.outlet("product.card")
async def stars(product: Product) -> str:
    """Show the stars of a product where it is listed."""
    return await render_template("reviews/card.html", rating=await rating_of(product))


@hooks.outlet("product.footer")
async def footer(product: Product) -> str:
    """Show what buyers say about a product, how the stars spread, and a form."""
    return await render_template(
        "reviews/footer.html",
        product=product,
        reviews=await reviews_of(product),
        rating=await rating_of(product),
    )
