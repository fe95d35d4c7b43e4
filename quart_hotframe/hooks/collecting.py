"""Which owner's code is being imported, and what it registers."""

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
    """The hooks of one owner, and what else it declares, gathered while its code is imported.

    :param owner: the module's name.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._hooks: list[Hook] = []
        self._declared: list[object] = []
        self._open = False

    @property
    def owner(self) -> str:
        """The module's name."""
        return self._owner

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """What was registered so far, in that order."""
        return tuple(self._hooks)

    @property
    def declared(self) -> tuple[object, ...]:
        """What was declared so far that is no hook, in that order."""
        return tuple(self._declared)

    def add(self, hook: Hook) -> None:
        """Keep a hook.

        :raises SetupError: the import is over, so the hook would never be seen.
        """
        self._require_open("registers a hook", "register hooks")
        self._hooks.append(hook)

    def declare(self, item: object) -> None:
        """Keep what another kind of contribution collects.

        :raises SetupError: the import is over, so it would never be seen.
        """
        self._require_open("declares something", "declare it")
        self._declared.append(item)

    def _require_open(self, done: str, wanted: str) -> None:
        if not self._open:
            raise SetupError(
                f"module {self._owner!r} {done} after it was loaded: {wanted} at the top level of "
                "the module's files."
            )


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
