from __future__ import annotations

from quart_hotframe import Bindable
from quart_hotframe import event
from quart_hotframe import LiveComponent


class Plain(LiveComponent):
    name: Bindable[str] = ""
    saves: int = 0

    @event
    async def save(self) -> None:
        self.saves += 1

    @event
    async def add(self, amount: int) -> None:
        self.saves += amount
