"""One receiver: a function, what it listens to, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any
from typing import Literal

from blinker import Signal

from ..errors import SetupError

Kind = Literal["event", "filter", "outlet", "condition"]


class Once:
    """The right to run once, shared by every table the receiver is in."""

    __slots__ = ("_lock", "_taken")

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False

    def take(self) -> bool:
        """Return true for the first caller only, whichever task or thread it is in."""
        with self._lock:
            first = not self._taken
            self._taken = True
        return first


@dataclass(frozen=True, slots=True, eq=False)
class Receiver:
    """A function that an owner hooked to a name or a signal.

    :param kind: what it takes part in.
    :param target: the name, a pattern of names, or a foreign blinker signal.
    :param function: what is called.
    :param owner: the module's name, or ``"app"``.
    :param priority: lower runs first.
    :param is_async: whether calling it gives a coroutine.
    :param blocking: whether a sync function is called in a thread.
    :param once: present when it may run a single time.
    :param when: the condition of an outlet's filler, itself a receiver.
    :param guard: says whether the visitor may see it, itself a receiver.
    :param before: the owners whose fillers of the same outlet come later.
    :param after: the owners whose fillers of the same outlet come first.
    """

    kind: Kind
    target: str | Signal
    function: Callable[..., Any]
    owner: str
    priority: int = 10
    is_async: bool = False
    blocking: bool = True
    once: Once | None = None
    when: Receiver | None = None
    guard: Receiver | None = None
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The function's name, for messages."""
        return function_name(self.function)


def make_receiver(
    kind: Kind,
    target: str | Signal,
    function: Callable[..., Any],
    owner: str,
    *,
    priority: int = 10,
    blocking: bool = True,
    once: bool = False,
    when: Callable[..., Any] | None = None,
    guard: Callable[..., Any] | None = None,
    before: frozenset[str] = frozenset(),
    after: frozenset[str] = frozenset(),
) -> Receiver:
    """Build a receiver; see :class:`Receiver` for the arguments.

    :raises SetupError: the function cannot be a receiver, or the priority is no whole number.
    """
    check_function(function, owner)
    if not isinstance(priority, int):
        raise SetupError(
            f"{function_name(function)!r} of {owner!r} has priority {priority!r}: "
            "write a whole number; lower runs first."
        )
    return Receiver(
        kind=kind,
        target=target,
        function=function,
        owner=owner,
        priority=priority,
        is_async=is_coroutine_function(function),
        blocking=blocking,
        once=Once() if once else None,
        when=_condition(target, when, owner, blocking),
        guard=_condition(target, guard, owner, blocking),
        before=before,
        after=after,
    )


def _condition(
    target: str | Signal, when: Callable[..., Any] | None, owner: str, blocking: bool
) -> Receiver | None:
    if when is None:
        return None
    return make_receiver("condition", target, when, owner, blocking=blocking)


def check_function(function: Callable[..., Any], owner: str) -> None:
    """Refuse what would never run when it is called.

    :raises SetupError: it is not callable, or a generator function.
    """
    if not callable(function):
        raise SetupError(f"{owner!r} hooks {function!r}, which is not callable: hook a function.")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise SetupError(
            f"{function_name(function)!r} of {owner!r} is a generator, so calling it runs nothing: "
            "return the value instead of yielding it."
        )


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Return whether calling gives a coroutine; objects with an async ``__call__`` count."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


def function_name(function: object) -> str:
    """Return the name a reader knows a function by."""
    name = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else repr(function)
