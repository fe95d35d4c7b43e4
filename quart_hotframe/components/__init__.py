"""Components: templates with typed props and slots, which come and go with their module.

::

    from quart_hotframe import Component, Prop, render_component
    from quart_hotframe.components import Context
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .attributes import Attributes
    from .component import Component
    from .component import Context
    from .component import Prop
    from .rendering import render_component
else:
    __getattr__ = lazy(
        __name__,
        {
            "Attributes": "attributes",
            "Component": "component",
            "Context": "component",
            "Prop": "component",
            "render_component": "rendering",
        },
    )

__all__ = ["Attributes", "Component", "Context", "Prop", "render_component"]
