"""An app that serves for the length of a test, and a module alone in such an app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from quart import Quart
from quart.typing import TestClientProtocol

from ..errors import SetupError
from ..extension import HotFrame
from ..modules.manifest import Manifest
from ..modules.records import Module
from .client import client_of

QUICK = {"HOTFRAME_POLL_INTERVAL": 0.02, "HOTFRAME_PROVISIONAL_SECONDS": 0.0}
"""Settings under which a loaded module follows at once, and is not on trial."""


@dataclass(frozen=True)
class RunningApp:
    """An app between its start and its end.

    ``client`` is Quart's test client. It sends ``Sec-Fetch-Site: same-origin``, as a page of the
    app does, unless a test sends that header or ``Origin`` itself.
    """

    app: Quart
    hotframe: HotFrame
    client: TestClientProtocol


@dataclass(frozen=True)
class LoadedModule(RunningApp):
    """A module that serves in an app of its own."""

    name: str

    @property
    def module(self) -> Module:
        """The module's record: version, state, error, …"""
        return self.hotframe.modules[self.name]

    def import_module(self, submodule: str = "") -> ModuleType:
        """Return the module's package as it is loaded, or one of its submodules.

        ::

            cart = running.import_module("models").Cart()

        A plain ``import modules.shop.models`` would load the code a second time.

        :raises SetupError: when the module does not serve now.
        :raises ModuleNotFoundError: when it has no such submodule.
        """
        worker = self.hotframe.modules.worker
        mounted = worker.mounting.mounted.get(self.name) if worker is not None else None
        if mounted is None:
            raise SetupError(f"{self.name!r} does not serve now: enable it first.")
        return mounted.package.import_(submodule)


@asynccontextmanager
async def test_app(app: Quart) -> AsyncIterator[RunningApp]:
    """Run an app's lifespan around a test: its modules are served in it, and gone after it.

    ::

        async with test_app(app) as running:
            await running.hotframe.modules.enable("blog")
            response = await running.client.get("/blog/")

    What old versions still answer is awaited at the end.

    :raises SetupError: when the app has no HotFrame.
    """
    hotframe = app.extensions.get("hotframe")
    if not isinstance(hotframe, HotFrame):
        raise SetupError(f"App {app.name!r} has no HotFrame: write HotFrame(app) first.")
    hotframe.in_tests = True
    async with app.test_app():
        yield RunningApp(app, hotframe, client_of(app))
        await hotframe.modules.drained()


test_app.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


@asynccontextmanager
async def load_module(
    path: str | os.PathLike[str],
    *,
    app: Quart | None = None,
    config: Mapping[str, Any] | None = None,
) -> AsyncIterator[LoadedModule]:
    """Serve one module straight from its folder, in a plain app with a store of its own.

    ::

        async with load_module("modules/shop") as running:
            response = await running.client.get("/shop/")

    The modules that it requires are found in the folders beside it. Nothing is written there:
    the store lies in a temporary folder.

    :param app: your own app in the place of a plain one, still without HotFrame.
    :param config: settings for the app.
    :raises ManifestError: when its ``module.toml`` is wrong or absent.
    :raises ModuleError: when it, or what it requires, cannot be loaded.
    """
    folder = Path(path).resolve()
    manifest = await asyncio.to_thread(Manifest.read, folder, folder_name=folder.name)
    with TemporaryDirectory(prefix="hotframe-") as instance:
        app = app if app is not None else Quart(__name__)
        app.config.from_mapping({
            **QUICK,
            **(config or {}),
            "HOTFRAME_MODULES_FOLDER": str(folder.parent),
            "HOTFRAME_INSTANCE_FOLDER": instance,
        })  # fmt: skip
        HotFrame(app)
        async with test_app(app) as running:
            await running.hotframe.modules.enable(manifest.name)
            yield LoadedModule(app, running.hotframe, running.client, manifest.name)
