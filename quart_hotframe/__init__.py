"""Modules that come and go while a Quart app serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazy import lazy

if TYPE_CHECKING:
    from . import hooks
    from .config import Settings
    from .errors import HotFrameError
    from .extension import HotFrame
    from .globals import current_hotframe
    from .globals import current_module
    from .globals import db
    from .modules.manifest import Manifest
    from .modules.plan import Plan
    from .modules.plan import Step
    from .modules.records import Module
else:
    __getattr__ = lazy(
        __name__,
        {
            "HotFrame": "extension",
            "HotFrameError": "errors",
            "Manifest": "modules.manifest",
            "Module": "modules.records",
            "Plan": "modules.plan",
            "Settings": "config",
            "Step": "modules.plan",
            "current_hotframe": "globals",
            "current_module": "globals",
            "db": "globals",
            "hooks": "",
        },
    )

__version__ = "0.1.0"

__all__ = [
    "HotFrame",
    "HotFrameError",
    "Manifest",
    "Module",
    "Plan",
    "Settings",
    "Step",
    "current_hotframe",
    "current_module",
    "db",
    "hooks",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
