"""Methods of a live component that a page may call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import get_type_hints
from typing import overload
from typing import TypeVar

from ..errors import SetupError
from ..security.guards.guard import Guard
from ..security.limits.limit import Limit
from .shape import Shape
from .stream.presence import TOPIC as PRESENCE

F = TypeVar("F", bound=Callable[..., Any])

MARK = "_hotframe_event"
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True)
class Options:
    """What :func:`event` was told."""

    background: bool = False
    permissions: Sequence[str | Guard] = ()
    limits: Sequence[str] = ()
    require_fresh: bool = False
    topic: str | None = None
    presence: str | None = None
    every: float | None = None
    timeout: float | None = None


@overload
def event(function: F, /) -> F: ...
@overload
def event(
    *,
    background: bool = False,
    permissions: Sequence[str | Guard] = (),
    limits: Sequence[str] = (),
    require_fresh: bool = False,
    topic: str | None = None,
    presence: str | None = None,
    every: float | None = None,
    timeout: float | None = None,
) -> Callable[[F], F]: ...
def event(function: Any = None, /, **options: Any) -> Any:
    """Let the page call a method of a live component.

    ::

        @event
        async def add(self, amount: int = 1) -> None:
            self.count += amount

        @event(permissions=["shop.edit"], limits=["5/minute"])
        def remove(self, id: int) -> None: ...

    Arguments come from the page, so each has a type that they are checked with. A sync method
    runs in a thread. One that raises changes nothing.

    :param background: it runs beside other events, and changes state by ``await self.update()``.
    :param permissions: names or guards, of which the user needs each, beside those of the class.
    :param limits: how often, such as ``"5/minute"`` or ``"5/minute by user"``.
    :param require_fresh: refuse a page that has not seen the newest state.
    :param topic: called with what is published there, and never by a page.
    :param presence: called when a page begins to listen, and when somebody comes to this topic or
        leaves it; never by a page. Its argument is the list of what the topic's ``presence=``
        shows of those who are there.
    :param every: called after so many seconds, again and again, while a page listens; and never
        by a page.
    :param timeout: seconds in the place of ``HOTFRAME_LIVE_TIMEOUT``.
    :raises SetupError: it marks no function.
    """

    def mark(target: Any) -> Any:
        if not inspect.isfunction(target):
            raise SetupError(f"@event marks a method of a live component, not {target!r}.")
        vars(target)[MARK] = Options(**options)
        return target

    return mark if function is None else mark(function)


class Event:
    """One event of a class.

    ``takes`` is the argument that is given the valid form, ``""`` where there is none.

    :param function: the method, as the class has it.
    :param model: the model of the form of the component.
    :raises TypeError: an argument has no type, or one that cannot be checked.
    """

    def __init__(
        self, name: str, function: Callable[..., Any], model: type[Any] | None = None
    ) -> None:
        self.name = name
        self.function = function
        self.options: Options = vars(function)[MARK]
        self.is_async = inspect.iscoroutinefunction(function)
        self.is_stream = inspect.isasyncgenfunction(function)
        self.limits = parsed(self.options.limits)
        types, absent = _parameters(name, function)
        self.takes = self._taken(types, model)
        types.pop(self.takes, None)
        self.arguments = Shape(f"{name} arguments", types, absent & types.keys())

    def _taken(self, types: Mapping[str, Any], model: type[Any] | None) -> str:
        found = [one for one, hint in types.items() if hint is model and self.is_public]
        if found and self.options.background:
            raise TypeError(f"the event {self.name}() takes the form, so it cannot be background")
        return found[0] if found else ""

    @property
    def is_public(self) -> bool:
        """Whether a page may call it."""
        return self.follows is None and self.options.every is None

    @property
    def follows(self) -> str | None:
        """The topic that calls it, or a pattern of topics."""
        if self.options.presence is not None:
            return PRESENCE + self.options.presence
        return self.options.topic

    @property
    def streams(self) -> bool:
        """Whether pages have to listen for what it does."""
        return not self.is_public or self.options.background or self.is_stream


def parsed(limits: Sequence[str]) -> tuple[Limit, ...]:
    """Return the limits that texts stand for.

    :raises TypeError: one stands for none.
    """
    try:
        return tuple(Limit.parse(one) for one in limits)
    except ValueError as error:
        raise TypeError(str(error).rstrip(".")) from None


def _parameters(name: str, function: Callable[..., Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """Return types by argument, and the arguments that may be absent."""
    hints = get_type_hints(function, include_extras=True)
    types: dict[str, Any] = {}
    absent = set()
    for one in list(inspect.signature(function).parameters.values())[1:]:
        if one.kind not in NAMED:
            raise TypeError(f"the event {name}() cannot take {one}: name each argument")
        if one.name not in hints:
            raise TypeError(f"the event {name}() has {one.name!r} without a type")
        types[one.name] = hints[one.name]
        if one.default is not one.empty:
            absent.add(one.name)
    return types, frozenset(absent)


def marked_in(kind: type[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the events of a class by name; a method that hides one without a mark is none."""
    found: dict[str, Callable[..., Any]] = {}
    for base in reversed(kind.__mro__):
        for name, value in vars(base).items():
            if inspect.isfunction(value) and MARK in vars(value):
                found[name] = value
            else:
                found.pop(name, None)
    yield from found.items()
