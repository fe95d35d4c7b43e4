"""One process that follows the store: it prepares, runs lifecycle functions, and serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..config import Settings
from ..errors import HotFrameError
from ..errors import StoreError
from ..runtime.goodbye import Goodbye
from ..runtime.runtime import Runtime
from .aftermath import Aftermath
from .attendance import Attendance
from .bringing_up import BringingUp
from .doors import Doors
from .garbage import collector
from .health import Watch
from .library import Library
from .library import PROJECT
from .mounting import Prepared
from .part import Part
from .process import Process
from .recovery import Recovery
from .schema import Schema
from .settings import Values
from .settings_kind import kind_of
from .settings_kind import take
from .state import Operation
from .state import State
from .state import Wanted
from .store import ModuleStore
from .troubles import Reporter

log = logging.getLogger("quart_hotframe.modules")

LOOK = 0.01
"""Seconds between two looks at what another task of this process does."""

Applied = Callable[[Mapping[str, Wanted], Mapping[str, Wanted]], Coroutine[Any, Any, None]]
Configured = Callable[[Mapping[str, tuple[Values, Values]]], Coroutine[Any, Any, None]]
Doing = Callable[[], Coroutine[Any, Any, None]]


class Worker(Process):
    """Makes one process serve what the store wants.

    :param watch: how the modules fare in this process.
    :param kind: ``"worker"``, or ``"command"`` for a command line that serves nobody: it loads
        modules only while it leads an operation and no worker lives that could load them.
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, schema: Schema,
        settings: Settings, watch: Watch, kind: str,
    ) -> None:  # fmt: skip
        super().__init__(runtime, store, library, schema, settings, kind)
        self._doors = Doors(runtime, self.mounting, settings)
        self._watch = watch
        self._reporter = Reporter(store, self.mounting, watch)
        self.state = State()
        self.revision: int | None = None
        self.wake = asyncio.Event()
        self.leading: set[str] = set()
        """Ids of the operations that this process leads now."""
        self.applied: Applied | None = None
        """Called with the modules before and after, once this process serves another set."""
        self.configured: Configured | None = None
        """Called with values before and after, by module, once this process uses others."""
        self.initialise: Doing = _nothing
        """Awaited before the store is read first."""
        self.begun: Doing = _nothing
        """Awaited once this process follows the store, which may come late."""
        self.resuming: Callable[[Operation], Coroutine[Any, Any, None]] | None = None
        """Leads an operation to its end that a dead process left with its tables changed."""
        self.waits: str | None = None
        """Why the store could not be used so far; no module is served until it can."""
        self._attendance = Attendance(self)
        self._bringing_up = BringingUp(self)
        self._part: Part | None = None
        self._serves_set: Mapping[str, Wanted] = {}
        self._following: asyncio.Task[None] | None = None
        self._recovery = Recovery(store, settings, self.identity, self.leading, self._resume)
        self._aftermath = Aftermath(self)
        self._goodbye = Goodbye(store.leaving)

    def _resume(self, operation: Operation) -> None:
        if self.resuming is not None:
            self.runtime.spawn(self.resuming(operation))

    # -- from start to stop ----------------------------------------------------------------------

    async def start(self) -> None:
        """Register, finish what a dead coordinator left, and serve what the store wants.

        A worker whose store cannot be used serves no module, and begins when it can.

        :raises StoreError: when a command cannot use the store.
        """
        self.store.follow(self.wake.set)
        try:
            with collector.looks_seldom():
                await self._try_to_begin()
        except BaseException:
            await self.stop()
            raise
        self._following = self.runtime.spawn(self._follow())
        await self._opened()

    async def _opened(self) -> None:
        """Wait for an operation that a dead process left, which this one ends or must wait for."""
        while self.leading:
            await asyncio.sleep(LOOK)
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * self.settings.drain_timeout):
                while not self.is_command and self.revision is None and self._is_held():
                    await asyncio.sleep(LOOK)

    def _is_held(self) -> bool:
        return self.state.operation is not None and self.state.operation.holds

    async def _try_to_begin(self) -> None:
        try:
            await self._begin()
        except StoreError as error:
            if self.is_command:
                raise
            self.waits = str(error)
            log.error("No module is served until the store can be used: %s", error)

    async def _begin(self) -> None:
        await self.initialise()
        if await self._is_used():
            await self.join()
        self.state = await self._recovery.resolve(await self.store.read())
        kind_of(self.runtime).number = -1  # it may be another store than that of an earlier start
        self.take_settings(self.state)
        if not self.is_command:
            self._goodbye.arm(_has_trial(self.state))
            self.state = await self._recovery.judge_crashes(self.state)
            if not self._is_held():
                await self._apply()
        self.waits = None
        await self.begun()
        if not self.is_command:
            await self._clean_up()

    async def _clean_up(self) -> None:
        try:
            await self._aftermath.clean()
        except StoreError as error:
            log.warning("Files that no module names were left: %s", error)

    async def stop(self) -> None:
        """Say goodbye, so that this end is no crash, and unmount everything."""
        await self._aftermath.pay()  # still following, so that no operation waits for this process
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None
        await self.store.unregister()
        self._goodbye.arm(False)
        if self._part is not None:
            await self._part.abandon()
        self._doors.give_up()
        await self._aftermath.finish()
        await self.mounting.close()
        await self.store.close()

    async def _is_used(self) -> bool:
        """Say whether there is a store, or modules that could be enabled.

        An app that has neither gets no file from being served.
        """
        project = self.library.project
        there = self.is_command or await self.store.changed(State())
        return there or await asyncio.to_thread(project.is_dir)

    async def join(self) -> None:
        """Make this process known to the others that follow the store, once."""
        await self._attendance.join()
        await self._attendance.tell(self.revision)

    async def _follow(self) -> None:
        told = ""
        while True:
            with suppress(TimeoutError):  # not wait_for(), which can lose that it is cancelled
                async with asyncio.timeout(self.settings.poll_interval):
                    await self.wake.wait()
            self.wake.clear()
            try:
                await (self.step() if self.waits is None else self._begin())
                if told:
                    log.warning("The store of modules can be followed again.")
                told = ""
            except StoreError as error:
                if not told and str(error) != self.waits:
                    log.error("The store of modules cannot be followed: %s", error)
                told = told or str(error)
                await asyncio.sleep(self.settings.poll_interval)
            except Exception:
                log.exception("Following the store of modules failed; it is tried again.")
                await asyncio.sleep(self.settings.poll_interval)

    async def step(self) -> None:
        """Look at the store once and do this process's part."""
        if await self.store.changed(self.state):
            await self.join()
            self._take(await self.store.read())
        if self.state.operation is not None:
            self.state = await self._recovery.resolve(self.state)
            if self.state.operation is None:  # ended here: nobody else removes its files
                await self._aftermath.clean()
        if await self._follows():
            if self.state.operation is not None:
                await self._take_part(self.state.operation)
            if self._is_behind():
                await self._apply()
            await self._attendance.tell(self.revision)
        await self._drop_abandoned()
        await self._take_over()
        await self._report()

    def _take(self, state: State) -> None:
        """Take over a state and its settings, and forget the errors of modules called well."""
        before, self.state = self.state.modules, state
        for name, one in state.modules.items():
            if one.well_since and one.well_since > (_well_since(before.get(name)) or 0.0):
                self._watch.reset(name)
        self.take_settings(state)

    def take_settings(self, state: State) -> None:
        """Use the settings of a state from now on, if they are newer."""
        there = [one.contribution for one in self.mounting.mounted.values()]
        changed = take(self.runtime, state, there)
        if changed and self.configured is not None:
            self.runtime.spawn(self.configured(changed))

    async def _report(self) -> None:
        if self._attendance.joined and not self.is_command:
            await self._reporter.report()

    async def _take_over(self) -> None:
        """Run what processes that ended owe; not in safe mode, which loads nothing."""
        if not self.is_command and not self.settings.safe_mode:
            await self._aftermath.take_over(self.state)

    async def caught_up(self) -> None:
        """Wait until this process has followed to the newest revision of the store.

        It gives up after ``operation_timeout`` seconds, because the store can go on without it.
        """
        state = await self.store.read()
        try:
            async with asyncio.timeout(self.settings.operation_timeout):
                while not await self._has_seen(state.revision):
                    self.wake.set()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("This process does not follow revision %d in time.", state.revision)

    async def drained(self) -> None:
        """Wait until the versions that this process let go are gone, with their files."""
        await self.mounting.drained()
        await self._aftermath.done()

    async def clean(self) -> None:
        """Remove the files that no module names."""
        await self._aftermath.clean()

    def failure(self, operation: str) -> HotFrameError | None:
        """Return why this process could not follow an operation."""
        part = self._part
        return part.failure if part is not None and part.operation.id == operation else None

    async def _has_seen(self, revision: int) -> bool:
        if self.is_command and self.revision is None:
            return self.state.revision >= revision
        return (self.revision or 0) >= revision

    async def _follows(self) -> bool:
        """Say whether it is for this process to load and serve modules."""
        if not self.is_command:
            return True
        operation = self.state.operation
        if operation is None or operation.coordinator != self.id:
            return self.revision is not None
        live = await self.store.participants()
        return not any(one.kind == "worker" for one in live.values())

    # -- operations ------------------------------------------------------------------------------

    async def _take_part(self, operation: Operation) -> None:
        if self._part is None or self._part.operation.id != operation.id:
            self._part = Part(operation, self, self._doors)
        if self.is_command and self.revision is None:  # it stands in for a worker
            await self._apply()
        await self._part.take(operation, lambda: self._may_fail(operation))

    def _may_fail(self, operation: Operation) -> set[str]:
        """Return the modules that are broken already and that the operation does not touch."""
        touched = {n for n, w in operation.target.items() if self.state.modules.get(n) != w}
        broken = self.mounting.failures if self.revision is not None else operation.target
        return set(broken) - touched - {operation.module, *operation.reload}

    def _is_behind(self) -> bool:
        """Say whether this process should serve something else."""
        if self.revision is None and self._is_held():
            return False  # it starts while tables change, and serves when that is over
        return self.state.revision != self.revision or self._bringing_up.is_due()

    async def _drop_abandoned(self) -> None:
        """Let go of what was prepared for an operation that was aborted."""
        part, current = self._part, self.state.operation
        if part is None or (current is not None and current.id == part.operation.id):
            return
        if not self._is_committed(part.operation):
            await part.abandon()
            await self._doors.reopen(dict(self.state.modules))

    def _is_committed(self, operation: Operation) -> bool:
        """Say whether an operation that is not open any more waits to be served here."""
        is_newer = self.state.revision != self.revision
        return is_newer and _served(operation.target) == _served(self.state.modules)

    # -- serving ---------------------------------------------------------------------------------

    async def _apply(self) -> None:
        """Serve what the state wants, from what was prepared where it fits."""
        if not self.settings.safe_mode:
            await self._publish()
        before, self._serves_set = self._serves_set, self.state.modules
        first = self.revision is None
        self.revision = self.state.revision
        self._goodbye.arm(not self.is_command and _has_trial(self.state))
        if self.applied is not None and not first:
            self.runtime.spawn(self.applied(before, self.state.modules))
        await self._report()  # first, so that whoever waits for the revision finds no old troubles
        await self._attendance.tell(self.revision)

    async def _publish(self) -> None:
        operation, prepared = self._take_prepared()
        if prepared is None:
            ready = None if self.is_command else self._bringing_up.bring_up
            prepared = await self.mounting.prepare(
                self.state.modules, self._editable(), set(self.state.modules),
                serve=not self.is_command, ready=ready,
            )  # fmt: skip
        gone = self.mounting.publish(prepared, self._aftermath.farewell(operation))
        self._doors.open()
        for one in gone:
            self._watch.reset(one.name)
        if operation is not None:
            self._aftermath.begin(operation, gone, self._serves_set)

    def _take_prepared(self) -> tuple[Operation | None, Prepared | None]:
        """Return the operation whose result is to be served, and what was prepared for it."""
        operation, part = self.state.operation, self._part
        committed = operation if operation and operation.phase == "commit" else None
        if part is None or part.prepared is None:
            return committed, None
        same = committed is not None and committed.id == part.operation.id
        if not same and not self._is_committed(part.operation):
            return committed, None
        if _served(part.prepared.target) != _served(self.state.modules):
            return committed, None  # the commit left something out: it is let go as abandoned
        prepared, part.prepared = part.prepared, None
        return committed or part.operation, prepared

    def _editable(self) -> tuple[str, ...]:
        """Return what may have been edited and reloaded while this process did not look."""
        return tuple(n for n, one in self.mounting.mounted.items() if one.source == PROJECT)


async def _nothing() -> None: ...


def _has_trial(state: State) -> bool:
    return any(one.provisional and one.enabled for one in state.modules.values())


def _well_since(wanted: Wanted | None) -> float | None:
    return wanted.well_since if wanted is not None else None


def _served(modules: Mapping[str, Wanted]) -> dict[str, tuple[str, str]]:
    """Return what a set of modules means for serving."""
    return {n: (w.source, w.version) for n, w in modules.items()
            if w.enabled and not w.quarantined}  # fmt: skip
