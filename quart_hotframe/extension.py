"""The extension: one object per app, in which the subjects meet."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import click
from quart import Blueprint
from quart import Quart

from . import hooks as module_hooks
from . import signals
from .config import Settings
from .database.facade import Databases
from .database.kind import ModelsKind
from .errors import ClashError
from .errors import HotFrameError
from .errors import SetupError
from .hooks import AppHooks
from .hooks import Bridge
from .hooks import HookTable
from .modules import importing
from .modules import serving
from .modules.calling import within
from .modules.containment import answer
from .modules.containment import Containment
from .modules.filestore import FileStore
from .modules.hooking import HooksKind
from .modules.library import Library
from .modules.manager import ModuleManager
from .modules.trial import Trial
from .runtime.app import govern
from .runtime.commands import hide_owners
from .runtime.contribution import Contribution
from .runtime.contribution import HOST
from .runtime.drain import drain
from .runtime.generation import Generation
from .runtime.runtime import Runtime
from .runtime.scratch import register
from .runtime.scratch import Registration

log = logging.getLogger("quart_hotframe")


class HotFrame:
    """Lets modules come and go while a Quart app serves.

    ::

        app = Quart(__name__)
        hotframe = HotFrame(app)        # or HotFrame().init_app(app)

    :param app: the application, before or after its own routes were added.

    ``modules`` are its modules, ``hooks`` the hooks of the app's own code, ``db`` its databases.
    """

    modules: ModuleManager
    hooks: AppHooks
    db: Databases
    runtime: Runtime
    settings: Settings

    def __init__(self, app: Quart | None = None) -> None:
        self._app: weakref.ref[Quart] | None = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Quart) -> None:
        """Add HotFrame to an app. Settings are read now; see ``docs/reference/settings``.

        :raises SetupError: when the app has one already, or this object another app.
        :raises ConfigurationError: when a ``HOTFRAME_`` setting is wrong.
        """
        if "hotframe" in app.extensions:
            raise SetupError(
                f"App {app.name!r} has a HotFrame already: use app.extensions['hotframe']."
            )
        if self._app is not None:
            raise SetupError("This HotFrame belongs to another app: make one for each app.")
        self._app = weakref.ref(app)
        self.settings = Settings.from_config(app.config)
        self.runtime = govern(app, self._start, self._stop, self._end)
        self.runtime.fallback = answer
        instance = self.settings.folder_of_instance(app.instance_path)
        self.db = Databases(self.settings, instance, self.runtime)
        self._hooks: list[Any] = []
        self.runtime.kinds["hooks"] = HooksKind()
        self.runtime.kinds["models"] = ModelsKind(self.db.used_engines)
        self.hooks = AppHooks(self._register_hook, self.table_of_hooks)
        self._bridge = Bridge(app, self.table_of_hooks, self.runtime.spawn_for)
        app.extensions["hotframe"] = self
        self.modules = self._make_manager(app)
        self._containment = Containment(self.runtime, self.modules)
        self._containment.watch(app)
        self._trial = Trial(self.runtime, self.modules)
        self._mounts: dict[str, Contribution] = {}
        self.runtime.published.append(self._published)
        self.runtime.departed.append(self._departed)
        self.runtime.environment_globals["outlet"] = module_hooks.render_outlet
        self.runtime.refresh()
        vars(app)["cli"].load = self._load_for_commands

    def _make_manager(self, app: Quart) -> ModuleManager:
        project = self.settings.folder_of_modules(app.root_path)
        instance = self.settings.folder_of_instance(app.instance_path)
        library = Library(project, instance / "modules", self.settings)
        importing.guard(project)
        weakref.finalize(self, importing.release, project)
        return ModuleManager(self.runtime, FileStore(instance), library, self.settings)

    # -- serving ---------------------------------------------------------------------------------

    async def _start(self) -> None:
        hide_owners(self.app)
        self.db.serve()
        self._bridge.followers.serve()
        await self.modules.start()
        self._trial.start()

    async def _stop(self) -> None:
        await self._trial.stop()
        for name in list(self._mounts):
            await self.unmount(name)
        await self._finish()
        self._bridge.close()

    async def _end(self) -> None:
        await self.db.dispose()

    async def _finish(self) -> None:
        await self.modules.stop()
        await self.runtime.finish_tasks(self._patience)
        await self._bridge.followers.finish(self.settings.drain_timeout)

    @property
    def _patience(self) -> float:
        """Seconds for what is left at the end: a drain, twice, and functions after serving."""
        return 2 * self.settings.drain_timeout + self.settings.lifecycle_timeout

    @asynccontextmanager
    async def commanding(self) -> AsyncIterator[HotFrame]:
        """Follow the store as a command that serves nobody, to change modules from a shell.

        ::

            async with app.app_context(), hotframe.commanding():
                await hotframe.modules.enable("blog")
        """
        await self.modules.start("command")
        try:
            yield self
        finally:
            await self._finish()
            await self._end()

    def _load_for_commands(self) -> None:
        """Mount the modules in a process that does not serve, for what looks at the app there."""
        if self.modules.worker is not None or self.settings.safe_mode:
            return
        try:
            with ThreadPoolExecutor(1) as thread:  # a loop may run in this one
                failures = thread.submit(asyncio.run, self.modules.mount_for_commands()).result()
        except HotFrameError as error:
            click.echo(f"The modules are not there: {error}", err=True)
            return
        for name, failure in failures.items():
            click.echo(f"The module {name!r} is not there: {failure}", err=True)

    # -- bare blueprints -------------------------------------------------------------------------

    async def mount(self, blueprint: Blueprint, **options: Any) -> None:
        """Serve a blueprint from now on, in this process only.

        What it registered to run before the app serves runs first, also in a late mount.

        :param options: those of ``app.register_blueprint``, such as ``url_prefix``.
        :raises ClashError: when another owner has one of its names or rules.
        """
        name = options.get("name", blueprint.name)
        if name in self.runtime.current.contributions:
            raise SetupError(f"{name!r} is mounted already: unmount it first.")
        brought = register(self.runtime.host, name, [Registration(blueprint, options)])
        brought.items["hooks"] = ()
        self._compose_with(brought)  # a clash shows before any of its code runs
        await serving.start(self.runtime, brought)
        self.runtime.publish(self._compose_with(brought))
        self._mounts[name] = brought

    def _compose_with(self, brought: Contribution) -> Generation:
        mounted = self.runtime.current.contributions.values()
        return self.runtime.compose([*mounted, brought])

    async def unmount(self, name: str) -> None:
        """Serve a blueprint that :meth:`mount` mounted no longer; its last requests end.

        :raises SetupError: when no such blueprint was mounted.
        """
        if name not in self._mounts:
            raise SetupError(f"No blueprint {name!r} was mounted with mount().")
        gone = self._mounts.pop(name)
        rest = [c for c in self.runtime.current.contributions.values() if c.owner != name]
        self.runtime.publish(self.runtime.compose(rest))
        self.runtime.spawn(self._let_go(gone))

    async def _let_go(self, gone: Contribution) -> None:
        left = await drain(self.runtime, gone, self.settings.drain_timeout)
        if left:
            log.error("%r has departed, but its code may still run: %s. A restart of this process "
                      "is advised.", gone.owner, "; ".join(left))  # fmt: skip
        try:
            await within(self.settings.lifecycle_timeout, serving.stop(self.runtime, gone))
        except TimeoutError:
            log.error("What %r does when its serving ends did not end in time.", gone.owner)

    # -- models ----------------------------------------------------------------------------------

    def add_models(self, *bases: type[Any]) -> None:
        """Tell of the app's own models, so that no module brings a table that the app has.

        Call it once, with every declarative base; bases share one ``MetaData``.

        :raises ClashError: a module that is mounted has such a table.
        """
        from .database.collecting import models_of

        before = self.runtime.host_items.get("models")
        self.runtime.host_items["models"] = models_of(HOST, bases)
        try:
            self.runtime.refresh()
        except ClashError:
            self.runtime.host_items["models"] = before
            raise

    # -- hooks -----------------------------------------------------------------------------------

    @property
    def app(self) -> Quart:
        """The application."""
        app = self._app() if self._app is not None else None
        if app is None:
            raise SetupError("This HotFrame has no app: call init_app(app) first.")
        return app

    def table_of_hooks(self) -> HookTable:
        """Return the hooks of the generation that the caller sees."""
        table: HookTable = self.runtime.visible().kinds["hooks"]
        return table

    def _register_hook(self, hook: Any) -> None:
        self._hooks.append(hook)
        self.runtime.host_items["hooks"] = tuple(self._hooks)
        self.runtime.refresh()

    def _departed(self, generation: Generation) -> None:
        if "hooks" in generation.kinds:
            self._bridge.forget(generation.kinds["hooks"])

    def _published(self, generation: Generation) -> None:
        self._bridge.update(generation.kinds["hooks"])
        if signals.generation_published.receivers:
            signals.generation_published.send(
                self.app, number=generation.number, modules=tuple(generation.contributions)
            )
