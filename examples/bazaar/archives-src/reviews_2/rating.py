"""Many stars in a few figures."""

from __future__ import annotations

from collections import Counter
from collections import defaultdict
from dataclasses import dataclass

from modules.shop.models import Product
from quart import g
from sqlalchemy import func
from sqlalchemy import select

from quart_hotframe import db

from .models import Review


@dataclass(frozen=True)
class Rating:
    """The reviews of one product; ``spread`` has how many gave each number of stars, best first."""

    count: int
    average: float
    spread: tuple[tuple[int, int], ...]


def rate(given: Counter[int]) -> Rating:
    """Return the rating from how many gave each number of stars; the average of none is 0."""
    count = given.total()
    average = sum(stars * number for stars, number in given.items()) / count if count else 0.0
    return Rating(count, average, tuple((n, given[n]) for n in range(5, 0, -1)))


async def rating_of(product: Product) -> Rating:
    """Return the rating of a product; those of all are read once in a request."""
    if "reviews_given" not in g:
        g.reviews_given = await _given()
    return rate(g.reviews_given[product.id])


async def _given() -> defaultdict[int, Counter[int]]:
    counted = select(Review.product_id, Review.stars, func.count())
    found: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for product, stars, number in await db.session.execute(
        counted.group_by(Review.product_id, Review.stars)
    ):
        found[product][stars] = number
    return found
