"""One process that follows the store: it prepares, runs lifecycle functions, and serves."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import HotFrameError
from ..errors import StoreError
from ..runtime.runtime import Runtime
from . import lifecycle
from .library import Library
from .loading import Loaded
from .mounting import Mounting
from .mounting import Prepared
from .store import ModuleStore
from .store import Operation
from .store import Participant
from .store import State

log = logging.getLogger("quart_hotframe.modules")

CRASH_SECONDS = 30.0
"""A worker that dies this soon after it began to serve counts against a provisional version."""


class Worker:
    """Makes one process serve what the store wants.

    :param kind: ``"worker"``, or ``"command"`` for a command line that serves nobody.
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, settings: Settings, kind: str
    ) -> None:
        self.runtime = runtime
        self.store = store
        self.settings = settings
        self.library = library
        self.mounting = Mounting(runtime, library, settings)
        self.identity = Participant.new(kind)
        self.state = State()
        self.revision: int | None = None
        self.wake = asyncio.Event()
        self._prepared: dict[str, tuple[Operation, Prepared]] = {}
        self._done: set[tuple[str, str]] = set()
        self._following: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """This process's name among the participants."""
        return self.identity.id

    async def start(self) -> None:
        """Register, finish what a dead coordinator left, and serve what the store wants."""
        await self.store.register(self.identity)
        self.state = await self.store.read()
        await self._resolve()
        await self._judge_crashes()
        if not self.settings.safe_mode:
            await self._apply()
        await self._serves()
        self._following = self.runtime.spawn(self._follow())

    async def stop(self) -> None:
        """Unmount everything and say goodbye, so that this end is no crash."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        for _, prepared in self._prepared.values():
            await self.mounting.discard(prepared)
        self._prepared.clear()
        await self.mounting.close()
        await self.store.unregister()

    async def _follow(self) -> None:
        while True:
            try:
                await asyncio.wait_for(self.wake.wait(), self.settings.poll_interval)
            except TimeoutError:
                pass
            self.wake.clear()
            try:
                await self.step()
            except StoreError as error:
                log.error("The store of modules cannot be followed: %s", error)
                await asyncio.sleep(self.settings.poll_interval)
            except Exception:
                log.exception("Following the store of modules failed; it is tried again.")
                await asyncio.sleep(self.settings.poll_interval)

    async def caught_up(self) -> None:
        """Wait until this process serves the newest revision of the store."""
        state = await self.store.read()
        while (self.revision or 0) < state.revision:
            self.wake.set()
            await asyncio.sleep(0.01)

    async def step(self) -> None:
        """Look at the store once and do this process's part."""
        if self.store.changed(self.state):
            self.state = await self.store.read()
        await self._drop_abandoned()
        operation = self.state.operation
        if operation is not None:
            await self._take_part(operation)
            await self._resolve()
        if self.state.revision != self.revision:
            if not self.settings.safe_mode:
                await self._apply()
            await self._serves()

    async def _take_part(self, operation: Operation) -> None:
        if operation.phase == "prepare" and (operation.id, "prepare") not in self._done:
            await self._acknowledge(operation, "prepare", await self._prepare(operation))
        if operation.phase == "migrate" and operation.runner == self.id:
            if (operation.id, "migrate") not in self._done:
                await self._acknowledge(operation, "migrate", await self._run_before(operation))

    async def _acknowledge(self, operation: Operation, phase: str, error: str | None) -> None:
        self._done.add((operation.id, phase))
        await self.store.acknowledge(operation.id, phase, error)

    async def _prepare(self, operation: Operation) -> str | None:
        if self.settings.safe_mode:
            return None
        try:
            prepared = await self.mounting.prepare(
                operation.target, operation.reload, self._may_fail(operation)
            )
        except HotFrameError as error:
            return str(error)
        self._prepared[operation.id] = (operation, prepared)
        return None

    def _may_fail(self, operation: Operation) -> set[str]:
        """Return the modules that are broken already and that the operation does not touch."""
        touched = {n for n, w in operation.target.items() if self.state.modules.get(n) != w}
        return set(self.mounting.failures) - touched - {operation.module, *operation.reload}

    async def _run_before(self, operation: Operation) -> str | None:
        prepared = self._prepared[operation.id][1] if operation.id in self._prepared else None
        try:
            for name, function, args in operation.detail.get("before", ()):
                loaded = prepared.loaded.get(name) if prepared else None
                if loaded is not None:
                    await self._run(loaded, function, args)
        except HotFrameError as error:
            return str(error)
        return None

    async def _run(self, loaded: Loaded, function: str, args: Any) -> None:
        timeout = self.settings.lifecycle_timeout
        await lifecycle.run(self.runtime, loaded, function, *args, timeout=timeout)

    async def _drop_abandoned(self) -> None:
        """Let go of what was prepared for operations that were aborted."""
        current = self.state.operation.id if self.state.operation else None
        for identifier in [i for i in self._prepared if i != current]:
            if self._is_committed(self._prepared[identifier][0]):
                continue  # its coordinator has ended already; it is about to be applied
            await self.mounting.discard(self._prepared.pop(identifier)[1])
        self._done = {entry for entry in self._done if entry[0] == current}

    def _is_committed(self, operation: Operation) -> bool:
        return self.state.revision != self.revision and operation.target == self.state.modules

    async def _apply(self) -> None:
        """Serve what the state wants, from what was prepared where it fits."""
        operation = self.state.operation
        prepared = self._find_prepared(operation)
        if prepared is None:
            reload = operation.reload if operation and operation.phase == "commit" else ()
            prepared = await self.mounting.prepare(
                self.state.modules, reload, set(self.state.modules)
            )
        self.mounting.publish(prepared, self._farewell(operation))

    def _find_prepared(self, operation: Operation | None) -> Prepared | None:
        for identifier, (prepared_for, prepared) in list(self._prepared.items()):
            current = operation is not None and operation.id == identifier
            if current or self._is_committed(prepared_for):
                del self._prepared[identifier]
                return prepared
        return None

    def _farewell(self, operation: Operation | None) -> Any:
        if operation is None or operation.runner != self.id:
            return None
        after = [tuple(entry) for entry in operation.detail.get("after", ())]

        async def farewell(loaded: Loaded) -> None:
            timeout = self.settings.lifecycle_timeout
            for name, function, args in after:
                if name == loaded.name:
                    await lifecycle.run_quietly(
                        self.runtime, loaded, function, *args, timeout=timeout
                    )

        return farewell

    async def _serves(self) -> None:
        self.revision = self.state.revision
        await self.store.served(self.state.revision)

    async def _resolve(self) -> None:
        """Finish the operation of a coordinator that died: what is committed stays."""
        operation = self.state.operation
        if operation is None or operation.coordinator in await self.store.participants():
            return
        ended = "finished" if operation.phase == "commit" else "aborted"
        entry = {"phase": ended, "error": "the process that led the operation died"}

        def close(state: State) -> State:
            same = state.operation is not None and state.operation.id == operation.id
            return replace(state, operation=None) if same else state

        await self.store.journal(operation.id, entry)
        self.state = await self.store.change(close)
        log.warning("The %s of %r was %s, because the process that led it died.",
                    operation.kind, operation.module, ended)  # fmt: skip

    async def _judge_crashes(self) -> None:
        """Take back a provisional version under which two workers died soon after they served."""
        trials = [w for w in self.state.modules.values() if w.provisional and w.enabled]
        if not trials:
            return
        deaths = [d for d in await self.store.deaths()
                  if d.revision == self.state.revision and d.seconds <= CRASH_SECONDS]  # fmt: skip
        if len(deaths) < 2:
            return
        reason = f"{len(deaths)} workers died within {CRASH_SECONDS:g} s of serving it"

        def take_back(state: State) -> State:
            if state.revision != self.state.revision or state.operation is not None:
                return state
            modules = {n: _taken_back(w, reason) if w.provisional else w
                       for n, w in state.modules.items()}  # fmt: skip
            return replace(state, modules=modules, revision=state.revision + 1)

        for wanted in trials:
            entry = {"phase": "rolled back", "module": wanted.name, "error": reason}
            await self.store.journal(wanted.provisional.operation, entry)  # type: ignore[union-attr]
        self.state = await self.store.change(take_back)


def _taken_back(wanted: Any, reason: str) -> Any:
    error = f"{wanted.version}: {reason}"
    if wanted.previous is None:
        return replace(wanted, quarantined=reason, provisional=None, error=error)
    return replace(
        wanted, version=wanted.previous_version, source=wanted.previous, previous=None,
        previous_version=None, provisional=None, error=error,
    )  # fmt: skip
