from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic import StringConstraints

from quart_hotframe import Bindable
from quart_hotframe import event
from quart_hotframe import LiveComponent


class Profile(LiveComponent):
    name: Bindable[Annotated[str, StringConstraints(strip_whitespace=True)]] = ""
    about: Bindable[str] = ""
    late: Bindable[str] = ""
    age: Bindable[Annotated[int, Field(ge=0)] | None] = None
    agree: Bindable[bool] = False
    size: Bindable[str] = "s"
    tags: Bindable[list[str]] = []
    colours: Bindable[list[str]] = []
    saves: int = 0
    saved: str = ""

    @event
    async def save(self) -> None:
        self.saves += 1
        self.saved = self.name

    @event(require_fresh=True)
    async def confirm(self) -> None:
        self.saves += 1

    @event
    async def clear(self) -> None:
        self.name = ""
