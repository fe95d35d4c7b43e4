"""Modules that come and go while a Quart app serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy

if TYPE_CHECKING:
    from . import hooks
    from .components.component import Component
    from .components.component import Prop
    from .components.rendering import render_component
    from .config import Settings
    from .errors import HotFrameError
    from .extension import HotFrame
    from .globals import current_hotframe
    from .globals import current_module
    from .globals import db
    from .live.component import LiveComponent
    from .live.event import event
    from .live.form import FormComponent
    from .live.roles import Bindable
    from .live.roles import Private
    from .live.roles import Url
    from .live_models.component import ModelComponent
    from .modules.manifest import Manifest
    from .modules.plan import Plan
    from .modules.plan import Step
    from .modules.records import Module
    from .templating.blocks import render_block
    from .templating.htmx import htmx
    from .templating.pages import page
    from .templating.patches import patches
else:
    __getattr__ = lazy(
        __name__,
        {
            "Bindable": "live.roles",
            "Component": "components.component",
            "FormComponent": "live.form",
            "HotFrame": "extension",
            "HotFrameError": "errors",
            "LiveComponent": "live.component",
            "Manifest": "modules.manifest",
            "ModelComponent": "live_models.component",
            "Module": "modules.records",
            "Plan": "modules.plan",
            "Private": "live.roles",
            "Prop": "components.component",
            "Settings": "config",
            "Step": "modules.plan",
            "Url": "live.roles",
            "current_hotframe": "globals",
            "current_module": "globals",
            "db": "globals",
            "event": "live.event",
            "hooks": "",
            "htmx": "templating.htmx",
            "page": "templating.pages",
            "patches": "templating.patches",
            "render_block": "templating.blocks",
            "render_component": "components.rendering",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "Bindable",
    "Component",
    "FormComponent",
    "HotFrame",
    "HotFrameError",
    "LiveComponent",
    "Manifest",
    "ModelComponent",
    "Module",
    "Plan",
    "Private",
    "Prop",
    "Settings",
    "Step",
    "Url",
    "current_hotframe",
    "current_module",
    "db",
    "event",
    "hooks",
    "htmx",
    "page",
    "patches",
    "render_block",
    "render_component",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
