"""The bridge to foreign blinker signals, such as ``quart.request_finished``.

A foreign signal belongs to the whole process and knows neither apps nor generations. So one
dispatcher per app and signal is connected, while a living table has receivers for it; what it calls
is looked up in the table that the sender is pinned to, at the moment of sending.

Whoever sends the signal must not notice. A dispatcher is async for ``send_async`` and plain for
``send``; what cannot run inside a plain ``send`` follows in tasks.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from blinker import Signal
from quart import Quart

from .delivery import deliver
from .delivery import deliver_sync
from .delivery import Results
from .following import Followers
from .following import has_loop
from .following import Start
from .receiver import Receiver
from .table import HookTable


class Bridge:
    """Connects one app's receivers of foreign signals.

    Signals keep only weak references to it, so it ends with the app.

    :param app: a signal whose sender is another Quart app is left alone.
    :param table: gives the table that a sender sees.
    :param start: makes a task that belongs to an owner.
    """

    def __init__(self, app: Quart, table: Callable[[], HookTable], start: Start) -> None:
        self._app = weakref.ref(app)
        self._table = table
        self.followers = Followers(start)
        self._tables: weakref.WeakSet[HookTable] = weakref.WeakSet()
        self._dispatchers: dict[Signal, Dispatcher] = {}

    def update(self, table: HookTable) -> None:
        """Connect what a table needs; call it when its generation is published."""
        self._tables.add(table)
        self._refresh()

    def forget(self, table: HookTable) -> None:
        """Disconnect what no other living table needs; call it when a generation is drained.

        A table that was collected without this is noticed at the next call.
        """
        self._tables.discard(table)
        self._refresh()

    def close(self) -> None:
        """Disconnect everything; call it when the app ends."""
        self._tables.clear()
        self._refresh()

    def receivers(self, signal: Signal, sender: Any) -> tuple[Receiver, ...]:
        """Return the receivers to call for a sender, in running order."""
        # Equality, not identity: the sender may be the proxy `current_app`.
        if isinstance(sender, Quart) and self._app() != sender:
            return ()
        return self._table().foreign.get(signal, ())

    def _refresh(self) -> None:
        wanted = {signal for table in self._tables for signal in table.foreign}
        for signal in self._dispatchers.keys() - wanted:
            signal.disconnect(self._dispatchers.pop(signal))
        for signal in wanted - self._dispatchers.keys():
            self._dispatchers[signal] = signal.connect(Dispatcher(self, signal))


class Dispatcher(partial[Any]):
    """What is connected to one foreign signal: async for who awaits it, plain for who does not.

    Blinker refuses an async receiver under ``send`` and a plain one under ``send_async``. It tells
    them apart by the function of a partial, and which of the two asks shows only in the caller.
    """

    _bridge: Bridge
    _signal: Signal

    def __new__(cls, bridge: Bridge, signal: Signal) -> Dispatcher:
        """Make the dispatcher of a signal; the caller connects it."""
        new = super().__new__(cls, cls.dispatch)
        new._bridge, new._signal = bridge, signal
        return new

    @property
    def func(self) -> Callable[..., Any]:
        """The method that fits the way of sending."""
        return type(self).dispatch_async if _is_awaited() else type(self).dispatch

    def __call__(self, sender: Any = None, /, **kwargs: Any) -> Any:
        """Deliver to the receivers; async senders get an awaitable."""
        return self.func(self, sender, **kwargs)

    async def dispatch_async(self, sender: Any, /, **kwargs: Any) -> Results:
        """Deliver to the receivers of a signal that is sent with ``send_async``."""
        return await deliver(self._name, self._receivers(sender), (sender,), kwargs)

    def dispatch(self, sender: Any, /, **kwargs: Any) -> list[Any]:
        """Deliver to the receivers of a signal that is sent with ``send``.

        :returns: the results of those that ran before the sender goes on.
        """
        receivers, follows = self._receivers(sender), _follows_in_loop if has_loop() else _is_async
        fitting = [receiver for receiver in receivers if not follows(receiver)]
        pairs = deliver_sync(self._name, fitting, (sender,), kwargs)
        if len(fitting) < len(receivers):
            find = partial(self._following, sender, follows)
            self._bridge.followers.follow(self._name, find, sender, kwargs)
        return [result for _, result in pairs]

    def _following(self, sender: Any, follows: Callable[[Receiver], bool]) -> list[Receiver]:
        return [receiver for receiver in self._receivers(sender) if follows(receiver)]

    def _receivers(self, sender: Any) -> tuple[Receiver, ...]:
        return self._bridge.receivers(self._signal, sender)

    @property
    def _name(self) -> str:
        return str(getattr(self._signal, "name", self._signal))


def _is_async(receiver: Receiver) -> bool:
    return receiver.is_async


def _follows_in_loop(receiver: Receiver) -> bool:
    """Say whether a receiver must not run inside a plain ``send`` that an event loop makes."""
    return receiver.is_async or receiver.blocking


_AWAITS = {Signal.send.__code__: False, Signal.send_async.__code__: True}


def _is_awaited() -> bool:
    """Say whether the nearest sender on the stack awaits its receivers."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code in _AWAITS:
            return _AWAITS[frame.f_code]
        frame = frame.f_back
    return False
