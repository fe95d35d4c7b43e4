from __future__ import annotations

import hashlib
from typing import Annotated

from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe.forms import Accept
from quart_hotframe.forms import Upload


class Seller(LiveComponent):
    photo: Annotated[Upload | None, Accept("image/png", max_bytes=3_000_000)] = None
    papers: list[Upload] = []
    sold: str = ""

    @event
    async def sell(self) -> None:
        assert self.photo is not None
        self.sold = hashlib.sha256(await self.photo.read()).hexdigest()
        self.photo = None
