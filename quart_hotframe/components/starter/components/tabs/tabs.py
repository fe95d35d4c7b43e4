"""Panels of which one is seen at a time."""

from __future__ import annotations

from typing import Any

from quart_hotframe.components import Component
from quart_hotframe.components import Prop


class Tabs(Component):
    """Panels of which one is seen at a time. Without JavaScript all are, and the tabs lead to them.

    :param id: the id of the whole; those of panels are made from it.
    :param label: its name.
    :slot default: components `tab`, one for each panel.
    """

    id: Prop[str]
    label: Prop[str]

    def context(self) -> dict[str, Any]:
        """Return the list that the panels enter as they are rendered."""
        self.panels: list[dict[str, Any]] = []
        return {"panels": self.panels}

    def provide(self) -> dict[str, Any]:
        """Return what the panels need."""
        return {"hf_tabs": {"id": self.id, "panels": self.panels}}
