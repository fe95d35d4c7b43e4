"""An event: a blinker signal that also reaches the receivers hooked to its name."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import TYPE_CHECKING

from blinker import NamedSignal

from ..errors import SetupError
from .delivery import AsyncWrapper
from .delivery import deliver
from .delivery import deliver_sync
from .names import check_name
from .receiver import is_coroutine_function
from .receiver import Receiver

if TYPE_CHECKING:
    from .table import HookTable


class Event(NamedSignal):
    """A blinker signal with order, owner and isolation for hooked receivers.

    Receivers hooked to its name run first, in their order, each isolated; receivers that were
    connected follow, as blinker treats them. ``receivers_for`` lists the connected ones.

    :param name: exact name, such as ``"order.paid"``.
    :param table: gives the table of hooks that a sender sees.
    :param payload: class of the one payload; then hooked receivers get it as their only positional
        argument, whatever keyword the sender used.
    :param keyword: what connected receivers get a positional payload as.
    :param doc: the signal's docstring.
    :raises SetupError: the name has a wildcard, or the payload is no class.
    """

    def __init__(
        self,
        name: str,
        table: Callable[[], HookTable],
        *,
        payload: type | None = None,
        keyword: str = "payload",
        doc: str | None = None,
    ) -> None:
        super().__init__(check_name(name), doc)
        if payload is not None and not isinstance(payload, type):
            raise SetupError(
                f"event {name!r} has payload={payload!r}: name a plain class, such as "
                "payload=Order; generic types cannot be checked."
            )
        self.payload = payload
        self.keyword = keyword
        self._table = table

    def send(
        self,
        sender: Any | None = None,
        /,
        *,
        _async_wrapper: AsyncWrapper | None = None,
        **kwargs: Any,
    ) -> list[tuple[Callable[..., Any], Any]]:
        """Call the receivers from code that cannot await, in the caller's thread.

        Sync receivers run at once and block the caller. Async receivers need ``_async_wrapper``;
        without it a hooked one is logged as an error and a connected one raises, as in blinker.

        :returns: function and result of each receiver that succeeded.
        :raises TypeError: the payload has the wrong type.
        :raises SetupError: there is no app context.
        """
        if self.is_muted:
            return []
        args, keywords = self.hooked_arguments((), kwargs)
        hooked = self._table().receivers(self.name)
        results = deliver_sync(self.name, hooked, args, keywords, _async_wrapper)
        return results + super().send(sender, _async_wrapper=_async_wrapper, **kwargs)

    async def send_async(
        self,
        sender: Any | None = None,
        /,
        *,
        _sync_wrapper: AsyncWrapper | None = None,
        **kwargs: Any,
    ) -> list[tuple[Callable[..., Any], Any]]:
        """Await the receivers; hooked sync ones run in a thread.

        :returns: function and result of each receiver that succeeded.
        :raises TypeError: the payload has the wrong type.
        :raises SetupError: there is no app context.
        """
        if self.is_muted:
            return []
        args, keywords = self.hooked_arguments((), kwargs)
        results: list[tuple[Callable[..., Any], Any]] = []
        for receiver in self._table().receivers(self.name):
            values = await deliver(self.name, (receiver,), args, keywords)
            results += [(receiver.function, value) for value in values]
        return results + await super().send_async(sender, _sync_wrapper=_sync_wrapper, **kwargs)

    def has_receivers_for(self, sender: Any) -> bool:
        """Return whether a hooked receiver, or a connected one for this sender, would be called.

        :raises SetupError: nothing is connected and there is no app context.
        """
        return super().has_receivers_for(sender) or bool(self._table().receivers(self.name))

    def connected(self, sender: Any) -> Iterator[Receiver]:
        """Yield the connected receivers for a sender, ready to be delivered to."""
        for function in self.receivers_for(sender):
            is_async = is_coroutine_function(function)
            yield Receiver("event", self.name, function, "(connected)", is_async=is_async)

    def hooked_arguments(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what hooked receivers are called with.

        :raises TypeError: the payload has the wrong type, or there is not exactly one.
        """
        if self.payload is None:
            return args, kwargs
        values = (*args, *kwargs.values())
        if len(values) != 1:
            raise TypeError(
                f"event {self.name!r} carries one payload of type {_type_name(self.payload)}, "
                f"got {len(values)} values: put them into one object."
            )
        if not isinstance(values[0], self.payload):
            raise TypeError(
                f"event {self.name!r} expects a payload of type {_type_name(self.payload)}, "
                f"got {_type_name(type(values[0]))}: send the declared type."
            )
        return values, {}

    def connected_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the keywords for connected receivers, which know no positional payload.

        :raises TypeError: there is more than one positional payload.
        """
        if len(args) > 1:
            raise TypeError(
                f"event {self.name!r} is a declared event with one payload, got {len(args)} "
                "positional values: pass the others by keyword."
            )
        return {self.keyword: args[0], **kwargs} if args else kwargs


def _type_name(cls: type) -> str:
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"
