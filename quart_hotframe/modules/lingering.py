"""Code of modules that should have ended in this process, and did not."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Any

from ..runtime.drain import GRACE
from ..runtime.runtime import Runtime
from ..runtime.waiting import leave_behind
from ..runtime.waiting import Place
from ..runtime.waiting import place_of
from ..runtime.waiting import places
from .loading import Loaded

log = logging.getLogger("quart_hotframe.modules")

LOOK = 0.1
"""Seconds between two looks at threads, which cannot be waited for."""

ADVICE = "It cannot be ended from outside: a restart of this process is advised."


@dataclass(eq=False)
class Stray:
    """A version of which something does not end.

    ``reason`` says what and where; it is empty while only requests of others still see it.
    """

    module: str
    version: str
    reason: str
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    gone: Callable[[], object] = lambda: None
    """Called once nothing of it is left."""


class Lingering:
    """Knows what of modules has not ended, and lets go of each when it has."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._strays: set[Stray] = set()
        self._watching: set[asyncio.Task[None]] = set()

    def reason(self, module: str) -> str | None:
        """Return what of a module does not end and where it is; ``None`` when nothing."""
        reasons = [f"{one.version}: {one.reason}." for one in self._of(module) if one.reason]
        return " ".join([*reasons, ADVICE]) if reasons else None

    def versions(self) -> dict[str, str]:
        """Return the modules of which something does not end, with a version of each."""
        return {one.module: one.version for one in self._strays if one.reason}

    def __contains__(self, module: object) -> bool:
        return any(one.module == module for one in self._strays)

    def _of(self, module: str) -> list[Stray]:
        found = (one for one in self._strays if one.module == module)
        return sorted(found, key=lambda one: one.version)

    def keep(self, loaded: Loaded, gone: Callable[[], object]) -> bool:
        """Take note of a version whose code still runs, or that somebody still sees.

        :param gone: called once nothing of it is left.
        :returns: false when nothing is left already; *gone* is not called then.
        """
        found = places(loaded.package.name)
        if not found and not loaded.contribution.generations:
            return False
        reason = "; ".join(map(str, found))
        stray = Stray(loaded.name, loaded.version, reason, _tasks(found), gone)
        self._watch(stray, _departs(stray, loaded))
        return True

    def keep_import(self, module: str, version: str, thread: threading.Thread, at: Path) -> None:
        """Take note of an import that does not end.

        :param at: the folder of the module.
        """
        self._watch(Stray(module, version, str(place_of(thread, at))), _ends_importing(thread))

    def _watch(self, stray: Stray, ending: Coroutine[Any, Any, None]) -> None:
        if stray.reason:
            log.error("%s %s does not end: %s. %s",
                      stray.module, stray.version, stray.reason, ADVICE)  # fmt: skip
        self._strays.add(stray)
        task = self._runtime.spawn(self._until(stray, ending))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _until(self, stray: Stray, ending: Coroutine[Any, Any, None]) -> None:
        await ending
        stray.gone()
        self._strays.discard(stray)
        if stray.reason:
            log.warning("%s %s has ended after all.", stray.module, stray.version)

    def close(self) -> None:
        """Leave behind what still runs, so that this process can end."""
        for watching in self._watching:
            watching.cancel()
        for stray in self._strays:
            stray.tasks = {task for task in stray.tasks if not task.done()}
            self._runtime.app.background_tasks -= stray.tasks
            for task in stray.tasks:
                leave_behind(task)
                task.add_done_callback(partial(_ended, stray))


def _ended(stray: Stray, task: asyncio.Task[Any]) -> None:
    """Let go of a version after the end of serving, in a process that lives on."""
    stray.tasks.discard(task)
    if not stray.tasks:
        stray.gone()


async def settle(loaded: Loaded, timeout: float, *, cancel_all: bool) -> None:
    """Wait for what a version started outside of requests; then cancel it, and wait again.

    :param timeout: seconds to wait each time.
    :param cancel_all: also cancel tasks of others that await code of the version.
    """
    if await _ends(loaded, timeout):
        return
    for place in places(loaded.package.name):
        if place.task is not None and (place.own or cancel_all):
            place.task.cancel()
    await _ends(loaded, max(timeout, GRACE))


async def _ends(loaded: Loaded, timeout: float) -> bool:
    end = time.monotonic() + timeout
    while found := places(loaded.package.name):
        left = end - time.monotonic()
        if left <= 0:
            return False
        await _look_again(found, left)
    return True


async def _look_again(found: list[Place], timeout: float | None = None) -> None:
    tasks = _tasks(found)
    if len(tasks) < len(found):  # there are threads
        timeout = min(timeout or LOOK, LOOK)
    if tasks:
        await asyncio.wait(tasks, timeout=timeout)
    else:
        await asyncio.sleep(timeout or LOOK)


async def _departs(stray: Stray, loaded: Loaded) -> None:
    if loaded.contribution.generations:
        await loaded.contribution.unused.wait()
    while found := places(loaded.package.name):
        stray.tasks = _tasks(found)
        await _look_again(found)


async def _ends_importing(thread: threading.Thread) -> None:
    while thread.is_alive():
        await asyncio.sleep(LOOK)


def _tasks(found: Iterable[Place]) -> set[asyncio.Task[Any]]:
    return {one.task for one in found if one.task is not None}
