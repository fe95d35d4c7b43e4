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
    from .components import assert_rendered
    from .components import assert_state
    from .components import ComponentTestCase
    from .components import dispatch_event
    from .components import mount_component
    from .components import MountedComponent
    from .leaks import find_leaks
    from .leaks import Leak
    from .leaks import Snapshot
else:
    __getattr__ = lazy(
        __name__,
        {
            "ComponentTestCase": "components",
            "Leak": "leaks",
            "LoadedModule": "apps",
            "MountedComponent": "components",
            "RunningApp": "apps",
            "Snapshot": "leaks",
            "assert_rendered": "components",
            "assert_state": "components",
            "dispatch_event": "components",
            "find_leaks": "leaks",
            "load_module": "apps",
            "mount_component": "components",
            "test_app": "apps",
        },
    )

__all__ = [
    "ComponentTestCase",
    "Leak",
    "LoadedModule",
    "MountedComponent",
    "RunningApp",
    "Snapshot",
    "assert_rendered",
    "assert_state",
    "dispatch_event",
    "find_leaks",
    "load_module",
    "mount_component",
    "test_app",
]


def __dir__() -> list[str]:
    return [*__all__]
