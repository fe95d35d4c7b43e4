"""What follows a committed operation: a module's last functions, then its files.

The process that ran the functions before the commit (the *runner*) runs those after it, once the
last request of the departing version has ended; if it dies, another does. The files go when no
worker serves them any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..errors import StoreError
from .library import folders_of
from .loading import Loaded
from .mounting import Farewell
from .owing import Owing
from .process import Process
from .state import Operation
from .state import Owed
from .state import State
from .state import Wanted

log = logging.getLogger("quart_hotframe.modules")

DRAINED = "drained"
"""What a worker acknowledges once its departing versions are gone, or why one is not."""


class Aftermath:
    """Does, in one process, what is left to do after operations."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._owing = Owing(process)
        self._owed: dict[str, asyncio.Task[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._absent: dict[str, asyncio.Event] = {}
        """Set, by operation, when the functions of modules that were not mounted have run."""
        self._ending = False
        self._removing = asyncio.Lock()

    def farewell(self, operation: Operation | None) -> Farewell | None:
        """Return what is awaited for each departing version, or ``None`` if nothing is."""
        if operation is None or operation.runner != self._process.id:
            return None
        absent = self._absent.setdefault(operation.id, asyncio.Event())

        async def say(loaded: Loaded) -> None:
            await absent.wait()  # they may need what departs
            await self._owing.run(operation.detail.get("after", ()), loaded)

        return say

    def begin(
        self, operation: Operation, gone: Iterable[Loaded], before: Mapping[str, Wanted]
    ) -> None:
        """Start what follows an operation that this process now serves.

        :param gone: the versions that depart here.
        :param before: the modules of the revision before.
        """
        task = self._spawn(self._finish(operation, {one.name for one in gone}, before))
        if operation.runner == self._process.id and operation.detail.get("after"):
            self._owe(operation.id, task)

    async def take_over(self, state: State) -> None:
        """Begin to run what processes owe that have ended, and what this one was too late for."""
        if not state.owed:
            return
        live = await self._process.store.participants()
        for owed in state.owed:
            late = owed.runner == self._process.id and owed.operation not in self._owed
            if (late or owed.runner not in live) and (mine := await self._owing.claim(owed)):
                self._owe(mine.operation, self._spawn(self._run_claimed(mine)))

    def _owe(self, operation: str, task: asyncio.Task[Any]) -> None:
        self._owed[operation] = task
        task.add_done_callback(lambda _: self._owed.pop(operation, None))

    async def pay(self) -> None:
        """Run what this process owes before it ends, so that nobody takes it over meanwhile."""
        self._ending = True
        while self._owed:
            await asyncio.gather(*self._owed.values(), return_exceptions=True)
            await asyncio.sleep(0)  # as in done()

    async def done(self) -> None:
        """Wait until everything that was begun is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)  # gather() may not yield; the finished ones must leave the set

    async def finish(self) -> None:
        """Wait for what was begun, but for no other process, because this one ends."""
        self._ending = True
        await self.done()

    async def clean(self) -> None:
        """Remove the files that no module names, but none that is just coming."""
        await self._remove(self._process.library.clean)

    async def _remove(self, removing: Callable[[State], None]) -> None:
        if not self._process.library.installed.is_dir():
            return

        def clean(state: State) -> State:
            removing(state)
            return state

        async with self._removing:  # the one that has the lock needs a thread to get on
            lock = await asyncio.to_thread(self._process.library.lock)
            try:
                await self._process.store.change(clean)
            finally:
                lock.release()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._process.runtime.spawn(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _finish(
        self, operation: Operation, gone: set[str], before: Mapping[str, Wanted]
    ) -> None:
        runs, began = operation.runner == self._process.id, time.time()
        try:
            if runs:
                await self._run_for_absent(operation, gone, before)
            await self._process.mounting.drained()
            if runs and operation.detail.get("after"):
                await self._owing.pay(operation.id)
            await self._process.store.acknowledge(operation.id, DRAINED, self._left(gone))
            released = _released(operation, before)
            if runs and released and await self._all_drained(operation, began):
                await self._remove(lambda state: self._drop(state, released))
        except StoreError as error:
            if not self._ending:
                log.error("Files of modules were left for the next start: %s", error)

    def _drop(self, state: State, released: Mapping[str, set[str]]) -> None:
        for name, folders in released.items():
            self._process.library.drop(state, name, folders)

    def _left(self, gone: Iterable[str]) -> str | None:
        """Say which of the departed modules' files are still in use here."""
        left = [name for name in sorted(gone) if name in self._process.mounting.lingering]
        return f"code of {', '.join(left)} still runs" if left else None

    async def _run_for_absent(
        self, operation: Operation, gone: set[str], before: Mapping[str, Wanted]
    ) -> None:
        functions = operation.detail.get("after", ())
        there = {name for name, one in before.items() if one.set_up}
        names = {name for name, _, _ in functions} & there - gone - set(
            self._process.mounting.mounted
        )
        try:
            await self._owing.run_for_absent(functions, names, before)
        finally:
            self._absent.pop(operation.id, asyncio.Event()).set()

    async def _run_claimed(self, owed: Owed) -> None:
        try:
            await self._owing.run_claimed(owed)
            await self.clean()
        except StoreError as error:
            log.error("Lifecycle functions are left for another process: %s", error)

    async def _all_drained(self, operation: Operation, began: float) -> bool:
        """Wait until all live workers have let go; ``False`` when one takes too long."""
        patience = self._process.settings.drain_timeout + self._process.settings.lifecycle_timeout
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while await self._somebody_drains(operation, began):
                    if self._ending:
                        return False
                    await asyncio.sleep(0.05)
                return not await self._somebody_keeps(operation)
        return False

    async def _somebody_drains(self, operation: Operation, began: float) -> bool:
        live = await self._process.store.participants()
        workers = [p for p in live.values() if p.kind == "worker" and p.started < began]
        return any(DRAINED not in one.acks.get(operation.id, {}) for one in workers)

    async def _somebody_keeps(self, operation: Operation) -> bool:
        live = await self._process.store.participants()
        return any(one.acks.get(operation.id, {}).get(DRAINED) for one in live.values())


def _released(operation: Operation, before: Mapping[str, Wanted]) -> dict[str, set[str]]:
    """Return the folders of versions that an operation let go of, by module.

    Only its own: the files of a later operation may still be needed.
    """
    touched = {operation.module, *operation.detail.get("modules", ())}
    found = {n: folders_of(before.get(n)) - folders_of(operation.target.get(n)) for n in touched}
    return {name: folders for name, folders in found.items() if folders}
