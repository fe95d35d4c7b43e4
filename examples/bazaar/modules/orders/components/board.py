"""The orders that staff pack and send, and who of them is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from quart_hotframe import db
from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe.security import IsStaff

from ..models import Order
from ..topics import BOARD

MOST = 30
"""Orders on the board."""


class Board(LiveComponent):
    """A list of orders, each of them a component of its own."""

    permissions = (IsStaff,)
    here: list[str] = []

    async def context(self) -> dict[str, Any]:
        latest = select(Order.id).order_by(Order.status == "sent", Order.id.desc()).limit(MOST)
        return {"orders": (await db.session.scalars(latest)).all()}

    @event(topic=BOARD)
    async def ordered(self) -> None:
        self.patches.announce("There is a new order.")

    @event(presence=BOARD)
    async def met(self, present: list[str]) -> None:
        self.here = sorted(present)
