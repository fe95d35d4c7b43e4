"""Modules that come and go while a Quart app serves."""

from __future__ import annotations

from . import hooks
from .config import Settings
from .errors import HotFrameError
from .extension import HotFrame
from .globals import current_hotframe
from .globals import current_module
from .modules.manifest import Manifest
from .modules.plan import Plan
from .modules.plan import Step
from .modules.records import Module

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
    "hooks",
]
