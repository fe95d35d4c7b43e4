"""What staff see below a product: a photo may take the place of its drawing."""

from __future__ import annotations

from typing import Annotated

from quart import url_for

from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe import Prop
from quart_hotframe.forms import Accept
from quart_hotframe.forms import Upload
from quart_hotframe.security import IsStaff

from .. import photos


class Seller(LiveComponent):
    """Takes the photo of one product."""

    permissions = (IsStaff,)
    product: Prop[int]
    slug: Prop[str]
    photo: Annotated[Upload | None, Accept("image/png", "image/jpeg", max_bytes=2_000_000)] = None
    problem: str = ""

    @event
    async def show(self) -> None:
        if self.photo is None:
            return
        if await photos.put(self.product, await self.photo.read()):
            self.patches.navigate(url_for("shop.product", slug=self.slug), "replace")
            self.problem = ""
        else:
            self.problem = "This is no picture, whatever its name says."
        self.photo = None
