"""The page of all reviews. It fails on purpose when somebody opens it."""

from __future__ import annotations

from . import blueprint
from .book import all_reviews


@blueprint.get("/")
async def index() -> str:
    """Show the best review."""
    reviews = await all_reviews()
    best = max(reviews, key=lambda review: review.score)  # it is called stars
    return str(best.text)


@blueprint.post("/<slug>")
async def write(slug: str) -> str:
    """Take no review."""
    return slug
