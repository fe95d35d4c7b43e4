"""Changing the set of modules while the app serves: what callers, commands and pages use."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import HotFrameError
from ..errors import ModuleStateError
from ..errors import SetupError
from ..errors import StoreError
from ..runtime.runtime import Runtime
from .announcing import Announcer
from .health import Watch
from .jobs import Jobs
from .library import Library
from .listing import Listing
from .noting import note_loads
from .plan import Plan
from .planning import Planned
from .planning import Planning
from .planning import Source
from .records import Module
from .store import History
from .store import ModuleStore
from .store import State
from .store import Wanted
from .troubles import Troubles
from .worker import Worker

log = logging.getLogger("quart_hotframe.modules")


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
        self._planning = Planning(store, library)
        self._listing = Listing(library, settings, self.watch)
        self._announcer = Announcer(runtime.app, self._listing)
        self._worker: Worker | None = None
        self._jobs = Jobs(library, self._listing, self._announcer, self._serving, self._initialise)

    @property
    def acknowledged(self) -> Mapping[str, bool]:
        """Which workers served the result of the last operation that this process led."""
        return self._jobs.acknowledged

    @property
    def worker(self) -> Worker | None:
        """What this process follows the store with; ``None`` while it does not."""
        return self._worker

    async def start(self, kind: str = "worker") -> None:
        """Begin to follow the store, and serve what it wants.

        :param kind: ``"worker"``, or ``"command"`` for a process that serves nobody. Beside live
            workers a command loads no module: it leads, and they follow.
        """
        worker = self._make_worker(kind)
        self._worker = self._listing.worker = worker
        worker.applied, worker.begun = self._announce, self._begun
        if kind == "worker":
            worker.initialise = self._initialise
        try:
            await worker.start()
            await self._listing.refresh()
        except BaseException:
            self._worker = self._listing.worker = None
            raise

    def _make_worker(self, kind: str) -> Worker:
        return Worker(self.runtime, self.store, self.library, self.settings, self.watch, kind)

    async def _begun(self) -> None:
        await self._listing.refresh()
        for name, failure in list(self._serving().mounting.failures.items()):
            await self._announcer.tell_failure(name, failure)
        await self._note_loads()

    async def _note_loads(self) -> None:
        worker = self._serving()
        if worker.is_command or not worker.state.modules:
            return
        try:
            await note_loads(self.store, worker.state, worker.mounting)
        except StoreError as error:
            log.error("That modules were not loaded could not be noted: %s", error)

    async def _initialise(self) -> None:
        """Write the modules of the first start, ``HOTFRAME_MODULES``, into an empty store."""
        state = await self.store.read()
        if state.initialised or not self.settings.modules:
            return
        found = await asyncio.to_thread(self._planning.first, self.settings.modules)
        await self.store.change(lambda state: state if state.initialised else replace(
            state, modules=found, initialised=True, revision=state.revision + 1,
        ))  # fmt: skip

    async def stop(self) -> None:
        """Finish the running jobs and unmount everything."""
        await self._jobs.done()
        if self.worker is not None:
            await self.worker.stop()
            self._worker = self._listing.worker = None

    async def refresh(self) -> None:
        """Look again at store and folders, for records of what other processes changed."""
        await self._serving().caught_up()
        await self._listing.refresh()

    # -- records ---------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Module:
        """Return the record of a module.

        :raises ModuleNotFound: with the nearest name.
        """
        return self._listing[name]

    def __contains__(self, name: object) -> bool:
        return name in self._listing.names()

    def __iter__(self) -> Iterator[Module]:
        return iter(self._listing)

    def __len__(self) -> int:
        return len(self._listing.names())

    @property
    def faults(self) -> Mapping[str, str]:
        """Folders in the modules folder whose manifest cannot be used, and why."""
        return self._listing.faults

    # -- operations ------------------------------------------------------------------------------

    async def install(self, source: Source) -> Module:
        """Take in a module from a folder, zip or wheel; it is not enabled yet.

        :raises ArchiveError: when the source is refused; nothing of it is kept.
        :raises ModuleStateError: when the module is installed already.
        """
        return await self._record_after(self._planning.install(source))

    async def enable(self, name: str) -> Module:
        """Serve a module, what it needs, and what a cascade disabled with it.

        :raises LoadError: when this process cannot load it, with file and line.
        :raises OperationAborted: when another worker cannot.
        :raises DependencyError: when something that it needs is absent.
        """
        return await self._record_after(self._planning.change("enable", name))

    async def disable(self, name: str, *, cascade: bool = False) -> Module:
        """Serve a module no longer; its files and data stay.

        :param cascade: also disable the modules that need it; they come back when this one is
            enabled again, unless somebody enables, disables or uninstalls them before.
        :raises DependentsRemain: when others need it.
        """
        return await self._record_after(self._planning.change("disable", name, cascade=cascade))

    async def upgrade(
        self, name: str, source: Source | None = None, *, allow_downgrade: bool = False
    ) -> Module:
        """Serve another version; without *source*, that of the modules folder as it is now.

        :raises LoadError: when this process cannot load it; the old version serves on.
        :raises OperationAborted: when another worker cannot; the old version serves on.
        """
        if source is None:
            return await self.reload(name)
        return await self._record_after(
            self._planning.upgrade(name, source, allow_downgrade=allow_downgrade)
        )

    async def rollback(self, name: str) -> Module:
        """Serve the version before again, from its own files.

        :raises ModuleStateError: when there is none.
        """
        return await self._record_after(self._planning.change("rollback", name))

    async def reload(self, name: str) -> Module:
        """Load a module's files anew, with the modules that need it.

        :raises LoadError: when they cannot be loaded; what served before serves on.
        :raises OperationAborted: when another worker cannot load them.
        """
        return await self._record_after(self._planning.change("reload", name))

    async def uninstall(
        self, name: str, *, data: str = "keep", force: bool = False, cascade: bool = False
    ) -> None:
        """Remove a module and its files.

        :param data: ``"keep"`` or ``"drop"``, told to the module's ``lifecycle.uninstall``.
        :param force: also when its manifest says that it is protected.
        :param cascade: also remove the installed modules that need it, those first.
        :raises DependentsRemain: when others need it.
        """
        options = {"data": data, "force": force, "cascade": cascade}
        await self._operate(self._planning.change("uninstall", name, **options))

    async def plan(
        self, kind: str, name: str, source: Source | None = None, **options: Any
    ) -> Plan:
        """Return what an operation would do; nothing happens.

        ::

            print(await hotframe.modules.plan("upgrade", "blog", "blog-2.0.zip"))

        :param kind: ``"install"``, ``"enable"``, ``"disable"``, ``"upgrade"``, ``"rollback"``,
            ``"reload"`` or ``"uninstall"``. To install, *name* is the source.
        """
        allow = bool(options.get("allow_downgrade", False))
        if kind == "install":
            return await self._planning.look_at_install(source or name)
        if kind == "upgrade" and source is not None:
            return await self._planning.look_at_upgrade(name, source, allow_downgrade=allow)
        if kind == "upgrade":
            kind, options = "reload", {}
        plan = (await self._planning.change(kind, name, **options)())[1]
        assert plan is not None
        return plan

    async def take_back(self, name: str, reason: str) -> None:
        """Leave a version that failed its trial: the one before serves, or none.

        Nothing happens when another process did so already.
        """
        wanted = (await self.store.read()).modules.get(name)
        if wanted is not None and wanted.provisional is not None:
            trial = wanted.provisional.operation
            await self._operate(self._planning.take_back(name, trial, reason))

    async def mount_for_commands(self) -> Mapping[str, HotFrameError]:
        """Mount what the store wants in a process that does not serve; nothing is registered.

        :returns: why modules could not be mounted, by name.
        """
        worker = self._make_worker("command")
        worker.state = await self.store.read()
        modules = worker.state.modules
        prepared = await worker.mounting.prepare(modules, lenient=set(modules), serve=False)
        worker.mounting.publish(prepared)
        self._listing.worker = worker
        await self._listing.refresh()
        return worker.mounting.failures

    async def reset(self, name: str) -> Module:
        """Forget the errors that made a module degraded, in every worker within a moment.

        :raises ModuleStateError: when it is not installed.
        """
        if self[name].state == "available":
            raise ModuleStateError(f"{name!r} is not enabled: it has no errors.", module=name)

        def well(state: State) -> State:
            there = state.modules.get(name)
            modules = {name: replace(there, well_since=time.time())} if there else {}
            return replace(state, modules={**state.modules, **modules})

        await self.store.change(well)
        self.watch.reset(name)
        return self[name]

    async def troubles(self) -> Troubles:
        """Return what the live workers told of modules that do not fare well in them."""
        return Troubles.told_by((await self.store.participants()).values())

    async def operations(self, limit: int = 20) -> list[History]:
        """Return the journal of past operations, the newest first."""
        return list(await self.store.operations(limit))

    async def drained(self) -> None:
        """Wait until the versions that this process let go are gone."""
        await self._serving().drained()

    # -- how -------------------------------------------------------------------------------------

    def _serving(self) -> Worker:
        if self.worker is None:
            raise SetupError(
                "Modules are there while the app serves: use a server with lifespan, or "
                "`async with test_app(app):` of quart_hotframe.testing."
            )
        return self.worker

    async def _record_after(self, planned: Planned) -> Module:
        record = await self._operate(planned)
        assert record is not None
        return record

    async def _operate(self, planned: Planned) -> Module | None:
        self._serving()
        return await self._jobs.run(planned)

    async def _announce(self, before: Mapping[str, Wanted], after: Mapping[str, Wanted]) -> None:
        await self._listing.refresh()
        await self._announcer.tell_changes(before, after)
        if self.worker is not None:
            await self._note_loads()
