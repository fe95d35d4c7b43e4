"""In development: telling which line holds the event loop, so that nobody else is served.

A beat in the loop says when it last ran. A thread looks at the beat, and when it is late, at the
stack of the loop's thread. Nothing is patched, and requests do nothing for it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import sysconfig
import threading
from collections.abc import Iterator
from time import monotonic
from time import thread_time
from types import FrameType
from typing import NamedTuple

from .callers import is_of_library
from .callers import place_of
from .runtime.contribution import module_of
from .runtime.waiting import request_in

log = logging.getLogger("quart_hotframe.loop")

BEATS = 4
"""Beats within the time from which a block is told; its length is as exact as one of them."""
PATIENCE = 5.0
"""Seconds after which a block is told although it goes on."""
KEPT = 1000
"""How many places are known as told."""
_RUNNERS = frozenset({"_run", "_run_once", "run", "run_forever", "run_until_complete"})


class Beat(NamedTuple):
    """When the loop last ran, by the clock, and what its thread had worked by then."""

    clock: float
    work: float


class Culprit(NamedTuple):
    """What runs while the loop stands still."""

    request: str | None
    module: str | None
    place: str


class LoopWatch:
    """Warns once for each place that holds the running event loop.

    :param seconds: how long a place must hold the loop to be told.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._thread_of_loop = threading.get_ident()
        self._told: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="hotframe-loop-watch", daemon=True)
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._timer.cancel()
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        self._last = Beat(monotonic(), thread_time())
        self._timer = self._loop.call_later(self._seconds / BEATS, self._beat)

    def _watch(self) -> None:
        while not self._ended.wait(self._seconds / BEATS):
            last = self._last
            if monotonic() - last.clock > self._seconds / 2:
                self._look(last)

    def _look(self, last: Beat) -> None:
        """Tell who holds the loop, and for how long.

        When it beats again at once, either one call of C held the whole interpreter, which was
        work for the loop's thread, or the machine stood still, for which nobody is to blame.
        """
        culprit = self._culprit()
        if culprit is None or culprit.place in self._told or len(self._told) == KEPT:
            return
        stood_still = self._waits_for_beat(last) >= BEATS / 2
        goes_on, worked = self._last is last, self._last.work - last.work
        seconds = (monotonic() if goes_on else self._last.clock) - last.clock
        if not self._ended.is_set() and seconds >= self._seconds:
            if stood_still or worked > self._seconds / 2:
                self._told.add(culprit.place)
                log.warning(_sentence(culprit, seconds, goes_on=goes_on))

    def _waits_for_beat(self, last: Beat) -> int:
        """Wait for the next beat, and return how often it was waited for."""
        until, waits = monotonic() + PATIENCE, 0
        while self._last is last and monotonic() < until:
            waits += 1
            if self._ended.wait(self._seconds / BEATS):
                break
        return waits

    def _culprit(self) -> Culprit | None:
        """Return what runs in the loop now; ``None`` when it is nobody's code."""
        stack = list(_frames(sys._current_frames().get(self._thread_of_loop)))
        found = next((frame for frame in stack if not _is_installed(frame)), None)
        if found is None:
            return None
        modules = (module_of(str(frame.f_globals.get("__name__"))) for frame in stack)
        requests = filter(None, map(request_in, stack))
        return Culprit(next(requests, None), next(filter(None, modules), None), place_of(found))


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of a stack, the innermost first, up to what runs the loop."""
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package == "asyncio" and frame.f_code.co_name in _RUNNERS:
            return
        yield frame
        frame = frame.f_back


def _is_installed(frame: FrameType) -> bool:
    """Say whether code is not the user's: of Python, or of a package that was installed."""
    return is_of_library(frame) or frame.f_code.co_filename.startswith(_INSTALLED)


_INSTALLED = (
    "<frozen ",
    *{f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")},
)


def _sentence(culprit: Culprit, seconds: float, *, goes_on: bool) -> str:
    who = f"module {culprit.module!r}" if culprit.module else "the app"
    during = f" during {culprit.request}" if culprit.request else ""
    length = f"for {seconds:.1f} s and still does" if goes_on else f"for {seconds * 1000:.0f} ms"
    return (
        f"{culprit.place}: {who} held the event loop {length}{during}; nobody else was served "
        "meanwhile. Await something that is async, or run it in a thread: "
        "await asyncio.to_thread(…)."
    )
