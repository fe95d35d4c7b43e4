"""Public names of a package that are imported when somebody asks for them.

pytest imports this package at its start wherever it is installed, for the plugin: before coverage
is measured, and also for projects that never use it. So a package that holds the plugin imports
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a package.

    :param homes: by public name, the submodule that has it; ``""`` when it is a submodule itself.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = import_module(f"{package}.{homes[name] or name}")
        return getattr(home, name) if homes[name] else home

    return find
