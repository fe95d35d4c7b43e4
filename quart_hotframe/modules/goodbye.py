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


class Goodbye:
    """Calls *note* when SIGTERM arrives, and then does what would have been done.

    :param note: called in the main thread, between two instructions; it must be quick.
    """

    def __init__(self, note: Callable[[], None]) -> None:
        self._note = note
        self._before: Any = None
        self._armed = False
        self._handler = self._arrived  # one object, to be recognised

    def arm(self, armed: bool) -> None:
        """Begin or end to listen; without effect outside the main thread, where none may."""
        if armed == self._armed or threading.current_thread() is not threading.main_thread():
            return
        if armed:
            self._before = signal.getsignal(signal.SIGTERM)
            if self._before is None:  # installed outside Python, so it could not be put back
                return
            signal.signal(signal.SIGTERM, self._handler)
        elif signal.getsignal(signal.SIGTERM) is self._handler:
            signal.signal(signal.SIGTERM, self._before)
        self._armed = armed

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        with suppress(Exception):
            self._note()
        before = self._before
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
