"""Many stars in a few figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .book import Review


@dataclass(frozen=True)
class Rating:
    """The reviews of one product; ``spread`` has how many gave each number of stars, best first."""

    count: int
    average: float
    spread: tuple[tuple[int, int], ...]


def rate(reviews: Sequence[Review]) -> Rating:
    """Return the rating; the average of none is 0."""
    given = Counter(review.stars for review in reviews)
    average = sum(review.stars for review in reviews) / len(reviews) if reviews else 0.0
    return Rating(len(reviews), average, tuple((n, given[n]) for n in range(5, 0, -1)))
