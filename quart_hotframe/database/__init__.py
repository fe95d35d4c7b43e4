"""Databases: engines, units of work, models and migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .facade import Database
    from .facade import Databases
else:
    __getattr__ = lazy(__name__, {"Database": "facade", "Databases": "facade"})

__all__ = ["Database", "Databases"]
