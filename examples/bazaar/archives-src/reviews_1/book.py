"""The reviews: some that come with the module, and those that visitors wrote.

What visitors write goes to a file of the site, one line of JSON each, so that every version finds
it and an upgrade loses nothing.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path

from quart import current_app

MOST = 200
"""The newest reviews that are read, of all products."""


@dataclass(frozen=True)
class Review:
    """One review; ``stars`` is 1 to 5."""

    product: str
    author: str
    stars: int
    text: str


FIRST = (
    Review("teapot", "Ines", 5, "It really does not drip. I have waited years for this."),
    Review("teapot", "Tom", 4, "Beautiful. A little heavy when it is full."),
    Review("teapot", "Sanna", 5, "The glaze changes with the light of the day."),
    Review("lantern", "Jo", 5, "Stars all over the ceiling. The children will not sleep."),
    Review("lantern", "Mateo", 4, "Lovely work. Keep the door closed when it is windy."),
    Review("rug", "Freya", 5, "Softer than it looks, and the red is a deep one."),
    Review("rug", "Karim", 3, "Very good, but smaller than I thought. Measure first."),
    Review("bowl", "Elif", 4, "Every guest asks where it is from."),
)


def _file() -> Path:
    return Path(current_app.instance_path) / "reviews.jsonl"


async def reviews_of(product: str) -> list[Review]:
    """Return the reviews of a product, the newest first."""
    return [review for review in await all_reviews() if review.product == product]


async def all_reviews() -> list[Review]:
    """Return the reviews of all products, the newest first."""
    written = await asyncio.to_thread(_read, _file())
    return [*reversed(written), *FIRST]


async def add(review: Review) -> None:
    """Keep what a visitor wrote."""
    await asyncio.to_thread(_append, _file(), json.dumps(asdict(review)) + "\n")


async def forget() -> None:
    """Remove what visitors wrote."""
    await asyncio.to_thread(_file().unlink, missing_ok=True)


def _read(file: Path) -> list[Review]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [Review(**json.loads(line)) for line in lines[-MOST:]]


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(line)
