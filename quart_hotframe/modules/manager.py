"""Changing the set of modules while the app serves: what callers, commands and pages use."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
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
from . import configuring
from .announcing import Announcer
from .health import Watch
from .jobs import Jobs
from .library import Library
from .library import PROJECT
from .listing import Listing
from .noting import note_loads
from .operation import Coordinator
from .plan import Plan
from .planning import Planned
from .planning import Planning
from .planning import Source
from .records import Module
from .schema import Schema
from .state import History
from .state import State
from .state import Wanted
from .store import ModuleStore
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
        self, runtime: Runtime, store: ModuleStore, library: Library, schema: Schema,
        settings: Settings,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.store = store
        self.schema = schema
        self.library = library
        self.settings = settings
        self.watch = Watch(settings)
        self._planning = Planning(store, library, schema)
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
        worker.configured = self._announcer.tell_configured
        worker.resuming = Coordinator(self.store, self.settings, self.schema, worker).resume
        if kind == "worker":
            worker.initialise = self._initialise
        try:
            await worker.start()
            if worker.waits is not None:  # else it was done when it began
                await self._listing.refresh()
        except BaseException:
            self._worker = self._listing.worker = None
            raise

    def _make_worker(self, kind: str) -> Worker:
        return Worker(
            self.runtime, self.store, self.library, self.schema, self.settings, self.watch, kind
        )

    async def _begun(self) -> None:
        mounting = self._serving().mounting
        own = [one for one in mounting.mounted.values() if one.source == PROJECT]
        await self._listing.refresh({one.name: one.manifest for one in own})
        for name, failure in list(mounting.failures.items()):
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
        self, name: str, source: Source | None = None, *, allow_downgrade: bool = False,
        downgrade: bool = False,
    ) -> Module:  # fmt: skip
        """Serve another version; without *source*, that of the modules folder as it is now.

        Its migrations run first. While they do more than add, the requests of the module and of
        those that need it wait.

        :param allow_downgrade: also a version that is older than the one that serves.
        :param downgrade: to serve an older one, take back what the newer one has migrated; the
            plan says what is lost.
        :raises LoadError: when this process cannot load it; the old version serves on.
        :raises OperationAborted: when another worker cannot; the old version serves on.
        :raises MigrationError: when a migration fails; the old version serves on.
        """
        if source is None:
            return await self.reload(name)
        return await self._record_after(
            self._planning.upgrade(
                name, source, allow_downgrade=allow_downgrade, downgrade=downgrade
            )
        )

    async def rollback(self, name: str, *, downgrade: bool = False) -> Module:
        """Serve the version before again, from its own files.

        :param downgrade: take back what the version that goes has migrated. The plan says what is
            lost; without this, what it has added stays in the database.
        :raises ModuleStateError: when there is none.
        :raises MigrationError: when the migrations did more than add, and *downgrade* is false.
        """
        return await self._record_after(
            self._planning.change("rollback", name, downgrade=downgrade)
        )

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

        :param data: ``"keep"`` leaves the module's tables in the database, where it finds them when
            it is installed again; ``"drop"`` drops them; ``"export"`` writes their rows into a file
            first, ``exports/<name>-<version>-<time>.jsonl`` in the folder of the store.
        :param force: also when its manifest says that it is protected.
        :param cascade: also remove the installed modules that need it, those first.
        :raises DependentsRemain: when others need it.
        """
        planned = self._planning.change("uninstall", name, data=data, force=force, cascade=cascade)
        await self._operate(planned)

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
            downgrade = bool(options.get("downgrade", False))
            return await self._planning.look_at_upgrade(
                name, source, allow_downgrade=allow, downgrade=downgrade
            )
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
        worker.take_settings(worker.state)
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

    async def configure(
        self, name: str, values: Mapping[str, Any] | None = None, /, *, reset: Iterable[str] = (),
        **more: Any,
    ) -> Module:  # fmt: skip
        """Change settings of an installed module, in every worker, without loading it anew.

        It returns when this process uses the values; other workers follow as soon as they look at
        the store. Requests that run keep the values that they began with. The worker then sends
        the signal ``module_configured``.

        ::

            await hotframe.modules.configure("shop", page_size=50)
            await hotframe.modules.configure("shop", reset=["page_size"])

        :param values: new values by name, in JSON types; the same as keywords.
        :param reset: names that get their default again.
        :raises SettingsError: a name is unknown, or a value does not fit; nothing changed.
        :raises ModuleNotFound: it is not installed.
        """
        change = configuring.Change(name, {**(values or {}), **more}, tuple(reset))
        await self.change_settings(change)
        return self[name]

    async def change_settings(self, change: configuring.Change) -> Plan:
        """Do what :meth:`configure` does; return what was changed."""
        worker = self._serving()
        await self._initialise()  # a command that only looks must not write the first state
        await worker.join()
        return await asyncio.shield(self.runtime.spawn(configuring.configure(worker, change)))

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
