"""Noting that this process was asked to end, before anything else is done about it.

A server's workers can be ended by SIGTERM before the app's own shutdown functions run: Hypercorn
does so with all but the first of its workers. So while a new version is on trial (only then would
a crash count against it) the signal is noted first, and has the effect that it had otherwise. And
servers wait for open streams before they run those functions, so streams end by this note too.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_armed: dict[int, set[Goodbye]] = {}
_before: dict[int, Any] = {}


class Goodbye:
    """Calls *note* when a signal arrives that ends the process, then what would have been done.

    All objects of a process share one handler for each signal, so that they may end in any order.

    :param note: called in the main thread, between two instructions; it must be quick.
    :param signals: SIGTERM is of an operator or supervisor, SIGINT is Ctrl-C.
    """

    def __init__(
        self, note: Callable[[], None], signals: tuple[int, ...] = (signal.SIGTERM,)
    ) -> None:
        self.note = note
        self._signals = signals

    def arm(self, armed: bool) -> None:
        """Begin or end to listen; without effect outside the main thread, where none may."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in self._signals:
            listening = _armed.setdefault(number, set())
            if not armed and self in listening:
                listening.discard(self)
                if not listening:
                    _restore(number)
            elif armed and (listening or _install(number)):
                listening.add(self)


def _install(number: int) -> bool:
    before: Any = signal.getsignal(number)
    if before is None:  # installed outside Python, so it could not be put back
        return False
    _before[number] = before
    signal.signal(number, _arrived)
    return True


def _restore(number: int) -> None:
    if signal.getsignal(number) is _arrived:
        signal.signal(number, _before[number])


def _arrived(number: int, frame: FrameType | None) -> None:
    for one in list(_armed[number]):
        with suppress(Exception):
            one.note()
    before = _before[number]
    if callable(before):
        before(number, frame)
    elif before == signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
