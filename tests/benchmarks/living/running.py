"""Live components beside plain Quart by hand, and beside peers in environments of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from ..table import Row
from . import counting
from . import events
from . import served_events
from .peers import environments


async def run(root: Path, scale: float, peers: Path | None = None) -> AsyncIterator[Row]:
    """Yield all rows.

    :param peers: a folder for their environments; without it they are left out.
    """
    others = await environments.sides(peers)
    for benchmark in (events.run, served_events.run):
        async for row in benchmark(root, scale, others):
            yield row
    async for row in counting.run(root, scale):
        yield row
