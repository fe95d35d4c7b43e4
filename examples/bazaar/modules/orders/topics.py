"""What the staff are told: that there is a new order, and who else looks at the board."""

from __future__ import annotations

from quart_hotframe import current_hotframe
from quart_hotframe import hooks
from quart_hotframe.database import ModelChange
from quart_hotframe.live.topics import authorise
from quart_hotframe.security import IsStaff

from .models import Order

BOARD = "orders.board"

authorise(BOARD, presence=lambda user: user.name)(IsStaff)


@hooks.on("orders.Order.created")
async def tell(change: ModelChange[Order]) -> None:
    """Tell open boards of an order that is stored."""
    await current_hotframe.live.publish(BOARD)
