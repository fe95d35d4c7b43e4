"""Which owner's code is being imported, and the hooks it registers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from ..errors import SetupError
from .table import Hook


class Registry(Protocol):
    """Where hooks of one owner are put."""

    @property
    def owner(self) -> str:
        """The module's name, or ``"app"``."""
        ...

    def add(self, hook: Hook, /) -> None:
        """Keep a hook."""


class Collector:
    """The hooks of one owner, gathered while its code is imported.

    :param owner: the module's name.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._hooks: list[Hook] = []
        self._open = False

    @property
    def owner(self) -> str:
        """The module's name."""
        return self._owner

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What was registered so far, in that order."""
        return tuple(self._hooks)

    def add(self, hook: Hook) -> None:
        """Keep a hook.

        :raises SetupError: the import is over, so the hook would never be seen.
        """
        if not self._open:
            raise SetupError(
                f"module {self._owner!r} registers a hook after it was loaded: "
                "register hooks at the top level of the module's files."
            )
        self._hooks.append(hook)


_active: ContextVar[Collector | None] = ContextVar("quart_hotframe.collector", default=None)


@contextmanager
def collecting(collector: Collector) -> Iterator[Collector]:
    """Give hooks that are registered in this block to a collector; blocks may follow each other."""
    token = _active.set(collector)
    collector._open = True
    try:
        yield collector
    finally:
        collector._open = False
        _active.reset(token)


def active_collector() -> Collector | None:
    """Return the collector of the import that runs now, if one does."""
    return _active.get()


def required_collector() -> Collector:
    """Return the collector of the import that runs now.

    :raises SetupError: no module is being loaded.
    """
    collector = _active.get()
    if collector is None:
        raise SetupError(
            "quart_hotframe.hooks registers while a module is loaded, and none is: at the top "
            "level of a module's file use hooks.on, hooks.filter and hooks.outlet; in the app's "
            "own code use those of the HotFrame object: hotframe.hooks.on(...)."
        )
    return collector
