"""What the page of all reviews shows."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from .book import reviews
from .models import Review

SIZE = 20
"""Reviews on a page."""


async def wall(args: MultiDict[str, str]) -> dict[str, Any]:
    """Return the newest reviews, of one number of stars if the address names it."""
    stars = next((n for n in range(1, 6) if args.get("stars") == str(n)), None)
    where = [] if stars is None else [Review.stars == stars]
    found = await reviews.stretch(args.get("after"), *where, size=SIZE, order=["-created_at"])
    return {"reviews": found, "chosen": stars}
