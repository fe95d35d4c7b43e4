"""What tests of an app and of modules need.

The fixture ``assert_no_leaks`` comes by itself: pytest knows it where this package is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .apps import load_module
    from .apps import LoadedModule
    from .apps import RunningApp
    from .apps import test_app
    from .leaks import find_leaks
    from .leaks import Leak
    from .leaks import Snapshot
else:
    __getattr__ = lazy(
        __name__,
        {
            "Leak": "leaks",
            "LoadedModule": "apps",
            "RunningApp": "apps",
            "Snapshot": "leaks",
            "find_leaks": "leaks",
            "load_module": "apps",
            "test_app": "apps",
        },
    )

__all__ = [
    "Leak",
    "LoadedModule",
    "RunningApp",
    "Snapshot",
    "find_leaks",
    "load_module",
    "test_app",
]


def __dir__() -> list[str]:
    return [*__all__]
