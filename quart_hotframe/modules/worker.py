"""One process that follows the store: it prepares, runs lifecycle functions, and serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..config import Settings
from ..errors import HotFrameError
from ..errors import LoadError
from ..errors import StoreError
from ..runtime.runtime import Runtime
from . import lifecycle
from .aftermath import Aftermath
from .goodbye import Goodbye
from .health import Watch
from .library import Library
from .library import PROJECT
from .mounting import Mounting
from .mounting import Prepared
from .participants import Participant
from .recovery import Recovery
from .store import ModuleStore
from .store import Operation
from .store import State
from .store import Wanted
from .troubles import Reporter

log = logging.getLogger("quart_hotframe.modules")

Applied = Callable[[Mapping[str, Wanted], Mapping[str, Wanted]], Coroutine[Any, Any, None]]
Doing = Callable[[], Coroutine[Any, Any, None]]


@dataclass(eq=False)
class Part:
    """What this process has done for one open operation."""

    operation: Operation
    prepared: Prepared | None = None
    acknowledged: frozenset[str] = frozenset()
    failure: HotFrameError | None = None


class Worker:
    """Makes one process serve what the store wants.

    :param watch: how the modules fare in this process.
    :param kind: ``"worker"``, or ``"command"`` for a command line that serves nobody: it loads
        modules only while it leads an operation and no worker lives that could load them.
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, settings: Settings,
        watch: Watch, kind: str,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.store = store
        self.settings = settings
        self.library = library
        self.mounting = Mounting(runtime, library, settings)
        self._watch = watch
        self._reporter = Reporter(store, self.mounting, watch)
        self.identity = Participant.new(kind, safe_mode=settings.safe_mode)
        self.state = State()
        self.revision: int | None = None
        self.wake = asyncio.Event()
        self.leading: set[str] = set()
        """Ids of the operations that this process leads now."""
        self.applied: Applied | None = None
        """Called with the modules before and after, once this process serves another set."""
        self.initialise: Doing = _nothing
        """Awaited before the store is read first."""
        self.begun: Doing = _nothing
        """Awaited once this process follows the store, which may come late."""
        self.waits: str | None = None
        """Why the store could not be used so far; no module is served until it can."""
        self._told: int | None = None
        self._joining, self._joined = asyncio.Lock(), False
        self._part: Part | None = None
        self._serves_set: Mapping[str, Wanted] = {}
        self._following: asyncio.Task[None] | None = None
        self._recovery = Recovery(store, settings, self.identity, self.leading)
        self._aftermath = Aftermath(runtime, store, library, settings, self.mounting, self.id)
        self._goodbye = Goodbye(store.leaving)

    @property
    def id(self) -> str:
        """This process's name among the participants."""
        return self.identity.id

    @property
    def is_command(self) -> bool:
        """Whether this process serves nobody."""
        return self.identity.kind == "command"

    # -- from start to stop ----------------------------------------------------------------------

    async def start(self) -> None:
        """Register, finish what a dead coordinator left, and serve what the store wants.

        A worker whose store cannot be used serves no module, and begins when it can.

        :raises StoreError: when a command cannot use the store.
        """
        try:
            await self._try_to_begin()
        except BaseException:
            await self.stop()
            raise
        self._following = self.runtime.spawn(self._follow())

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
        if not self.is_command:
            self._goodbye.arm(_has_trial(self.state))
            self.state = await self._recovery.judge_crashes(self.state)
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
        await self._let_go_of_part()
        await self._aftermath.finish()
        await self.mounting.close()

    async def _is_used(self) -> bool:
        """Say whether there is a store, or modules that could be enabled.

        An app that has neither gets no file from being served.
        """
        project = self.library.project
        there = self.is_command or self.store.changed(State())
        return there or await asyncio.to_thread(project.is_dir)

    async def join(self) -> None:
        """Make this process known to the others that follow the store, once."""
        async with self._joining:
            if not self._joined:
                await self.store.register(self.identity)
                self._joined = True
        await self._tell()

    async def _follow(self) -> None:
        told = ""
        while True:
            try:
                await asyncio.wait_for(self.wake.wait(), self.settings.poll_interval)
            except TimeoutError:
                pass
            self.wake.clear()
            try:
                await (self.step() if self.waits is None else self._begin())
                told = ""
            except StoreError as error:
                if told != (told := str(error)) and told != self.waits:
                    log.error("The store of modules cannot be followed: %s", error)
                await asyncio.sleep(self.settings.poll_interval)
            except Exception:
                log.exception("Following the store of modules failed; it is tried again.")
                await asyncio.sleep(self.settings.poll_interval)

    async def step(self) -> None:
        """Look at the store once and do this process's part."""
        if self.store.changed(self.state):
            await self.join()
            self._forget_errors(await self.store.read())
        if self.state.operation is not None:
            self.state = await self._recovery.resolve(self.state)
            if self.state.operation is None:  # ended here: nobody else removes its files
                await self._aftermath.clean()
        await self._drop_abandoned()
        if await self._follows():
            if self.state.operation is not None:
                await self._take_part(self.state.operation)
            if self.state.revision != self.revision:
                await self._apply()
            await self._tell()
        await self._take_over()
        await self._report()

    def _forget_errors(self, state: State) -> None:
        """Take over a state, and forget the errors of modules that somebody called well since."""
        before, self.state = self.state.modules, state
        for name, one in state.modules.items():
            if one.well_since and one.well_since > (_well_since(before.get(name)) or 0.0):
                self._watch.reset(name)

    async def _report(self) -> None:
        if self._joined and not self.is_command:
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

    # -- the phases of an operation --------------------------------------------------------------

    async def _take_part(self, operation: Operation) -> None:
        if self._part is None or self._part.operation.id != operation.id:
            self._part = Part(operation)
        if operation.phase in self._part.acknowledged:
            return
        if operation.phase == "prepare":
            await self._acknowledge(self._part, "prepare", self._prepare(self._part))
        if operation.phase == "migrate" and operation.runner == self.id:
            self._part.operation = operation
            await self._acknowledge(self._part, "migrate", self._run_before(self._part))

    async def _acknowledge(self, part: Part, phase: str, doing: Coroutine[Any, Any, None]) -> None:
        try:
            await doing
        except HotFrameError as error:
            part.failure = error
        except Exception as error:
            log.exception("The %s of %r failed.", part.operation.kind, part.operation.module)
            part.failure = LoadError(f"{type(error).__name__}: {error}")
        part.acknowledged |= {phase}
        told = str(part.failure) if part.failure else None
        await self.store.acknowledge(part.operation.id, phase, told)

    async def _prepare(self, part: Part) -> None:
        operation = part.operation
        if self.settings.safe_mode:
            return
        if self.revision is None:  # a command without workers stands in for one
            await self._apply()
        part.prepared = await self.mounting.prepare(
            operation.target, operation.reload, self._may_fail(operation),
            serve=not self.is_command,
        )  # fmt: skip

    def _may_fail(self, operation: Operation) -> set[str]:
        """Return the modules that are broken already and that the operation does not touch."""
        touched = {n for n, w in operation.target.items() if self.state.modules.get(n) != w}
        return set(self.mounting.failures) - touched - {operation.module, *operation.reload}

    async def _run_before(self, part: Part) -> None:
        for name, function, args in part.operation.detail.get("before", ()):
            loaded = part.prepared.loaded.get(name) if part.prepared else None
            if loaded is not None:
                timeout = self.settings.lifecycle_timeout
                await lifecycle.run(self.runtime, loaded, function, *args, timeout=timeout)

    async def _drop_abandoned(self) -> None:
        """Let go of what was prepared for an operation that was aborted."""
        part = self._part
        if part is None or part.prepared is None:
            return
        current = self.state.operation
        if current is not None and current.id == part.operation.id:
            return
        if not self._is_committed(part.operation):
            await self._let_go_of_part()

    async def _let_go_of_part(self) -> None:
        part = self._part
        if part is not None and part.prepared is not None:
            prepared, part.prepared = part.prepared, None
            await self.mounting.discard(prepared)

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
        await self._tell()

    async def _tell(self) -> None:
        """Say which revision is served; a store that fails is told at the next step."""
        if self._joined and self.revision is not None and self._told != self.revision:
            revision = self.revision
            await self.store.served(revision)
            self._told = revision

    async def _publish(self) -> None:
        operation, prepared = self._take_prepared()
        if prepared is None:
            prepared = await self.mounting.prepare(
                self.state.modules, self._editable(), set(self.state.modules),
                serve=not self.is_command,
            )  # fmt: skip
        gone = self.mounting.publish(prepared, self._aftermath.farewell(operation))
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
