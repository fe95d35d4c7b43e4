"""What the page of all reviews shows. It fails on purpose when somebody opens it."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from .book import reviews


async def wall(args: MultiDict[str, str]) -> dict[str, Any]:
    """Return the reviews, the best first."""
    found = await reviews.stretch(args.get("after"))
    found.items.sort(key=lambda review: review.score)  # it is called stars
    return {"reviews": found, "chosen": None}
