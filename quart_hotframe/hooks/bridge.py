"""The bridge to foreign blinker signals, such as ``quart.request_finished``.

A foreign signal belongs to the whole process and knows neither apps nor generations. So one
dispatcher per app and signal is connected, while a living table has receivers for it; what it calls
is looked up in the table that the sender is pinned to, at the moment of sending.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from blinker import Signal
from quart import Quart

from .delivery import deliver
from .delivery import deliver_sync
from .delivery import Results
from .receiver import Receiver
from .table import HookTable


class Bridge:
    """Connects one app's receivers of foreign signals.

    Signals keep only weak references to it, so it ends with the app.

    :param app: a signal whose sender is another Quart app is left alone.
    :param table: gives the table that a sender sees.
    """

    def __init__(self, app: Quart, table: Callable[[], HookTable]) -> None:
        self._app = weakref.ref(app)
        self._table = table
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
        wanted = _wanted(self._tables)
        for signal in [*self._dispatchers]:
            if wanted.get(signal) is not self._dispatchers[signal].sync_send:
                self._dispatchers.pop(signal).disconnect()
        for signal, sync_send in wanted.items():
            if signal not in self._dispatchers:
                self._dispatchers[signal] = Dispatcher(self, signal, sync_send)


class Dispatcher:
    """What is connected to one foreign signal, from the moment it is made.

    :param sync_send: whether the signal is sent with its plain ``send``.
    """

    def __init__(self, bridge: Bridge, signal: Signal, sync_send: bool) -> None:
        self.sync_send = sync_send
        self._bridge = bridge
        self._signal = signal
        self._name = str(getattr(signal, "name", signal))
        signal.connect(self._receiver)

    @property
    def _receiver(self) -> Callable[..., Any]:
        return self.dispatch_sync if self.sync_send else self.dispatch

    def disconnect(self) -> None:
        """Leave the signal."""
        self._signal.disconnect(self._receiver)

    async def dispatch(self, sender: Any = None, /, **kwargs: Any) -> Results:
        """Deliver to the receivers of a signal that is sent with ``send_async``."""
        receivers = self._bridge.receivers(self._signal, sender)
        return await deliver(self._name, receivers, (sender,), kwargs)

    def dispatch_sync(self, sender: Any = None, /, **kwargs: Any) -> list[Any]:
        """Deliver to the receivers of a signal that is sent with ``send``."""
        receivers = self._bridge.receivers(self._signal, sender)
        pairs = deliver_sync(self._name, receivers, (sender,), kwargs)
        return [result for _, result in pairs]


def _wanted(tables: weakref.WeakSet[HookTable]) -> dict[Signal, bool]:
    """Return each signal that has receivers, and whether any of them says ``sync_send``."""
    wanted: dict[Signal, bool] = {}
    for table in tables:
        for signal, receivers in table.foreign.items():
            sync = any(receiver.sync_send for receiver in receivers)
            wanted[signal] = wanted.get(signal, False) or sync
    return wanted
