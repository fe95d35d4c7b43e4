"""What tests of an app and of modules need.

The fixture ``assert_no_leaks`` comes by itself: pytest knows it where this package is installed.
"""

from __future__ import annotations

from .apps import load_module
from .apps import LoadedModule
from .apps import RunningApp
from .apps import test_app
from .leaks import find_leaks
from .leaks import Leak
from .leaks import Snapshot

__all__ = [
    "Leak",
    "LoadedModule",
    "RunningApp",
    "Snapshot",
    "find_leaks",
    "load_module",
    "test_app",
]
