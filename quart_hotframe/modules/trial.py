"""The trial of new versions: confirmed by time and requests, or taken back when they fail."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace

from ..errors import HotFrameError
from ..runtime.contribution import HOST
from ..runtime.generation import Generation
from ..runtime.runtime import Runtime
from .manager import ModuleManager
from .state import State
from .state import Wanted

log = logging.getLogger("quart_hotframe.modules")


class Trial:
    """Watches provisional versions in one worker.

    Workers add what they saw to the store, and any of them decides, by compare-and-swap.
    """

    def __init__(self, runtime: Runtime, manager: ModuleManager) -> None:
        self._runtime = runtime
        self._manager = manager
        self._task: asyncio.Task[None] | None = None
        self._told: set[str] = set()
        """The modules of which the log says already that they cannot be judged."""

    def start(self) -> None:
        """Begin to watch."""
        self._runtime.published.append(self._published)
        self._count()
        self._task = self._runtime.spawn(self._watch())

    async def stop(self) -> None:
        """End."""
        if self._published in self._runtime.published:
            self._runtime.published.remove(self._published)
        self._runtime.answered = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _published(self, generation: Generation) -> None:
        self._count()

    def _count(self) -> list[Wanted]:
        """Count requests from now on if there are trials; return these.

        Counting costs each request a little, so it lasts as long as the trials.
        """
        worker = self._manager.worker
        modules = worker.state.modules.values() if worker is not None else ()
        trials = [one for one in modules if one.provisional and one.enabled]
        self._runtime.answered = self._answered if trials else None
        return trials

    def _answered(self, owner: str) -> None:
        if owner and owner != HOST:
            self._manager.watch.answered(owner)

    async def _watch(self) -> None:
        interval = max(self._manager.settings.poll_interval, 0.1)
        while True:
            await asyncio.sleep(interval)
            worker = self._manager.worker
            if worker is None or worker.state.operation is not None:
                continue
            for wanted in self._count():
                await self._judge(wanted)

    async def _judge(self, wanted: Wanted) -> None:
        try:
            await self._judge_now(wanted)
            self._told.discard(wanted.name)
        except HotFrameError as error:
            if wanted.name not in self._told:  # a database can be away for long
                log.error("The trial of %s %s goes on: %s", wanted.name, wanted.version, error)
            self._told.add(wanted.name)

    async def _judge_now(self, wanted: Wanted) -> None:
        manager, settings = self._manager, self._manager.settings
        health = manager.watch.of(wanted.name)
        seen = (health.requests, health.failed)
        if seen != health.reported:
            wanted = await self._report(wanted, seen, health.reported) or wanted
            health.reported = seen
        trial = wanted.provisional
        if trial is None:
            return
        if settings.error_threshold and trial.errors >= settings.error_threshold:
            await self._take_back(wanted, f"{trial.errors} errors during its trial")
            return
        old_enough = time.time() - trial.since >= settings.provisional_seconds
        if old_enough and trial.requests >= settings.provisional_requests:
            await self._confirm(wanted)

    async def _report(
        self, wanted: Wanted, seen: tuple[int, int], reported: tuple[int, int]
    ) -> Wanted | None:
        def add(state: State) -> State:
            there = state.modules.get(wanted.name)
            trial = there.provisional if there else None
            if there is None or trial is None or trial.operation != wanted.provisional.operation:  # type: ignore[union-attr]
                return state
            grown = replace(
                trial,
                requests=trial.requests + seen[0] - reported[0],
                errors=trial.errors + seen[1] - reported[1],
            )
            modules = {**state.modules, there.name: replace(there, provisional=grown)}
            return replace(state, modules=modules)

        state = await self._manager.store.change(add)
        return state.modules.get(wanted.name)

    async def _confirm(self, wanted: Wanted) -> None:
        def confirm(state: State) -> State:
            there = state.modules.get(wanted.name)
            if there is None or there.provisional != wanted.provisional or state.operation:
                return state
            confirmed = replace(there, provisional=None)
            return replace(state, modules={**state.modules, there.name: confirmed})

        await self._manager.store.change(confirm)
        log.info("%s %s is confirmed.", wanted.name, wanted.version)

    async def _take_back(self, wanted: Wanted, reason: str) -> None:
        log.error("%s %s goes back: %s.", wanted.name, wanted.version, reason)
        await self._manager.take_back(wanted.name, reason)
