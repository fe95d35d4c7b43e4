"""The page of all reviews, and the form below each product."""

from __future__ import annotations

from modules.shop.catalogue import find
from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart import session
from quart import url_for
from werkzeug.wrappers import Response

from quart_hotframe import patches

from . import blueprint
from .book import reviews
from .models import Review
from .wall import wall

REMEMBERED = 50
"""Reviews of which a visitor's cookie knows that they were found helpful."""


@blueprint.get("/")
async def index() -> str:
    """Show reviews of all products."""
    return await render_template("reviews/index.html", **await wall(request.args))


@blueprint.post("/<slug>")
async def write(slug: str) -> Response:
    """Take a review."""
    product = await find(slug)
    form = await request.form
    text, author = _clean(form.get("text", "")), _clean(form.get("author", ""))
    if text and author and form.get("stars") in {"1", "2", "3", "4", "5"}:
        stars = int(form["stars"])
        await reviews.add(
            Review(product_id=product.id, author=author[:40], stars=stars, text=text[:500])
        )
        await flash("Thank you for your review.", "done")
        shown = patches.replace("write", "reviews/form.html", product=product).refresh("reviews")
    else:
        await flash("A review needs a name, stars and a text.", "error")
        shown = patches  # what was typed stays
    return await shown.or_redirect(url_for("shop.product", slug=product.slug))


@blueprint.post("/<int(max=2147483647):key>/helpful")
async def helpful(key: int) -> Response:
    """Count one more reader, once for each visitor."""
    review = await reviews.get_or_404(key)
    found = session.get("helpful", [])
    if key not in found:
        session["helpful"] = [*found, key][-REMEMBERED:]
        await reviews.update_where(Review.id == key, helpful=Review.helpful + 1)
    return redirect(url_for("shop.product", slug=review.product.slug), 303)


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()
