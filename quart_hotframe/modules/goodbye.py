"""Noting that this process was asked to end, so that its end is not taken for a crash.

A server's workers can be ended by SIGTERM before the app's own shutdown functions run: Hypercorn
does so with all but the first of its workers. So while a new version is on trial (only then would
a crash count against it) the signal is noted first, and has the effect that it had otherwise.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

_armed: set[Goodbye] = set()
_before: Any = None


class Goodbye:
    """Calls *note* when SIGTERM arrives, and then what would have been done is done.

    All objects of a process share one handler, so that they may end in any order.

    :param note: called in the main thread, between two instructions; it must be quick.
    """

    def __init__(self, note: Callable[[], None]) -> None:
        self.note = note

    def arm(self, armed: bool) -> None:
        """Begin or end to listen; without effect outside the main thread, where none may."""
        if armed == (self in _armed):
            return
        if threading.current_thread() is not threading.main_thread():
            return
        if not armed:
            _armed.discard(self)
            if not _armed:
                _restore()
        elif _armed or _install():
            _armed.add(self)


def _install() -> bool:
    global _before
    _before = signal.getsignal(signal.SIGTERM)
    if _before is None:  # installed outside Python, so it could not be put back
        return False
    signal.signal(signal.SIGTERM, _arrived)
    return True


def _restore() -> None:
    if signal.getsignal(signal.SIGTERM) is _arrived:
        signal.signal(signal.SIGTERM, _before)


def _arrived(number: int, frame: FrameType | None) -> None:
    for one in list(_armed):
        with suppress(Exception):
            one.note()
    if callable(_before):
        _before(number, frame)
    elif _before == signal.SIG_DFL:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
