"""Events that come by themselves while a page listens."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .described import described
from .event import Event
from .refusing import Gone
from .refusing import NeedSnapshot
from .running import call
from .unasked import change

if TYPE_CHECKING:
    from .facade import Live
    from .held import Held

log = logging.getLogger("quart_hotframe.live")


class Timers:
    """The timers of one instance, which belong to the module of its component."""

    def __init__(self, live: Live, held: Held) -> None:
        self._name = held.record.component
        kind = live.find(self._name).kind
        assert kind is not None
        self._tasks = [
            live.spawn(self._name, self._run(held, event, event.options.every))
            for event in described(kind).events.values()  # type: ignore[arg-type]
            if event.options.every is not None
        ]

    def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, held: Held, event: Event, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await change(held, lambda component: call(component, event, {}))
            except (Gone, NeedSnapshot):
                return
            except Exception:
                log.exception("The timer %r of %r failed.", event.name, self._name)
