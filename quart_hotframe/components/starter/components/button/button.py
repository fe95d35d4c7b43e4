"""A button, or a link that looks like one."""

from __future__ import annotations

from typing import Any
from typing import Literal

from quart_hotframe.components import Component
from quart_hotframe.components import Prop
from quart_hotframe.security.links import safe_link


class Button(Component):
    """A button, or with `href` a link that looks like one.

    :param kind: how much it stands out; `danger` is for what cannot be undone.
    :param size: how large it is.
    :param type: what a press does in a form.
    :param href: where it leads. An address that could run code leads nowhere.
    :slot default: what stands on it.
    """

    kind: Prop[Literal["primary", "secondary", "danger", "plain"]] = "primary"
    size: Prop[Literal["small", "medium", "large"]] = "medium"
    type: Prop[Literal["button", "submit", "reset"]] = "button"
    href: Prop[str] = ""

    def context(self) -> dict[str, Any]:
        """Return the address that may stand in the page."""
        return {"link": safe_link(self.href)}
