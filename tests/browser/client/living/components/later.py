from __future__ import annotations

from quart_hotframe import event
from quart_hotframe import LiveComponent


class Later(LiveComponent):
    count: int = 0

    async def mount(self) -> None:
        self.count = 1

    @event
    async def add(self) -> None:
        self.count += 1
