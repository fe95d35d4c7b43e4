"""Changing the set of modules while the app serves: what callers, commands and pages use."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .. import signals
from ..config import Settings
from ..errors import HotFrameError
from ..errors import ModuleNotFound
from ..errors import ModuleStateError
from ..errors import nearest
from ..errors import OperationBusy
from ..errors import SetupError
from ..runtime.runtime import Runtime
from . import lifecycle
from .discovery import Discovery
from .health import Watch
from .library import Library
from .manifest import Manifest
from .operation import Coordinator
from .plan import Plan
from .plan import Planner
from .records import Module
from .store import History
from .store import ModuleStore
from .store import State
from .store import Wanted
from .worker import Worker

Source = str | os.PathLike[str]


class ModuleManager:
    """The modules of one app: a mapping from names to records, and the operations on them.

    Each operation is a job of its own: it goes on when the request that asked for it is cancelled.
    It returns when every live worker serves the result; the old version drains after that.

    ::

        await hotframe.modules.install("reviews-1.0.zip")
        record = await hotframe.modules.enable("reviews")
        for module in hotframe.modules:
            print(module.name, module.version, module.state)
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, settings: Settings
    ) -> None:
        self.runtime = runtime
        self.store = store
        self.library = library
        self.settings = settings
        self.watch = Watch(settings)
        self.worker: Worker | None = None
        self.acknowledged: dict[str, bool] = {}
        """Which workers served the result of the last operation that this process led."""
        self._lock = asyncio.Lock()
        self._jobs: set[asyncio.Task[Any]] = set()
        self._manifests: dict[str, Manifest] = {}
        self._found: Discovery | None = None

    async def start(self, kind: str = "worker") -> None:
        """Begin to follow the store, and serve what it wants."""
        self.worker = Worker(self.runtime, self.store, self.library, self.settings, kind)
        await self._initialise()
        await self.worker.start()
        await self.refresh()
        if kind == "worker":
            await asyncio.to_thread(self.library.clean, self.worker.state)

    async def _initialise(self) -> None:
        """Write the modules of the first start, ``HOTFRAME_MODULES``, into an empty store."""
        state = await self.store.read()
        if state.initialised or not self.settings.modules:
            return
        found = await asyncio.to_thread(self._first_modules)
        await self.store.change(lambda state: state if state.initialised else replace(
            state, modules=found, initialised=True, revision=state.revision + 1,
        ))  # fmt: skip

    def _first_modules(self) -> dict[str, Wanted]:
        discovery = self.library.discover()
        planner = Planner({}, {}, discovery.manifests)
        for name in self.settings.modules:
            self.library.own(name)
            if name not in planner.modules or not planner.modules[name].enabled:
                planner = Planner(planner.enable(name).target, discovery.manifests)
        return {n: replace(w, set_up=False) for n, w in planner.modules.items()}

    async def stop(self) -> None:
        """Finish the running jobs and unmount everything."""
        if self._jobs:
            await asyncio.gather(*self._jobs, return_exceptions=True)
        if self.worker is not None:
            await self.worker.stop()
            self.worker = None

    async def refresh(self) -> None:
        """Read store and folders again, for records of what other processes changed."""
        worker = self._serving()
        state = await self.store.read()
        worker.state = state if worker.state.revision == state.revision else worker.state
        self._found = await asyncio.to_thread(self.library.discover)
        modules = list(state.modules.values())
        self._manifests = await asyncio.to_thread(self.library.manifests, modules)

    # -- records ---------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Module:
        """Return the record of a module.

        :raises ModuleNotFound: with the nearest name.
        """
        modules = self._state().modules
        if name in modules:
            return self._record(modules[name])
        found = self._found.manifests if self._found else {}
        if name in found:
            return _described(Module(name, found[name].version, "available"), found[name])
        raise ModuleNotFound(
            f"There is no module {name!r}.{nearest(name, {*modules, *found})}", module=name
        )

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __iter__(self) -> Iterator[Module]:
        return (self[name] for name in self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> list[str]:
        found = self._found.manifests if self._found else {}
        return sorted({*self._state().modules, *found})

    @property
    def faults(self) -> Mapping[str, str]:
        """Folders in the modules folder whose manifest cannot be used, and why."""
        faults = self._found.faults if self._found else {}
        return MappingProxyType({name: str(error) for name, error in faults.items()})

    def _state(self) -> State:
        return self.worker.state if self.worker is not None else State()

    def _record(self, wanted: Wanted) -> Module:
        failure = self.worker.mounting.failures.get(wanted.name) if self.worker else None
        mounted = self.worker.mounting.mounted.get(wanted.name) if self.worker else None
        manifest = mounted.manifest if mounted else self._manifests.get(wanted.name)
        last = self.watch.of(wanted.name).last_error
        error = str(failure) if failure else wanted.error or (repr(last) if last else None)
        record = Module(
            wanted.name,
            wanted.version,
            self._state_of(wanted, failed=failure is not None, mounted=mounted is not None),
            source=wanted.source,
            enabled=wanted.enabled,
            error=error,
            previous_version=wanted.previous_version,
        )
        return _described(record, manifest) if manifest else record

    def _state_of(self, wanted: Wanted, *, failed: bool, mounted: bool) -> str:
        if wanted.quarantined:
            return "quarantined"
        if not wanted.enabled:
            return "disabled"
        if failed:
            return "failed"
        if self.settings.safe_mode:
            return "disabled"
        if self.watch.is_degraded(wanted.name):
            return "degraded"
        return "provisional" if wanted.provisional else "active"

    # -- operations ------------------------------------------------------------------------------

    async def install(self, source: Source) -> Module:
        """Take in a module from a folder, zip or wheel; it is not enabled yet.

        :raises ArchiveError: when the source is refused; nothing of it is kept.
        :raises ModuleStateError: when the module is installed already.
        """
        added: list[Wanted] = []

        async def plan() -> tuple[int, Plan]:
            if not added:
                added.append(await asyncio.to_thread(self.library.add, Path(source)))
            state, planner = await self._planner()
            return state.revision, planner.install(added[0])

        return await self._operate(plan)

    async def enable(self, name: str) -> Module:
        """Serve a module, and what it needs.

        :raises OperationAborted: when a worker cannot load it, with file and line.
        :raises DependencyError: when something that it needs is absent.
        """
        return await self._operate(self._planned("enable", name))

    async def disable(self, name: str, *, cascade: bool = False) -> Module:
        """Serve a module no longer; its files and data stay.

        :param cascade: also disable the modules that need it.
        :raises DependentsRemain: when others need it.
        """
        return await self._operate(self._planned("disable", name, cascade=cascade))

    async def upgrade(
        self, name: str, source: Source | None = None, *, allow_downgrade: bool = False
    ) -> Module:
        """Serve another version; without *source*, that of the modules folder as it is now.

        :raises OperationAborted: when a worker cannot load it; the old version serves on.
        """
        if source is None:
            return await self.reload(name)
        return await self._operate(self._upgrading(name, source, allow_downgrade, keep=True))

    async def rollback(self, name: str) -> Module:
        """Serve the version before again, from its own files.

        :raises ModuleStateError: when there is none.
        """
        return await self._operate(self._planned("rollback", name))

    async def reload(self, name: str) -> Module:
        """Load a module's files anew, with the modules that need it.

        :raises OperationAborted: when they cannot be loaded; what served before serves on.
        """
        return await self._operate(self._planned("reload", name))

    async def uninstall(self, name: str, *, data: str = "keep", force: bool = False) -> None:
        """Remove a module and its files.

        :param data: ``"keep"`` or ``"drop"``, told to the module's ``lifecycle.uninstall``.
        :param force: also when its manifest says that it is protected.
        """
        await self._operate(self._planned("uninstall", name, data=data, force=force))

    async def plan(self, kind: str, name: str, source: Source | None = None, **options: Any) -> Plan:
        """Return what an operation would do; nothing happens.

        ::

            print(await hotframe.modules.plan("upgrade", "blog", "blog-2.0.zip"))

        :param kind: ``"install"``, ``"enable"``, ``"disable"``, ``"upgrade"``, ``"rollback"``,
            ``"reload"`` or ``"uninstall"``. To install, *name* is the source.
        """
        if kind == "install":
            wanted, _ = await asyncio.to_thread(self.library.look, Path(source or name))
            return (await self._planner())[1].install(wanted)
        if kind == "upgrade" and source is not None:
            allow = bool(options.get("allow_downgrade", False))
            return (await self._upgrading(name, source, allow, keep=False)())[1]
        kinds = ("enable", "disable", "rollback", "reload", "uninstall")
        kind = "reload" if kind == "upgrade" else kind
        if kind not in kinds:
            raise SetupError(f"There is no operation {kind!r}.{nearest(kind, kinds)}")
        return (await self._planned(kind, name, **options)())[1]

    async def take_back(self, name: str, reason: str) -> None:
        """Leave a version that failed its trial: the one before serves, or none."""
        state = await self.store.read()
        wanted = state.modules.get(name)
        if wanted is None or wanted.provisional is None:
            return
        trial = wanted.provisional.operation

        async def plan() -> tuple[int, Plan]:
            state, planner = await self._planner()
            there = state.modules.get(name)
            if there is None or there.provisional is None or there.provisional.operation != trial:
                raise ModuleStateError(f"{name!r} is not on trial any more.", module=name)
            await self._know_previous(state, planner, name)
            return state.revision, planner.take_back(name, reason)

        await self._operate(plan)

    async def mount_for_commands(self) -> None:
        """Mount what the store wants in a process that does not serve; nothing is registered."""
        worker = Worker(self.runtime, self.store, self.library, self.settings, "command")
        modules = (await self.store.read()).modules
        prepared = await worker.mounting.prepare(modules, lenient=set(modules), serve=False)
        worker.mounting.publish(prepared)

    def reset(self, name: str) -> Module:
        """Forget the errors that made a module degraded in this process."""
        self.watch.reset(self[name].name)
        return self[name]

    async def operations(self, limit: int = 20) -> list[History]:
        """Return the journal of past operations, the newest first."""
        return list(await self.store.operations(limit))

    async def drained(self) -> None:
        """Wait until the versions that this process let go are gone."""
        await self._serving().mounting.drained()

    # -- how -------------------------------------------------------------------------------------

    def _serving(self) -> Worker:
        if self.worker is None:
            raise SetupError(
                "Modules are there while the app serves: use a server with lifespan, or "
                "`async with test_app(app):` of quart_hotframe.testing."
            )
        return self.worker

    async def _planner(self) -> tuple[State, Planner]:
        state = await self.store.read()
        modules = list(state.modules.values())
        manifests = await asyncio.to_thread(self.library.manifests, modules)
        found = await asyncio.to_thread(self.library.discover)
        return state, Planner(state.modules, manifests, found.manifests)

    def _planned(
        self, kind: str, name: str, **options: Any
    ) -> Callable[[], Awaitable[tuple[int, Plan]]]:
        async def plan() -> tuple[int, Plan]:
            state, planner = await self._planner()
            if kind == "rollback":
                await self._know_previous(state, planner, name)
            return state.revision, getattr(planner, kind)(name, **options)

        return plan

    async def _know_previous(self, state: State, planner: Planner, name: str) -> None:
        wanted = state.modules.get(name)
        if wanted is not None and wanted.previous and wanted.previous_version:
            back = Wanted(name, wanted.previous_version, wanted.previous)
            manifest = await asyncio.to_thread(self.library.manifest, back)
            planner.manifests[name] = manifest

    def _upgrading(
        self, name: str, source: Source, allow_downgrade: bool, *, keep: bool
    ) -> Callable[[], Awaitable[tuple[int, Plan]]]:
        async def plan() -> tuple[int, Plan]:
            state, planner = await self._planner()
            planner._installed(name)
            if keep:
                wanted = await asyncio.to_thread(self.library.add, Path(source), name)
                manifest = await asyncio.to_thread(self.library.manifest, wanted)
            else:
                wanted, manifest = await asyncio.to_thread(self.library.look, Path(source), name)
            planner.manifests[name] = manifest
            made = planner.upgrade(name, wanted, allow_downgrade=allow_downgrade)
            return state.revision, made

        return plan

    async def _operate(self, plan: Callable[[], Awaitable[tuple[int, Plan]]]) -> Any:
        """Run an operation as a job of its own, which outlives the caller."""
        self._serving()
        job = self.runtime.spawn(self._run(plan))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return await asyncio.shield(job)

    async def _run(self, plan: Callable[[], Awaitable[tuple[int, Plan]]]) -> Module | None:
        give_up = time.monotonic() + self.settings.operation_timeout
        async with self._lock:
            while True:
                revision, made = await plan()
                try:
                    return await self._lead(revision, made, plan)
                except OperationBusy:
                    if time.monotonic() > give_up:
                        raise
                    await asyncio.sleep(self.settings.poll_interval)

    async def _lead(
        self, revision: int, plan: Plan, again: Callable[[], Awaitable[tuple[int, Plan]]]
    ) -> Module | None:
        worker = self._serving()
        coordinator = Coordinator(self.store, self.settings, worker.identity, worker.wake.set)
        operation = await coordinator.open(revision, plan)
        while operation is None:
            revision, plan = await again()
            operation = await coordinator.open(revision, plan)
        before = self._state().modules.get(plan.module)
        error: HotFrameError | None = None
        await self._tell(signals.operation_started, operation=operation)
        try:
            self.acknowledged = await coordinator.lead(operation)
        except HotFrameError as failure:
            error = failure
            raise
        finally:
            await self._tell(signals.operation_finished, operation=operation, exception=error)
        return await self._concluded(plan, before)

    async def _concluded(self, plan: Plan, before: Wanted | None) -> Module | None:
        worker = self._serving()
        await worker.caught_up()
        await self.refresh()
        self.watch.reset(plan.module)
        if plan.kind == "uninstall":
            await self._farewell_of_disabled(plan, before)
            self.runtime.spawn(self._clean())
            return None
        return self[plan.module]

    async def _farewell_of_disabled(self, plan: Plan, before: Wanted | None) -> None:
        """Run ``uninstall`` of a module that was not mounted, if its code still loads."""
        if before is None or before.enabled or not before.set_up:
            return
        worker = self._serving()
        target = {**worker.state.modules, plan.module: replace(before, enabled=True)}
        try:
            prepared = await worker.mounting.prepare(target)
        except HotFrameError:
            return
        loaded = prepared.loaded[plan.module]
        timeout = self.settings.lifecycle_timeout
        kept = plan.detail["data"] == "keep"
        await lifecycle.run_quietly(self.runtime, loaded, "uninstall", kept, timeout=timeout)
        await worker.mounting.discard(prepared)

    async def _clean(self) -> None:
        """Remove the files that nothing names, once the old requests have ended."""
        worker = self._serving()
        await worker.mounting.drained()
        await asyncio.to_thread(self.library.clean, await self.store.read())

    async def _tell(self, signal: Any, **arguments: Any) -> None:
        if signal.receivers:
            app = self.runtime.app
            await signal.send_async(app, _sync_wrapper=app.ensure_async, **arguments)


def _described(record: Module, manifest: Manifest) -> Module:
    return replace(
        record,
        title=manifest.title,
        requires=tuple(str(one) for one in manifest.requires),
        settings=MappingProxyType({n: s.default for n, s in manifest.settings.items()}),
        manifest=manifest,
    )
