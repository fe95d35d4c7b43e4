"""One of several tabs."""

from __future__ import annotations

from typing import Any

from quart_hotframe.components import Component
from quart_hotframe.components import Context
from quart_hotframe.components import Prop


class Tab(Component):
    """One panel in `tabs`, with the tab that shows it.

    :param title: what stands on the tab, and above the panel where there is no JavaScript.
    :param id: the id of the panel, for links to it; without one it is made from that of the tabs.
    :param selected: whether it is shown first; otherwise that is the first one.
    :param level: the level of the heading where there is no JavaScript, 1 to 6.
    :param hf_tabs: what the `tabs` around it gives.
    :slot default: what is in the panel.
    """

    title: Prop[str]
    id: Prop[str] = ""
    selected: Prop[bool] = False
    level: Prop[int] = 3
    hf_tabs: Context[dict[str, Any]]

    def context(self) -> dict[str, Any]:
        """Return its id, and tell the tabs around of it."""
        panels = self.hf_tabs["panels"]
        made = self.id or f"{self.hf_tabs['id']}-{len(panels) + 1}"
        panels.append({"id": made, "title": self.title, "selected": self.selected})
        return {"id": made, "level": min(max(self.level, 1), 6)}
