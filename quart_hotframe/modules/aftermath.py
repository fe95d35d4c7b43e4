"""What follows a committed operation: a module's last functions, then its files.

The process that ran the functions before the commit (the *runner*) runs those after it, once the
last request of the departing version has ended. The files go when no worker serves them any more.
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
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import HotFrameError
from ..errors import StoreError
from ..runtime.runtime import Runtime
from . import dependencies
from . import lifecycle
from .library import folders_of
from .library import Library
from .loading import Loaded
from .mounting import Farewell
from .mounting import Mounting
from .mounting import Prepared
from .store import ModuleStore
from .store import Operation
from .store import State
from .store import Wanted

log = logging.getLogger("quart_hotframe.modules")

DRAINED = "drained"
"""What a worker acknowledges once its departing versions are gone, or why one is not."""


class Aftermath:
    """Does, in one process, what is left to do after operations.

    :param own: the id of this process among the participants.
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, settings: Settings,
        mounting: Mounting, own: str,
    ) -> None:  # fmt: skip
        self._runtime = runtime
        self._store = store
        self._library = library
        self._settings = settings
        self._mounting = mounting
        self._own = own
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = False

    def farewell(self, operation: Operation | None) -> Farewell | None:
        """Return what is awaited for each departing version, or ``None`` if nothing is."""
        if operation is None or operation.runner != self._own:
            return None

        async def say(loaded: Loaded) -> None:
            await self._run_after(operation, loaded)

        return say

    def begin(
        self, operation: Operation, gone: Iterable[Loaded], before: Mapping[str, Wanted]
    ) -> None:
        """Start what follows an operation that this process now serves.

        :param gone: the versions that depart here.
        :param before: the modules of the revision before.
        """
        self._spawn(self._finish(operation, {one.name for one in gone}, before))

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
        await self._remove(self._library.clean)

    async def _remove(self, removing: Callable[[State], None]) -> None:
        if not self._library.installed.is_dir():
            return

        def clean(state: State) -> State:
            removing(state)
            return state

        lock = await asyncio.to_thread(self._library.lock)
        try:
            await self._store.change(clean)
        finally:
            lock.release()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._runtime.spawn(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(
        self, operation: Operation, gone: set[str], before: Mapping[str, Wanted]
    ) -> None:
        runs, began = operation.runner == self._own, time.time()
        try:
            if runs:
                await self._run_for_absent(operation, gone, before)
            await self._mounting.drained()
            await self._store.acknowledge(operation.id, DRAINED, self._left(gone))
            name = operation.module
            # Only what this operation released: the files of a later one may still be needed.
            released = folders_of(before.get(name)) - folders_of(operation.target.get(name))
            if runs and released and await self._all_drained(operation, began):
                await self._remove(lambda state: self._library.drop(state, name, released))
        except StoreError as error:
            if not self._ending:
                log.error("Files of modules were left for the next start: %s", error)

    def _left(self, gone: Iterable[str]) -> str | None:
        """Say which of the departed modules' files are still in use here."""
        left = [name for name in sorted(gone) if name in self._mounting.lingering]
        return f"code of {', '.join(left)} still runs" if left else None

    async def _run_after(self, operation: Operation, loaded: Loaded) -> None:
        timeout = self._settings.lifecycle_timeout
        for name, function, args in operation.detail.get("after", ()):
            if name == loaded.name:
                await lifecycle.run_quietly(self._runtime, loaded, function, *args, timeout=timeout)

    async def _run_for_absent(
        self, operation: Operation, gone: set[str], before: Mapping[str, Wanted]
    ) -> None:
        """Run the functions of modules that were not mounted, if their code still loads."""
        names = {name for name, _, _ in operation.detail.get("after", ())} - gone
        for name in sorted(names):
            wanted = before.get(name)
            if wanted is None or not wanted.set_up or name in self._mounting.mounted:
                continue
            try:
                prepared = await self._prepare_absent(name, before)
            except (HotFrameError, OSError) as error:
                log.warning("lifecycle functions of %r were left out: %s", name, error)
                continue
            await self._run_after(operation, prepared.loaded[name])
            await self._mounting.discard(prepared)

    async def _prepare_absent(self, name: str, before: Mapping[str, Wanted]) -> Prepared:
        """Load a module that is not mounted, with what it needs; nobody is served by it."""
        manifests = await asyncio.to_thread(self._library.manifests, list(before.values()))
        target = dict(before)
        for one in dependencies.closure(name, manifests.values()):
            target[one] = replace(before[one], enabled=True, quarantined=None)
        return await self._mounting.prepare(target, lenient=set(before) - {name}, serve=False)

    async def _all_drained(self, operation: Operation, began: float) -> bool:
        """Wait until all live workers have let go; ``False`` when one takes too long."""
        patience = self._settings.drain_timeout + self._settings.lifecycle_timeout
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while await self._somebody_drains(operation, began):
                    if self._ending:
                        return False
                    await asyncio.sleep(0.05)
                return not await self._somebody_keeps(operation)
        return False

    async def _somebody_drains(self, operation: Operation, began: float) -> bool:
        live = await self._store.participants()
        workers = [p for p in live.values() if p.kind == "worker" and p.started < began]
        return any(DRAINED not in one.acks.get(operation.id, {}) for one in workers)

    async def _somebody_keeps(self, operation: Operation) -> bool:
        live = await self._store.participants()
        return any(one.acks.get(operation.id, {}).get(DRAINED) for one in live.values())
