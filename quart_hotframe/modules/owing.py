"""The lifecycle functions behind a commit, which run although the process that owes them may die.

The commit writes them into the store with the process that runs them. When that one ends before it
has paid, another takes its place. So each runs at least once, and again when a process died in the
middle of it; :data:`ATTEMPTS` bounds that, because such a function may be what kills.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import HotFrameError
from . import dependencies
from . import lifecycle
from .loading import Loaded
from .mounting import Prepared
from .process import Process
from .state import Owed
from .state import State
from .state import Wanted

log = logging.getLogger("quart_hotframe.modules")

ATTEMPTS = 3
"""So many processes may begin to run the functions of one operation."""

Functions = Sequence[Sequence[Any]]
"""For each function the module, its name and its arguments."""


class Owing:
    """Runs what stands behind commits, in one process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def run(self, functions: Functions, loaded: Loaded) -> None:
        """Run the functions of one loaded module; a failure is logged."""
        timeout = self._process.settings.lifecycle_timeout
        for name, function, args in functions:
            if name == loaded.name:
                await lifecycle.run_quietly(
                    self._process.runtime, loaded, function, *args, timeout=timeout
                )

    async def run_for_absent(
        self, functions: Functions, names: Container[str], before: Mapping[str, Wanted]
    ) -> None:
        """Run the functions of modules that are not mounted, if their code still loads.

        :param names: the modules.
        :param before: what they were, and what they need.
        """
        for name in dict.fromkeys(name for name, _, _ in functions if name in names):
            try:
                prepared = await self._prepare(name, before)
            except (HotFrameError, OSError) as error:
                log.warning("lifecycle functions of %r were left out: %s", name, error)
                continue
            await self.run(functions, prepared.loaded[name])
            await self._process.mounting.discard(prepared)

    async def _prepare(self, name: str, before: Mapping[str, Wanted]) -> Prepared:
        """Load a module that is not mounted, with what it needs; nobody is served by it."""
        manifests = await asyncio.to_thread(self._process.library.manifests, list(before.values()))
        target = dict(before)
        for one in dependencies.closure(name, manifests.values()):
            target[one] = replace(before[one], enabled=True, quarantined=None)
        return await self._process.mounting.prepare(
            target, lenient=set(before) - {name}, serve=False
        )

    async def claim(self, owed: Owed) -> Owed | None:
        """Take over what a process owes that ended; ``None`` when another was first.

        After too many attempts it is given up, and nobody gets it.
        """
        mine = replace(owed, runner=self._process.id, attempts=owed.attempts + 1)
        given_up = owed.attempts >= ATTEMPTS
        found: list[Owed] = []

        def take(state: State) -> State:
            found[:] = [one for one in state.owed if one == owed]
            rest = tuple(mine if one == owed else one for one in state.owed)
            kept = tuple(one for one in rest if one is not mine) if given_up else rest
            return replace(state, owed=kept)

        await self._process.store.change(take)
        if not found:
            return None
        if given_up:
            await self._give_up(owed)
            return None
        log.warning("Lifecycle functions of operation %s are run here: the process that began "
                    "to run them ended.", owed.operation)  # fmt: skip
        return mine

    async def _give_up(self, owed: Owed) -> None:
        names = ", ".join(f"{name}.lifecycle.{function}()" for name, function, _ in owed.functions)
        error = f"{names} did not end in {ATTEMPTS} processes, which died: left out"
        log.error("Operation %s: %s.", owed.operation, error)
        await self._process.store.journal(owed.operation, {"error": error})

    async def run_claimed(self, owed: Owed) -> None:
        """Run what was taken over, once this process has let go of the modules itself."""
        await self._process.mounting.drained()
        modules = (await self._process.store.read()).modules
        again = {n for n in owed.modules if n in modules and _is_wanted(modules[n])}
        for name in sorted(again):
            log.warning("lifecycle functions of %r were left out: it is enabled again.", name)
        before = {**modules, **owed.modules}
        await self.run_for_absent(owed.functions, owed.modules.keys() - again, before)
        await self.pay(owed.operation)

    async def pay(self, operation: str) -> None:
        """Note that the functions of an operation have run."""
        await self._process.store.change(lambda state: replace(
            state, owed=tuple(one for one in state.owed if one.operation != operation)
        ))  # fmt: skip


def _is_wanted(wanted: Wanted) -> bool:
    return wanted.enabled and not wanted.quarantined
