"""What the page of all reviews shows."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import MultiDict

from .book import reviews

SIZE = 20
"""Reviews on a page."""


async def wall(args: MultiDict[str, str]) -> dict[str, Any]:
    """Return the newest reviews, or those that follow the place named in the address."""
    return {"reviews": await reviews.stretch(args.get("after"), size=SIZE, order=["-created_at"])}
