"""The page of all reviews, and the form below each product."""

from __future__ import annotations

from modules.shop.catalogue import PRODUCTS
from quart import abort
from quart import flash
from quart import redirect
from quart import render_template
from quart import request
from quart import url_for
from werkzeug.wrappers import Response

from . import blueprint
from .book import add
from .book import all_reviews
from .book import Review


@blueprint.get("/")
async def index() -> str:
    """Show the newest reviews."""
    reviews = await all_reviews()
    return await render_template("reviews/index.html", reviews=reviews[:20], products=PRODUCTS)


@blueprint.post("/<slug>")
async def write(slug: str) -> Response:
    """Take a review."""
    if slug not in PRODUCTS:
        abort(404)
    form = await request.form
    text, author = form.get("text", "").strip(), form.get("author", "").strip()
    if text and author and form.get("stars") in {"1", "2", "3", "4", "5"}:
        await add(Review(slug, author[:40], int(form["stars"]), text[:500]))
        await flash("Thank you for your review.", "done")
    else:
        await flash("A review needs a name, stars and a text.", "error")
    return redirect(url_for("shop.product", slug=slug), 303)
