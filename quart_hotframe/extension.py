"""The extension: one object per app, in which the subjects meet."""

from __future__ import annotations

import logging
import weakref
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from typing import TYPE_CHECKING

from quart import Blueprint
from quart import Quart

from . import hooks as module_hooks
from . import signals
from .cache import Cache
from .client.serving import add_client
from .client.serving import refuse_script
from .command_loading import load_for_commands
from .components.rendering import render_with
from .components.wiring import add_components
from .components.wiring import note_components
from .components.wiring import read_components
from .config import Settings
from .database.facade import Databases
from .database.kind import ModelsKind
from .development import Development
from .errors import ClashError
from .errors import SetupError
from .forms.messages import translation
from .hooks import AppHooks
from .hooks import Bridge
from .hooks import HookTable
from .keys import check_keys
from .keys import signing_keys
from .live.facade import Live
from .live.islands import IslandExtension
from .live.wiring import add_live
from .live_models.topics import RowTopics
from .live_wiring import claim_for
from .live_wiring import claim_live
from .live_wiring import live_for
from .modules import importing
from .modules.containment import Containment
from .modules.hooking import HooksKind
from .modules.library import Library
from .modules.manager import ModuleManager
from .modules.settings_kind import SettingsKind
from .modules.trial import Trial
from .mounts import Mounts
from .openapi.wiring import follow_modules
from .runtime.app import govern
from .runtime.commands import hide_owners
from .runtime.contribution import HOST
from .runtime.generation import Generation
from .runtime.runtime import Runtime
from .schema import AppSchema
from .security.guards.answering import check_login_url
from .security.guards.table import declared_by_app
from .security.guards.table import Permissions
from .security.guards.table import PermissionsKind
from .security.guards.users import Users
from .security.late import LateRoutes
from .security.limits.host import HostLimits
from .security.limits.kind import LimitsKind
from .security.protection import protect
from .security.protection import Protection
from .security.sessions.facade import Sessions
from .security.timeouts import HostDeadlines
from .security.tokens import Signer
from .security.tokens import Tokens
from .storing import cache_for
from .storing import limits_for
from .storing import sessions_for
from .storing import store_for
from .templating.flashes import hotframe_flashes
from .templating.frames import FrameExtension
from .vendored.wiring import add_vendored
from .vendored.wiring import VendoredFiles

if TYPE_CHECKING:
    from sqlalchemy import MetaData

log = logging.getLogger("quart_hotframe")

LEAVING = (
    signals.module_disabled,
    signals.module_uninstalled,
    signals.module_upgraded,
    signals.module_rolled_back,
)
"""After these a module has no cached values."""


class HotFrame:
    """Lets modules come and go while a Quart app serves.

    ::

        app = Quart(__name__)
        hotframe = HotFrame(app)        # or HotFrame().init_app(app)

    :param app: the application, before or after its own routes were added.

    ``modules`` are its modules, ``hooks`` the hooks of the app's own code, ``db`` its databases,
    ``cache`` its cache, ``sessions`` its sessions, ``tokens`` its signed tokens, ``live`` its live
    components, ``users`` who the user of a request is, ``permissions`` what modules declare, with
    the owners.
    """

    modules: ModuleManager
    hooks: AppHooks
    db: Databases
    cache: Cache
    sessions: Sessions
    tokens: Tokens
    users: Users
    live: Live
    vendored: VendoredFiles
    runtime: Runtime
    settings: Settings
    security: Protection
    signers: list[str]
    """What signs in this app; it is not served without a ``SECRET_KEY`` while this has a name."""
    in_tests = False
    """Whether tests alone ask this app, of which several processes may run at the same time."""

    def __init__(self, app: Quart | None = None) -> None:
        self._app: weakref.ref[Quart] | None = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Quart) -> None:
        """Add HotFrame to an app. Settings are read now; see ``docs/reference/settings``.

        :raises SetupError: when the app has one already, or this object another app.
        :raises ConfigurationError: when a ``HOTFRAME_`` setting is wrong.
        """
        self._refuse_second(app)
        self._app = weakref.ref(app)
        self.settings = Settings.from_config(app.config, (app.root_path, "."))
        self.runtime = govern(app, self._start, self._stop, self._end)
        instance = self.settings.folder_of_instance(app.instance_path)
        self.db = Databases(self.settings, instance, self.runtime, self.table_of_hooks)
        self.runtime.kinds |= {
            "hooks": HooksKind(render_with),
            "settings": SettingsKind(),
            "models": ModelsKind(self.db.used_engines),
        }
        assets = add_components(app, self.runtime)
        self._protect(app, instance)
        live = live_for(
            self.runtime, self.settings, self._signer, self.sessions, self._limits, self.users,
            self.db, instance,
        )  # fmt: skip
        self.live = add_live(app, live, self.security.bind_own)
        note_components(self.runtime, RowTopics(self.db, self.live).note)
        self._live_claim = claim_for(self.live, self.settings, instance)
        self.cache = cache_for(self.settings, app.name)
        for signal in LEAVING:
            signal.connect(self.cache.forget_module, app)
        self._hooks: list[Any] = []
        self.hooks = AppHooks(self._register_hook, self.table_of_hooks)
        self._bridge = Bridge(app, self.table_of_hooks, self.runtime.spawn_for)
        app.extensions["hotframe"] = self
        self.modules = self._make_manager(app)
        self._containment = Containment(self.runtime, self.modules, self.security.error_pages)
        self._containment.watch(app)
        self._trial = Trial(self.runtime, self.modules)
        self._development = Development(self.runtime, self.settings, self.security, assets)
        self._mounts = Mounts(self.runtime, self.settings, self.security)
        self.runtime.published.append(self._published)
        self.runtime.departed.append(self._departed)
        self.runtime.environment_globals["outlet"] = module_hooks.render_outlet
        self.runtime.environment_globals["hotframe_flashes"] = hotframe_flashes
        self.runtime.environment_extensions[FrameExtension] = {}
        self.runtime.environment_extensions[IslandExtension] = {}
        script = add_client(app) if self.settings.client else refuse_script
        self.vendored = add_vendored(app, self.runtime, self.settings)
        self.runtime.environment_globals["hotframe_script"] = self.vendored.with_alpine(
            script, client=self.settings.client
        )
        self.runtime.refresh()
        vars(app)["cli"].load = partial(
            load_for_commands, self.runtime, self.modules, self.settings
        )

    def _refuse_second(self, app: Quart) -> None:
        if "hotframe" in app.extensions:
            raise SetupError(
                f"App {app.name!r} has a HotFrame already: use app.extensions['hotframe']."
            )
        if self._app is not None:
            raise SetupError("This HotFrame belongs to another app: make one for each app.")

    def _protect(self, app: Quart, instance: Path) -> None:
        settings = self.settings
        check_login_url(settings.login_url)
        self.signers = ["HOTFRAME_SESSIONS"] if settings.sessions else []
        if settings.security == "strict":
            self.signers.append("HOTFRAME_SECURITY='strict'")
        self._signer = signer = Signer(lambda: signing_keys(self.app))
        self.tokens = Tokens(signer)
        self.sessions = sessions_for(app, settings, self.db, instance, signer)
        self.users = Users(settings.user_loader)
        self._limits = limits_for(settings, self.db, app.name, self.users.identify)
        self.runtime.kinds |= {
            "permissions": PermissionsKind(),
            "limits": LimitsKind(self._limits),
        }
        self.security = protect(app, self.runtime, settings)
        own = self.runtime.host.own
        self._late_routes = LateRoutes(
            self.runtime,
            HostLimits(self.runtime, self._limits),
            HostDeadlines(own, self.security.kind.seconds_of_host),
        )
        self.runtime.host_items["permissions"] = declared_by_app(settings.permissions)

    def _make_manager(self, app: Quart) -> ModuleManager:
        project = self.settings.folder_of_modules(app.root_path)
        instance = self.settings.folder_of_instance(app.instance_path)
        library = Library(project, instance / "modules", self.settings)
        importing.guard(project)
        weakref.finalize(self, importing.release, project)
        store = store_for(self.settings, self.db, instance)
        schema = AppSchema(self.db, self.settings, self._tables)
        return ModuleManager(self.runtime, store, library, schema, self.settings)

    # -- serving ---------------------------------------------------------------------------------

    async def _start(self) -> None:
        check_keys(self.app, self.signers)
        translation(self.settings.form_messages)
        hide_owners(self.app)
        self.users.prepare()
        follow_modules(self.runtime)
        self._late_routes.serve()
        read_components(self.runtime)
        self._development.serve()
        await self.vendored.read()
        self.db.serve()
        self.sessions.serve()
        self._bridge.followers.serve()
        self.live.streams.serve()
        await self.live.uploads.begin()
        await self.modules.start()
        if not (self.app.testing or self.in_tests):
            await claim_live(self._live_claim, self.runtime, self.modules)
        self._trial.start()
        self._development.look(self.runtime.current)
        self._development.watch()

    async def _stop(self) -> None:
        self._live_claim.end()  # who starts in its place need not wait for what follows
        await self.live.streams.stop()
        await self._trial.stop()
        self._mounts.unmount_all()
        await self._finish()
        self._bridge.close()

    async def _end(self) -> None:
        self._live_claim.end()
        self._development.stop()
        self._late_routes.stop()
        await self.cache.close()
        await self.live.topics.broker.close()
        await self.live.uploads.close()
        await self._limits.close()
        await self.sessions.close()
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

    # -- bare blueprints -------------------------------------------------------------------------

    async def mount(self, blueprint: Blueprint, **options: Any) -> None:
        """Serve a blueprint from now on, in this process only.

        What it registered to run before the app serves runs first, also in a late mount.

        :param options: those of ``app.register_blueprint``, such as ``url_prefix``.
        :raises ClashError: when another owner has one of its names or rules.
        """
        await self._mounts.mount(blueprint, options)

    async def unmount(self, name: str) -> None:
        """Serve a blueprint that :meth:`mount` mounted no longer; its last requests end.

        :raises SetupError: when no such blueprint was mounted.
        """
        self._mounts.unmount(name)

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

    def _tables(self) -> Mapping[str, MetaData]:
        found: Mapping[str, MetaData] = self.runtime.visible().kinds["models"]
        return found

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

    @property
    def permissions(self) -> Permissions:
        """The declared permissions that the caller sees, with their owners."""
        found: Permissions = self.runtime.visible().kinds["permissions"]
        return found

    def _register_hook(self, hook: Any) -> None:
        before = tuple(self._hooks)
        self.runtime.host_items["hooks"] = (*before, hook)
        try:
            self.runtime.refresh()
        except ClashError:
            self.runtime.host_items["hooks"] = before
            raise
        self._hooks.append(hook)

    def _departed(self, generation: Generation) -> None:
        if "hooks" in generation.kinds:
            self._bridge.forget(generation.kinds["hooks"])

    def _published(self, generation: Generation) -> None:
        self._bridge.update(generation.kinds["hooks"])
        self._development.look(generation)
        if signals.generation_published.receivers:
            signals.generation_published.send(
                self.app, number=generation.number, modules=tuple(generation.contributions)
            )
