"""Live components beside plain Quart by hand, and beside peers in environments of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from ..table import Row
from . import counting
from . import events
from . import served_events
from . import streams
from . import weights
from .peers import environments


async def run(root: Path, scale: float, peers: Path | None = None) -> AsyncIterator[Row]:
    """Yield all rows.

    :param peers: a folder for their environments; without it they are left out.
    """
    others = await environments.sides(peers)
    for beside in (events.run, served_events.run, weights.run):
        async for row in beside(root, scale, others):
            yield row
    for alone in (streams.run, counting.run):
        async for row in alone(root, scale):
            yield row
