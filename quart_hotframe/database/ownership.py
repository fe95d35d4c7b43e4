"""To whom a class belongs: a version of a module, or the app."""

from __future__ import annotations

from ..runtime.contribution import HOST
from ..runtime.contribution import module_of


def home_of(name: str) -> str:
    """Return the private name of the version of a module to which code belongs, else ``"app"``.

    :param name: the ``__module__`` of a class or the ``__name__`` of a Python module.
    """
    if module_of(name) is None:
        return HOST
    return ".".join(name.split(".")[:2])


def owner_of(name: str) -> str:
    """Return the name of the module to which code belongs, else ``"app"``."""
    return module_of(name) or HOST


def same_home(one: type, other: type) -> bool:
    """Say whether two classes come and go together."""
    return home_of(one.__module__) == home_of(other.__module__)
