"""Open streams after modules have changed: what they show is shown anew."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .streams import Streams

log = logging.getLogger("quart_hotframe.live")

AT_ONCE = 50
"""Streams that are looked at before others have their turn."""


class Renewal:
    """Goes through all streams after each generation, one generation after the other."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._task: asyncio.Task[None] | None = None
        self._due = False

    def begin(self) -> None:
        """Begin, or go through all of them once more."""
        if not len(self._streams):
            return
        self._due = True
        if self._task is None or self._task.done():
            # It sees what is current, and not what the code sees that has published.
            self._task = self._streams.runtime.spawn(self._run())

    async def _run(self) -> None:
        while self._due:
            self._due = False
            for number, stream in enumerate(self._streams, 1):
                if stream.instances is not None:
                    try:
                        await stream.instances.renew()
                    except Exception:
                        log.exception("A stream could not go on after modules have changed.")
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
