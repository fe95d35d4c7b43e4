"""The table of hooks: every receiver of one generation, in running order."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from blinker import Signal
from markupsafe import Markup
from quart import current_app
from quart import has_app_context

from ..errors import ClashError
from ..pieces import apart
from .delivery import call
from .delivery import check_policy
from .delivery import deliver
from .delivery import ErrorPolicy
from .delivery import log_failure
from .delivery import Results
from .event import Event
from .names import matches
from .names import NameIndex
from .ordering import in_order
from .outlets import failure_comment
from .outlets import is_shown
from .outlets import to_markup
from .receiver import Kind
from .receiver import Receiver

Render = Callable[[str, str, int, Mapping[str, Any]], Awaitable[Markup]]
"""Renders a component: its name, file and line that name it, values to take its props from."""
Hook = Receiver | Event
"""What an owner contributes: a receiver, or the declaration of an event."""


class HookTable:
    """All hooks of one generation; never changed after it was built.

    Build one with :meth:`merge`. The functions are held by their tables alone: when the last table
    with a module's receivers is gone, so are the receivers.

    :param receivers: receivers in running order.
    :param events: declared events by name.
    :param render_component: renders the components that fill outlets.
    """

    __slots__ = (
        "__weakref__", "_events", "_filters", "_foreign", "_hooked", "_outlets", "render_component",
    )  # fmt: skip

    def __init__(
        self, receivers: Sequence[Receiver] = (), events: Mapping[str, Event] | None = None,
        render_component: Render | None = None,
    ) -> None:  # fmt: skip
        self.render_component = render_component
        self._hooked = NameIndex(_named(receivers, "event"))
        self._filters = NameIndex(_named(receivers, "filter"))
        self._outlets = NameIndex(in_order(_named(receivers, "outlet")))
        self._foreign = MappingProxyType(_by_signal(receivers))
        self._events = dict(events or {})

    @classmethod
    def merge(
        cls, contributions: Iterable[tuple[str, Sequence[Hook]]],
        render_component: Render | None = None,
    ) -> HookTable:  # fmt: skip
        """Build the table of a generation.

        Receivers run by priority, lower first; equal ones in the order of their owners, then as
        they were registered. What fills an outlet may say whom it comes before or after.

        :param contributions: owner and hooks, in the order of dependencies.
        :param render_component: renders the components that fill outlets.
        :raises ClashError: an event is declared twice, or fillers of an outlet wait for each
            other; the owners are named.
        """
        receivers: list[Receiver] = []
        events: dict[str, Event] = {}
        declared_by: dict[str, str] = {}
        for owner, hooks in contributions:
            for hook in hooks:
                if isinstance(hook, Receiver):
                    receivers.append(hook)
                    continue
                _check_declaration(hook.name, owner, declared_by)
                declared_by[hook.name] = owner
                events[hook.name] = hook
        # The sort is stable, so the order of owners and of registration is kept.
        ordered = sorted(receivers, key=lambda receiver: receiver.priority)
        return cls(ordered, events, render_component)

    @property
    def foreign(self) -> Mapping[Signal, tuple[Receiver, ...]]:
        """Receivers by the blinker signal, not an :class:`Event`, that they are hooked to."""
        return self._foreign

    def receivers(self, name: str, kind: Kind = "event") -> tuple[Receiver, ...]:
        """Return the receivers of an exact name in running order.

        :raises SetupError: the name has a wildcard.
        """
        if kind == "event":
            return self._hooked.find(name)
        return (self._filters if kind == "filter" else self._outlets).find(name)

    def hears(self, name: str) -> bool:
        """Say whether an event of this exact name would reach anybody."""
        declared = self._events.get(name)
        return bool(self._hooked.find(name)) or (declared is not None and bool(declared.receivers))

    def may_hear(self, endings: Iterable[str]) -> bool:
        """Say whether names with one of these last parts are declared or may reach anybody."""
        last = {name.rpartition(".")[2] for name in (*self._hooked.names, *self._events)}
        return any(matches(one, ending) for one in last for ending in endings)

    @property
    def fillers(self) -> tuple[Receiver, ...]:
        """What fills outlets, in running order."""
        return tuple(self._outlets)

    async def send(
        self, event: str | Event, /, *args: Any, errors: ErrorPolicy = "collect", **kwargs: Any
    ) -> Results:
        """Send an event; see :meth:`quart_hotframe.hooks.facade.Hooks.send`."""
        check_policy(errors)
        if isinstance(event, str):
            name = event
            declared = self._events.get(name)
        else:
            name = event.name
            declared = event
        if declared is None:
            return await deliver(name, self._hooked.find(name), args, kwargs, errors)
        return await self._send_declared(declared, args, kwargs, errors)

    async def _send_declared(
        self, event: Event, args: tuple[Any, ...], kwargs: dict[str, Any], errors: ErrorPolicy
    ) -> Results:
        if event.is_muted:
            return Results()
        hooked_args, hooked_kwargs = event.hooked_arguments(args, kwargs)
        keywords = event.connected_arguments(args, kwargs)
        hooked = self._hooked.find(event.name)
        results = await deliver(event.name, hooked, hooked_args, hooked_kwargs, errors)
        if event.receivers:
            sender = _current_app()
            connected = tuple(event.connected(sender))
            more = await deliver(event.name, connected, (sender,), keywords, errors)
            results.extend(more)
            results.errors.extend(more.errors)
        return results

    async def apply(self, name: str, value: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Pass a value through filters; see :meth:`quart_hotframe.hooks.facade.Hooks.apply`."""
        for receiver in self._filters.find(name):
            try:
                value = await call(receiver, (value, *args), kwargs)
            except Exception as error:
                log_failure(name, receiver, error)
        return value

    async def render_outlet(self, name: str, /, **context: Any) -> Markup:
        """Fill an outlet; see :meth:`quart_hotframe.hooks.facade.Hooks.render_outlet`."""
        fillers = self._outlets.find(name)
        with apart(piece=False):  # one that fails leaves its page as it was
            return Markup("").join([await _fill(name, filler, context) for filler in fillers])


def _named(receivers: Sequence[Receiver], kind: Kind) -> list[Receiver]:
    return [
        receiver
        for receiver in receivers
        if receiver.kind == kind and isinstance(receiver.target, str)
    ]


def _by_signal(receivers: Sequence[Receiver]) -> dict[Signal, tuple[Receiver, ...]]:
    found: dict[Signal, tuple[Receiver, ...]] = {}
    for receiver in receivers:
        if isinstance(receiver.target, Signal):
            found[receiver.target] = (*found.get(receiver.target, ()), receiver)
    return found


def _check_declaration(name: str, owner: str, declared_by: Mapping[str, str]) -> None:
    first = declared_by.get(name)
    if first is not None:
        raise ClashError(
            f"event {name!r} is declared by {first!r} and by {owner!r}: import the one of "
            f"{first!r}, or choose another name.",
            module=owner,
        )


def _current_app() -> Any:
    if not has_app_context():
        return None
    proxy: Any = current_app
    return proxy._get_current_object()


async def _fill(name: str, filler: Receiver, context: dict[str, Any]) -> Markup:
    try:
        if not await is_shown(filler, context):
            return Markup("")
        return to_markup(await call(filler, (), context))
    except Exception as error:
        failure = log_failure(name, filler, error)
        return failure_comment(name, failure) if _debug() else Markup("")


def _debug() -> bool:
    return has_app_context() and current_app.debug
