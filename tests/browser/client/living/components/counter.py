from __future__ import annotations

from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe import Prop


class Counter(LiveComponent):
    start: Prop[int] = 0
    count: int = 0

    async def mount(self) -> None:
        self.count = self.start

    @event
    async def add(self, amount: int = 1) -> None:
        self.count += amount

    @event
    async def fail(self) -> None:
        self.count = 99
        raise RuntimeError("It fails.")
