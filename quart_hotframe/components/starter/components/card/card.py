"""A box for one thing among others."""

from __future__ import annotations

from typing import Any

from quart_hotframe.components import Component
from quart_hotframe.components import Prop
from quart_hotframe.security.links import safe_link


class Card(Component):
    """A box for one thing among others.

    :param title: the heading.
    :param level: the level of the heading, 1 to 6.
    :param href: where the heading, and with it the whole card, leads. An address that could run
        code leads nowhere.
    :slot default: what it says.
    :slot media: a picture above the heading, as wide as the card.
    :slot footer: what stands below, such as buttons.
    """

    title: Prop[str] = ""
    level: Prop[int] = 3
    href: Prop[str] = ""

    def context(self) -> dict[str, Any]:
        """Return the address that may stand in the page, and a level that there is."""
        return {"link": safe_link(self.href), "level": min(max(self.level, 1), 6)}
