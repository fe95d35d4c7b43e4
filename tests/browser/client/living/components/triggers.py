from __future__ import annotations

from quart_hotframe import event
from quart_hotframe import LiveComponent


class Triggers(LiveComponent):
    heard: list[str] = []
    hides: bool = False

    @event
    async def hear(self, what: str) -> None:
        self.heard.append(what)

    @event
    async def hide(self) -> None:
        self.hides = True
