from __future__ import annotations

from quart_hotframe import event
from quart_hotframe import LiveComponent


class Feed(LiveComponent):
    shown: int = 2
    ticks: int = 0

    @event
    async def more(self) -> None:
        self.shown = min(self.shown + 2, 8)

    @event
    async def tick(self) -> None:
        self.ticks += 1
        if self.ticks == 3:
            self.patches.title("three")
            self.patches.focus("end")
            self.patches.call("count", 1, 2)
            self.patches.navigate("/live/feed?done=1", "patch")
