"""A small app with HotFrame that serves in the test's own process."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import TypeVar

import pytest
from quart import Quart

from quart_hotframe import HotFrame

from .modules import write_module

QUICK = {"HOTFRAME_POLL_INTERVAL": 0.02, "HOTFRAME_PROVISIONAL_SECONDS": 0}
"""Settings with which an operation takes little time and its result counts at once."""


@dataclass(frozen=True)
class Snapshot:
    """What a change that failed must leave as it was."""

    answers: Mapping[str, tuple[int, str]]
    modules: Mapping[str, Any]
    revision: int
    operation: Any
    files: Mapping[str, str]
    packages: frozenset[str]
    path: tuple[str, ...]
    rules: frozenset[str]


class Site:
    """An app, its HotFrame and a client. ``folder`` has the folders of app, instance, sources."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.folder = folder
        self.app = new_app(folder, config)
        self.hotframe = HotFrame(self.app)
        self.client = self.app.test_client()

    @property
    def modules(self) -> Any:
        """The modules of the app."""
        return self.hotframe.modules

    @property
    def project(self) -> Path:
        """The folder of the app's own modules."""
        return self.folder / "app" / "modules"

    @property
    def instance(self) -> Path:
        """The folder of the store and of the installed modules."""
        return self.folder / "instance" / "hotframe"

    def write(self, name: str, version: str = "1.0", **options: Any) -> Path:
        """Write one of the app's own modules."""
        return write_module(self.project, name, version, **options)

    def source(self, name: str, version: str = "1.0", **options: Any) -> Path:
        """Write a module that can be installed."""
        return write_module(self.folder / "sources" / version, name, version, **options)

    async def has(self, name: str, version: str = "1.0", **options: Any) -> Any:
        """Install a module and enable it."""
        await self.modules.install(self.source(name, version, **options))
        return await self.modules.enable(name)

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        """Return status and text of an answer."""
        response = await self.client.get(path, **options)
        return response.status_code, await response.get_data(as_text=True)

    async def snapshot(self, *paths: str) -> Snapshot:
        """Return what serves and what lies on disk, with the answers to some paths."""
        state = await self.modules.store.read()
        return Snapshot(
            answers={path: await self.get(path) for path in paths},
            modules=state.modules,
            revision=state.revision,
            operation=state.operation,
            files=files_below(self.project, self.instance / "modules"),
            packages=loaded_packages(),
            path=tuple(sys.path),
            rules=frozenset(repr(rule) for rule in self.app.url_map.iter_rules()),
        )

    async def is_as(self, before: Snapshot) -> None:
        """Assert that all is as it was, as soon as what was prepared is gone."""
        end = time.monotonic() + 15
        while (now := await self.snapshot(*before.answers)) != before and time.monotonic() < end:
            await asyncio.sleep(0.01)
        assert now == before


def new_app(folder: Path, config: Mapping[str, Any] | None = None) -> Quart:
    """Return a plain app in *folder*, with settings that make operations quick."""
    (folder / "app").mkdir(parents=True, exist_ok=True)
    app = Quart("site", root_path=str(folder / "app"), instance_path=str(folder / "instance"))
    app.config.update(QUICK)
    app.config.update(config or {})
    return app


S = TypeVar("S", bound="Site")


@asynccontextmanager
async def serving(site: S) -> AsyncIterator[S]:
    """Serve a site, from its start to its end."""
    site.hotframe.in_tests = True
    async with site.app.test_app():
        yield site


@pytest.fixture
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A serving site; ``@pytest.mark.parametrize("site", [{…}], indirect=True)`` configures it."""
    async with serving(Site(tmp_path, getattr(request, "param", {}))) as made:
        yield made


async def becomes(true: Callable[[], Any], seconds: float = 15.0) -> None:
    """Wait until something is true; it fails when it does not become so in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not come true in time."
        await asyncio.sleep(0.01)


def files_below(*folders: Path) -> dict[str, str]:
    """Return the hashes of all files in folders, without caches."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in _files(folders)
        if "__pycache__" not in path.parts
    }


def _files(folders: Iterable[Path]) -> list[Path]:
    return sorted(path for one in folders for path in one.rglob("*") if path.is_file())


def loaded_packages() -> frozenset[str]:
    """Return the names of all code of modules that the interpreter has."""
    return frozenset(name for name in sys.modules if name.startswith("hotframe_modules."))
