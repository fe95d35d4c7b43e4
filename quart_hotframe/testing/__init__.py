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
    from .live.faults import fault_profiles
    from .live.faults import Faults
    from .live.page import live_page
    from .live.page import LivePage
    from .live.reading import open_stream
    from .live.reading import StreamEvent
    from .live.reading import StreamReader
else:
    __getattr__ = lazy(
        __name__,
        {
            "ComponentTestCase": "components",
            "Faults": "live.faults",
            "Leak": "leaks",
            "LivePage": "live.page",
            "LoadedModule": "apps",
            "MountedComponent": "components",
            "RunningApp": "apps",
            "Snapshot": "leaks",
            "StreamEvent": "live.reading",
            "StreamReader": "live.reading",
            "assert_rendered": "components",
            "assert_state": "components",
            "dispatch_event": "components",
            "fault_profiles": "live.faults",
            "find_leaks": "leaks",
            "live_page": "live.page",
            "load_module": "apps",
            "mount_component": "components",
            "open_stream": "live.reading",
            "test_app": "apps",
        },
    )

__all__ = [
    "ComponentTestCase",
    "Faults",
    "Leak",
    "LivePage",
    "LoadedModule",
    "MountedComponent",
    "RunningApp",
    "Snapshot",
    "StreamEvent",
    "StreamReader",
    "assert_rendered",
    "assert_state",
    "dispatch_event",
    "fault_profiles",
    "find_leaks",
    "live_page",
    "load_module",
    "mount_component",
    "open_stream",
    "test_app",
]


def __dir__() -> list[str]:
    return [*__all__]
