from __future__ import annotations

from quart_hotframe import event
from quart_hotframe import LiveComponent


class Board(LiveComponent):
    notes: list[str] = []

    @event(topic="notes")
    async def noted(self, payload: str) -> None:
        self.notes.append(payload)

    @event
    async def write(self, text: str) -> None:
        self.notes.append(text)
