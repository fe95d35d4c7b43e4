"""One order on the board of the staff, on its way from new to sent."""

from __future__ import annotations

from typing import Any

from quart_hotframe import event
from quart_hotframe import ModelComponent
from quart_hotframe.security import IsStaff

from ..models import Order

STEPS = {"new": ("Pack", "packed"), "packed": ("Send", "sent")}
"""What is done next with an order of each status, and what it is then."""


class Parcel(ModelComponent[Order]):
    """Shows an order on every open board as it is now."""

    element = "li"
    permissions = (IsStaff,)

    async def context(self) -> dict[str, Any]:
        return {"step": STEPS.get(self.row.status)}

    # Two who press "Pack" at once must not pack and send: the second sees what the first one did.
    @event(require_fresh=True)
    async def advance(self) -> None:
        if self.row.status in STEPS:
            self.row.status = STEPS[self.row.status][1]
            self.patches.focus(f"status-{self.id}")
